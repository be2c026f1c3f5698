import logging
import traceback
from collections.abc import Callable
from typing import Any

import pytest

from coupon_client import (
    CouponClient,
    CouponClientError,
    Customer,
    JournalError,
    OAuth,
    OutcomeUnknown,
    Refused,
    TillAuth,
)
from coupon_client.testing import Script, answered, issued, lost, never_sent, refused
from coupon_contract import spec
from tests.client.conftest import ABIJITH, NOWHERE, Issue, client_of, of

ROWS = [row for row in spec.error_table() if row.without_coupons == spec.REFUSED]
CANARIES = [
    "CANARY77",
    "5550001112223",
    "canary@example.com",
    "sandbox-password",
    "oauth-secret-canary",
    "tok-canary-1",
]


@pytest.mark.parametrize(
    "ending",
    [
        issued("CANARY77"),
        refused(701, "No customer 5550001112223 or canary@example.com, coupon CANARY77"),
        answered(500, b'<h1>CANARY77 of 5550001112223, <a href="mailto:canary@example.com">'),
        answered(200, b'{"coupons": [{"code": "CANARY77", "couponId": 1'),
        answered(200, {"coupons": [{"code": "CANARY77"}], "successCount": 9, "errors": []}),
        answered(200, {"errors": [{"code": 5550001112223, "message": "CANARY77 of canary@example.com"}]}),
        answered(200, {"errors": [{"code": 701}], "warnings": [{"code": 621, "message": "CANARY77 5550001112223"}]}),
        answered(500, {"coupons": ["CANARY77"], "errors": ["canary@example.com"], "warnings": "CANARY77"}),
        lost,
        never_sent,
    ],
)
@pytest.mark.parametrize("oauth", [False, True])
def test_no_secret_code_or_identifier_is_shown(
    issue: Issue, ending: Any, oauth: bool, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = answered(200, {"data": {"accessToken": "tok-canary-1", "ttlSeconds": 600}})
    auth: Any = OAuth("key", "oauth-secret-canary") if oauth else TillAuth("till", "sandbox-password")
    script = Script(*([token] if oauth else []), ending)
    customer = Customer(mobile="5550001112223", email="canary@example.com")
    end = issue(auth=auth, transport=script, customer=customer, count=1)
    shown = [repr(end), str(end), repr(getattr(end, "asked", "")), repr(getattr(end, "coupons", "")), repr(auth)]
    shown += [repr(getattr(end, "answer", "")), repr(script.requests), caplog.text, repr(CouponClient(NOWHERE, auth))]

    assert not [canary for canary in CANARIES for text in shown if canary in text]


def test_the_text_of_a_refusal_is_the_documents_and_the_servers_stays_in_errors() -> None:
    for row in ROWS:
        client, _ = client_of(refused(row.code, "No customer Abijith"))
        with pytest.raises(Refused) as caught:
            client.issue(415446, ABIJITH)

        assert str(caught.value) == f"refused with {row.code}: {row.when}"
        assert caught.value.errors[0].message == "No customer Abijith"


def test_no_exception_of_the_http_library_hangs_on_an_end(issue: Issue) -> None:
    for ending in (lost, never_sent):
        end = of(issue(transport=Script(ending)), CouponClientError)

        assert (end.__cause__, end.__suppress_context__) == (None, True)


CANARY_BODY = {
    "coupons": [{"code": "CANARY77", "couponId": 5550001112223}],
    "successCount": 9,
    "customer": {"id": 5550001112223},
    "errors": [{"code": 748, "message": "CANARY77 of canary@example.com"}],
}
CALLS: dict[str, Callable[[CouponClient], object]] = {
    "issue": lambda client: client.issue(1, Customer(mobile="5550001112223", email="canary@example.com")),
    "find": lambda client: client.find("order-1", Customer(mobile="5550001112223", email="canary@example.com")),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    "ending",
    [answered(200, CANARY_BODY), answered(503, CANARY_BODY), answered(401, {}), refused(701, "CANARY77"), lost],
)
@pytest.mark.parametrize("oauth", [False, True])
def test_no_local_variable_of_the_client_in_a_traceback_shows_a_secret(
    call: Callable[[CouponClient], object], ending: Any, oauth: bool, no_waiting: list[float]
) -> None:
    """Tools that print tracebacks with local variables print their representations."""
    token = answered(200, {"data": {"accessToken": "tok-canary-1", "ttlSeconds": 600}})
    auth: Any = OAuth("key", "oauth-secret-canary") if oauth else TillAuth("till", "sandbox-password")
    client, _ = client_of(*([token, ending] * 8 if oauth else [ending] * 8), auth=auth, retries=0)
    with pytest.raises(CouponClientError) as caught:
        call(client)
    frames = [
        frame for frame, _ in traceback.walk_tb(caught.value.__traceback__) if "coupon_client" in str(frame.f_code)
    ]
    shown = [repr(value) for frame in frames for value in frame.f_locals.values()]

    assert len(frames) > 3
    assert not [canary for canary in CANARIES for text in shown if canary in text]


def test_secrets_are_not_shown_where_a_program_shows_its_variables() -> None:
    client, script = client_of(issued())
    client.issue(415446, ABIJITH)

    assert repr(script.requests[0].headers) == "{…}"


CODES = ["SUMMERSALE", "summersale", "SummerSale", "ABCD", "A-B-C", "7788", "112233445566", "caf\u00e9", "xyz"]
PLACES = [
    '{{"{0}": 1}}',
    '{{"coupons": {{"{0}": {{"status": false}}}}, "successCount": 9}}',
    '{{"errors": [{{"code": 748, "{0}": "{0}"}}]}}',
    "<b>{0}</b>",
    "<{0}/>",
    "{0}",
    "code={0}&x={0}",
    "{{coupon: '{0}'}}",
    '{{"x": "{0}',
    '{{"\\u0041{0}": 1}}',
]


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("place", PLACES)
def test_a_masked_answer_shows_no_code_of_any_letters_at_any_place(issue: Issue, code: str, place: str) -> None:
    end = of(issue(transport=Script(answered(500, place.format(code).encode()))), OutcomeUnknown)

    assert code not in (end.answer or "")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b'{"coupons": [{"code": 777}], "successCount": 9}', "777"),
        (b'{"coupons": ["50 OFF"], "successCount": 9, "x": 50}', "50"),
        (b'{"coupons": ["gateway"], "successCount": 9} gateway', "gateway"),
        (b'{"coupons": [{"code": 5004}], "successCount": 9}', "5004"),
        (b'{"coupons": [{"code": "limit"}], "byCode": {"limit": 1}}', "limit"),
        (b"<p>no coupon for 42</p>", "42"),
        (b"<p>error for unknown</p>", "unknown"),
    ],
)
def test_a_masked_answer_shows_no_named_code_and_no_identifier_of_the_call_even_if_it_is_a_usual_word(
    issue: Issue, body: bytes, code: str
) -> None:
    customer = Customer(external_id="42", mobile="unknown")
    end = of(issue(transport=Script(answered(500, body)), customer=customer), OutcomeUnknown)

    assert code not in (end.answer or "")


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"<html><h1>502 Bad Gateway</h1></html>", "<html><h1>502 Bad Gateway</h1></html>"),
        (b'{"errors": [{"code": 748, "message": "x"}]}', '{"errors": [{"code": 748, "message": "\u2026"}]}'),
        (b"Please try again later.", "Please try again later."),
    ],
)
def test_a_masked_answer_still_shows_what_kind_of_answer_it_is(issue: Issue, body: bytes, shown: str) -> None:
    assert of(issue(transport=Script(answered(500, body))), OutcomeUnknown).answer == shown


def test_numbers_that_may_be_identifiers_are_in_no_representation(issue: Issue) -> None:
    body = {
        "coupons": [{"code": "A1", "couponId": 11223569865}],
        "successCount": 9,
        "errors": [{"code": 11223569865, "message": "x"}],
    }
    end = of(issue(transport=Script(answered(200, body))), OutcomeUnknown)

    assert "11223569865" not in repr((end, end.coupons, end.errors, end.args, end.__dict__))


@pytest.mark.parametrize("held", ["tok-CANARY-1", "TOK-canary-1", "a-tok-canary-1-b"])
def test_a_request_id_that_holds_a_credential_is_not_kept(held: str) -> None:
    token = answered(200, {"data": {"accessToken": "tok-canary-1", "ttlSeconds": 600}})
    client, _ = client_of(token, answered(429, {}, {"x-request-id": held}), auth=OAuth("key", "secret"))
    with pytest.raises(CouponClientError) as caught:
        client.issue(415446, ABIJITH)

    assert caught.value.request_id is None


@pytest.mark.parametrize("text", ['{"salt": "CANARY', "[]", '{"CANARY": 1}', "[" * 100_000])
def test_a_journal_that_cannot_be_read_is_a_journal_error_without_its_text(text: str) -> None:
    class Broken:
        def lock(self, key: str) -> str:
            return text

        def write(self, key: str, text: str) -> None: ...

        def unlock(self, key: str) -> None: ...

    client, script = client_of()
    with pytest.raises(JournalError, match="cannot be read") as caught:
        client.issue_once("order-1", 415446, ABIJITH, journal=Broken())

    assert "CANARY" not in f"{caught.value} {caught.value.__context__}"
    assert not script.requests
