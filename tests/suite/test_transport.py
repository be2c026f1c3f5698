import base64
import hashlib
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain, repeat
from socket import gaierror
from ssl import SSLCertVerificationError
from time import monotonic, sleep
from typing import Any

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.suite.connection import reason as reason_of
from coupon_contract.suite.exchange import Request, Response
from coupon_contract.suite.plan import Allowance, Cost, OverPlan
from coupon_contract.suite.preflight import reason_not_to_judge
from coupon_contract.suite.run import Run
from coupon_contract.suite.skips import BrokenOff, NotObserved, NotOffered
from coupon_contract.suite.target import Target
from coupon_contract.suite.transport import Forbidden, Transport, granted_token, retry_after, token_request
from tests.suite.conftest import (
    TARGET,
    Reply,
    Seen,
    Sent,
    always,
    body,
    entry,
    example,
    exchange,
    fake_wire,
    request,
    response,
    serving,
)

Json = Any

TOKEN = {"data": {"accessToken": "granted", "ttlSeconds": 60}, "errors": None}


def at(url: str, **changes: Any) -> Target:
    """The sandbox's target at this address."""
    return evolve(TARGET, base_url=url, **changes)


def basic(user: str, password: str) -> str:
    """A Basic header, made by hand."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def sent(asked: Request, target: Target = TARGET, reply: Callable[[Seen], Reply] | None = None) -> list[Seen]:
    """What a server sees of one request."""
    with serving(reply or always({})) as stub, Transport(evolve(target, base_url=stub.url)) as transport:
        transport.send(asked)
    return stub.seen


# --- one request ----------------------------------------------------------------------------------------------------


def test_a_request_is_sent_once_and_as_it_is() -> None:
    (seen,) = sent(request(body()))

    assert (seen.method, seen.path, seen.body, seen.headers["content-type"]) == (
        "POST",
        spec.ISSUE_PATH,
        request(body()).body,
        "application/json",
    )


def test_a_request_without_a_content_type_is_sent_without_one() -> None:
    (seen,) = sent(Request("GET", spec.READ_BACK_PATH, headers=()))

    assert "content-type" not in seen.headers


def test_the_path_of_the_base_url_stays_in_front() -> None:
    with serving(always({})) as stub, Transport(at(stub.url + "/proxy")) as transport:
        transport.send(request(body()))

    assert stub.seen[0].path == "/proxy" + spec.ISSUE_PATH


def test_an_exchange_holds_status_headers_and_body_as_sent() -> None:
    with serving(always(b"<no>", 418, (("X-Odd", "1"),))) as stub, Transport(at(stub.url)) as transport:
        response = transport.send(request(body())).response

    assert (response.status, response.body, response.header("x-odd")) == (418, b"<no>", "1")


def test_exchanges_are_numbered_from_one() -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        numbers = [transport.send(request(body())).number for _ in range(3)]

    assert numbers == [1, 2, 3]


# --- never twice, never elsewhere -----------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(number: int) -> None:
    with serving(always({})) as elsewhere:
        seen = sent(request(body()), reply=always(b"", number, (("Location", elsewhere.url + spec.ISSUE_PATH),)))

    assert (len(seen), elsewhere.seen) == (1, [])


def test_a_request_without_an_answer_is_not_sent_again() -> None:
    with (
        serving(lambda _: None) as stub,
        Transport(at(stub.url)) as transport,
        pytest.raises(NotObserved, match="no answer"),
    ):
        transport.send(request(body()))

    assert len(stub.seen) == 1


def test_a_connection_that_breaks_later_is_no_reason_to_send_again() -> None:
    with (
        serving(lambda seen: None if b'"count":2' in seen.body else (200, (), b"{}")) as stub,
        Transport(at(stub.url)) as transport,
    ):
        transport.send(request(body()))
        with pytest.raises(NotObserved):
            transport.send(request(body(count=2)))

    assert len(stub.seen) == 2


@pytest.mark.parametrize("number", [500, 502, 503])
def test_no_status_but_429_makes_it_send_again(number: int) -> None:
    seen = sent(request(body()), reply=always(b"", number, (("Retry-After", "0"),)))

    assert len(seen) == 1


def test_nobody_at_the_address_is_no_answer() -> None:
    with Transport(at("http://127.0.0.1:1")) as transport, pytest.raises(NotObserved, match="nothing listens there"):
        transport.send(request(body()))


def test_the_error_of_a_request_without_an_answer_names_no_address() -> None:
    with Transport(at("http://planted.invalid:1")) as transport, pytest.raises(NotObserved) as raised:
        transport.send(request(body()))

    assert "planted" not in str(raised.value)


def test_a_connection_that_ends_in_place_of_an_answer_is_told_from_one_that_is_slow() -> None:
    with serving(lambda _: None) as stub, Transport(at(stub.url)) as transport, pytest.raises(BrokenOff):
        transport.send(request(body()))


def test_proxies_and_netrc_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(always({})) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        seen = sent(request(body()))

    assert (len(seen), proxy.seen) == (1, [])


# --- rate limits (ledger: rate-limit) -------------------------------------------------------------------------------


def limited(times: int, got: Json = b"", wait: str = "0") -> Callable[[Sent], Response]:
    """429 for the first requests, then an empty object."""
    statuses = chain(repeat(429, times), repeat(200))

    def respond(_: Sent) -> Response:
        status = next(statuses)
        return response(got if status == 429 else {}, status, (("Retry-After", wait),))

    return respond


def test_a_request_is_sent_anew_after_a_429() -> None:
    wire = fake_wire(limited(times=1))
    response = Transport(TARGET, wire).send(request(body())).response

    assert (response.status, len(wire.sent)) == (200, 2)


def test_a_request_that_is_sent_anew_is_counted_in_the_budget_again() -> None:
    transport = Transport(at("http://127.0.0.1:1", max_coupons=9), fake_wire(limited(times=1)))
    transport.send(request(body(count=4)))

    assert (transport.budget.spent, transport.sent) == (8, 2)


def test_a_request_beyond_the_budget_is_not_sent_anew() -> None:
    wire = fake_wire(limited(times=1))
    with pytest.raises(NotObserved, match="budget"):
        Transport(at("http://127.0.0.1:1", max_coupons=7), wire).send(request(body(count=4)))

    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    "got", [example("Issued"), {"successCount": 1}, b"<coupons><coupon/></coupons>"], ids=["names", "counts", "is XML"]
)
def test_a_request_is_not_sent_anew_after_a_429_that_speaks_of_coupons(got: Json) -> None:
    wire = fake_wire(limited(times=1, got=got))
    with pytest.raises(NotObserved, match="speaks of coupons"):
        Transport(TARGET, wire).send(request(body()))

    assert len(wire.sent) == 1


def test_a_target_that_never_stops_limiting_is_not_observed() -> None:
    wire = fake_wire(limited(times=99))
    with pytest.raises(NotObserved, match="429"):
        Transport(TARGET, wire).send(request(body()))

    assert len(wire.sent) == 3


def test_a_rate_limit_is_waited_for_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("coupon_contract.suite.transport.sleep", waits.append)
    Transport(TARGET, fake_wire(limited(times=1, wait="7"))).send(request(body()))

    assert waits == [7]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("0", 0),
        ("", 1),
        ("soon", 1),
        ("-1", 1),
        ("1e9", 1),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 9999999 00:00:00 GMT", 1),
        ("9" * 500, 1),
    ],
)
def test_what_a_429_asks_to_wait_is_read_or_a_second(value: str, seconds: float) -> None:
    assert retry_after(response(b"", 429, (("Retry-After", value),))) == seconds


def test_no_429_is_waited_for_longer_than_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("coupon_contract.suite.transport.sleep", waits.append)
    Transport(TARGET, fake_wire(limited(times=1, wait="999999"))).send(request(body()))

    assert waits == [60]


# --- when a run cannot go on ----------------------------------------------------------------------------------------


def silent(_: Sent) -> Response:
    raise NotObserved("no answer from the target")


def stopped(wire: Any, requests: Iterable[Request], **changes: Any) -> Transport:
    transport = Transport(at("http://127.0.0.1:1", **changes), wire)
    for sending in requests:
        with suppress(NotObserved):
            transport.send(sending)
    return transport


def test_ten_well_formed_requests_in_a_row_without_a_response_stop_the_run() -> None:
    wire = fake_wire(silent)
    transport = stopped(wire, repeat(request(body()), 12))

    assert ("10 well-formed requests" in transport.stopped, len(wire.sent)) == (True, 10)


def test_a_response_in_between_begins_the_count_anew() -> None:
    answered = chain(repeat(False, 9), [True], repeat(False, 9))
    transport = stopped(
        fake_wire(lambda sent: response({}) if next(answered) else silent(sent)), repeat(request(body()), 19)
    )

    assert transport.stopped == ""


@pytest.mark.parametrize("sending", [b"{", b"[]", b"\xff", b'{"x": "' + b"x" * 70_000 + b'"}'], ids=repr)
def test_a_broken_or_large_request_without_a_response_does_not_count(sending: bytes) -> None:
    assert stopped(fake_wire(silent), repeat(request(sending), 12)).stopped == ""


def test_calls_made_at_the_same_time_without_a_response_do_not_count() -> None:
    transport = Transport(TARGET, fake_wire(silent))
    for _ in range(12):
        with suppress(NotObserved), transport.connected():
            transport.send(request(body()))

    assert transport.stopped == ""


def test_a_target_that_limits_every_request_stops_the_run() -> None:
    assert "in a row" in stopped(fake_wire(limited(times=10**6)), repeat(request(body()), 12)).stopped


def test_nothing_is_sent_once_the_time_for_the_run_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = fake_wire(lambda _: response({}))
    transport = Transport(at("http://127.0.0.1:1", max_seconds=5), wire)
    monkeypatch.setattr("coupon_contract.suite.transport.monotonic", lambda: monotonic() + 6)
    with pytest.raises(NotObserved, match="max_seconds = 5"):
        transport.send(request(body()))

    assert wire.sent == []


# --- the budget -----------------------------------------------------------------------------------------------------


def test_a_request_beyond_the_budget_never_goes_out() -> None:
    with (
        serving(always({})) as stub,
        Transport(at(stub.url, max_coupons=3)) as transport,
        pytest.raises(NotObserved, match="budget"),
    ):
        transport.send(request(body(count=4)))

    assert (stub.seen, transport.sent) == ([], 0)


@pytest.mark.parametrize(
    ("got", "number"), [(example("RefusedSeriesInvalid"), 200), (b"", 400), (b"", 500), (b"<html>", 200), (b"", 302)]
)
def test_no_answer_gives_budget_back(got: Json, number: int) -> None:
    with serving(always(got, number)) as stub, Transport(at(stub.url, max_coupons=9)) as transport:
        transport.send(request(body(count=5)))
        with pytest.raises(NotObserved, match="budget"):
            transport.send(request(body(count=5)))

    assert len(stub.seen) == 1


def test_a_request_without_an_answer_is_spent() -> None:
    with (
        serving(lambda _: None) as stub,
        Transport(at(stub.url, max_coupons=9)) as transport,
        pytest.raises(NotObserved),
    ):
        transport.send(request(body(count=5)))

    assert transport.budget.spent == 5


def test_coupons_that_an_answer_shows_are_counted() -> None:
    with serving(always(example("Issued"))) as stub, Transport(at(stub.url)) as transport:
        transport.send(request(body(count=5)))

    assert (transport.budget.spent, transport.budget.issued_at_least) == (5, 2)


def test_a_target_that_issues_more_than_asked_gets_no_more_requests() -> None:
    with serving(always(example("Issued"))) as stub, Transport(at(stub.url, max_coupons=900)) as transport:
        transport.send(request(body(count=1)))
        with pytest.raises(NotObserved):
            transport.send(request(body(count=1)))

    assert len(stub.seen) == 1


@pytest.mark.parametrize("series", [4711, "4711", [4711], 0])
def test_a_series_that_is_not_described_is_never_asked_for(series: Json) -> None:
    careful = {"disposable": False, "max_coupons": 900}
    with serving(always({})) as stub, Transport(at(stub.url, **careful)) as transport, pytest.raises(Forbidden):
        transport.send(request(body(seriesId=series)))

    assert stub.seen == []


def test_a_series_that_is_not_described_may_be_asked_of_a_disposable_target() -> None:
    (seen,) = sent(request(body(seriesId=4711)))

    assert b"4711" in seen.body


RACE = TARGET.series["race-one-per-customer"].id


@pytest.mark.parametrize("series", [RACE, str(RACE), [RACE], {"id": RACE}, float(RACE)], ids=repr)
def test_a_series_that_another_test_claims_is_never_asked_for(series: Json) -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(closed=TARGET.claimed())
        with pytest.raises(Forbidden, match="claims"):
            transport.send(request(body(seriesId=series)))

    assert stub.seen == []


def test_the_test_that_claims_a_series_may_ask_for_it() -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(closed=TARGET.claimed(except_states=["race-one-per-customer"]))
        transport.send(request(body(seriesId=RACE)))

    assert len(stub.seen) == 1


def test_a_test_may_not_send_more_than_it_declares() -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(Cost.declared(requests=2, coupons=2))
        transport.send(request(body()))
        with pytest.raises(OverPlan):
            transport.send(request(body(count=2)))

    assert len(stub.seen) == 1


def test_the_token_of_a_run_is_not_charged_to_a_test() -> None:
    with serving(always(TOKEN)) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(Cost.declared(requests=1, coupons=1))
        transport.send(request(body(), who="oauth"))

    assert len(stub.seen) == 2


# --- credentials ----------------------------------------------------------------------------------------------------

PASSWORD = "sandbox-password"


@pytest.mark.parametrize(
    ("who", "authorization"),
    [
        ("caller", basic("till.sandbox", md5(PASSWORD))),
        ("till", basic("till.sandbox", md5(PASSWORD))),
        ("no-access", basic("till.no-access", md5(PASSWORD))),
        ("plain-password", basic("till.sandbox", PASSWORD)),
        ("upper-case-digest", basic("till.sandbox", md5(PASSWORD).upper())),
        ("empty-password", basic("till.sandbox", "")),
    ],
)
def test_a_till_is_sent_as_basic(who: str, authorization: str) -> None:
    (seen,) = sent(request(body(), who=who))

    assert (seen.headers["authorization"], "x-cap-api-oauth-token" in seen.headers) == (authorization, False)


@pytest.mark.parametrize("who", ["unknown-till", "wrong-password", "not-base64"])
def test_wrong_credentials_are_not_the_right_ones(who: str) -> None:
    (seen,) = sent(request(body(), who=who))

    assert seen.headers["authorization"] not in ("", basic("till.sandbox", md5(PASSWORD)))


def test_nobody_sends_no_credentials() -> None:
    (seen,) = sent(request(body(), who="nobody"))

    assert {"authorization", "x-cap-api-oauth-token", "cookie"}.isdisjoint(seen.headers)


@pytest.mark.parametrize("who", ["invented-token", "expired-token"])
def test_a_token_stands_in_its_header_alone(who: str) -> None:
    (seen,) = sent(request(body(), who=who))

    assert (bool(seen.headers["x-cap-api-oauth-token"]), "authorization" in seen.headers) == (True, False)


def test_a_token_is_fetched_once_and_sent() -> None:
    with serving(always(TOKEN)) as stub, Transport(at(stub.url)) as transport:
        for _ in range(2):
            transport.send(request(body(), who="oauth"))

    assert [(one.path, one.headers.get("x-cap-api-oauth-token")) for one in stub.seen] == [
        (spec.TOKEN_PATH, None),
        (spec.ISSUE_PATH, "granted"),
        (spec.ISSUE_PATH, "granted"),
    ]


@pytest.mark.parametrize(("ttl", "fetched"), [(0.001, 2), (3600, 1), (10**400, 1), ("soon", 1), (None, 1)])
def test_a_token_is_fetched_anew_when_it_is_nearly_over(ttl: Json, fetched: int) -> None:
    granted = {"data": {"accessToken": "granted", "ttlSeconds": ttl}, "errors": None}
    with serving(always(granted)) as stub, Transport(at(stub.url)) as transport:
        transport.token()
        sleep(0.002)
        transport.token()

    assert len(stub.seen) == fetched


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (gaierror(-2, "planted"), "its name is not known"),
        (ConnectionRefusedError("planted"), "nothing listens there"),
        (SSLCertVerificationError("planted"), "its certificate is not trusted"),
        (OSError("planted"), "OSError"),
    ],
)
def test_why_there_is_no_answer_is_told_in_our_own_words(cause: Exception, words: str) -> None:
    assert reason_of(cause).startswith(words)


def test_a_caller_without_a_till_uses_its_token() -> None:
    oauth = {"oauth": TARGET.auth["oauth"]}
    seen = sent(request(body()), evolve(TARGET, auth=oauth), always(TOKEN))

    assert seen[-1].headers["x-cap-api-oauth-token"] == "granted"


def test_a_server_that_sets_cookies_does_not_get_them_back() -> None:
    cookie = (("Set-Cookie", "session=planted; Path=/"),)
    with serving(always({}, headers=cookie)) as stub, Transport(at(stub.url)) as transport:
        transport.send(request(body()))
        transport.send(request(body(), who="nobody"))

    assert "cookie" not in stub.seen[1].headers


@pytest.mark.parametrize(
    ("who", "changes", "key"),
    [
        ("no-access", {"auth": {"till": ("a", "b")}}, "auth.no-access"),
        ("expired-token", {"expired_token": None}, "auth.expired-token"),
        ("plain-password", {"auth": {"oauth": ("a", "b")}}, "auth.till"),
        ("oauth", {"auth": {"till": ("a", "b")}}, "auth.oauth"),
        ("oauth", {"features": frozenset()}, "features.oauth"),
    ],
)
def test_credentials_that_the_target_lacks_are_not_offered(who: str, changes: dict[str, Any], key: str) -> None:
    with (
        serving(always({})) as stub,
        Transport(at(stub.url, **changes)) as transport,
        pytest.raises(NotOffered, match=key),
    ):
        transport.send(request(body(), who=who))

    assert stub.seen == []


def test_a_token_request_holds_key_and_secret() -> None:
    asked = token_request("k", "s")

    assert (asked.path, asked.body, asked.who) == (spec.TOKEN_PATH, b'{"key":"k","secret":"s"}', "nobody")


@pytest.mark.parametrize(
    ("got", "number"),
    [
        (TOKEN, 401),
        (b"<html>", 200),
        ({"data": None}, 200),
        ([], 200),
        ({"data": {"accessToken": ""}}, 200),
        ({"data": {"accessToken": 7}}, 200),
    ],
)
def test_an_answer_without_a_token_is_not_observed(got: Json, number: int) -> None:
    with pytest.raises(NotObserved, match="granted no token"):
        granted_token(exchange({}, got, number))


@pytest.mark.parametrize("token", ["gränted", "\N{SNOWMAN}", "two words", "a\r\nb"])
def test_a_token_that_no_header_can_hold_is_not_observed(token: str) -> None:
    with pytest.raises(NotObserved, match="cannot stand in a header"):
        granted_token(exchange({}, {"data": {"accessToken": token}}, 200))


# --- the look before the run ----------------------------------------------------------------------------------------


def reason(target: Target) -> str | None:
    with Transport(target) as transport:
        return reason_not_to_judge(Run.against(target, transport))


@pytest.mark.parametrize("number", [401, 403, 429])
def test_a_target_that_lets_nobody_in_cannot_be_judged(number: int) -> None:
    with serving(always(b"", number)) as stub:
        assert str(number) in (reason(at(stub.url)) or "")


def test_a_target_that_is_not_there_cannot_be_judged() -> None:
    assert "no answer" in (reason(at("http://127.0.0.1:1")) or "")


@pytest.mark.parametrize("number", [200, 400, 405, 422, 500])
def test_a_target_that_answers_can_be_judged(number: int) -> None:
    with serving(always({}, number)) as stub:
        assert reason(at(stub.url)) is None


@pytest.mark.parametrize("number", [301, 308, 404, 502, 503])
def test_a_target_where_something_else_answers_cannot_be_judged(number: int) -> None:
    with serving(always(b"<h1>Sorry</h1>", number)) as stub:
        assert f"HTTP {number}" in (reason(at(stub.url)) or "")


@pytest.mark.parametrize("number", [404, 503])
def test_an_operation_that_answers_with_the_wrong_status_can_be_judged(number: int) -> None:
    with serving(always({"errors": [entry(756)]}, number)) as stub:
        assert reason(at(stub.url)) is None


def test_the_look_before_the_run_asks_for_nothing() -> None:
    with serving(always({})) as stub:
        reason(at(stub.url))

    assert [one.body for one in stub.seen] == [b"{}"]
