"""The books of a whole run: what answers named, against what is listed before the first test and after the last."""

from collections.abc import Iterable
from time import sleep

import pytest
from attrs import frozen

from coupon_contract.suite.history import History
from coupon_contract.suite.listing import Coupon, coupon_of
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

from .test_companions import CustomerList
from .test_read_back import LOOKS, OTHERS, PAUSES, ReadBack, codes_of

MOST_CUSTOMERS = 10  # whose coupons are listed in one response
OPENING = pytest.StashKey["Opening"]()


@frozen
class Opening:
    """What is known before all other tests: the id of the first customer, and the codes listed from before the run."""

    first_customer: int
    listed: frozenset[str]


@pytest.fixture(scope="module")
def read_back(api: Api, run: Run) -> ReadBack:
    """Read-back of the target."""
    return ReadBack(api, run)


def _customers(target: Target) -> int:
    if "read-back" not in target.features:
        raise NotOffered("features.read-back")
    return min(MOST_CUSTOMERS, len(target.known))


@pytest.mark.clause("issued-adds-up")
@pytest.mark.opens_the_run
@pytest.mark.sends(lambda target: _customers(target) + LOOKS, _customers)
def test_the_first_coupon_of_each_customer_is_listed(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers, pytestconfig: pytest.Config
) -> None:
    """Everything else that is listed now is from before the run."""
    everyone = customers.all_in_turn(_customers(api.run.target))
    answers = [api.issue(series.ordinary, who, 1) for who in everyone]
    fresh = [coupon_of(coupon) for answer in answers for coupon in answer.coupons[:1] if isinstance(coupon, dict)]
    owned = api.run.oracle.history.owned
    if not owned:
        raise NotObserved("no answer named a coupon and the id of its customer")
    listed, _ = read_back.wait_for(fresh, "issuedToIds", *owned)
    before = frozenset(codes_of(listed) - read_back.named())
    pytestconfig.stash[OPENING] = Opening(next(iter(owned)), before)
    if not codes_of(fresh) <= codes_of(listed):
        read_back.not_listed()


@pytest.mark.clause("issued-adds-up")
@pytest.mark.closes_the_run
@pytest.mark.sends(LOOKS, 0)
def test_what_answers_named_is_listed_in_the_end_and_nothing_else_is(
    api: Api, read_back: ReadBack, pytestconfig: pytest.Config
) -> None:
    opening, history = _opening(pytestconfig), api.run.oracle.history
    owned = sorted(history.owned, key=lambda customer: -len(history.owned[customer]))[:MOST_CUSTOMERS]
    named = _codes_of_owners(history, owned)
    listed, _ = read_back.wait_for([Coupon(code) for code in named], "issuedToIds", *owned)
    missing = named - codes_of(listed)
    unnamed = codes_of(listed) - opening.listed - read_back.named()

    assert not missing, f"of {len(named)} coupons that answers of this run named, {len(missing)} are not listed"
    if unnamed and not read_back.is_alone:
        raise NotObserved(OTHERS)
    assert not unnamed, f"{len(unnamed)} coupon(s) are listed that no answer of this run named"


@pytest.mark.clause("customer-coupons-complete")
@pytest.mark.closes_the_run
@pytest.mark.sends(1 + LOOKS, 0)
def test_a_customers_list_holds_as_many_coupons_as_the_run_named(
    api: Api, run: Run, customers: OfferedCustomers, pytestconfig: pytest.Config
) -> None:
    if "customer-coupons" not in run.target.features:
        raise NotOffered("features.customer-coupons")
    history, listing = run.oracle.history, CustomerList(api, customers.any)
    named = len(history.owned[_opening(pytestconfig).first_customer]) - len(history.revoked)
    for pause in (*PAUSES, 0):
        total, _ = listing.page(1, 0)
        if total >= named:
            break
        sleep(pause)
    _, last = listing.page(1, max(0, total - 1))

    assert total >= named, f"{named} coupons were named to the customer, and its list has {total}"
    assert last or not total, "the last coupon that the total counts is on no page"


def _opening(config: pytest.Config) -> Opening:
    """Return what the first test saw. Raises NotObserved where it saw nothing."""
    if OPENING not in config.stash:
        raise NotObserved("nobody knows what the customers had before the run")
    return config.stash[OPENING]


def _codes_of_owners(history: History, owners: Iterable[int]) -> set[str]:
    """Return the codes that answers named to these customers, without those that a test asked to revoke."""
    return {code for owner in owners for code, _ in history.owned[owner]} - history.revoked
