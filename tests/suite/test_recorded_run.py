"""A recording is judged by the rules of a run; what it lacks is not observed, and what it holds stays masked."""

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.suite.recorded_run import Judged, judge_recording
from coupon_contract.suite.reporting.terminal import print_verdict
from coupon_contract.suite.target import Deviation
from coupon_contract.suite.verdict import Exit, Word
from tests.suite.conftest import TARGET, body, example, exchange, of_series
from tests.suite.har_files import entry, recording
from tests.suite.oracle_cases import FITTING, with_coupons

Json = Any
WRONG = exchange(body(count=2), {**example("Issued"), "totalCount": 7})
ISSUED = exchange(body(count=2), example("Issued"))


def judged(folder: Path, *entries: Json, target: Any = TARGET) -> Judged:
    return judge_recording(recording(folder, *entries), target)


def words(result: Judged) -> dict[str, Word]:
    return {one.clause.id: one.word for one in result.verdict().clauses}


def documented() -> list[Json]:
    return [entry(exchange(FITTING[name], example(name)), number) for number, name in enumerate(FITTING)]


def test_documented_answers_fail_nothing(tmp_path: Path) -> None:
    result = judged(tmp_path, *documented())

    assert result.verdict().exit_status == Exit.CONFORMANT
    assert set(words(result).values()) == {Word.PASSED, Word.NOT_OBSERVED}


def test_what_a_recording_does_not_show_is_not_observed(tmp_path: Path) -> None:
    shown = words(judged(tmp_path, entry(ISSUED)))

    assert shown.keys() == spec.clauses().keys()
    for clause in ("one-response", "read-back-lists-issued", "credentials-wrong", "count-too-high"):
        assert shown[clause] is Word.NOT_OBSERVED
    assert shown["issues-what-was-asked"] is Word.PASSED


def test_a_wrong_answer_fails_its_clause_and_names_its_entry(tmp_path: Path) -> None:
    result = judged(tmp_path, "another page", entry(WRONG))

    assert (words(result)["counts-add-up"], result.verdict().exit_status) == (Word.FAILED, Exit.NOT_CONFORMANT)
    assert {failure.test for failure in result.run.failures} == {"entry 2"}


def test_rules_over_the_whole_recording_see_codes_that_come_twice(tmp_path: Path) -> None:
    calls = [with_coupons("ordinary", ids, codes) for ids, codes in (([1], ["A"]), ([2], ["A"]))]

    assert words(judged(tmp_path, *map(entry, calls)))["codes-unique"] is Word.FAILED


def test_a_coupon_may_be_resent_by_a_series_that_nobody_describes(tmp_path: Path) -> None:
    call = with_coupons("ordinary", [1], ["A"])
    result = judge_recording(recording(tmp_path, entry(call), entry(call, 1)))

    assert (result.judged, result.run.failures) == (2, [])


def test_a_coupon_of_another_customer_is_none_that_is_resent(tmp_path: Path) -> None:
    one, other = (
        exchange(body(), example("Issued") | {"coupons": [{"code": "A", "couponId": 1}], "customer": {"id": owner}})
        for owner in (1, 2)
    )

    assert words(judge_recording(recording(tmp_path, entry(one), entry(other, 1))))["coupon-ids-unique"] is Word.FAILED


def test_the_same_entry_twice_is_one_call(tmp_path: Path) -> None:
    result = judged(tmp_path, entry(ISSUED), entry(ISSUED))

    assert (result.judged, result.copies, words(result)["codes-unique"]) == (1, 1, Word.PASSED)


@pytest.mark.parametrize("status", [461, 521])
def test_a_call_that_met_another_one_is_excused(tmp_path: Path, status: int) -> None:
    result = judged(tmp_path, entry(ISSUED), entry(exchange(body(), {}, status), 1))

    assert result.verdict().exit_status == Exit.CONFORMANT


@pytest.mark.parametrize("status", [401, 403])
def test_nothing_is_expected_behind_credentials_that_nobody_knows(tmp_path: Path, status: int) -> None:
    assert not judged(tmp_path, entry(exchange(body(), {}, status))).run.failures


def test_a_recording_without_a_call_is_no_verdict(tmp_path: Path) -> None:
    assert judged(tmp_path, "another page").verdict().exit_status == Exit.COULD_NOT_JUDGE


def test_a_deviation_is_known_and_never_stale(tmp_path: Path) -> None:
    known = {name: Deviation("a reason", None) for name in ("counts-add-up", "codes-unique")}  # type: ignore[arg-type]
    shown = words(judged(tmp_path, entry(WRONG), target=evolve(TARGET, deviations=known)))

    assert (shown["counts-add-up"], shown["codes-unique"]) == (Word.DEVIATES, Word.PASSED)


def test_without_a_target_no_series_and_no_customer_is_known(tmp_path: Path) -> None:
    result = judge_recording(recording(tmp_path, *documented()))

    assert not result.run.failures
    assert words(result)["limit-per-customer"] is Word.NOT_OBSERVED


def test_what_a_report_shows_names_no_customer_no_code_and_no_secret(tmp_path: Path) -> None:
    request = body(customer={"mobile": "447700900123"}, metadata={"notes": "for Mrs Planted"}, count=2)
    answer = {**example("Issued"), "totalCount": 7, "coupons": [{"code": "PLANTEDCODE", "couponId": 1}]}
    result = judged(tmp_path, entry(exchange(request, answer)), entry(exchange(b"mobile=447700900456", {}, 500), 1))
    lines: list[str] = []
    print_verdict(result.verdict(), result.run, lines.append)
    shown = "\n".join(lines)

    assert result.run.failures
    for planted in ("447700900123", "447700900456", "PLANTEDCODE", "Mrs Planted", "cGxhbnRlZDpzZWNyZXQ="):
        assert planted not in shown


def test_many_calls_take_no_more_memory_than_their_codes(tmp_path: Path) -> None:
    file = tmp_path / "many.har"
    one = json.dumps(entry(exchange(of_series("expired"), example("RefusedCouponExpired"))))
    with file.open("w", encoding="utf-8") as written:
        written.write('{"log": {"entries": [')
        written.write(",".join(one.replace("08:00:00.000000Z", f"{number:09}") for number in range(2_000)))
        written.write("]}}")
    judge_recording(recording(tmp_path, entry(ISSUED)), TARGET)  # what is built once is not counted
    tracemalloc.start()
    try:
        result = judge_recording(file, TARGET)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert result.judged == 2_000
    assert peak < 3_000_000
