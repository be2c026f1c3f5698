import json
import logging
import pickle
from functools import partial
from typing import Any, cast

import pytest

import spec
from coupon_client import (
    AuthenticationFailed,
    CouponClient,
    CouponClientError,
    Customer,
    Email,
    InvalidRequest,
    Issued,
    Metadata,
    Mobile,
    NothingIssued,
    NotReadable,
    NotSent,
    OAuth,
    OutcomeUnknown,
    Refused,
    Rejected,
    TillAuth,
    Timeouts,
    refusals,
)
from coupon_client.exchange import Progress
from coupon_client.testing import Script, ScriptEnded, answered, issued, listed, lost, never_sent, refused
from tests.client.conftest import ABIJITH, NOWHERE, TILL, End, Issue, client_of

ROWS = spec.error_table()
OTHER_MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"count": 0}, "count must be 1 to 500"),
    ({"count": 501}, "count must be 1 to 500"),
    ({"count": True}, "count must be 1 to 500"),
    ({"count": 2.0}, "count must be 1 to 500"),
    ({"count": "2"}, "count must be 1 to 500"),
    ({"series_id": "415446"}, "series_id must be an integer"),
    ({"series_id": True}, "series_id must be an integer"),
    ({"series_id": 2**63}, "series_id must be an integer"),
    ({"series_id": [415446, 535521]}, "series_id must be an integer"),
    ({"customer": "11223569865"}, "customer must be a Customer"),
    ({"customer": {"mobile": "11223569865"}}, "customer must be a Customer"),
]


def of(end: End, kind: type[Any]) -> Any:
    assert isinstance(end, kind), repr(end)
    return end


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
def test_every_documented_code_has_a_class_of_its_own(issue: Issue, row: spec.ErrorRow) -> None:
    end = of(issue(transport=Script(refused(row.code, "Some text"))), Refused)

    assert type(end).__name__ == "".join(word.capitalize() for word in row.name.split("_"))
    assert (end.code, end.documented_code) == (row.code, row.code)


def test_there_is_a_class_per_documented_code_and_no_other() -> None:
    assert set(refusals.BY_CODE) == {row.code for row in ROWS}


def test_an_unknown_code_is_a_plain_refusal(issue: Issue) -> None:
    end = of(issue(transport=Script(refused(799))), Refused)

    assert (type(end), end.code) == (Refused, 799)


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


@pytest.mark.parametrize(("mistake", "text"), OTHER_MISTAKES)
def test_a_mistake_is_named_before_anything_is_sent(issue: Issue, mistake: dict[str, Any], text: str) -> None:
    script = Script()
    end = None
    try:
        end = issue(transport=script, **mistake)
    except CouponClientError as error:  # the conftest's `issue` returns them; constructors may raise
        end = error

    assert text in str(of(end, InvalidRequest))
    assert isinstance(end, ValueError)
    assert not script.requests


@pytest.mark.parametrize(
    "make", [Customer, partial(Mobile, ""), partial(Email, " "), partial(Customer, external_id=cast(str, 7))]
)
def test_a_customer_needs_an_identifier_that_is_a_text(make: Any) -> None:
    with pytest.raises(InvalidRequest):
        make()


@pytest.mark.parametrize("name", ["source_type", "source_id", "source_activity", "notes", "reason"])
def test_metadata_of_the_documented_length_is_taken_and_one_more_is_not(name: str) -> None:
    longest = 250 if name in ("notes", "reason") else 50
    Metadata(**{name: "x" * longest})

    with pytest.raises(InvalidRequest, match=f"metadata.{name} must be a text of at most {longest} characters"):
        Metadata(**{name: "x" * (longest + 1)})


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


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_call_without_a_timeout_cannot_be_configured(seconds: float) -> None:
    with pytest.raises(ValueError, match="above 0"):
        Timeouts(read=seconds)


def test_timeouts_are_5_and_30_seconds_unless_set() -> None:
    assert (Timeouts().connect, Timeouts().read) == (5, 30)


def test_a_script_that_ended_is_not_taken_for_a_lost_answer(issue: Issue) -> None:
    with pytest.raises(ScriptEnded, match="this is request 1"):
        issue(transport=Script())


def test_what_a_script_issues_is_valid_by_the_document() -> None:
    from contract_tests.schema import flaws
    from coupon_client.exchange import Request

    asked = {"seriesId": 1, "count": 2, "customer": {"mobile": "1"}}
    request = Request("POST", "", {}, json.dumps(asked).encode())

    for ending in (issued(), issued(given=1), refused(707)):
        assert not list(flaws("IssuanceResponse", ending(request).body))


def test_a_read_back_lists_the_coupons_of_a_customer() -> None:
    client, script = client_of(listed(("A1", 415446), ("A1", 415446), ("B2", 7)))
    found = client.read_back(555567088)

    assert found.codes(415446) == {"A1": 2}
    assert script.requests[0].query == (("issuedToIds", "555567088"),)


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

    with pytest.raises(NotReadable, match="no answer from /v2/coupon"):
        client.read_back(1)
    assert len(script.requests) == 1


def test_an_interrupted_program_ends_and_says_that_coupons_may_exist() -> None:
    def interrupt(_: Any) -> Any:
        raise KeyboardInterrupt

    client, _ = client_of(interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        client.issue(415446, ABIJITH)

    assert "Coupons may have been issued" in caught.value.__notes__[0]


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


class Silent:
    """A transport that raises an error of its own and says nothing about what left."""

    def __init__(self, error: BaseException, nothing_left: bool = False) -> None:
        self.error = error
        self.nothing_left = nothing_left
        self.requests = 0

    def send(self, request: Any, timeouts: Any, progress: Progress) -> Any:
        self.requests += 1
        progress.nothing_left = self.nothing_left
        raise self.error

    async def send_async(self, request: Any, timeouts: Any, progress: Progress) -> Any:
        self.send(request, timeouts, progress)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), RuntimeError("CANARY"), MemoryError()])
def test_a_transport_that_proves_nothing_leaves_the_outcome_unknown_after_one_attempt(
    issue: Issue, error: Exception
) -> None:
    transport = Silent(error)
    end = of(issue(transport=transport, retries=2), OutcomeUnknown)

    assert transport.requests == 1
    assert "CANARY" not in str(end)


def test_an_error_of_the_callers_own_while_connecting_is_passed_on_and_nothing_is_sent_after_it(issue: Issue) -> None:
    transport = Silent(RuntimeError("soft time limit"), nothing_left=True)
    with pytest.raises(RuntimeError, match="soft time limit"):
        issue(transport=transport, retries=2)

    assert transport.requests == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"successCount": 2, "totalCount": 2}),
        (400, b'{"coupons":[{"code":"A'),
        (429, b'{"coupons":[{"code":"A1"}],"coupons":[]}'),
        (403, [{"coupons": [{"code": "A1"}]}]),
        (400, b"<response><coupons><coupon><code>A1</code></coupon></coupons></response>"),
        (401, {"data": {"coupons": [{"code": "A1"}]}}),
        (200, {"errors": [{"code": 5006}], "totalCount": 2, "failureCount": 0}),
        (200, {"errors": [{"code": 5006}], "totalCount": 5}),
        (200, {"errors": [{"code": 5006}], "failureCount": 1}),
        (200, {"errors": [{"code": 5006}], "data": {"coupons": [{"code": "A1"}]}}),
        (200, {"errors": [{"code": 678}]}),
        (200, '{"coupons": [{"code": "A1"}], "coupons": null, "errors": [{"code": 707}]}'.encode("utf-16")),
        (200, b'{"coupons": [{"code": "A1"}], "\\u0063oupons": null, "errors": [{"code": 707}]}'),
    ],
)
def test_an_answer_that_speaks_of_coupons_anywhere_is_never_nothing_issued(
    issue: Issue, status: int, body: Any
) -> None:
    of(issue(transport=Script(answered(status, body))), OutcomeUnknown)


def test_a_message_that_no_encoding_holds_is_no_trouble(issue: Issue) -> None:
    of(issue(transport=Script(answered(200, b'{"errors": [{"code": 701, "message": "\\ud800"}]}'))), Refused)


BAD_URLS = ["eu.api.example.com", "ftp://eu.api.example.com", "", "https://", "https://host?x=1", "https://host#f"]
BAD_URLS += ["https://user:hunter2@host", "https://host ", "https://host:port", "https://h\u00f6st", "https://host?"]


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_base_url_that_cannot_be_one_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(ValueError, match="for example https://") as caught:
        CouponClient(url, TILL)

    assert "hunter2" not in str(caught.value)


def test_a_proxy_that_is_no_url_is_refused_and_not_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "user:hunter2@proxy:3128")
    with pytest.raises(ValueError, match="http://host:port") as caught:
        CouponClient(NOWHERE, TILL)

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("retries", [-1, 1.5, True])
def test_retries_are_a_number_from_0_on(retries: Any) -> None:
    with pytest.raises(ValueError, match="retries"):
        CouponClient(NOWHERE, TILL, retries=retries)


def test_secrets_are_not_shown_where_a_program_shows_its_variables() -> None:
    client, script = client_of(issued())
    client.issue(415446, ABIJITH)

    assert repr(script.requests[0].headers) == "{…}"
