"""The rules alone. Expectations are those of contract.md and the ledger."""

from itertools import accumulate

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coupon_contract.sandbox.issuing import (
    Decision,
    Identifier,
    IssueRequest,
    Series,
    Situation,
    check_request,
    decide,
    matching_key,
    same_customer,
)

NOW = 1_000
CUSTOMER = 7
ORDINARY = Series(1)
SETTINGS = settings(deadline=None, derandomize=True, database=None)


def decided(series: Series | None, asked: int = 1, customer: int | None = CUSTOMER, has: int = 0) -> tuple[int, int]:
    """Granted coupons, and the code of the problem (0 without one)."""
    return outcome(decide(asked, Situation(series, customer, has, NOW)))


def outcome(decision: Decision) -> tuple[int, int]:
    return decision.granted, decision.problem.code if decision.problem else 0


def checked(series_id: int | None = 1, count: int | None = 1) -> tuple[int, str] | None:
    problem = check_request(IssueRequest(series_id, count, ()))
    return (problem.code, problem.message) if problem else None


def test_a_missing_series_is_756() -> None:
    assert checked(series_id=None) == (756, "seriesId is mandatory to set")


@pytest.mark.parametrize("count", [0, -1, -(10**30)])
def test_a_count_below_one_is_756(count: int) -> None:
    assert checked(count=count) == (756, "count should be greater than 0")


@pytest.mark.parametrize("count", [501, 2**31, 2**63, 10**40])
def test_a_count_above_500_is_677(count: int) -> None:
    assert checked(count=count) == (677, "Invalid coupon count. Minimum 1 and Maximum 500.")


@pytest.mark.parametrize("count", [None, 1, 500])
def test_a_count_within_limits_or_left_out_passes(count: int | None) -> None:
    assert checked(count=count) is None


def test_a_missing_series_comes_before_a_wrong_count() -> None:
    assert checked(series_id=None, count=501) == (756, "seriesId is mandatory to set")


def test_an_ordinary_series_grants_what_was_asked() -> None:
    assert decided(ORDINARY, asked=500) == (500, 0)


def test_no_series_is_707() -> None:
    assert decided(None) == (0, 707)


def test_an_externally_managed_series_is_707() -> None:
    assert decided(Series(1, externally_managed=True)) == (0, 707)


def test_no_customer_is_701() -> None:
    assert decided(ORDINARY, customer=None) == (0, 701)


@pytest.mark.parametrize(("expires_at", "expected"), [(NOW, (0, 713)), (NOW + 1, (1, 0))])
def test_a_series_expires_at_its_moment(expires_at: int, expected: tuple[int, int]) -> None:
    assert decided(Series(1, expires_at=expires_at)) == expected


def test_a_second_coupon_of_a_one_per_customer_series_is_709() -> None:
    assert decided(Series(1, limit_per_customer=1), has=1) == (0, 709)


def test_several_of_a_one_per_customer_series_give_one_and_5004() -> None:
    decision = decide(3, Situation(Series(1, limit_per_customer=1), CUSTOMER, 0, NOW))

    assert outcome(decision) == (1, 5004)
    assert decision.problem is not None
    assert decision.problem.message == "Issue only one coupon. Since isAllowMultipleVouchersPerUser=false."


def test_several_of_a_generic_series_give_one_and_5004() -> None:
    decision = decide(3, Situation(Series(1, generic_code="G"), CUSTOMER, 9, NOW))

    assert outcome(decision) == (1, 5004)
    assert decision.problem is not None
    assert decision.problem.message == "Cannot issue more than one GENERIC coupon code."


@pytest.mark.parametrize(("has", "expected"), [(0, (3, 0)), (2, (3, 0)), (3, (2, 5002)), (5, (0, 5002))])
def test_the_limit_per_customer_leaves_what_fits(has: int, expected: tuple[int, int]) -> None:
    assert decided(Series(1, limit_per_customer=5), asked=3, has=has) == expected


@pytest.mark.parametrize(("issued", "expected"), [(7, (3, 0)), (8, (2, 5001)), (10, (0, 5001)), (11, (0, 5001))])
def test_the_limit_in_all_leaves_what_fits(issued: int, expected: tuple[int, int]) -> None:
    assert decided(Series(1, limit_in_all=10, issued=issued), asked=3) == expected


@pytest.mark.parametrize(("left", "expected"), [(3, (3, 0)), (2, (2, 5006)), (0, (0, 5005))])
def test_uploaded_codes_run_out(left: int, expected: tuple[int, int]) -> None:
    assert decided(Series(1, codes_left=left), asked=3) == expected


@pytest.mark.parametrize(
    ("limits", "expected"),
    [
        ({"limit_per_customer": 4, "limit_in_all": 3, "codes_left": 2}, (2, 5006)),
        ({"limit_per_customer": 4, "limit_in_all": 2, "codes_left": 3}, (2, 5001)),
        ({"limit_per_customer": 2, "limit_in_all": 3, "codes_left": 4}, (2, 5002)),
        ({"generic_code": "G", "limit_in_all": 0}, (0, 5001)),
    ],
)
def test_the_tightest_limit_names_the_code(limits: dict[str, int], expected: tuple[int, int]) -> None:
    assert decided(Series(1, **limits), asked=5) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("series", "customer", "expected"),
    [
        (Series(1, externally_managed=True, expires_at=0), None, 707),
        (Series(1, expires_at=0), None, 701),
        (Series(1, expires_at=0, limit_per_customer=1), CUSTOMER, 713),
        (Series(1, limit_per_customer=1, limit_in_all=0), CUSTOMER, 709),
    ],
)
def test_checks_come_in_the_order_of_the_ledger(series: Series, customer: int | None, expected: int) -> None:
    assert decided(series, customer=customer, has=1) == (0, expected)


@pytest.mark.parametrize(
    ("kind", "one", "other", "same"),
    [
        ("externalId", "000003873472", "3873472", True),
        ("externalId", "000", "0", True),
        ("externalId", "", "0", False),
        ("externalId", "38734720", "3873472", False),
        ("externalId", "X1", "x1", False),
        ("mobile", "0112", "112", False),
        ("email", "A@example.com", "a@example.com", False),
    ],
)
def test_only_external_ids_ignore_leading_zeros(kind: str, one: str, other: str, same: bool) -> None:
    assert (matching_key(Identifier(kind, one)) == matching_key(Identifier(kind, other))) is same


@pytest.mark.parametrize(("named", "expected"), [([], None), ([7], 7), ([7, 7], 7), ([7, 8], None), ([7, None], None)])
def test_every_identifier_names_the_same_customer(named: list[int | None], expected: int | None) -> None:
    assert same_customer(named) == expected


limits = st.none() | st.integers(0, 12)


@SETTINGS
@given(
    per_customer=st.none() | st.integers(1, 12),
    in_all=limits,
    codes=limits,
    generic=st.booleans(),
    asked=st.lists(st.integers(1, 500)),
)
def test_no_sequence_exceeds_a_limit(
    per_customer: int | None, in_all: int | None, codes: int | None, generic: bool, asked: list[int]
) -> None:
    def after(issued: int, count: int) -> int:
        left = None if codes is None else codes - issued
        code = "G" if generic else None
        series = Series(
            1,
            generic_code=code,
            limit_per_customer=per_customer,
            limit_in_all=in_all,
            issued=issued,
            codes_left=left,
        )
        return issued + decide(count, Situation(series, CUSTOMER, issued, NOW)).granted

    totals = list(accumulate(asked, after, initial=0))

    assert totals == sorted(totals)
    assert totals[-1] <= min(limit for limit in (per_customer, in_all, codes, sum(asked)) if limit is not None)


@SETTINGS
@given(
    st.builds(
        Situation,
        st.none()
        | st.builds(
            Series,
            id=st.just(1),
            generic_code=st.none() | st.just("G"),
            limit_per_customer=st.none() | st.integers(1, 9),
            limit_in_all=limits,
            expires_at=st.none() | st.integers(0, 2 * NOW),
            externally_managed=st.booleans(),
            issued=st.integers(0, 12),
            codes_left=limits,
        ),
        st.none() | st.just(CUSTOMER),
        st.integers(0, 12),
        st.just(NOW),
    ),
    st.integers(1, 500),
)
def test_a_decision_grants_all_or_names_a_problem(situation: Situation, asked: int) -> None:
    granted, code = outcome(decide(asked, situation))

    assert (granted == asked) == (code == 0)
    assert 0 <= granted <= asked
    assert granted == 0 or code in {0, 5001, 5002, 5004, 5006}
