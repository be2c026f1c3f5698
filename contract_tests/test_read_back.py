"""The companion that lists what was issued."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import pytest

import spec
from contract_tests.budget import most_coupons
from contract_tests.exchange import JSON_HEADERS, Headers, NotJson, Request, dumps, loads
from contract_tests.offered import OfferedCustomers, OfferedSeries
from contract_tests.outcomes import NotObserved, NotOffered
from contract_tests.run import Api, Run
from contract_tests.schema import flaws
from contract_tests.target import Target

Json = Any
TEXT: Headers = (("Content-Type", "text/plain"),)


def _request(
    series: Json, customer: Json, count: Json = 1, who: str = "caller", kind: Headers = JSON_HEADERS
) -> Request:
    return Request(headers=kind, body=dumps({"seriesId": series, "count": count, "customer": customer}), who=who)


REFUSALS: dict[str, Callable[[OfferedSeries, OfferedCustomers], Request]] = {
    "count 0": lambda series, customers: _request(series.ordinary.id, customers.any, 0),
    "count as an array": lambda series, customers: _request(series.ordinary.id, customers.any, [1]),
    "an array of series": lambda series, customers: _request([series.ordinary.id], customers.any),
    "a body cut short": lambda series, customers: Request(body=_request(series.ordinary.id, customers.any).body[:-1]),
    "an expired series": lambda series, customers: _request(series.expired.id, customers.any),
    "a series at its maximum": lambda series, customers: _request(series.limited_in_all.id, customers.any),
    "a series without codes": lambda series, customers: _request(series.no_codes_left.id, customers.any),
    "no credentials": lambda series, customers: _request(series.ordinary.id, customers.any, who="nobody"),
    "a wrong password": lambda series, customers: _request(series.ordinary.id, customers.any, who="wrong-password"),
    "text/plain": lambda series, customers: _request(series.ordinary.id, customers.any, kind=TEXT),
}


def _two_and_refused(kind: str, target: Target) -> int:
    """Two coupons, and the most that the request to be refused could issue. Raises NotOffered."""
    return 2 + most_coupons(REFUSALS[kind](OfferedSeries(target), OfferedCustomers(target)))


def _found(api: Api, run: Run, name: str, *values: Json) -> list[dict[str, Json]]:
    """What read-back finds; the list is empty when the answer holds no coupons that can be read."""
    exchange = api.exchange(_query(run, name, *values))
    try:
        data = loads(exchange.response.body)["data"]
    except (NotJson, TypeError, KeyError):
        return []
    return [coupon for coupon in data if isinstance(coupon, dict)] if isinstance(data, list) else []


def _query(run: Run, name: str, *values: Json) -> Request:
    if "read-back" not in run.target.features:
        raise NotOffered("features.read-back")
    query = tuple((name, str(value)) for value in values)
    return Request("GET", spec.READ_BACK_PATH, query=query, headers=())


def _issued(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, count: int
) -> tuple[Json, list[dict[str, Json]]]:
    """The customer's id and the coupons of a fresh issue. Raises NotObserved when there are none to read back."""
    answer = api.issue(series.ordinary, customers.any, count)
    coupons = [coupon for coupon in answer.coupons if isinstance(coupon, dict)]
    try:
        return answer.body["customer"]["id"], coupons
    except (TypeError, KeyError):
        raise NotObserved("nothing was issued that could be read back") from None


@pytest.mark.clause("read-back-shape")
@pytest.mark.sends(2, 1)
def test_read_back_answers_the_documented_shape(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, _ = _issued(api, series, customers, 1)
    response = api.exchange(_query(run, "issuedToIds", customer)).response

    assert response.status == 200, f"answered with HTTP {response.status}"
    problems = {flaw.words for flaw in flaws("FoundCoupons", response.body)}
    assert not problems, "; ".join(sorted(problems))


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.sends(4, 4)
def test_coupons_of_a_customer_grow_by_exactly_those_issued(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, _ = _issued(api, series, customers, 1)
    before = {str(coupon.get("code")) for coupon in _found(api, run, "issuedToIds", customer)}
    _, coupons = _issued(api, series, customers, 3)
    after = {str(coupon.get("code")) for coupon in _found(api, run, "issuedToIds", customer)}

    assert after - before == {str(coupon.get("code")) for coupon in coupons}, "not exactly the codes issued are new"


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.sends(2, 2)
@pytest.mark.parametrize(("parameter", "key"), [("couponIds", "couponId"), ("couponCodes", "code")])
def test_a_coupon_is_found_by_its_id_and_by_its_code(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers, parameter: str, key: str
) -> None:
    _, coupons = _issued(api, series, customers, 2)
    found = _found(api, run, parameter, *(coupon.get(key) for coupon in coupons))
    in_series = {str(one.get("code")) for one in found if one.get("seriesId") == series.ordinary.id}

    assert in_series == {str(coupon.get("code")) for coupon in coupons}, f"{parameter} finds other coupons"


@pytest.mark.clause("refused-leaves-nothing")
@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=pytest.mark.sends(4, partial(_two_and_refused, kind))) for kind in REFUSALS]
)
def test_a_refused_request_leaves_nothing_behind(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers, kind: str
) -> None:
    refused = REFUSALS[kind](series, customers)
    customer, _ = _issued(api, series, customers, 1)
    before = {str(coupon.get("code")) for coupon in _found(api, run, "issuedToIds", customer)}
    api.send(refused)
    after = {str(coupon.get("code")) for coupon in _found(api, run, "issuedToIds", customer)}

    assert after == before, f"{kind}: {len(after - before)} coupon(s) are there that no answer named"


@pytest.mark.clause("refused-leaves-nothing")
@pytest.mark.disposable
def test_a_count_above_500_leaves_nothing_behind(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, _ = _issued(api, series, customers, 1)
    before = _codes(_found(api, run, "issuedToIds", customer))
    api.issue(series.ordinary, customers.any, 501)

    assert _codes(_found(api, run, "issuedToIds", customer)) == before, "coupons are there that no answer named"


@pytest.mark.clause("refused-leaves-nothing")
@pytest.mark.sends(4, 3)
def test_a_request_beyond_a_limit_leaves_only_what_its_answer_names(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    customer, _ = _issued(api, series, customers, 1)
    before = len(_found(api, run, "issuedToIds", customer))
    answer = api.issue(series.generic, customers.any, 2)  # the one limit that no earlier call uses up
    new = len(_found(api, run, "issuedToIds", customer)) - before

    assert new <= len(answer.coupons), f"{new} coupon(s) are new, answered with {answer}"


@pytest.mark.clause("read-back-lists-issued")
@pytest.mark.sends(3, 2)
def test_coupons_of_another_customer_are_not_listed(api: Api, run: Run, series: OfferedSeries) -> None:
    if len(run.target.known) < 2:
        raise NotOffered("two customers.known")
    one, other = (api.issue(series.ordinary, dict([next(iter(who.items()))]), 1) for who in run.target.known[:2])
    try:
        customer = one.body["customer"]["id"]
    except (TypeError, KeyError):
        raise NotObserved("nothing was issued that could be read back") from None
    listed = _codes(_found(api, run, "issuedToIds", customer))

    assert listed.isdisjoint(_codes(other.coupons)), "a coupon of another customer is listed"


def _codes(coupons: Iterable[Json]) -> set[str]:
    return {str(coupon.get("code")) for coupon in coupons if isinstance(coupon, dict)}
