"""Parallel calls: limits that a few of them use up, and responses that belong to their own call."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError
from typing import TypeVar

import pytest
from attrs import frozen

from coupon_contract.suite.busy import is_busy
from coupon_contract.suite.coupon_lists import LOOKS, ReadBack, codes_of
from coupon_contract.suite.exchange import dumps
from coupon_contract.suite.listing import Coupon, coupon_of
from coupon_contract.suite.problem import counted, unlike
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved, UsedUp
from coupon_contract.suite.states import CLAIMED, STATES
from coupon_contract.suite.target import Customer, Series, Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

from .test_customers import customer_id

CALLS = 24
MOST_AT_ONCE = 2  # coupons of one call, when the parallel calls differ
USED_UP = {code for state in CLAIMED for code in STATES[state].codes}
ISSUED = pytest.StashKey[dict[str, int]]()  # coupons that parallel calls issued, by state of the series
Kept = TypeVar("Kept")


@frozen
class Call:
    """One of several parallel calls."""

    series: Series
    customer: Customer
    count: int


@frozen
class Named:
    """The customer id and coupons in the response to a call. `words` describes the response."""

    words: str
    is_busy: bool
    customer: object
    coupons: tuple[Coupon, ...]

    @classmethod
    def of(cls, answer: Outcome) -> "Named":
        """Return the customer id and coupons of a response, without the rest of its body."""
        entries = [coupon for coupon in answer.coupons[: MOST_AT_ONCE + 1] if isinstance(coupon, dict)]
        return cls(str(answer), is_busy(answer), customer_id(answer), tuple(map(coupon_of, entries)))


def _at_once(api: Api, calls: Sequence[Call], keep: Callable[[Outcome], Kept]) -> list[Kept | NotObserved]:
    """Make calls at the same time, over open connections. Return `keep` of each response, in the order of the calls.

    A call without a response returns the reason instead. Whole responses are not kept, because a hostile target could
    fill the memory with them.
    """
    barrier = Barrier(len(calls), timeout=30)

    def make(call: Call) -> Kept | NotObserved:
        try:
            with api.connected():
                barrier.wait()
                try:
                    return keep(api.in_parallel.issue(call.series, call.customer, call.count))
                except NotObserved as lost:
                    return lost
        except BrokenBarrierError:
            raise NotObserved("not all calls could be made at the same time") from None
        except NotObserved:
            barrier.abort()  # otherwise the other threads would wait for this one
            raise

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(make, calls))


def _largest_limit(target: Target) -> int:
    return max((target.series[state].cap or 0 for state in CLAIMED if state in target.series), default=0)


@pytest.mark.clause("limits-in-parallel")
@pytest.mark.disposable
@pytest.mark.sends(CALLS, CALLS)
@pytest.mark.parametrize("race", [pytest.param(race, marks=pytest.mark.claims(race)) for race in CLAIMED])
def test_calls_at_the_same_time_never_exceed_a_limit(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, pytestconfig: pytest.Config, race: str
) -> None:
    contested = series.in_state(race)
    limit = contested.cap or 0
    alone = contested.state.counts == "customer"
    everyone = [customers.last] * CALLS if alone else customers.all_in_turn(CALLS)
    results = _at_once(api, [Call(contested, who, 1) for who in everyone], Outcome.without_body)
    lost = [result for result in results if isinstance(result, NotObserved)]
    answers = [result for result in results if not isinstance(result, NotObserved) and not is_busy(result)]
    issued = len({dumps(coupon) for answer in answers for coupon in answer.coupons})  # some series resend a coupon
    if len(answers) == CALLS:
        pytestconfig.stash.setdefault(ISSUED, {})[race] = issued
    if lost and issued <= limit:
        raise NotObserved(f"{len(lost)} of {CALLS} parallel calls had no response, the first: {lost[0]}")
    if not answers:
        raise NotObserved("the target processed no call: each response said busy")
    if not issued and all(set(answer.errors) & USED_UP for answer in answers):
        raise UsedUp(f"series.{race} that no earlier run has used up")
    if not issued:
        raise NotObserved(f"series.{race} issues nothing")

    assert issued <= limit, unlike(f"{CALLS} parallel calls got {counted(issued)}", f"at most {limit}")


@pytest.mark.clause("limit-given")
@pytest.mark.disposable
@pytest.mark.sends(_largest_limit, _largest_limit)
@pytest.mark.parametrize("race", [pytest.param(race, marks=pytest.mark.claims(race)) for race in CLAIMED])
def test_the_rest_of_a_limit_is_issued_after_parallel_calls(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, pytestconfig: pytest.Config, race: str
) -> None:
    contested = series.in_state(race)
    limit, issued = contested.cap or 0, pytestconfig.stash.get(ISSUED, {}).get(race, 0)
    if not issued:
        raise UsedUp(f"series.{race} that is not used up, and a response to each parallel call")
    for _ in range(limit - issued):
        issued += len(api.issue(contested, customers.last, 1).coupons)

    assert issued >= limit, unlike(f"{counted(issued)} issued in parallel and afterwards", f"{limit}, the limit")


@pytest.mark.clause("calls-apart")
@pytest.mark.disposable
@pytest.mark.sends(
    lambda target: CALLS + (1 + LOOKS) * len(target.known), lambda target: CALLS * MOST_AT_ONCE + len(target.known)
)
def test_calls_at_the_same_time_are_answered_with_their_own_customer_and_coupons(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    first = [(who, api.issue(series.ordinary, who, 1)) for who in customers.all_in_turn(len(run.target.known))]
    everyone = [who for who, answer in first if answer.coupons]  # other clauses say why a customer is refused
    ids = [customer_id(answer) for _, answer in first if answer.coupons]
    if not everyone:
        raise NotObserved("no customer gets a coupon alone")
    calls = [
        Call(series.ordinary, everyone[number % len(everyone)], 1 + number // len(everyone) % MOST_AT_ONCE)
        for number in range(CALLS)
    ]
    results = _at_once(api, calls, Named.of)
    answered = [
        (number, call, result)
        for number, (call, result) in enumerate(zip(calls, results, strict=True))
        if isinstance(result, Named) and not result.is_busy
    ]
    if not answered:
        raise NotObserved("the target processed no call: each was lost, or its response said busy")
    codes = [code for _, _, named in answered for code in codes_of(named.coupons)]

    for number, call, named in answered:
        assert len(named.coupons) == call.count, unlike(f"a call was answered with {named.words}", counted(call.count))
        assert named.customer == ids[number % len(ids)], "a response contains the customer of another call"
    assert len(codes) == len(set(codes)), "two parallel calls got the same code; expected different ones"
    if "read-back" in run.target.features:
        mine = {
            customer: [coupon for _, _, named in answered for coupon in named.coupons if named.customer == customer]
            for customer in ids
            if isinstance(customer, int)
        }
        listed = {
            customer: codes_of(ReadBack(api, run).recent_with(mine[customer], customer, who).coupons)
            for customer, who in zip(ids, everyone, strict=True)
            if isinstance(customer, int)
        }
        for customer, coupons in mine.items():  # other clauses report a coupon that is listed for no customer
            elsewhere = set[str]().union(*(codes for other, codes in listed.items() if other != customer))
            strange = (codes_of(coupons) - listed[customer]) & elsewhere
            assert not strange, "a coupon is listed for the customer of another call"
