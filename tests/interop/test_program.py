import json
from collections.abc import Callable
from typing import Any

import pytest

from interop import program
from interop.language import Language
from interop.program import Call, ProgramFailed, Verdict, ask, judge

Make = Callable[..., Language]
ECHO = "import json, sys\nfor line in sys.stdin: print(json.dumps({'name': json.loads(line)['name'], 'end': 'issued'}))"
CALLS = [Call("one", {"url": "http://127.0.0.1"}, {}), Call("two", {}, {})]
PARTLY = Call("partly", {}, {"end": "partly-issued", "codes": ["A1"], "coupons": 1, "warnings": []})


def _python(fake: Make, code: str) -> Language:
    return fake(run=["python3", "-c", code])


def test_each_call_has_its_report(fake: Make) -> None:
    reports = ask(_python(fake, ECHO), CALLS)

    assert reports == {name: {"name": name, "end": "issued"} for name in ("one", "two")}


def test_the_program_is_not_told_what_is_right(fake: Make) -> None:
    code = "import json, sys\nfor line in sys.stdin: print(json.dumps({'name': 'told', 'told': line}))"

    told = json.loads(ask(_python(fake, code), [PARTLY])["told"]["told"])

    assert told == {"name": "partly"}


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import sys; sys.exit('it broke')", "exit status 1\nit broke"),
        ("print('no JSON')", "JSONDecodeError"),
        ("print('{}')", "KeyError"),
        ("print('[]')", "TypeError"),
    ],
)
def test_a_program_that_does_not_do_its_part_has_failed(fake: Make, code: str, says: str) -> None:
    with pytest.raises(ProgramFailed, match=says):
        ask(_python(fake, code), CALLS)


def test_a_program_that_was_not_compiled_has_failed(fake: Make) -> None:
    with pytest.raises(ProgramFailed, match="FileNotFoundError"):
        ask(fake(run=["build/no-such-program"]), CALLS)


def test_a_program_that_does_not_end_has_failed(fake: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(program, "SECONDS_IN_ALL", 0.3)

    with pytest.raises(ProgramFailed, match="not done after"):
        ask(_python(fake, "import time; time.sleep(30)"), CALLS)


def test_a_right_report_has_no_problem() -> None:
    assert judge(PARTLY, {"end": "partly-issued", "codes": ["A1"], "more": 1}) == Verdict()


def test_numbers_of_details_are_compared_by_their_value() -> None:
    call = Call("details", {}, {"details": {"discountValue": "12.5"}})

    assert judge(call, {"details": {"discountValue": "1.25E1", "more": "x"}}) == Verdict()
    assert judge(call, {"details": {"discountValue": "12"}}).problem


@pytest.mark.parametrize(
    ("report", "says"),
    [
        (None, "partly: no report"),
        ({}, "end is None"),
        ({"end": "refused", "codes": ["A1"]}, "end is 'refused', not 'partly-issued'"),
        ({"end": "partly-issued"}, "codes is [], not ['A1']"),
        ({"end": "partly-issued", "codes": ["A1", "A1"]}, "codes is ['A1', 'A1']"),
        ({"end": "partly-issued", "codes": ["A1"], "warnings": [679]}, "warnings is [679], not []"),
        ({"end": "refused", "why": "no coupons"}, "it says: no coupons"),
    ],
)
def test_a_wrong_report_is_told(report: Any, says: str) -> None:
    assert says in (judge(PARTLY, report).problem or "")


def test_coupons_are_counted_by_their_codes() -> None:
    two = Call("two", {}, {"coupons": 2})

    assert judge(two, {"codes": ["A1", "A1"]}).problem == "two: coupons is 1, not 2"
