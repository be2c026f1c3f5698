"""What is really sent and received, on sockets."""

import gzip
import socket
import threading
import time
from collections.abc import Callable

import pytest

from coupon_client import Issued, NotSent, OutcomeUnknown, Timeouts
from tests.client.conftest import Issue
from tests.wire import BODY, GARBLED, SLOW, answer, once, server


def test_a_compressed_answer_is_read(issue: Issue) -> None:
    with server(once(answer(gzip.compress(BODY), "Content-Encoding: gzip"))) as (url, _):
        assert isinstance(issue(url), Issued)


REDIRECT = answer(b"", "Location: /v2/coupon/issue/multiple", status="307 Temporary Redirect")


@pytest.mark.parametrize("garbled", [*GARBLED.values(), REDIRECT], ids=[*GARBLED, "a redirect"])
def test_an_answer_that_is_garbled_on_the_way_leaves_the_outcome_unknown(issue: Issue, garbled: bytes) -> None:
    with server(once(garbled)) as (url, requests):
        assert isinstance(issue(url, timeouts=Timeouts(read=2), retries=2), OutcomeUnknown)
        assert len(requests) == 1


def test_an_answer_without_end_is_given_up(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_client.transport.LARGEST", 100_000)

    def pour(connection: socket.socket) -> None:
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while True:
                connection.sendall(b" " * 10_000)
        except OSError:
            return

    with server(pour) as (url, _):
        assert isinstance(issue(url), OutcomeUnknown)


def test_an_answer_that_dribbles_is_given_up_after_the_total_time(issue: Issue) -> None:
    def dribble(connection: socket.socket) -> None:
        try:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            for _ in range(100):
                connection.sendall(b" ")
                time.sleep(0.05)
        except OSError:
            return

    with server(dribble) as (url, _):
        started = time.monotonic()
        end = issue(url, timeouts=Timeouts(read=4, total=0.3))

    assert isinstance(end, OutcomeUnknown)
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("piece", SLOW.values(), ids=SLOW)
def test_nothing_that_dribbles_outlasts_the_total_time(issue: Issue, piece: Callable[[int], bytes]) -> None:
    def dribble(connection: socket.socket) -> None:
        try:
            for number in range(200):
                connection.sendall(piece(number))
                time.sleep(0.05)
        except OSError:
            return

    with server(dribble) as (url, _):
        started = time.monotonic()
        end = issue(url, timeouts=Timeouts(read=4, total=0.3))

    assert isinstance(end, OutcomeUnknown)
    assert time.monotonic() - started < 4


@pytest.mark.parametrize("encoding", ["deflate, deflate", "br", "gzip"])
def test_an_answer_that_grows_when_it_is_decompressed_is_given_up(
    issue: Issue, encoding: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coupon_client.transport.LARGEST", 100_000)
    body = gzip.compress(b" " * 10_000_000)
    with server(once(answer(body, f"Content-Encoding: {encoding}"))) as (url, _):
        assert isinstance(issue(url), OutcomeUnknown)


def test_a_silent_server_is_given_up_after_the_read_time_and_asked_once(issue: Issue) -> None:
    with server(lambda connection: time.sleep(0.6)) as (url, requests):
        assert isinstance(issue(url, timeouts=Timeouts(read=0.2), retries=2), OutcomeUnknown)
        assert len(requests) == 1


def test_nobody_listening_is_not_sent(issue: Issue, no_waiting: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    assert isinstance(issue(f"http://127.0.0.1:{port}", retries=2), NotSent)


def test_a_name_that_nobody_has_is_not_sent(issue: Issue) -> None:
    assert isinstance(issue("https://nobody.invalid"), NotSent)


def test_a_server_that_speaks_no_tls_is_not_sent_to(issue: Issue) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:

        def accept() -> None:
            connection, _ = listener.accept()
            with connection:
                refuse(connection)

        threading.Thread(target=accept, daemon=True).start()
        end = issue(f"https://127.0.0.1:{listener.getsockname()[1]}")

    assert isinstance(end, NotSent)


def test_a_proxy_that_opens_no_tunnel_is_not_sent_through(
    issue: Issue, monkeypatch: pytest.MonkeyPatch, no_waiting: list[float]
) -> None:
    with server(once(answer(b"", status="407 Proxy Authentication Required"))) as (url, requests):
        monkeypatch.setenv("HTTPS_PROXY", url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        end = issue("https://coupons.invalid")

    assert isinstance(end, NotSent)
    assert requests[0].startswith(b"CONNECT coupons.invalid:443 ")


def test_every_call_has_a_connection_of_its_own() -> None:
    from coupon_client import CouponClient
    from tests.client.conftest import ABIJITH, TILL

    with server(once(answer(BODY))) as (url, requests), CouponClient(url, TILL) as client:
        client.issue(415446, ABIJITH, 2)
        client.issue(415446, ABIJITH, 2)

    assert len(requests) == 2  # the server reads one request per connection
    assert all(b"connection: close" in request.lower() for request in requests)


def test_cookies_are_not_kept() -> None:
    from coupon_client import CouponClient
    from tests.client.conftest import ABIJITH, TILL

    with server(once(answer(BODY, "Set-Cookie: a=b"))) as (url, requests), CouponClient(url, TILL) as client:
        client.issue(415446, ABIJITH, 2)
        client.issue(415446, ABIJITH, 2)

    assert b"a=b" not in requests[1]


def test_a_task_cancelled_while_its_request_is_under_way_ends_unknown() -> None:
    import asyncio

    from coupon_client import AsyncCouponClient
    from tests.client.conftest import ABIJITH, TILL

    async def cancelled(url: str) -> None:
        async with AsyncCouponClient(url, TILL) as client:
            async with asyncio.timeout(0.3):
                await client.issue(415446, ABIJITH, 2)

    with server(lambda connection: time.sleep(1)) as (url, _), pytest.raises(OutcomeUnknown, match="CancelledError"):
        asyncio.run(cancelled(url))
