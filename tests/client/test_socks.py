"""Calls through a SOCKS proxy: one that works, and others that break off or talk nonsense in any phase."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from coupon_client import CouponClient, Issued, NotReadable, NotSent, OutcomeUnknown, Timeouts
from tests.client.conftest import ABIJITH, TILL, Issue
from tests.wire import BODY, answer, once, request_of, server

Proxy = Callable[[socket.socket], None]
NO_PASSWORD, GRANTED = b"\x05\x00", b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50"
LIMITS = Timeouts(connect=0.5, read=0.5, total=0.6)


@contextmanager
def proxy(serve: Proxy) -> Iterator[str]:
    """A program that takes connections as a SOCKS proxy does; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    serve(connection)
                except OSError:
                    continue

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"socks5://user:hunter2@127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def steps(*replies: bytes) -> Proxy:
    """Answer the messages of a client in turn, and close the connection after the last answer."""

    def serve(connection: socket.socket) -> None:
        for reply in replies:
            connection.recv(4096)
            connection.sendall(reply)

    return serve


def to(port: int) -> Proxy:
    """Pass everything on to a port of this machine."""

    def serve(connection: socket.socket) -> None:
        steps(b"\x05\x02", b"\x01\x00", GRANTED)(connection)
        with socket.create_connection(("127.0.0.1", port)) as onward:
            onward.sendall(request_of(connection))
            while piece := onward.recv(65536):
                connection.sendall(piece)

    return serve


def dribble(connection: socket.socket) -> None:
    for _ in range(100):
        connection.sendall(b"\x05")
        time.sleep(0.05)


BROKEN: dict[str, Proxy] = {
    "closes": steps(b""),
    "closes after the greeting": steps(b"\x05\x02", b""),
    "closes after the password": steps(b"\x05\x02", b"\x01\x00", b""),
    "half a greeting": steps(b"\x05"),
    "another method": steps(NO_PASSWORD),
    "a method that is none": steps(b"\x05\x77"),
    "another version": steps(b"\x04\x02"),
    "no SOCKS": steps(b"HTTP/1.1 400 Bad Request\r\n\r\n"),
    "refuses the password": steps(b"\x05\x02", b"\x01\x01"),
    "a reply to the password that is none": steps(b"\x05\x02", b"\x01"),
    "refuses the host": steps(b"\x05\x02", b"\x01\x00", b"\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00"),
    "a reply code that is none": steps(b"\x05\x02", b"\x01\x00", b"\x05\x77\x00\x01\x00\x00\x00\x00\x00\x00"),
    "half a reply": steps(b"\x05\x02", b"\x01\x00", GRANTED[:5]),
    "an address of no kind": steps(b"\x05\x02", b"\x01\x00", b"\x05\x00\x00\x09\x00"),
    "dribbles": dribble,
    "silence": lambda connection: time.sleep(0.8),
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_client.transport.proxy_bypass", lambda _: False)


def test_a_call_goes_through_a_socks_proxy(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    with server(once(answer(BODY))) as (url, requests), proxy(to(int(url.rpartition(":")[2]))) as address:
        monkeypatch.setenv("HTTP_PROXY", address)

        assert isinstance(issue(url), Issued)
    assert requests[0].startswith(b"POST /v2/coupon/issue/multiple HTTP/1.1\r\n")  # and not the whole address


def test_a_query_goes_through_a_socks_proxy_as_to_a_server() -> None:
    with (
        server(once(answer(BODY))) as (url, requests),
        proxy(to(int(url.rpartition(":")[2]))) as address,
        CouponClient(url, TILL, proxy=address) as client,
        pytest.raises(NotReadable),
    ):
        client.find("order-1", ABIJITH)

    assert requests[0].startswith(b"GET /v2/customers/coupons?mobile=11223569865&")


@pytest.mark.parametrize("behaviour", BROKEN.values(), ids=BROKEN)
@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "https://coupons.invalid"])
def test_a_socks_proxy_that_makes_no_connection_is_not_sent_through(
    issue: Issue, behaviour: Proxy, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(behaviour) as address:
        for name in ("HTTP_PROXY", "HTTPS_PROXY"):
            monkeypatch.setenv(name, address)
        start = time.monotonic()
        end = issue(url, timeouts=LIMITS)

    assert isinstance(end, NotSent)
    assert "hunter2" not in f"{end} {end!r}"
    assert time.monotonic() - start < 4


def test_a_socks_proxy_that_closes_after_the_request_leaves_the_outcome_unknown(
    issue: Issue, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(steps(b"\x05\x02", b"\x01\x00", GRANTED, b"")) as address:
        monkeypatch.setenv("HTTP_PROXY", address)

        assert isinstance(issue("http://127.0.0.1:9", timeouts=LIMITS), OutcomeUnknown)
