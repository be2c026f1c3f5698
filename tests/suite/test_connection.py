import gzip
import socket
import threading
import time
import zlib
from collections.abc import Callable

import httpx
import pytest

from coupon_contract.suite import connection
from coupon_contract.suite.connection import Limits, Received, Wire
from coupon_contract.suite.skips import BrokenOff, NeverSent, NotObserved
from tests.wire import BODY, GARBLED, SLOW, Serve, answer, once, server

PLENTY = Limits(seconds=10, size=100_000)


def received(url: str, limits: Limits = PLENTY, *, body: bytes = b"{}") -> Received:
    wire = Wire(url)
    with wire.open() as opened:
        return opened.exchange("POST", wire.target("/a?b=c"), [(b"Host", wire.host)], body, limits)


def answered(serve: Serve | bytes, limits: Limits = PLENTY) -> Received:
    with server(once(serve) if isinstance(serve, bytes) else serve) as (url, _):
        return received(url, limits)


def test_a_body_in_chunks_is_sent_without_its_length() -> None:
    with server(once(answer(b"{}"))) as (url, requests):
        wire = Wire(url)
        with wire.open() as opened:
            headers = [(b"Host", wire.host), (b"Transfer-Encoding", b"chunked")]
            opened.exchange("POST", b"/", headers, b'{"a":1}', PLENTY)

    assert b"content-length" not in requests[0].lower()
    assert requests[0].endswith(b'\r\n\r\n7\r\n{"a":1}\r\n0\r\n\r\n')


@pytest.mark.parametrize("garbled", GARBLED.values(), ids=GARBLED)
def test_a_response_that_is_garbled_on_the_way_is_not_observed(garbled: bytes) -> None:
    with server(once(garbled)) as (url, requests):
        try:
            read = received(url)
        except NotObserved:
            read = None

    assert read is None or read.extra_bytes or not read.body  # a length that is too short leaves bytes behind
    assert len(requests) == 1


@pytest.mark.parametrize("piece", SLOW.values(), ids=SLOW)
def test_nothing_that_trickles_outlasts_the_time_of_a_request(piece: Callable[[int], bytes]) -> None:
    def trickle(stream: socket.socket) -> None:
        try:
            for number in range(200):
                stream.sendall(piece(number))
                time.sleep(0.05)
        except OSError:
            return

    started = time.monotonic()
    with pytest.raises(NotObserved, match="within"):
        answered(trickle, Limits(seconds=0.4, size=1000))

    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(BODY, mtime=0)),
        ("x-gzip", gzip.compress(BODY, mtime=0)),
        ("Deflate", zlib.compress(BODY)),
        ("identity", BODY),
    ],
)
def test_a_packed_response_is_unpacked(encoding: str, packed: bytes) -> None:
    assert answered(answer(packed, f"Content-Encoding: {encoding}")).body == BODY


@pytest.mark.parametrize("encoding", ["br", "zstd", "gzip, gzip", "gzip, br", "gzip\r\nContent-Encoding: gzip", "\x9b"])
def test_an_encoding_that_was_not_asked_for_is_not_observed(encoding: str) -> None:
    with pytest.raises(NotObserved, match="content encoding was not requested"):
        answered(
            answer(gzip.compress(BODY), "x").replace(
                b"\r\nx\r\n", f"\r\nContent-Encoding: {encoding}\r\n".encode("latin-1")
            )
        )


def test_a_response_is_unpacked_no_further_than_its_limit() -> None:
    with pytest.raises(NotObserved, match="more than 100000 bytes"):
        answered(answer(gzip.compress(bytes(100_001)), "Content-Encoding: gzip"))


def test_a_response_that_unpacks_to_its_limit_is_read() -> None:
    assert len(answered(answer(gzip.compress(bytes(100_000)), "Content-Encoding: gzip")).body) == 100_000


def test_a_response_larger_than_its_limit_is_not_observed() -> None:
    with pytest.raises(NotObserved, match="more than 100000 bytes"):
        answered(answer(bytes(100_001)))


def test_interim_responses_come_before_the_one_that_counts() -> None:
    read = answered(b"HTTP/1.1 103 Early Hints\r\nLink: <a>\r\n\r\n" * 3 + answer(BODY))

    assert (read.status, read.body, read.extra_bytes) == (200, BODY, 0)


def test_interim_responses_without_end_are_not_observed() -> None:
    with pytest.raises(NotObserved, match="100 interim"):
        answered(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 101 + answer(BODY))


@pytest.mark.parametrize("behind", [b"\0", b"\r\n", answer(BODY)], ids=["a byte", "a line", "a response"])
def test_bytes_behind_a_response_are_counted(behind: bytes) -> None:
    assert answered(answer(BODY) + behind).extra_bytes == len(behind)


def test_bytes_that_come_a_moment_after_a_response_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "LINGER_SECONDS", 5.0)

    def late(stream: socket.socket) -> None:
        stream.sendall(answer(BODY))
        time.sleep(0.05)
        stream.sendall(b"late")

    assert answered(late).extra_bytes == 4


def test_a_request_asks_for_no_encoding_of_a_connection_but_to_close_it() -> None:
    with server(once(answer(BODY))) as (url, requests):
        received(url)

    assert requests[0].startswith(b"POST /a?b=c HTTP/1.1\r\nHost: ")
    assert b"\r\nConnection: close\r\n" in requests[0]


def test_a_request_that_nobody_reads_to_its_end_gets_its_early_response() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = Wire(f"http://127.0.0.1:{listener.getsockname()[1]}")
        with wire.open() as opened:
            accepted, _ = listener.accept()
            accepted.sendall(answer(b"", status="413 Content Too Large"))
            accepted.shutdown(socket.SHUT_WR)
            read = opened.exchange("POST", b"/", [(b"Host", b"x")], b" " * 1000, PLENTY)
            accepted.close()

    assert read.status == 413


def test_a_closed_connection_is_not_usable() -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    with listener, Wire(f"http://127.0.0.1:{listener.getsockname()[1]}").open() as opened:
        accepted, _ = listener.accept()
        before = opened.usable()
        accepted.close()
        time.sleep(0.05)

        assert (before, opened.usable()) == (True, False)


def test_nobody_at_the_address_means_that_nothing_was_sent() -> None:
    with pytest.raises(NeverSent, match="nothing listens there"):
        Wire("http://127.0.0.1:1").open()


def test_a_server_that_speaks_no_tls_was_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def refuse() -> None:
            accepted, _ = listener.accept()
            with accepted:
                accepted.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
                accepted.recv(65536)

        threading.Thread(target=refuse, daemon=True).start()
        with pytest.raises(NeverSent, match="TLS"):
            Wire(f"https://127.0.0.1:{listener.getsockname()[1]}").open()


def test_a_connection_that_is_reset_is_broken_off() -> None:
    with pytest.raises(BrokenOff):
        answered(lambda stream: stream.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, bytes([1, 0, 0, 0, 0, 0, 0, 0])))


def test_headers_come_as_they_were_sent() -> None:
    read = answered(answer(BODY, "X-Odd: e").replace(b"X-Odd: e", b"X-Odd: \xe9"))

    assert ("X-Odd", "\xe9") in read.headers


def test_a_path_outside_ascii_is_sent_percent_encoded() -> None:
    assert Wire("http://127.0.0.1/prüfung/").target("/a") == httpx.URL("http://127.0.0.1/prüfung/a").raw_path
