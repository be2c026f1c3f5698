"""Series whose answers depend on what was issued before."""

import pytest

from coupon_contract.facts import COUNT_MAXIMUM
from coupon_contract.suite.exchange import dumps
from coupon_contract.suite.plan import OPEN, where_the_budget_allows
from coupon_contract.suite.problem import counted, unlike
from coupon_contract.suite.run import Api
from coupon_contract.suite.skips import NotObserved, NotOffered, UsedUp
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

MANY = {"ordinary": 200, "uploaded": 257}  # many sizes of pages and batches divide the one, none the other
MOST_CALLS = 20  # to use up a limit of coupons one by one
OF_FEW = pytest.StashKey[int]()  # coupons that this run got of the series with few codes left


def _number(state: str, target: Target, most: int = COUNT_MAXIMUM - 2) -> int:
    """Return the limit of the series in this state. Raises NotOffered if no request can exceed it."""
    number = OfferedSeries(target).in_state(state).number or 0
    if number > most:
        raise NotOffered(f"series.{state} with a limit of at most {most}")
    return number


def _limit_and_one(target: Target) -> int:
    return _number("limited-per-customer", target, MOST_CALLS) + 1


def _limit_and_two(target: Target) -> int:
    return _number("limited-per-customer", target) + 2


def _left_and_one(target: Target) -> int:
    return _number("few-codes-left", target, MOST_CALLS) + 1


def _left_and_two(target: Target) -> int:
    return _number("few-codes-left", target) + 2


@pytest.mark.clause("one-per-customer")
@pytest.mark.sends(2, 2)
def test_second_coupon_of_a_one_per_customer_series_is_refused(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    first = api.issue(series.one_per_customer, customers.any, 1)
    second = api.issue(series.one_per_customer, customers.any, 1)
    is_the_same = bool(second.coupons) and second.coupons == first.coupons  # ledger resending-series

    words = f"the second request was answered with {second}; expected a refusal with 709"

    assert second.refused_with(709) or is_the_same, words


@pytest.mark.clause("one-per-customer-count")
@pytest.mark.sends(1, 2)
def test_two_coupons_of_a_one_per_customer_series_are_never_issued_at_once(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = api.issue(series.one_per_customer, customers.known("email"), 2)

    assert len(answer.coupons) <= 1, f"answered with {answer}; expected at most 1 coupon"


@pytest.mark.clause("generic-shares-one-code")
@pytest.mark.sends(2, 2)
def test_a_generic_series_gives_two_calls_the_same_code(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answers = [api.issue(series.generic, customers.any, 1) for _ in range(2)]
    codes = {coupon.get("code") for answer in answers for coupon in answer.coupons if isinstance(coupon, dict)}

    assert len(codes) <= 1, unlike("two calls gave two codes", "one code that all coupons of a generic series share")


@pytest.mark.clause("limit-per-customer")
@pytest.mark.sends(_limit_and_one, _limit_and_one)
def test_a_customer_at_its_limit_is_refused(api: Api, series: OfferedSeries, customers: OfferedCustomers) -> None:
    limited = series.limited_per_customer
    answers = [api.issue(limited, customers.any, 1) for _ in range((limited.number or 0) + 1)]

    words = f"one request beyond the limit was answered with {answers[-1]}; expected a refusal with 5002"

    assert answers[-1].refused_with(5002), words


@pytest.mark.clause("limit-per-customer")
@pytest.mark.sends(1, _limit_and_two)
def test_more_than_the_limit_is_never_issued_at_once(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    limited = series.limited_per_customer
    answer = api.issue(limited, customers.known("email"), (limited.number or 0) + 2)

    words = f"answered with {answer}; expected at most {counted(limited.number or 0)}"

    assert len(answer.coupons) <= (limited.number or 0), words


@pytest.mark.clause("issues-what-was-asked")
@pytest.mark.parametrize(
    ("state", "count"),
    [pytest.param(*pair, marks=pytest.mark.sends(1, where_the_budget_allows(pair[1]))) for pair in MANY.items()],
)
def test_many_coupons_are_issued_in_full(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, state: str, count: int
) -> None:
    answer = api.issue(series.in_state(state), customers.any, count)

    assert answer.issued(count), f"answered with {answer}; expected {counted(count)}"


@pytest.mark.clause("codes-running-out")
@pytest.mark.sends(2, _left_and_two)
def test_more_than_the_codes_left_are_never_issued(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, pytestconfig: pytest.Config
) -> None:
    few = series.few_codes_left
    first = api.issue(few, customers.any, 1)
    if first.refused_with(5005):
        raise UsedUp("series.few-codes-left that has codes left, which it has not after a run")
    second = api.issue(few, customers.any, (few.number or 0) + 1)
    issued = pytestconfig.stash[OF_FEW] = len(first.coupons) + len(second.coupons)

    words = f"after {first}, answered with {second}; expected at most {counted(few.number or 0)} in all"

    assert issued <= (few.number or 0), words


@pytest.mark.clause("limit-given")
@pytest.mark.sends(_left_and_one, _left_and_two)  # as many as the test before, so that it comes later
def test_codes_left_are_issued_to_the_last_one_also_behind_a_refusal(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, pytestconfig: pytest.Config
) -> None:
    few, issued = series.few_codes_left, pytestconfig.stash.get(OF_FEW, 0)
    left = few.number or 0
    if not issued:
        raise UsedUp("series.few-codes-left that has codes left, which it has not after a run")
    issued += sum(len(api.issue(few, customers.any, 1).coupons) for _ in range(left - issued))
    if issued < left and not api.run.target.disposable:
        raise NotObserved("others may have taken some of the codes that were left")

    assert issued >= left, unlike(f"{counted(issued)} issued", f"{left}, as many as codes were left")


@pytest.mark.clause("numbers-out-of-range")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("wrap", [2**64, -(2**64)])
def test_a_series_id_that_wraps_around_64_bits_issues_nothing(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, wrap: int
) -> None:
    answer = api.issue(series.ordinary.id + wrap, customers.any, 1)

    assert not answer.coupons, f"answered with {answer}; expected no coupon"


@pytest.mark.clause("count-too-high")
@pytest.mark.disposable
@pytest.mark.sends(1, OPEN)
@pytest.mark.parametrize("count", [2**16 + 1, 2**24 + 1, 100_000, 2**31 - 1])
def test_a_count_far_above_500_is_refused(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, count: int
) -> None:
    answer = api.issue(series.ordinary, customers.any, count)

    assert answer.refused_with(677), f"answered with {answer}; expected a refusal with 677"


@pytest.mark.clause("numbers-out-of-range")
@pytest.mark.disposable
@pytest.mark.sends(1, OPEN)
@pytest.mark.parametrize("count", [2**31, 2**32 + 1, 2**63, 2**64 + 1, 10**100], ids="{:.6g}".format)
def test_a_count_that_fits_no_machine_type_issues_nothing(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, count: int
) -> None:
    answer = api.issue(series.ordinary, customers.any, count)

    words = f"answered with {answer}; expected HTTP 400, or a refusal with 677 or 756"

    assert answer.refused_with(677, 756) or answer.status == 400, words


@pytest.mark.clause("numbers-out-of-range")
@pytest.mark.disposable
@pytest.mark.sends(1, OPEN)
@pytest.mark.parametrize("count", ["1e400", "1e30", "-1e400"])
def test_a_count_with_a_large_exponent_issues_nothing(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, count: str
) -> None:
    body = dumps({"seriesId": series.ordinary.id, "customer": customers.any})
    answer = api.post(body[:-1] + f', "count": {count}}}'.encode())

    words = f"answered with {answer}; expected HTTP 400, or a refusal with 677 or 756"

    assert answer.refused_with(677, 756) or answer.status == 400, words
