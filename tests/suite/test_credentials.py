import base64
import hashlib
from socket import gaierror
from ssl import SSLCertVerificationError
from time import sleep
from typing import Any

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.suite.connection import reason as reason_of
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.transport import Transport, granted_token, token_request
from tests.suite.conftest import (
    TARGET,
    always,
    body,
    exchange,
    request,
    serving,
)
from tests.suite.transport_helpers import TOKEN, Json, at, sent


def basic(user: str, password: str) -> str:
    """A Basic header, made by hand."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


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


def with_cookies(*values: str, by: str = "caller") -> str:
    """The Cookie header of a request without credentials, behind a response that set these cookies."""
    setting = tuple(("Set-Cookie", value) for value in values)
    with serving(always({}, headers=setting)) as stub, Transport(at(stub.url)) as transport:
        transport.send(request(body(), who=by))
        transport.send(request(body(), who="cookie-alone"))
    assert {"authorization", "x-cap-api-oauth-token"}.isdisjoint(stub.seen[-1].headers)
    return stub.seen[-1].headers["cookie"]


def test_a_cookie_comes_back_without_its_attributes_and_without_credentials() -> None:
    assert with_cookies("SESSION=a1=b2; Path=/; HttpOnly", "other=; Secure") == "SESSION=a1=b2; other="


def test_a_cookie_that_is_set_again_comes_back_once() -> None:
    assert with_cookies("SESSION=one", "SESSION=two") == "SESSION=two"


@pytest.mark.parametrize("value", ["", "no value", "=1", "a b=1", "\u00e4=1"])
def test_what_is_no_cookie_does_not_come_back(value: str) -> None:
    assert with_cookies(value, "real=1") == "real=1"


def test_a_target_fills_no_memory_with_cookies() -> None:
    assert len(with_cookies(*(f"name{number}=1" for number in range(100))).split("; ")) == 20


def test_without_a_cookie_there_is_nothing_to_send() -> None:
    with (
        serving(always({})) as stub,
        Transport(at(stub.url)) as transport,
        pytest.raises(NotOffered, match="no response to a request with the target file's credentials sets one"),
    ):
        transport.send(request(body(), who="cookie-alone"))

    assert not stub.seen


@pytest.mark.parametrize("who", ["nobody", "no-access", "wrong-password"])
def test_the_cookies_of_those_who_may_not_issue_are_not_kept(who: str) -> None:
    with pytest.raises(NotOffered):
        with_cookies("SESSION=one", by=who)


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
