"""Lower bounds of limits per customer: in an unused series, each customer gets as many coupons as the limit allows."""

from collections.abc import Iterable
from contextlib import suppress

import pytest
from attrs import frozen

from coupon_contract.suite.coupon_lists import ReadBack
from coupon_contract.suite.exchange import dumps
from coupon_contract.suite.plan import amount, where_the_budget_allows
from coupon_contract.suite.problem import counted, unlike
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved, NotOffered, UsedUp
from coupon_contract.suite.states import CLAIMED, STATES
from coupon_contract.suite.target import Customer, Series, Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

MANY = 146  # coupons above a limit
MOST_CALLS = 20  # to use up a limit one by one
OF_CUSTOMERS = [state for state in CLAIMED if STATES[state].counts == "customer"]
CUSTOMER_UNKNOWN = 701
CUSTOMERS = 3  # without the last one, whose limit parallel calls use up
OTHER_SERIES = ("ordinary", "uploaded", "limited-per-customer")  # whose coupons must not count


@frozen
class Fresh:
    """A series whose limit the first customer has used up, the response to the second, and a third without coupons."""

    series: Series
    limit: int
    issued: int
    second: Outcome
    third: Customer


@pytest.fixture(scope="module", params=[pytest.param(state, marks=pytest.mark.claims(state)) for state in OF_CUSTOMERS])
def fresh(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers, request: pytest.FixtureRequest
) -> Fresh:
    """Use up the limit of the first customer. Raises NotOffered if an earlier run has used it up."""
    limited = series.in_state(request.param)
    limit = limited.cap or 0
    if len(run.target.known) <= CUSTOMERS:
        raise NotOffered(f"{CUSTOMERS + 1} customers.known")
    if limit > MOST_CALLS:
        raise NotOffered(f"series.{request.param} with a limit of at most {MOST_CALLS}")
    first, second, third = customers.all_in_turn(CUSTOMERS)
    answers = [api.issue(limited, first, 1) for _ in range(limit + 1)]
    if _issued(answers) < limit and _has_more(api, limited, first, answers):
        raise UsedUp(f"series.{request.param} that no earlier run has used up")
    return Fresh(limited, limit, _issued(answers), api.issue(limited, second, 1), third)


def _issued(answers: Iterable[Outcome]) -> int:
    """Return the number of different coupons: some series issue the same one again (ledger resending-series)."""
    return len({dumps(coupon) for answer in answers for coupon in answer.coupons})


def _has_more(api: Api, series: Series, who: Customer, answers: list[Outcome]) -> bool:
    """Return True if the customer may have had coupons of the series before: more are listed than were issued now."""
    if "read-back" not in api.run.target.features:
        return not any(answer.coupons for answer in answers)
    named = (answer.body.get("customer") for answer in answers if answer.coupons)
    customer = next(named, None) or _customer_of(api.issue(OfferedSeries(api.run.target).ordinary, who, 1))
    if not isinstance(customer, dict):
        return True
    listed = ReadBack(api, api.run).look("issuedToIds", customer.get("id"))
    return len({coupon.code for coupon in listed if coupon.series_id == series.id}) > _issued(answers)


def _customer_of(answer: Outcome) -> object:
    return answer.body.get("customer") if answer.coupons and isinstance(answer.body, dict) else None


def _too_many(target: Target, limit: int) -> int:
    """Return a count above a limit; if the budget allows it, also above a page of 100 coupons."""
    try:
        return amount(where_the_budget_allows(limit + MANY), target)
    except NotOffered:
        return limit + 2


def _largest_limit(target: Target) -> int:
    return max((target.series[state].cap or 0 for state in OF_CUSTOMERS if state in target.series), default=0)


def _most_requests(target: Target) -> int:
    """Return the most requests of a test here, which may be the one that uses up the limit."""
    return 2 * min(MOST_CALLS, _largest_limit(target)) + 12


def _most_coupons(target: Target) -> int:
    limit = min(MOST_CALLS, _largest_limit(target))
    return limit + 3 + len(OTHER_SERIES) + _too_many(target, limit) + limit


@pytest.mark.clause("limit-given")
@pytest.mark.disposable
@pytest.mark.sends(_most_requests, _most_coupons)
def test_a_customer_gets_as_many_coupons_as_its_limit_says(fresh: Fresh) -> None:
    words = unlike(f"{counted(fresh.issued)} issued one by one", f"{fresh.limit}, the limit")

    assert fresh.issued >= fresh.limit, words


@pytest.mark.clause("history-adds-up")
@pytest.mark.disposable
@pytest.mark.sends(_most_requests, _most_coupons)
def test_a_customer_is_not_refused_for_coupons_of_another(fresh: Fresh) -> None:
    answer = fresh.second

    assert answer.issued(1), f"after another customer got {fresh.issued}, answered with {answer}; expected 1 coupon"


@pytest.mark.clause("limit-given")
@pytest.mark.disposable
@pytest.mark.sends(_most_requests, _most_coupons)
def test_a_request_for_exactly_the_limit_is_issued_in_full(api: Api, customers: OfferedCustomers, fresh: Fresh) -> None:
    *_, customer = customers.all_in_turn(CUSTOMERS + 1)
    if len(api.run.target.known) <= CUSTOMERS + 1:  # the last one is not fresh
        raise NotOffered(f"{CUSTOMERS + 2} customers.known")
    answers = [api.issue(fresh.series, customer, fresh.limit)]
    if not (fresh.issued and fresh.second.coupons):  # other clauses say why
        raise NotObserved("a customer without coupons of the series gets none")
    if not answers[0].issued(fresh.limit) and _has_more(api, fresh.series, customer, answers):
        raise NotObserved("the customer had coupons of the series before")
    words = unlike(f"answered with {answers[0]}", f"{counted(fresh.limit)}, the limit")

    assert answers[0].issued(fresh.limit), words


@pytest.mark.clause("limit-given")
@pytest.mark.disposable
@pytest.mark.sends(_most_requests, _most_coupons)
def test_a_request_beyond_the_limit_uses_up_only_the_coupons_it_issues(api: Api, fresh: Fresh) -> None:
    customer, count = fresh.third, _too_many(api.run.target, fresh.limit)
    for state in OTHER_SERIES:
        with suppress(NotOffered):
            api.issue(OfferedSeries(api.run.target).in_state(state), customer, 1)
    answers = [api.issue(fresh.series, customer, count)]
    if not (fresh.issued and fresh.second.coupons) or CUSTOMER_UNKNOWN in answers[0].errors:  # other clauses say why
        raise NotObserved("a customer without coupons of the series gets none")
    answers += [api.issue(fresh.series, customer, 1) for _ in range(fresh.limit - _issued(answers))]
    if answers[0].coupons and _has_more(api, fresh.series, customer, answers):
        raise NotObserved("the customer had coupons of the series before")
    words = unlike(f"{counted(_issued(answers))} issued after a request for {count}", f"{fresh.limit}, the limit")

    assert _issued(answers) == fresh.limit, words
