"""Outcomes keep all fields in pickles, copies, and results of job queues that are JSON."""

import copy
import json
import logging
import pickle
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from coupon_client import (
    AuthenticationFailed,
    CannotTell,
    Coupon,
    CouponClientError,
    ErrorResponse,
    Issued,
    IssuedOnce,
    Metadata,
    NothingIssued,
    NotReadable,
    OAuth,
    OutcomeUnknown,
    Problem,
    Refused,
    Rejected,
)
from coupon_client.exchange import Request
from coupon_client.response_headers import retry_after
from coupon_client.testing import Script, answered, issued, lost, never_sent, refused
from tests.client.conftest import ABIJITH, Issue, client_of, of
from tests.wire import answer, once, server

CONTRADICTION = {
    "coupons": [{"code": "A1", "couponId": 1}],
    "successCount": 2,
    "customer": {"id": 9},
    "errors": [{"code": 748, "message": "late"}],
    "warnings": [{"code": 1, "message": "odd"}],
}
REASON = {"errors": [{"code": 401, "message": "canary"}]}
HEADERS = {"x-cap-request-id": "r-17", "retry-after": "7"}
ENDINGS = {
    "refused": refused(707),
    "refused, no own class": refused(777),
    "not authenticated": answered(401, {}, HEADERS),
    "not authenticated, with a reason": answered(401, REASON, HEADERS),
    "rejected": answered(429, {}, HEADERS),
    "rejected, with a reason": answered(429, REASON, HEADERS),
    "refused, with a warning below the top": answered(
        200, {"errors": [{"code": 707, "message": "x"}], "details": {"warnings": ["slow"]}}
    ),
    "unknown with coupons": answered(200, CONTRADICTION, HEADERS),
    "lost": lost,
    "never sent": never_sent,
}


def as_celery_does(error: CouponClientError) -> Any:
    """Rebuild an error as Celery's JSON results do: the class, called with `args` after JSON."""
    return type(error)(*json.loads(json.dumps(error.args)))


def through_pickle(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))  # noqa: S301 - our own bytes


WAYS: dict[str, Callable[[Any], Any]] = {
    "pickle": through_pickle,
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    "Celery's JSON": as_celery_does,
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("ending", ENDINGS.values(), ids=ENDINGS)
def test_an_exception_keeps_all_fields(issue: Issue, ending: Any, way: Callable[[Any], Any]) -> None:
    error = of(issue(transport=Script(ending)), CouponClientError)
    copied = way(error)

    assert (type(copied), str(copied), repr(copied)) == (type(error), str(error), repr(error))
    assert {**vars(copied), "since": 0} == {**vars(error), "since": 0}


def test_the_issuance_of_an_unknown_outcome_survives_json_with_metadata_and_key() -> None:
    client, _ = client_of(lost)
    with pytest.raises(OutcomeUnknown) as caught:
        client.issue(415446, ABIJITH, 2, Metadata(notes="n"), key="order-1")

    assert as_celery_does(caught.value).asked == caught.value.asked


def test_a_deep_copy_still_knows_when_the_call_ended_and_another_process_does_not(issue: Issue) -> None:
    error = of(issue(transport=Script(lost)), OutcomeUnknown)

    assert copy.deepcopy(error).since == error.since
    assert through_pickle(error).since is as_celery_does(error).since is None


def nested(levels: int) -> bytes:
    """Return the body of a success with an unknown field that is nested deeply."""
    return b'{"coupons": [{"code": "A1", "couponId": 1}], "x": ' + b"[" * levels + b"]" * levels + b"}"


@pytest.mark.parametrize("levels", [1, 90, 110, 900, 50_000])
@pytest.mark.parametrize("way", [through_pickle, copy.deepcopy, lambda end: Issued.from_dict(end.to_dict())])
def test_issued_coupons_are_equal_to_their_copy_however_deep_the_response_is(
    issue: Issue, levels: int, way: Callable[[Any], Any]
) -> None:
    end = of(issue(transport=Script(answered(200, nested(levels))), count=1), Issued)

    assert way(end) == end
    assert hash(way(end)) == hash(end)
    assert Issued.from_dict(json.loads(json.dumps(end.to_dict()))) == end


ONCE = IssuedOnce((Coupon("CANARY77", 1), Coupon("B2", None)), 3, (Problem(5001, "canary"), Problem(None, "")))


@pytest.mark.parametrize(
    "way",
    [through_pickle, copy.deepcopy, lambda end: IssuedOnce.from_dict(json.loads(json.dumps(end.to_dict())))],
    ids=["pickle", "deepcopy", "JSON"],
)
def test_coupons_that_were_issued_once_are_equal_to_their_copy(way: Callable[[Any], Any]) -> None:
    end = way(ONCE)

    assert end == ONCE
    assert (end.asked, end.codes, end.missing, end.complete) == (5, ("CANARY77", "B2"), 3, False)
    assert (type(end.coupons[0]), type(end.errors[0])) == (Coupon, Problem)


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 4_500, "1.5e999"])
@pytest.mark.parametrize("place", ['"x": {}', '"coupons": [{{"code": "A1", "couponId": {}}}], "y": 1'])
def test_a_number_of_any_size_is_carried_as_strict_json(issue: Issue, number: str, place: str) -> None:
    body = '{"coupons": [{"code": "A1", "couponId": 1}], ' + place.format(number) + "}"
    body = body if "coupons" not in place else "{" + place.format(number) + "}"
    end = of(issue(transport=Script(answered(200, body.encode())), count=1), Issued)

    assert Issued.from_dict(json.loads(json.dumps(end.to_dict(), allow_nan=False))) == end


@pytest.mark.parametrize("id", [2**63, -1, 10**30, "7", 1.5, None, True])
def test_the_id_of_a_customer_that_read_back_would_refuse_is_none(issue: Issue, id: Any) -> None:
    body = {"coupons": [{"code": "A1", "couponId": 1}], "customer": {"id": id}}

    assert of(issue(transport=Script(answered(200, body)), count=1), Issued).customer_id is None


def test_the_whole_response_is_raw_in_the_order_of_its_text(issue: Issue) -> None:
    body = {"a": 1, "coupons": [{"code": "A1", "couponId": 1}], "errors": [], "z": [2.5]}
    end = of(issue(transport=Script(answered(200, body)), count=1), Issued)

    assert json.dumps(end.raw) == json.dumps(body)
    assert end.raw is end.raw


def test_issued_coupons_differ_from_others(issue: Issue) -> None:
    first = issue(transport=Script(issued("A1", "B2")))
    assert first != issue(transport=Script(issued("A1", "C3")))
    assert first != "A1"


@pytest.mark.parametrize("name", ["x-cap-request-id", "x-cap-requestid"])
def test_the_request_id_is_in_the_log_and_in_the_text(
    issue: Issue, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    end = of(issue(transport=Script(answered(429, {}, {name: "r-17"}))), Rejected)
    assert "request id r-17" in str(end)
    assert "request id r-17" in caplog.text

    caplog.clear()
    body = {"coupons": [{"code": "A1", "couponId": 1}]}
    of(issue(transport=Script(answered(200, body, {name: "r-18"})), count=1), Issued)
    assert "request id r-18" in caplog.text


@pytest.mark.parametrize("value", ["of-11223569865", "of-CODE77", "two\nlines", "x" * 129])
def test_a_request_id_that_could_leak_or_break_a_log_line_is_not_kept(issue: Issue, value: str) -> None:
    body = {"coupons": [{"code": "CODE77", "couponId": 1}], "successCount": 5}
    end = of(issue(transport=Script(answered(200, body, {"x-cap-request-id": value}))), OutcomeUnknown)

    assert end.request_id is None


NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("7", 7.0),
        (" 7 ", 7.0),
        (format_datetime(NOW.replace(minute=2), usegmt=True), 120.0),
        (format_datetime(NOW.replace(year=2025), usegmt=True), 0.0),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("9" * 5000, None),
        ("86401", None),
        ("Thu Jan  1 00:02:00 2026", 120.0),
        ("Thursday, 01-Jan-26 00:02:00 GMT", 120.0),
        ("Thu, 01 Jan 2026 01:02:00 +0100", 120.0),
        ("7, 9", None),
        ("7, Thu, 01 Jan 2026 00:02:00 GMT", None),
        ("+7", None),
        ("1e3", None),
        ("0x10", None),
        ("Thu, 01 Jan 2026 00:02:00 +99999999999999999999", None),
        ("Thu, 99 Jan 2026 00:02:00 GMT", None),
        ("Fri, 01 Jan 9999 00:00:00 GMT", None),
        ("Fri, 01 Jan 99999 00:00:00 GMT", None),
        ("\u0667", None),
    ],
)
def test_retry_after_is_a_number_or_a_date_and_nonsense_is_none(text: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": text}, NOW) == seconds


def test_several_headers_that_say_how_long_to_wait_are_none(issue: Issue) -> None:
    both = answer(b"{}", "Retry-After: 7", "Retry-After: 9", status="429 Too Many Requests")
    with server(once(both)) as (url, _):
        assert of(issue(url), Rejected).retry_after is None


def test_an_unknown_outcome_has_the_retry_after(issue: Issue) -> None:
    assert of(issue(transport=Script(answered(503, {}, HEADERS))), OutcomeUnknown).retry_after == 7


def test_a_refusal_with_the_text_of_a_customer_shows_none_of_it_in_its_representation(issue: Issue) -> None:
    error = of(issue(transport=Script(refused(701, "No canary@example.com"))), Refused)

    assert "canary" not in repr(error) + repr(error.args)


@pytest.mark.parametrize(("status", "kind"), [(401, AuthenticationFailed), (400, Rejected), (429, Rejected)])
def test_what_was_not_processed_has_the_reason_of_the_server_and_hides_its_text(
    issue: Issue, status: int, kind: type[Rejected]
) -> None:
    error = of(issue(transport=Script(answered(status, REASON))), kind)

    assert (error.status, error.errors) == (status, (Problem(401, "canary"),))
    assert "canary" not in f"{error} {error!r} {error.args!r} {error.errors!r}"


def test_a_read_back_that_is_not_authenticated_has_the_reason_of_the_server() -> None:
    client, _ = client_of(answered(401, REASON))
    with pytest.raises(AuthenticationFailed) as caught:
        client.read_back(1)

    assert caught.value.errors == (Problem(401, "canary"),)


def test_a_refusal_has_the_warnings_below_the_top_of_the_response(issue: Issue) -> None:
    error = of(issue(transport=Script(ENDINGS["refused, with a warning below the top"])), Refused)

    assert error.warnings == (Problem(None, "slow"),)


BODY = {"errors": [{"code": 707, "message": "CANARY77 \u00e9"}]}
RAW_ENDINGS = {
    "refused": (answered(200, BODY, HEADERS), Refused),
    "not authenticated": (answered(401, {"message": "CANARY77 \u00e9"}, HEADERS), AuthenticationFailed),
    "rejected": (answered(429, {"message": "CANARY77 \u00e9"}, HEADERS), Rejected),
    "unknown": (answered(502, "CANARY77 \u00e9".encode(), HEADERS), OutcomeUnknown),
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
@pytest.mark.parametrize(("ending", "kind"), RAW_ENDINGS.values(), ids=RAW_ENDINGS)
def test_an_exception_has_the_raw_response_and_shows_it_nowhere(
    issue: Issue, ending: Any, kind: type[Any], way: Callable[[Any], Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    response = ending(Request("POST", "https://coupons.invalid", {}))
    error = way(of(issue(transport=Script(ending)), kind))

    assert (error.response.status, error.response.headers) == (response.status, HEADERS)
    assert error.response.text == response.body.decode()
    assert "CANARY77" not in f"{error} {error!r} {error.args!r} {vars(error)!r} {error.response!r} {caplog.text}"


@pytest.mark.parametrize("ending", [lost, never_sent])
def test_an_exception_without_a_response_says_none(issue: Issue, ending: Any) -> None:
    assert of(issue(transport=Script(ending)), CouponClientError).response is None


@pytest.mark.parametrize("body", [b"\xff" * 10_000_000, "\u20ac".encode() * 1_000_000, b"\xed\xa0\x80\0"])
def test_the_raw_response_of_an_exception_is_bounded_and_carried_by_strict_json(issue: Issue, body: bytes) -> None:
    headers = {f"x-{number}": "v" * 100_000 for number in range(1_000)}
    error = of(issue(transport=Script(answered(500, body, headers))), OutcomeUnknown)

    assert len(error.response.text) <= 65_536
    assert {len(value) for value in error.response.headers.values()} == {4_096}
    assert len(error.response.headers) == 100
    assert as_celery_does(error).response == error.response
    assert hash(as_celery_does(error).response) == hash(error.response)


def test_a_read_back_that_cannot_be_read_has_the_raw_response_and_so_has_the_reconciliation() -> None:
    client, _ = client_of(lost, *[answered(503, b"CANARY77", HEADERS)] * 2)
    with pytest.raises(OutcomeUnknown) as unknown:
        client.issue(415446, ABIJITH)
    with pytest.raises(NotReadable) as caught:
        client.read_back(7)
    told = client.reconcile(unknown.value, customer_id=7, settle=0)

    assert isinstance(told, CannotTell)
    for error in (caught.value, told):
        for copied in (error, *(way(error) for way in WAYS.values())):
            assert copied.response == ErrorResponse(503, HEADERS, "CANARY77")


@pytest.mark.parametrize(("status", "text"), [(401, "no"), (503, "no"), (200, None), (201, None)])
def test_the_raw_response_to_a_request_for_a_token_is_kept_unless_it_may_hold_one(
    issue: Issue, status: int, text: str | None
) -> None:
    end = of(issue(auth=OAuth("key", "secret"), transport=Script(answered(status, b"no"))), NothingIssued)

    assert (end.response and end.response.text) == text
