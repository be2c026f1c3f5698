"""Whatever a proxy does, a call ends in an exception of this package (or in coupons)."""

import socket
import time
from collections.abc import Callable

import pytest

from coupon_client import CouponClient, InvalidRequest, NotSent, OutcomeUnknown, Timeouts
from tests.client.conftest import TILL, Issue
from tests.wire import answer, once, server

ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


def dribble(connection: socket.socket) -> None:
    """Answer the CONNECT so slowly that the time of the call is over."""
    try:
        for _ in range(100):
            connection.sendall(b"H")
            time.sleep(0.05)
    except OSError:
        return


def interim(connection: socket.socket) -> None:
    try:
        for _ in range(100):
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            time.sleep(0.05)
    except OSError:
        return


BROKEN: dict[str, Callable[[socket.socket], None]] = {
    "closes": lambda connection: None,
    "half a status line": once(b"HTTP/1."),
    "no HTTP": once(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
    "half of its headers": once(b"HTTP/1.1 200 OK\r\nA: b\r\n"),
    "headers without end": once(b"HTTP/1.1 200 OK\r\n" + b"A: " + b"b" * 200_000),
    "a status that is none": once(b"HTTP/1.1 000 \r\n\r\n"),
    "bytes that are not text": once(b"HTTP/1.1 200 \xff\xfe\r\n\xff: \xff\r\n\r\n"),
    "asks for a password": once(answer(b"", status="407 Proxy Authentication Required")),
    "fails": once(answer(b"<html>", status="502 Bad Gateway")),
    "redirects": once(answer(b"", "Location: http://127.0.0.1:1/", status="302 Found")),
    "opens the tunnel and closes": once(ESTABLISHED),
    "opens the tunnel and speaks no TLS": once(ESTABLISHED + b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "says more than the tunnel": once(ESTABLISHED + b"\x16\x03\x01"),
    "dribbles": dribble,
    "interim answers": interim,
    "silence": lambda connection: time.sleep(0.7),
}
LIMITS = Timeouts(connect=0.5, read=0.5, total=0.6)


@pytest.fixture(autouse=True)
def no_exceptions_from_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
def test_a_proxy_that_opens_no_tunnel_is_not_sent_through(
    issue: Issue, behaviour: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(behaviour) as (url, requests):
        monkeypatch.setenv("HTTPS_PROXY", url)
        start = time.monotonic()
        end = issue("https://coupons.invalid", timeouts=LIMITS)

    assert isinstance(end, NotSent)
    assert time.monotonic() - start < 4
    assert all(request.startswith(b"CONNECT ") for request in requests)


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
def test_a_proxy_that_forwards_the_request_and_breaks_off_leaves_the_outcome_unknown(
    issue: Issue, behaviour: Callable[[socket.socket], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(behaviour) as (url, _):
        monkeypatch.setenv("HTTP_PROXY", url)
        monkeypatch.setattr("coupon_client.transport.proxy_bypass", lambda _: False)
        end = issue("http://localhost", timeouts=LIMITS)

    assert isinstance(end, OutcomeUnknown)


def test_a_proxy_that_speaks_no_tls_is_not_sent_through(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(once(b"HTTP/1.1 200 OK\r\n\r\n")) as (url, _):
        monkeypatch.setenv("HTTPS_PROXY", url.replace("http:", "https:"))

        assert isinstance(issue("https://coupons.invalid", timeouts=LIMITS), NotSent)


@pytest.mark.parametrize("scheme", ["http", "HTTP", "Http"])
@pytest.mark.parametrize("proxy_scheme", ["http", "HTTP", "hTTp"])
def test_a_proxy_forwards_requests_however_the_schemes_are_spelled(
    scheme: str, proxy_scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address is whole then, with the query (RFC 9112, 3.2.2)."""
    monkeypatch.setattr("coupon_client.transport.proxy_bypass", lambda _: False)
    listed = b'{"data": [], "warnings": [], "errors": []}'
    with server(once(answer(listed))) as (url, requests):
        monkeypatch.setenv("HTTP_PROXY", url.replace("http:", f"{proxy_scheme}:"))
        with CouponClient(f"{scheme}://localhost", TILL, timeouts=LIMITS) as client:
            assert client.read_back(7).coupons == ()

    head = requests[0].partition(b" HTTP/1.1")[0]
    assert head == b"GET http://localhost/v2/coupon?issuedToIds=7&coupon_code_case=AS_IT_IS"


@pytest.mark.parametrize("scheme", ["https", "HTTPS", "Https"])
@pytest.mark.parametrize("proxy_scheme", ["http", "HTTP"])
def test_a_tunnel_is_asked_for_however_the_schemes_are_spelled(
    issue: Issue, scheme: str, proxy_scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with server(once(b"HTTP/1.1 403 no\r\nContent-Length: 0\r\n\r\n")) as (url, requests):
        monkeypatch.setenv("HTTPS_PROXY", url.replace("http:", f"{proxy_scheme}:"))

        assert isinstance(issue(f"{scheme}://coupons.invalid", timeouts=LIMITS), NotSent)
    assert requests[0].startswith(b"CONNECT coupons.invalid:443 ")


@pytest.mark.parametrize("scheme", ["HTTP", "Http"])
def test_http_to_another_machine_is_refused_however_the_scheme_is_spelled(scheme: str) -> None:
    with pytest.raises(InvalidRequest, match="http to another machine"):
        CouponClient(f"{scheme}://coupons.invalid", TILL)
