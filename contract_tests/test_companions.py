"""The companion operations: issual details, a customer's coupons, revoking."""

from collections.abc import Mapping, Sequence
from time import monotonic, sleep
from typing import Any

import pytest
from attrs import evolve, frozen

from coupon_contract import spec
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
    unless_busy,
    wrong_type,
)
from coupon_contract.suite.exchange import NotJson, Request, dumps, loads
from coupon_contract.suite.history import folded
from coupon_contract.suite.listing import coupon_of
from coupon_contract.suite.problem import places
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.schema import mismatches
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

Json = Any

METADATA = {"sourceId": "c0ffee17", "sourceActivity": "contract-test", "notes": "issued by a contract test"}
OTHER_METADATA = {"sourceId": "facade42", "sourceActivity": "contract-test", "notes": "of another call"}
STATUSES = {"UNREDEEMED": True, "ACTIVE": True, "REDEEMED": False, "EXPIRED": False}  # whether a new coupon has them
SECOND = 1.1  # seconds, so that two times of issue differ where a platform keeps whole seconds
MANDATORY_MISSING, SERIES_EXPIRED = 756, 712  # codes of a request to revoke that is refused as a whole
PAGE = 2  # coupons, so that few coupons take several pages


@pytest.fixture(scope="module")
def read_back(api: Api, run: Run) -> ReadBack:
    """Read-back of the target."""
    return ReadBack(api, run)


def _issued(api: Api, series: OfferedSeries, customer: Json, count: int, **more: Json) -> list[dict[str, Json]]:
    """Issue, and return the coupons. Raises NotObserved if they were not all issued with a code."""
    answer = api.issue(series.ordinary, customer, count, **more)
    coupons = [coupon for coupon in answer.coupons if isinstance(coupon, dict) and isinstance(coupon.get("code"), str)]
    if len(coupons) != count:
        raise NotObserved("the coupons to look for were not issued")
    return coupons


def _offered(run: Run, feature: str) -> None:
    if feature not in run.target.features:
        raise NotOffered(f"features.{feature}")


# --- issual details ---------------------------------------------------------------------------------------------------


@pytest.mark.clause("issual-details-returned")
@pytest.mark.sends(3 + LOOKS, 3)
def test_metadata_of_a_request_comes_back_with_each_of_its_coupons(
    api: Api, run: Run, read_back: ReadBack, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    """Issue once more in between: its metadata belongs to its own coupon."""
    _offered(run, "issual-details")
    coupons = _issued(api, series, customers.any, 2, metadata=METADATA)
    _issued(api, series, customers.any, 1, metadata=OTHER_METADATA)
    codes = [coupon["code"] for coupon in coupons]
    listed, _ = read_back.wait_for([coupon_of(coupon) for coupon in coupons], "couponCodes", *codes)
    if not {folded(code) for code in codes} <= codes_of(listed):
        read_back.not_listed()
    query = (*(("couponCodes", code) for code in codes), ("includeIssualDetails", "true"))
    rows = [*read_back.rows(Request("GET", spec.READ_BACK_PATH, query=query, headers=()))]
    for coupon in coupons:
        row = next((row for row in rows if _is(row, coupon)), None)
        assert row is not None, "a coupon that is listed is not listed with includeIssualDetails"
        details = row.get("couponIssualDetails")
        assert isinstance(details, dict), "a coupon has no couponIssualDetails"
        returned = {name: str(details.get(name)).casefold() for name in METADATA}
        assert returned == {name: text.casefold() for name, text in METADATA.items()}, "other metadata came back"


def _is(row: Mapping[str, Json], coupon: Mapping[str, Json]) -> bool:
    return folded(str(row.get("code"))) == folded(coupon["code"])


# --- a customer's coupons ---------------------------------------------------------------------------------------------


@pytest.fixture
def customer_list(api: Api, run: Run, customers: OfferedCustomers) -> CustomerList:
    """The list of the customer that tests issue to."""
    _offered(run, "customer-coupons")
    return CustomerList(api, customers.any)


@pytest.mark.clause("customer-coupons-shape")
@pytest.mark.sends(1 + TRIES, 1)
def test_a_page_of_a_customers_coupons_has_the_documented_shape(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _issued(api, series, customers.any, 1)
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
    coupons = _issued(api, series, customers.any, 5)
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
    coupons = _issued(api, series, customers.any, 3)
    after = customer_list.wait_for([coupon["code"] for coupon in coupons])

    assert after >= before + 3, f"the total grew by {after - before}; expected at least 3, as many as were issued"


@pytest.mark.clause("customer-coupons-selected")
@pytest.mark.sends(6 + LOOKS, 1)
def test_a_new_coupon_is_listed_as_active_and_unredeemed_and_not_as_redeemed_or_expired(
    api: Api, customer_list: CustomerList, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    (coupon,) = _issued(api, series, customers.any, 1)
    customer_list.wait_for([coupon["code"]])
    code = folded(coupon["code"])
    listed = {status: code in customer_list.codes(status) for status in STATUSES}
    if code not in customer_list.codes(""):
        raise NotObserved(OTHERS)
    wrong = [status for status, expected in STATUSES.items() if listed[status] != expected]

    assert not wrong, "a new coupon is " + ", ".join(
        f"{'' if listed[name] else 'not '}listed as {name}" for name in wrong
    )


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
    (coupon,) = _issued(api, series, customers.any, 1)
    customer_list.wait_for([coupon["code"]])
    orders = {order: customer_list.order_of(older, coupon["code"], order) for order in ("ASC", "DESC")}

    assert orders["ASC"] is not False, "sort_order=ASC: the newest coupon comes before an older one"
    assert orders["DESC"] is not True, "sort_order=DESC: an older coupon comes before the newest one"


# --- revoking ---------------------------------------------------------------------------------------------------------


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
def test_revoking_by_code_revokes_the_named_coupon_once_and_no_other(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _offered(run, "revoke")
    revoked, other = (coupon["code"] for coupon in _issued(api, series, customers.any, 2))
    first, second, third = (_revoked(api, series.ordinary.id, code) for code in (revoked, revoked, other))

    assert first == {folded(revoked)}, "the coupon that was named was not revoked, or not alone"
    assert not second, "a coupon was revoked twice"
    assert third == {folded(other)}, "another coupon was revoked too"


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
def test_every_code_of_one_call_is_revoked_and_no_other(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _offered(run, "revoke")
    *named, other = (coupon["code"] for coupon in _issued(api, series, customers.any, 4))
    first, second, third = (_revoked(api, series.ordinary.id, *codes) for codes in (named, named, [other]))

    assert first == {folded(code) for code in named}, f"{len(first)} of the {len(named)} coupons named were revoked"
    assert not second, "coupons were revoked twice"
    assert third == {folded(other)}, "another coupon was revoked too"


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
def test_a_request_that_names_no_code_revokes_nothing(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _offered(run, "revoke")
    (coupon,) = _issued(api, series, customers.any, 1)
    nothing = _revoke(api, series.ordinary.id, [])
    then = _revoked(api, series.ordinary.id, coupon["code"])

    assert not nothing.revoked, "a request without codes revoked coupons"
    assert then == {folded(coupon["code"])}, "a request without codes revoked a coupon"


@pytest.mark.clause("revoke-says-what-failed")
@pytest.mark.disposable
def test_a_code_that_is_not_revoked_is_named_and_counted(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    _offered(run, "revoke")
    (coupon,) = _issued(api, series, customers.any, 1)
    _revoked(api, series.ordinary.id, coupon["code"])
    result = _revoke(api, series.ordinary.id, [coupon["code"]])

    assert result.failed == {folded(coupon["code"])}, "failedToRevoke does not name the code that was revoked before"
    assert (result.total, result.failures) == (1, 1), (
        f"totalCount {result.total}, failedCount {result.failures}; expected 1 and 1"
    )


@pytest.mark.clause("revoke-says-what-failed")
@pytest.mark.disposable
@pytest.mark.parametrize("reason", ["no codes", "expired series"])
def test_a_request_that_is_refused_as_a_whole_says_why(api: Api, run: Run, series: OfferedSeries, reason: str) -> None:
    _offered(run, "revoke")
    if reason == "no codes":
        code, result = MANDATORY_MISSING, _revoke(api, series.ordinary.id, [])
    else:
        code, result = SERIES_EXPIRED, _revoke(api, series.expired.id, ["NO-SUCH-CODE"])

    assert result.success is False, f"success is {dumps(result.success).decode()}; expected false"
    assert code in result.errors, f"errors do not have {code}"


@frozen
class Revocation:
    """What the result of revoking names: codes in upper case, counts, and the error codes of the whole request."""

    revoked: frozenset[str]
    failed: frozenset[str]
    total: Json
    failures: Json
    success: Json
    errors: frozenset[Json]


def _revoke(api: Api, series: Json, codes: Sequence[str]) -> Revocation:
    """Revoke codes in one call. Raises NotObserved if the target is busy, AssertionError for an unreadable result."""
    body = dumps({"couponSeriesId": series, "couponCodes": codes})
    api.run.oracle.history.revoked |= {folded(code) for code in codes}
    response = unless_busy(api, Request("POST", spec.REVOKE_PATH, body=body))
    try:
        content = loads(response.body)
        result = content.get("entity") or content
        return Revocation(
            frozenset(folded(coupon["couponCode"]) for coupon in result.get("revokedCoupons") or ()),
            frozenset(folded(code) for some in result.get("failedToRevoke") or () for code in some["couponCodes"]),
            result.get("totalCount"),
            result.get("failedCount"),
            content.get("success"),
            frozenset(error["code"] for error in content.get("errors") or ()),
        )
    except (NotJson, TypeError, KeyError, AttributeError):
        problem = f"answered with HTTP {response.status}, without a readable result"
        raise AssertionError(problem) from None


def _revoked(api: Api, series: Json, *codes: str) -> frozenset[str]:
    """Revoke codes in one call, and return those that were revoked. Raises as `_revoke` does."""
    return _revoke(api, series, codes).revoked
