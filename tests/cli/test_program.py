from typing import Any

import pytest

from coupon_contract.cli.program import Call, Verdict, judge

PARTLY = Call("partly", {}, {"end": "partly-issued", "codes": ["A1"], "coupons": 1, "warnings": []})


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
