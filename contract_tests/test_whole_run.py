"""Compares the coupons in all responses of a run with the coupons listed before its first test and after its last.

If the target offers pages and totals, no full list of a customer is read: such a list grows with every run.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from itertools import islice
from time import sleep

import pytest
from attrs import frozen

from coupon_contract.suite.coupon_lists import LARGEST_PAGE, LOOKS, OTHERS, PAUSES, CustomerList, ReadBack, codes_of
from coupon_contract.suite.history import History, is_usable
from coupon_contract.suite.listing import Coupon, coupon_of
from coupon_contract.suite.problem import alternatives, counted, unlike
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target import Customer, Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

MOST_CUSTOMERS = 10
IDS_AT_ONCE, CODES_AT_ONCE = 500, 100  # coupons that one request of read-back names
MOST_BATCHES = 10
MOST_EXAMPLES = 5  # ids of missing coupons in a failure
FEWER_COUPONS = "features.customer-coupons, or known customers with at most 5000 coupons"
LISTED_BEFORE = 5000  # coupons of all customers before the run, if the target lists no pages
OPENING = pytest.StashKey["Opening | None"]()  # None if the target does not offer what it takes


@frozen
class Opening:
    """The state before all other tests: the reference and the number of coupons of each customer, by customer id.

    `listed` holds the codes of these coupons if the target offers no list with totals.
    """

    customers: Mapping[int, Customer]
    totals: Mapping[int, int]
    listed: frozenset[str]


@pytest.fixture(scope="module")
def read_back(api: Api, run: Run) -> ReadBack:
    """Read-back of the target."""
    return ReadBack(api, run)


def _customers(target: Target) -> int:
    if "read-back" not in target.features:
        raise NotOffered("features.read-back")
    return min(MOST_CUSTOMERS, len(target.known))


def _at_the_end(requests: int) -> Callable[[Target], int]:
    """Return the requests of a test at the end of a run. Raises NotOffered without read-back, as the opening does."""

    def declared(target: Target) -> int:
        return requests if _customers(target) else 0

    return declared


@pytest.mark.clause("issued-adds-up")
@pytest.mark.opens_the_run
@pytest.mark.sends(lambda target: _customers(target) * (1 + LOOKS) + LOOKS, _customers)
def test_the_first_coupon_of_each_customer_is_listed(
    api: Api, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers, pytestconfig: pytest.Config
) -> None:
    """All other coupons that are listed now were issued before the run."""
    owned = api.run.oracle.history.owned
    owners: dict[int, Customer] = {}
    fresh: list[Coupon] = []
    for who in customers.all_in_turn(_customers(api.run.target)):
        answer = api.issue(series.ordinary, who, 1)
        fresh += [coupon_of(coupon) for coupon in answer.coupons[:1] if isinstance(coupon, dict)]
        owners |= {customer: who for customer in owned if customer not in owners}
    if not owners:
        raise NotObserved("no response contained a coupon and its customer's id")
    fresh = [coupon for coupon in fresh if coupon.code not in (None, "")]  # coupon-shape
    if not fresh:
        raise NotObserved("no response contained the code of a coupon")
    listed_now, _ = read_back.wait_for(fresh, "couponCodes", *(coupon.code for coupon in fresh))
    if not codes_of(fresh) <= codes_of(listed_now):
        read_back.not_listed()
    totals, listed = {}, frozenset[str]()
    if "customer-coupons" in api.run.target.features:
        totals = {owner: _total_before(api, who, owned[owner]) for owner, who in owners.items()}
    else:
        listed = frozenset(codes_of(read_back.look("issuedToIds", *owners)) - read_back.named())
        if len(listed) > LISTED_BEFORE:
            pytestconfig.stash[OPENING] = None
            raise NotOffered(FEWER_COUPONS)
    pytestconfig.stash[OPENING] = Opening(owners, totals, listed)


def _total_before(api: Api, who: Customer, named: set[tuple[str, str]]) -> int:
    return CustomerList(api, who).wait_for([code for code, _ in named]) - len(named)


@pytest.mark.clause("issued-adds-up")
@pytest.mark.closes_the_run
@pytest.mark.sends(_at_the_end(MOST_BATCHES + 2 * LOOKS), 0)
def test_every_coupon_in_a_response_is_listed_after_the_run(
    api: Api, read_back: ReadBack, pytestconfig: pytest.Config
) -> None:
    _opening(pytestconfig)
    named, missing, examples = 0, 0, list[str]()
    for parameter, values, codes in _batches(api.run.oracle.history):
        listed, _ = read_back.wait_for([Coupon(code) for code in codes], parameter, *values)
        absent = set(codes) - codes_of(listed)
        named, missing = named + len(set(codes)), missing + len(absent)
        if parameter == "couponIds":  # codes are never shown
            examples += [coupon_id for coupon_id, code in zip(values, codes, strict=True) if code in absent]
    if not named:
        raise NotObserved("no response contained a coupon and its customer's id")

    some = f"; not the couponIds {', '.join(examples[:MOST_EXAMPLES])}" if examples else ""
    assert not missing, unlike(
        f"{named - missing} of {counted(named)} in responses of this run are listed{some}", "all"
    )


def _batches(history: History) -> Iterator[tuple[str, Sequence[str], list[str]]]:
    """Yield queries for all coupons in responses, with their codes: by id, and by code without a usable id."""
    owned = [pair for pairs in history.owned.values() for pair in pairs if pair[0] not in history.revoked]
    with_id = sorted(pair for pair in owned if is_usable(pair[1]))
    without = sorted(set(owned) - set(with_id))
    for batch in _in_batches(with_id, IDS_AT_ONCE):
        yield "couponIds", [coupon_id for _, coupon_id in batch], [code for code, _ in batch]
    for batch in _in_batches(without, CODES_AT_ONCE):
        yield "couponCodes", [code for code, _ in batch], [code for code, _ in batch]


def _in_batches(pairs: Sequence[tuple[str, str]], size: int) -> Iterator[Sequence[tuple[str, str]]]:
    return islice((pairs[start : start + size] for start in range(0, len(pairs), size)), MOST_BATCHES)


@pytest.mark.clause("issued-adds-up")
@pytest.mark.closes_the_run
@pytest.mark.sends(_at_the_end(MOST_CUSTOMERS), 0)
def test_no_coupon_is_listed_after_the_run_that_no_response_contained(
    api: Api, read_back: ReadBack, pytestconfig: pytest.Config
) -> None:
    opening, received = _opening(pytestconfig), api.run.oracle.history.received
    if opening.totals:
        grown = {owner: _total(api, who) - opening.totals[owner] for owner, who in opening.customers.items()}
        unnamed = sum(max(0, growth - received[owner]) for owner, growth in grown.items())
        listed = _newest(api, opening.customers, grown) if unnamed else []
    else:
        listed = read_back.look("issuedToIds", *opening.customers)
        unnamed = len(codes_of(listed) - opening.listed - read_back.named())
    if unnamed and not read_back.is_alone:
        raise NotObserved(OTHERS)

    known = opening.listed | read_back.named() if unnamed else set()
    found = f"{counted(unnamed)} listed that no response of this run contained"
    assert not unnamed, unlike(found + _by_series(api.run, listed, known), "none")


def _newest(api: Api, customers: Mapping[int, Customer], grown: Mapping[int, int]) -> list[Coupon]:
    """Return the newest coupons of each customer, as many as are new in the run, as far as the requests suffice."""
    wanted = [(who, offset) for owner, who in customers.items() for offset in range(0, grown[owner], LARGEST_PAGE)]
    pages = (
        CustomerList(api, who).page(LARGEST_PAGE, offset)[1]
        for who, offset in wanted[: MOST_CUSTOMERS - len(customers)]
    )
    return [coupon_of(row) for page in pages for row in page if isinstance(row, dict)]


def _by_series(run: Run, listed: Iterable[Coupon], known: Set[str]) -> str:
    """Return in words of which series unknown coupons are, and with which codes requests were refused there."""
    unknown = (coupon for coupon in listed if codes_of([coupon]) - known)
    states = {series.id: name for name, series in run.target.series.items()}
    numbers = Counter(coupon.series_id if coupon.series_id in states else None for coupon in unknown)
    words = [
        f"{number} of " + (f"series.{states[series]}{_refused(run, series)}" if series in states else "other series")
        for series, number in numbers.most_common()
    ]
    return f" ({'; '.join(words)})" if words else ""


def _refused(run: Run, series: int) -> str:
    refused = run.oracle.history.refused.items()
    codes = {code for (refusing, _), some in refused if refusing == series for code in some}
    return f", where requests were refused with {alternatives(sorted(codes))}" if codes else ""


@pytest.mark.clause("customer-coupons-complete")
@pytest.mark.closes_the_run
@pytest.mark.sends(_at_the_end(1 + LOOKS), 0)
def test_a_customers_list_contains_all_coupons_in_responses_of_the_run(
    api: Api, run: Run, pytestconfig: pytest.Config
) -> None:
    if "customer-coupons" not in run.target.features:
        raise NotOffered("features.customer-coupons")
    opening, history = _opening(pytestconfig), run.oracle.history
    owner, who = next(iter(opening.customers.items()))
    wanted = opening.totals[owner] + len(history.owned[owner]) - len(history.revoked)
    listing = CustomerList(api, who)
    for pause in (*PAUSES, 0):
        total, _ = listing.page(1, 0)
        if total >= wanted:
            break
        sleep(pause)
    _, last = listing.page(1, max(0, total - 1))

    assert total >= wanted, unlike(
        f"the list has a total of {total}", f"at least {wanted}, as the responses of this run add up to"
    )
    assert last or not total, "the last coupon of the total is on no page"


def _total(api: Api, who: Customer) -> int:
    total, _ = CustomerList(api, who).page(1, 0)
    return total


def _opening(config: pytest.Config) -> Opening:
    """Return the state that the first test recorded. Raises NotObserved if it recorded none, or NotOffered."""
    if OPENING not in config.stash:
        raise NotObserved("the customers' coupons before the run are not known")
    opening = config.stash[OPENING]
    if opening is None:
        raise NotOffered(FEWER_COUPONS)
    return opening
