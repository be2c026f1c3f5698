import logging
from typing import Any

import pytest

from coupon_client import (
    CouponClient,
    CouponClientError,
    Customer,
    OAuth,
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


def test_secrets_are_not_shown_where_a_program_shows_its_variables() -> None:
    client, script = client_of(issued())
    client.issue(415446, ABIJITH)

    assert repr(script.requests[0].headers) == "{…}"
