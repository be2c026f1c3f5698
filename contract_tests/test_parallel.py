"""Calls made at the same time, at a limit that a few of them use up."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, BrokenBarrierError

import pytest

from coupon_contract.suite.busy import is_busy
from coupon_contract.suite.exchange import dumps
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api
from coupon_contract.suite.skips import NotObserved, UsedUp
from coupon_contract.suite.states import CLAIMED, STATES
from coupon_contract.suite.target import Customer, Series
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

CALLS = 24
USED_UP = {code for state in CLAIMED for code in STATES[state].codes}


def _at_once(api: Api, series: Series, customers: Sequence[Customer]) -> list[Outcome | NotObserved]:
    """Issue one coupon to each customer, all at the same moment, over connections that are open already.

    A call that was sent and has no answer has the reason in its place.

    The outcomes have no bodies any more: a hostile target could fill the memory with all of them at once.
    """
    barrier = Barrier(len(customers), timeout=30)

    def issue(customer: Customer) -> Outcome | NotObserved:
        try:
            with api.connected():
                barrier.wait()
                try:
                    return api.in_parallel.issue(series, customer, 1).without_body()
                except NotObserved as lost:
                    return lost
        except BrokenBarrierError:
            raise NotObserved("not all calls could be made at the same time") from None
        except NotObserved:
            barrier.abort()  # or everybody else would wait for this one
            raise

    with ThreadPoolExecutor(len(customers)) as pool:
        return list(pool.map(issue, customers))


@pytest.mark.clause("limits-in-parallel")
@pytest.mark.disposable
@pytest.mark.parametrize("race", [pytest.param(race, marks=pytest.mark.claims(race)) for race in CLAIMED])
def test_calls_at_the_same_time_never_exceed_a_limit(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, race: str
) -> None:
    contested = series.in_state(race)
    limit = contested.cap or 0
    alone = contested.state.counts == "customer"
    everyone = [customers.last] * CALLS if alone else customers.all_in_turn(CALLS)
    results = _at_once(api, contested, everyone)
    lost = [result for result in results if isinstance(result, NotObserved)]
    answers = [result for result in results if not isinstance(result, NotObserved) and not is_busy(result)]
    issued = len({dumps(coupon) for answer in answers for coupon in answer.coupons})  # some series resend a coupon
    if lost and issued <= limit:
        raise NotObserved(f"{len(lost)} of {CALLS} calls at once had no answer, the first: {lost[0]}")
    if not answers:
        raise NotObserved("the target ran none of the calls: each was answered as busy")
    if not issued and all(set(answer.errors) & USED_UP for answer in answers):
        raise UsedUp(f"series.{race} that is not used up, as it is after a run")
    if not issued:
        raise NotObserved(f"series.{race} issues nothing")

    assert issued <= limit, f"{CALLS} calls at once got {issued} coupons where {limit} were the limit"
