import json
from collections.abc import Callable

import pytest

from interop import program
from interop.language import Language
from interop.program import Call, ProgramFailed, ask

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
