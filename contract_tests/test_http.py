"""Methods and content types."""

from collections.abc import Callable

import pytest

from coupon_contract.suite.exchange import JSON_HEADERS, Request, dumps
from coupon_contract.suite.permitted import JSON_TYPES, NOT_JSON_TYPES, OTHER_METHODS
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api
from coupon_contract.suite.skips import BrokenOff, NeverSent, NotObserved, NotOffered
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

REFUSED_EARLY: dict[str, Callable[[bytes], Request]] = {  # a body that is not read is there for the next request
    "empty body": lambda _: Request(headers=JSON_HEADERS, body=b""),
    "no credentials": lambda body: Request(headers=JSON_HEADERS, body=body, who="nobody"),
    "not declared as JSON": lambda body: Request(headers=(("Content-Type", NOT_JSON_TYPES[0]),), body=body),
    "another method": lambda body: Request("PUT", headers=JSON_HEADERS, body=body),
}
EVERYWHERE = "empty body"  # the others where coupons do not matter


@pytest.mark.clause("method")
@pytest.mark.parametrize(
    "method", [pytest.param(method, marks=pytest.mark.sends(1, int(method != "GET"))) for method in OTHER_METHODS]
)
def test_another_method_is_answered_with_405(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, method: str
) -> None:
    body = dumps({"seriesId": series.ordinary.id, "count": 1, "customer": customers.any})
    answer = api.send(Request(method, body=b"" if method == "GET" else body))

    assert answer.status == 405, f"{method} was answered with {answer}; expected HTTP 405"


@pytest.mark.clause("one-response")
@pytest.mark.sends(4, 4)
@pytest.mark.parametrize(
    "first",
    [
        pytest.param(first, id=name, marks=[] if name == EVERYWHERE else pytest.mark.disposable)
        for name, first in REFUSED_EARLY.items()
    ],
)
def test_a_second_request_on_a_kept_connection_gets_its_own_response(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, first: Callable[[bytes], Request]
) -> None:
    """Compare with connections of their own, so that only a mix-up fails, whatever the responses are."""
    request = first(dumps({"seriesId": series.ordinary.id, "count": 1, "customer": customers.any}))
    alone = [_kind(api.send(request)), _kind(api.issue(series.ordinary, customers.any, 1))]
    if alone[0] == alone[1]:
        raise NotObserved("a wrong request and a valid one are answered alike, so a mix-up would not show")
    try:
        with api.connected(keep=True):
            together = [_kind(api.send(request)), _kind(api.issue(series.ordinary, customers.any, 1))]
    except (BrokenOff, NeverSent):
        raise NotOffered("connections that stay open for a second request") from None

    assert together == alone, f"a wrong request and a valid one on one connection: {together}; each on its own: {alone}"


def _kind(answer: Outcome) -> tuple[int, str, tuple[int, ...]]:
    return answer.status, answer.kind, answer.errors


@pytest.mark.clause("content-type")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("declared", NOT_JSON_TYPES)
def test_a_body_that_is_not_declared_as_json_is_answered_with_415(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, declared: str
) -> None:
    body = dumps({"seriesId": series.ordinary.id, "count": 1, "customer": customers.any})
    answer = api.post(body, (("Content-Type", declared),))

    assert answer.status == 415, f"{declared} was answered with {answer}; expected HTTP 415"


@pytest.mark.clause("valid-is-processed")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("declared", JSON_TYPES)
def test_json_may_be_declared_in_any_case_and_with_a_charset(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, declared: str
) -> None:
    body = dumps({"seriesId": series.ordinary.id, "count": 1, "customer": customers.any})
    answer = api.post(body, (("Content-Type", declared),))

    assert answer.issued(1), f"{declared} was answered with {answer}; expected 1 coupon"
