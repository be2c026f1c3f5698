"""The companion operations that list: issual details, and a customer's coupons."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic, sleep
from typing import Any

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.facts import IDENTIFIERS, METADATA_LENGTHS
from coupon_contract.suite.coupon_lists import (
    LARGEST_PAGE,
    LOOKS,
    MOST_PAGES,
    OTHERS,
    TRIES,
    CustomerList,
    ReadBack,
    answered,
    codes_of,
    issued_with_codes,
    offered,
    wrong_type,
)
from coupon_contract.suite.exchange import Request
from coupon_contract.suite.history import folded
from coupon_contract.suite.listing import coupon_of
from coupon_contract.suite.plan import where_the_budget_allows
from coupon_contract.suite.problem import alternatives, places
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.schema import mismatches
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target import Customer
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

Json = Any

MOST_NOTES = METADATA_LENGTHS["notes"]
METADATA = {
    "sourceType": "API",
    "sourceId": "c0ffee17",
    "sourceActivity": "contract-test",
    "notes": 'issued by a contract test, first & best, "quoted" as ca\u00f1\u00f3n \\ 5 \u20ac; '.ljust(
        MOST_NOTES, "n"
    ),
    "reason": "of the longest text that is documented: ".ljust(MOST_NOTES, "r"),
}
OTHER_METADATA = {
    "sourceId": METADATA["sourceId"],
    "sourceActivity": "other-test",
}  # the id is no key: each call issues
STATUSES = {  # whether a new coupon has them; REDEEMABLE is left out, because redemption may begin days later
    "UNREDEEMED": True,
    "ACTIVE": True,
    "ACTIVE_UNREDEEMED": True,
    "REDEEMED": False,
    "EXPIRED": False,
    "ACTIVE_REDEEMED": False,
    "EXPIRED_REDEEMED": False,
    "EXPIRED_UNREDEEMED": False,
}
BULK = 101  # coupons, more than a page of a hundred
SECOND = 1.1  # seconds, so that two times of issue differ where a platform keeps whole seconds
PAGE = 2  # coupons, so that few coupons take several pages


@pytest.fixture(scope="module")
def read_back(api: Api, run: Run) -> ReadBack:
    """Read-back of the target."""
    return ReadBack(api, run)


# --- issual details ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("issual-details-returned")
@pytest.mark.sends(4 + LOOKS, 4)
def test_metadata_of_a_request_comes_back_with_each_of_its_coupons_and_with_no_other(
    api: Api, run: Run, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    """Issue once more with less metadata and once with none: what is missing there is not that of an earlier call."""
    offered(run, "issual-details")
    coupons = issued_with_codes(api, series, customers.any, 2, metadata=METADATA)
    (other,) = issued_with_codes(api, series, customers.any, 1, metadata=OTHER_METADATA)
    (plain,) = issued_with_codes(api, series, customers.any, 1)
    issued = (*coupons, other, plain)
    codes = [coupon["code"] for coupon in issued]
    listed, _ = read_back.wait_for([coupon_of(coupon) for coupon in issued], "couponCodes", *codes)
    if not {folded(code) for code in codes} <= codes_of(listed):
        read_back.not_listed()
    query = (*(("couponCodes", code) for code in codes), ("includeIssualDetails", "true"))
    rows = [*read_back.rows(Request("GET", spec.READ_BACK_PATH, query=query, headers=()))]
    for coupon in coupons:
        assert _metadata_of(rows, coupon) == _folded_texts(METADATA), "other metadata came back"
    details = _metadata_of(rows, other)
    own = _folded_texts(OTHER_METADATA)
    of_first_call = (_folded_texts(METADATA).items() - own.items()) & details.items()
    of_first_call |= (_folded_texts(METADATA).items() | own.items()) & _metadata_of(rows, plain).items()
    assert {name: details.get(name) for name in own} == own, "other metadata came back"
    # A platform may fill in a source type of its own.
    assert not [name for name, _ in of_first_call if name != "sourceType"], "a coupon has metadata of another call"


@pytest.mark.clause("issual-details-returned")
@pytest.mark.sends(2 + LOOKS, where_the_budget_allows(BULK))
def test_metadata_comes_back_with_the_last_of_many_coupons(
    api: Api, run: Run, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    offered(run, "issual-details")
    last = issued_with_codes(api, series, customers.any, BULK, metadata=OTHER_METADATA)[-1]
    listed, _ = read_back.wait_for([coupon_of(last)], "couponCodes", last["code"])
    if not codes_of([coupon_of(last)]) <= codes_of(listed):
        read_back.not_listed()
    query = (("couponCodes", last["code"]), ("includeIssualDetails", "true"))
    details = _metadata_of([*read_back.rows(Request("GET", spec.READ_BACK_PATH, query=query, headers=()))], last)
    own = _folded_texts(OTHER_METADATA)

    assert {name: details.get(name) for name in own} == own, f"other metadata came back with the last of {BULK} coupons"


def _metadata_of(rows: Sequence[Mapping[str, Json]], coupon: Mapping[str, Json]) -> dict[str, str]:
    """Return the documented metadata of a coupon in read-back, folded; an empty text is none. Raises AssertionError."""
    row = next((row for row in rows if _is(row, coupon)), None)
    assert row is not None, "a coupon that is listed is not listed with includeIssualDetails"
    details = row.get("couponIssualDetails")
    assert isinstance(details, dict), "a coupon has no couponIssualDetails"
    return _folded_texts({name: str(details[name]) for name in METADATA if details.get(name)})


def _folded_texts(texts: Mapping[str, str]) -> dict[str, str]:
    return {name: text.casefold() for name, text in texts.items()}


def _digits(value: Json) -> str:
    """Return an id as text, however it is written."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _is(row: Mapping[str, Json], coupon: Mapping[str, Json]) -> bool:
    return folded(str(row.get("code"))) == folded(coupon["code"])


# --- a customer's coupons ---------------------------------------------------------------------------------------------


@pytest.fixture
def customer_list(api: Api, run: Run, customers: OfferedCustomers) -> CustomerList:
    """The list of the customer that tests issue to."""
    offered(run, "customer-coupons")
    return CustomerList(api, customers.any)


@pytest.mark.clause("customer-coupons-shape")
@pytest.mark.sends(1 + TRIES, 1)
def test_a_page_of_a_customers_coupons_has_the_documented_shape(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    issued_with_codes(api, series, customers.any, 1)
    response = answered(api, customer_list.request(LARGEST_PAGE, 0))
    problems = {mismatch.words for mismatch in mismatches("CustomerCoupons", response.body)}

    assert response.status == 200, f"answered with HTTP {response.status}; expected HTTP 200"
    assert not (wrong := wrong_type(response)), wrong
    assert not problems, "; ".join(sorted(problems))


@pytest.mark.clause("customer-coupons-shape")
@pytest.mark.sends(TRIES, 0)
def test_a_customers_coupons_are_listed_without_limit_offset_and_order(api: Api, customer_list: CustomerList) -> None:
    request = customer_list.request(LARGEST_PAGE, 0)
    response = answered(api, evolve(request, query=request.query[:1]))

    assert response.status == 200, f"answered with HTTP {response.status}; expected HTTP 200"


@pytest.mark.clause("customer-coupons-complete")
@pytest.mark.sends(2 + LOOKS + MOST_PAGES, 5)
def test_every_coupon_of_a_call_is_listed_once_over_the_pages(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    coupons = issued_with_codes(api, series, customers.any, 5)
    codes = [coupon["code"] for coupon in coupons]
    customer_list.wait_for(codes)
    rows = [row for page in customer_list.pages(PAGE, codes) for row in page if isinstance(row, dict)]
    listed = [folded(str(row.get("code"))) for row in rows]

    missing = [code for code in codes if folded(code) not in listed]
    twice = [code for code in codes if listed.count(folded(code)) > 1]

    assert not missing, f"{places(missing, codes)} of a call: on no page"
    assert not twice, f"{places(twice, codes)} of a call: listed twice; expected once"


@pytest.mark.clause("customer-coupons-complete")
@pytest.mark.sends(2 + LOOKS, 3)
def test_the_total_of_a_customers_coupons_grows_by_those_issued(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    before, _ = customer_list.page(PAGE, 0)
    coupons = issued_with_codes(api, series, customers.any, 3)
    after = customer_list.wait_for([coupon["code"] for coupon in coupons])

    assert after >= before + 3, f"the total grew by {after - before}; expected at least 3, as many as were issued"


@pytest.mark.clause("customer-coupons-complete")
@pytest.mark.disposable
@pytest.mark.sends(4 + LOOKS, 1)
def test_the_total_of_a_customers_coupons_is_the_same_on_a_large_page_and_on_a_small_one(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    (coupon,) = issued_with_codes(api, series, customers.any, 1)
    customer_list.wait_for([coupon["code"]])  # and all before it
    totals = [customer_list.page(limit, 0)[0] for limit in (LARGEST_PAGE, PAGE, LARGEST_PAGE)]
    if max(totals) <= LARGEST_PAGE:
        raise NotObserved("the customer has no more coupons than a large page")
    if totals[0] != totals[2]:
        raise NotObserved("the list grows while it is read")

    assert totals[0] == totals[1], f"the total is {totals[0]} with limit={LARGEST_PAGE}, {totals[1]} with limit={PAGE}"


@pytest.mark.clause("customer-coupons-complete")
@pytest.mark.disposable
@pytest.mark.sends(len(IDENTIFIERS) * (6 + LOOKS), len(IDENTIFIERS))
def test_each_name_of_a_customer_lists_the_same_coupons(
    api: Api, run: Run, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    """An external id has two spellings in the query, of which one is enough (ledger customer-coupons)."""
    missing = set[str]()
    for customer in _with_each_identifier(run.target.known):
        who = dict([next(iter(customer.items()))])
        answer = api.issue(series.ordinary, who, 1)
        if not answer.issued(1):
            raise NotObserved("no coupon was issued to look for")
        code = answer.coupons[0]["code"]
        CustomerList(api, who).wait_for([code])
        names: list[list[tuple[str, str]]] = [[("id", str(int(answer.body["customer"]["id"])))]]
        for kind, text in customer.items():
            spellings = ("external_Id", "externalId") if kind == "externalId" else (kind,)
            names.append([(spelling, text) for spelling in spellings])
        missing |= {name[0][0] for name in names if not any(folded(code) in customer_list.named(*way) for way in name)}

    assert not missing, f"a new coupon is not listed when the customer is named by {', '.join(sorted(missing))}"


def _with_each_identifier(known: Sequence[Customer]) -> list[Customer]:
    """Return the first customer, and one more for each kind of identifier that the ones before lack."""
    chosen = [known[0]]
    for kind in IDENTIFIERS:
        if not any(kind in customer for customer in chosen):
            chosen += [customer for customer in known if kind in customer][:1]
    return chosen


@pytest.mark.clause("customer-coupons-selected")
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("kind", IDENTIFIERS)
def test_no_coupons_are_listed_for_an_unknown_customer(
    customer_list: CustomerList, customers: OfferedCustomers, kind: str
) -> None:
    ((_, text),) = customers.unknown(kind).items()
    spelling = "external_Id" if kind == "externalId" else kind

    assert not customer_list.named(spelling, text), "coupons are listed for a customer who does not exist"


@pytest.mark.clause("customer-coupons-shape")
@pytest.mark.disposable
@pytest.mark.sends(3 + LOOKS, 3)
def test_a_coupon_is_listed_with_the_id_and_the_series_that_it_was_issued_with(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    issued = [(coupon, series.ordinary.id) for coupon in issued_with_codes(api, series, customers.any, 2)]
    with suppress(NotOffered):
        uploaded = series.in_state("uploaded")
        more = api.issue(uploaded, customers.any, 1).coupons
        issued += [(coupon, uploaded.id) for coupon in more if isinstance(coupon, dict) and coupon.get("code")]
    customer_list.wait_for([coupon["code"] for coupon, _ in issued])
    _, rows = customer_list.page(LARGEST_PAGE, 0)
    listed = [(*pair, row) for pair in issued for row in rows if isinstance(row, dict) and _is(row, pair[0])]
    if not listed:
        raise NotObserved("the coupons that were issued are not on the newest page")  # customer-coupons-complete
    # An id may be written as a text or with a fraction: coupon-shape and integers-plain report that.
    ids = [row for coupon, _, row in listed if _digits(coupon["couponId"]) not in ("0", _digits(row.get("id")))]

    assert not ids, "a coupon is listed with another id than its answer named"
    assert all(row.get("seriesId") == of for _, of, row in listed), "a coupon is listed with another series"


@pytest.mark.clause("customer-coupons-selected")
@pytest.mark.sends(2 + LOOKS + len(STATUSES), 1)
def test_a_new_coupon_is_listed_as_active_and_unredeemed_and_not_as_redeemed_or_expired(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    (coupon,) = issued_with_codes(api, series, customers.any, 1)
    customer_list.wait_for([coupon["code"]])
    code = folded(coupon["code"])
    selected = {status: customer_list.selected(status) for status in STATUSES}
    if code not in customer_list.selected("")[1]:
        raise NotObserved(OTHERS)
    listed = {status: code in codes for status, (_, codes) in selected.items()}
    empty = [status for status, (total, codes) in selected.items() if total > 0 and not codes]
    wrong = [status for status, expected in STATUSES.items() if listed[status] != expected]

    assert not wrong, "a new coupon is " + ", ".join(
        f"{'' if listed[name] else 'not '}listed as {name}" for name in wrong
    )
    assert not empty, f"the first page of {alternatives(empty)} has no coupons, and a total above 0"


@pytest.mark.clause("customer-coupons-selected")
@pytest.mark.sends(6 + LOOKS, 2)
def test_a_list_has_the_oldest_coupon_first_or_last_as_asked(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    """The two coupons are of different seconds, because some platforms keep no smaller units."""
    answer = api.issue(series.ordinary, customers.any, 1)
    owner = answer.body.get("customer") if answer.issued(1) else None
    owner_id = owner.get("id") if isinstance(owner, dict) else None
    if not (isinstance(owner_id, int) and owner_id in api.run.oracle.history.oldest):
        raise NotObserved("no coupon was issued to look for")
    older, since = api.run.oracle.history.oldest[owner_id]
    sleep(max(0.0, SECOND - (monotonic() - since)))
    (coupon,) = issued_with_codes(api, series, customers.any, 1)
    customer_list.wait_for([coupon["code"]])
    orders = {order: customer_list.order_of(older, coupon["code"], order) for order in ("ASC", "DESC")}

    assert orders["ASC"] is not False, "sort_order=ASC: the newest coupon comes before an older one"
    assert orders["DESC"] is not True, "sort_order=DESC: an older coupon comes before the newest one"
