import json
import pickle
from datetime import UTC, datetime
from typing import Any

import pytest
from coupon_api.models import CustomerReference, IssuanceMetadata, IssuanceRequest
from coupon_api.types import UNSET

from coupon_client import (
    AuthenticationFailed,
    CouponClientError,
    Customer,
    InvalidRequest,
    Issuance,
    Issued,
    Metadata,
    NothingIssued,
    NotReadable,
    NotSent,
    OutcomeUnknown,
    Refused,
    Rejected,
    refusals,
)
from coupon_client.issuance import request_body
from coupon_client.testing import Script, ScriptEnded, answered, issued, listed, lost, never_sent, refused
from coupon_contract import spec
from tests.client.conftest import ABIJITH, NOWHERE, Issue, client_of, of

ROWS = [row for row in spec.error_table() if row.without_coupons == spec.REFUSED]


def test_an_issued_answer_gives_the_coupons(issue: Issue) -> None:
    end = of(issue(transport=Script(issued("A1", "B2"))), Issued)

    assert (end.codes, end.missing, end.complete, end.errors, end.warnings) == (("A1", "B2"), 0, True, (), ())


def test_a_partly_issued_answer_says_how_many_are_missing_and_why(issue: Issue) -> None:
    end = of(issue(transport=Script(issued(given=2)), count=5), Issued)

    assert (len(end.coupons), end.missing, end.complete, [error.code for error in end.errors]) == (2, 3, False, [5006])


def test_issued_has_no_truth_value() -> None:
    client, _ = client_of(issued())

    with pytest.raises(TypeError, match="has no truth value"):
        bool(client.issue(415446, ABIJITH))


def test_customer_and_config_are_those_of_the_answer() -> None:
    client, _ = client_of(issued())
    end = client.issue(415446, ABIJITH)
    assert end.customer is not None
    assert end.config is not None

    assert end.customer.id == end.customer_id == 555567088
    assert end.customer.profiles[0].identifiers[0].value == "11223569865"
    assert end.config.discount_type == "ABS"


def test_a_configuration_that_cannot_be_read_is_none_and_stays_in_raw() -> None:
    body = {"coupons": [{"code": "A1", "couponId": 1}], "couponConfig": 7, "customer": [], "errors": []}
    client, _ = client_of(answered(200, body))
    end = client.issue(415446, ABIJITH)

    assert (end.config, end.customer, end.customer_id) == (None, None, None)
    assert end.raw["couponConfig"] == 7


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_documented_refusal_has_a_class_of_its_own(issue: Issue, row: spec.ErrorRow) -> None:
    end = of(issue(transport=Script(refused(row.code, "Some text"))), Refused)

    assert type(end).__name__ == "".join(word.capitalize() for word in row.name.split("_"))
    assert (end.code, end.documented_code) == (row.code, row.code)


def test_there_is_a_class_per_documented_refusal_and_no_other() -> None:
    assert set(refusals.BY_CODE) == {row.code for row in ROWS}


def test_401_says_that_authentication_failed(issue: Issue) -> None:
    of(issue(transport=Script(answered(401, b"<response/>"))), AuthenticationFailed)


@pytest.mark.parametrize("status", [400, 403, 405, 415])
def test_a_request_that_was_not_processed_is_rejected(issue: Issue, status: int) -> None:
    end = of(issue(transport=Script(answered(status, {}))), Rejected)

    assert (end.status, end.retry_after) == (status, None)


def test_429_says_how_long_to_wait_in_seconds(issue: Issue) -> None:
    assert of(issue(transport=Script(answered(429, {}, {"retry-after": "7"}))), Rejected).retry_after == 7


def test_a_lost_answer_is_an_unknown_outcome_and_sent_once(issue: Issue) -> None:
    script = Script(lost)
    end = of(issue(transport=script, retries=2), OutcomeUnknown)

    assert len(script.requests) == 1
    assert (end.asked.count, end.asked.series_id, end.status, end.answer) == (2, 415446, None, None)
    assert end.asked.at <= end.ended
    assert "reconcile" in end.advice
    assert "reconcile" in str(end)


def test_a_request_that_never_left_is_tried_twice_more(issue: Issue, no_waiting: list[float]) -> None:
    script = Script(never_sent, never_sent, issued())
    of(issue(transport=script, retries=2), Issued)

    assert len(script.requests) == 3
    assert 0.2 <= no_waiting[0] <= 0.4 < 0.8 <= no_waiting[1] <= 1.6


def test_what_never_left_after_all_attempts_is_not_sent(issue: Issue, no_waiting: list[float]) -> None:
    of(issue(transport=Script(never_sent, never_sent, never_sent), retries=2), NotSent)


def test_an_answer_is_never_followed_by_a_retry(issue: Issue, no_waiting: list[float]) -> None:
    for status in (500, 502, 503, 504, 429, 408, 302):
        script = Script(answered(status, {}))
        of(issue(transport=script, retries=2), CouponClientError)

        assert len(script.requests) == 1


def test_the_request_is_the_documented_one() -> None:
    client, script = client_of(issued())
    metadata = Metadata(source_type="campaign", notes="Sent twice")
    client.issue(415446, Customer(mobile="1", email="a@b", external_id="7"), 3, metadata)
    (request,) = script.requests

    assert (request.method, request.url) == ("POST", f"{NOWHERE}/v2/coupon/issue/multiple")
    assert json.loads(request.body or b"") == {
        "seriesId": 415446,
        "count": 3,
        "customer": {"mobile": "1", "email": "a@b", "externalId": "7"},
        "metadata": {"sourceType": "campaign", "notes": "Sent twice"},
    }
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["User-Agent"].startswith("coupon-client/")


@pytest.mark.parametrize("names", [("mobile",), ("email", "external_id"), ("mobile", "email", "external_id")])
@pytest.mark.parametrize("metadata", [None, Metadata(), Metadata(*"abcde"), Metadata(source_activity="\u00e9")])
def test_the_body_is_read_by_the_documents_model_as_what_was_requested(
    names: tuple[str, ...], metadata: Metadata | None
) -> None:
    values = {name: f"{name}@example.com" for name in names}
    body = request_body(Issuance(7, 3, Customer(**values), metadata, datetime.now(UTC)))
    read = IssuanceRequest.from_dict(json.loads(body))
    given = {} if metadata is None else {name: getattr(metadata, name) for name in metadata.__match_args__}

    assert (read.series_id, read.count, read.additional_properties) == (7, 3, {})
    assert read.customer == CustomerReference(**values)
    assert read.metadata == (
        UNSET if metadata is None else IssuanceMetadata(**{name: text for name, text in given.items() if text})
    )


def test_the_till_password_is_sent_as_lower_case_hexadecimal_md5() -> None:
    import base64
    import hashlib

    client, script = client_of(issued())
    client.issue(415446, ABIJITH)
    user, _, password = base64.b64decode(script.requests[0].headers["Authorization"].split()[1]).decode().partition(":")

    assert (user, password) == ("till.sandbox", hashlib.md5(b"sandbox-password").hexdigest())  # noqa: S324


def test_the_request_id_of_the_server_is_kept(issue: Issue) -> None:
    headers = {"x-request-id": "r-17"}
    ok = {"coupons": [{"code": "A1", "couponId": 1}], "errors": []}

    assert of(issue(transport=Script(answered(200, ok, headers)), count=1), Issued).request_id == "r-17"
    assert of(issue(transport=Script(answered(503, {}, headers))), OutcomeUnknown).request_id == "r-17"


def test_a_contradictory_answer_carries_the_coupons_that_it_names(issue: Issue) -> None:
    body = {"coupons": [{"code": "A1", "couponId": 1}], "successCount": 2, "customer": {"id": 9}, "errors": []}
    end = of(issue(transport=Script(answered(200, body))), OutcomeUnknown)

    assert ([coupon.code for coupon in end.coupons], end.customer_id, end.status) == (["A1"], 9, 200)


ODD_ENDS = [issued(), refused(707), answered(401, {}), answered(429, {}), answered(500, {"a": "b"}), lost]


@pytest.mark.parametrize("ending", ODD_ENDS[1:])
def test_an_end_survives_pickling(issue: Issue, ending: Any) -> None:
    end = of(issue(transport=Script(ending)), CouponClientError)
    copy = pickle.loads(pickle.dumps(end))  # noqa: S301 - our own bytes

    assert (type(copy), str(copy)) == (type(end), str(end))
    assert copy.__dict__.keys() == end.__dict__.keys() - {"since"}  # a clock of this process


def test_nothing_issued_and_outcome_unknown_exclude_each_other() -> None:
    assert not issubclass(OutcomeUnknown, NothingIssued)
    for kind in (Refused, Rejected, AuthenticationFailed, NotSent, InvalidRequest):
        assert issubclass(kind, NothingIssued)


def test_no_end_is_a_class_of_the_http_library() -> None:
    import httpx

    for kind in (OutcomeUnknown, NotSent, *refusals.BY_CODE.values()):
        assert not issubclass(kind, httpx.HTTPError | OSError)


def test_a_script_that_ended_is_not_taken_for_a_lost_answer(issue: Issue) -> None:
    with pytest.raises(ScriptEnded, match="this is request 1"):
        issue(transport=Script())


def test_what_a_script_issues_is_valid_by_the_document() -> None:
    from coupon_client.exchange import Request
    from coupon_contract.suite.schema import mismatches

    asked = {"seriesId": 1, "count": 2, "customer": {"mobile": "1"}}
    request = Request("POST", "", {}, json.dumps(asked).encode())

    for ending in (issued(), issued(given=1), refused(707)):
        assert not list(mismatches("IssuanceResponse", ending(request).body))


def test_a_read_back_lists_the_coupons_of_a_customer() -> None:
    client, script = client_of(listed(("A1", 415446), ("A1", 415446), ("B2", 7)))
    found = client.read_back(555567088)

    assert found.codes(415446) == {"A1": 2}
    assert script.requests[0].query == (("issuedToIds", "555567088"), ("coupon_code_case", "AS_IT_IS"))


@pytest.mark.parametrize(
    "ending",
    [
        answered(404, {}),
        answered(200, b"<html>"),
        answered(200, {"data": None}),
        answered(200, {"data": [{"code": 1}]}),
        answered(200, {"data": [{"code": 1, "seriesId": 1}]}),
        answered(200, {"data": [], "errors": [{"code": 500}]}),
        answered(200, {"data": [], "errors": [], "warnings": ["late"]}),
        answered(200, b'{"data": [{"code": "A1", "seriesId": 1}], "data": []}'),
    ],
)
def test_a_read_back_that_is_no_list_is_not_readable(ending: Any) -> None:
    client, _ = client_of(ending)

    with pytest.raises(NotReadable):
        client.read_back(1)


def test_a_read_back_without_an_answer_is_not_readable_and_asked_once(no_waiting: list[float]) -> None:
    client, script = client_of(lost)

    with pytest.raises(NotReadable, match="no response from /v2/coupon"):
        client.read_back(1)
    assert len(script.requests) == 1
