"""What a connection may do: be slow for a while, but not for ever."""

import asyncio
import base64
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn

from coupon_contract import spec
from coupon_contract.sandbox import create_app
from coupon_contract.sandbox.server.http_connection import MOST_HEAD_BYTES
from coupon_contract.sandbox.server.serve import configured, listen
from tests.sandbox.conftest import ABIJITH, BASIC

PATIENCE = 0.3  # seconds, in place of many
DEADLINE = 20.0
FEW = 8  # connections, in place of a thousand
SMALL = 16 * 1024  # bytes that the system may keep for a reader
CREDENTIALS = base64.b64encode(":".join(BASIC).encode()).decode()
HEADERS = f"Host: x\r\nAuthorization: Basic {CREDENTIALS}\r\nContent-Type: application/json\r\n"
BODY = json.dumps({"seriesId": 415446, "count": 2, "customer": ABIJITH})
HEAD = f"POST {spec.ISSUE_PATH} HTTP/1.1\r\n{HEADERS}Content-Length: {len(BODY)}\r\n"

Connect = Callable[[], socket.socket]


@pytest.fixture
def connect(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connect]:
    """Connects to a server that has little patience."""
    for name in ("REQUEST_SECONDS", "ANSWER_SECONDS", "WATCH_SECONDS"):
        monkeypatch.setattr(f"coupon_contract.sandbox.server.http_connection.{name}", PATIENCE)
    listener = listen("127.0.0.1", 0)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SMALL)
    for name in ("MOST_CONNECTIONS", "ROOM"):  # uvicorn's own limit is the sum
        monkeypatch.setattr(f"coupon_contract.sandbox.server.serve.{name}", FEW)
    server = uvicorn.Server(configured(create_app()))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])))
    thread.start()
    opened: list[socket.socket] = []

    def connect_once() -> socket.socket:
        connection = socket.socket()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
        connection.settimeout(DEADLINE)
        connection.connect(listener.getsockname())
        opened.append(connection)
        return connection

    yield connect_once
    for connection in opened:
        connection.close()
    server.should_exit = True
    thread.join(DEADLINE)


def to_the_end(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    told = b""
    while True:
        try:
            piece = connection.recv(65536)
        except ConnectionResetError:
            return told
        if not piece:
            return told
        told += piece


def statuses(told: bytes) -> list[int]:
    return [int(piece[:3]) for piece in told.split(b"HTTP/1.1 ")[1:]]


def dribble(connection: socket.socket, text: str) -> None:
    """Send a byte now and then, longer than the server's patience."""
    for character in text[:10]:
        try:
            connection.sendall(character.encode())
        except OSError:
            return
        time.sleep(PATIENCE / 3)


def send_in_pieces(connection: socket.socket, text: str) -> None:
    """Send, and let the server have its say in between."""
    for start in range(0, len(text), 8192):
        connection.sendall(text[start : start + 8192].encode())
        time.sleep(0.001)


def test_a_connection_that_says_nothing_is_closed(connect: Connect) -> None:
    assert statuses(to_the_end(connect())) == [408]


def test_a_connection_that_dribbles_headers_is_closed(connect: Connect) -> None:
    connection = connect()
    dribble(connection, HEAD)

    assert statuses(to_the_end(connection)) == [408]


def test_a_connection_that_dribbles_a_body_is_closed(connect: Connect) -> None:
    connection = connect()
    connection.sendall(f"{HEAD}\r\n".encode())
    dribble(connection, BODY)

    assert statuses(to_the_end(connection)) == []


@pytest.mark.parametrize("endless", ["X-Long: " + "a" * 2 * MOST_HEAD_BYTES, "X-Many: 1\r\n" * 20_000])
def test_headers_without_end_are_refused(connect: Connect, endless: str) -> None:
    connection = connect()
    connection.sendall(HEAD.encode())
    for start in range(0, len(endless), 8192):
        try:
            connection.sendall(endless[start : start + 8192].encode())
        except OSError:
            break

    assert statuses(to_the_end(connection)) in ([431], [])  # the response may be lost when more was sent


def test_an_answer_that_is_not_taken_is_given_up(connect: Connect) -> None:
    connection = connect()
    body = json.dumps({"seriesId": 415446, "count": 500, "customer": ABIJITH})
    request = f"POST {spec.ISSUE_PATH} HTTP/1.1\r\n{HEADERS}Content-Length: {len(body)}\r\n\r\n{body}"
    connection.sendall(request.encode() * 40)
    time.sleep(10 * PATIENCE)

    assert 0 < len(to_the_end(connection)) < 500_000


def test_a_pause_between_requests_is_no_offence(connect: Connect) -> None:
    connection = connect()
    for _ in range(2):
        connection.sendall(f"{HEAD}\r\n{BODY}".encode())
        answer = connection.recv(65536)
        time.sleep(5 * PATIENCE)

    assert statuses(answer) == [200]


def test_requests_sent_together_are_answered_in_order(connect: Connect) -> None:
    connection = connect()
    unknown = "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
    last = "GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    connection.sendall(f"{HEAD}\r\n{BODY}{unknown}{HEAD}\r\n{BODY}{last}".encode())

    assert statuses(to_the_end(connection)) == [200, 404, 200, 404]


def test_an_answer_without_a_body_is_sent(connect: Connect) -> None:
    connection = connect()
    connection.sendall(f"HEAD {spec.ISSUE_PATH} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())

    assert statuses(to_the_end(connection)) == [405]


def test_who_expects_to_be_asked_for_the_body_is_asked(connect: Connect) -> None:
    connection = connect()
    connection.sendall(f"{HEAD}Expect: 100-continue\r\nConnection: close\r\n\r\n".encode())
    first = connection.recv(65536)
    connection.sendall(BODY.encode())

    assert statuses(first) == [100]
    assert statuses(to_the_end(connection)) == [200]


def test_bytes_that_are_no_http_are_400(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n")

    assert statuses(to_the_end(connection)) == [400]


OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAA\r\n"
CHUNKED = f"POST {spec.ISSUE_PATH} HTTP/1.1\r\n{HEADERS}Transfer-Encoding: chunked\r\n"
CHUNKS = f"{len(BODY):x}\r\n{BODY}\r\n0\r\n\r\n"


@pytest.mark.parametrize(("head", "body"), [(HEAD, BODY), (CHUNKED, CHUNKS)], ids=["length", "chunked"])
@pytest.mark.parametrize("offer", [OFFER, "Connection: upgrade\r\nUpgrade: websocket\r\n"], ids=["h2c", "websocket"])
@pytest.mark.parametrize("at_once", [True, False], ids=["in one piece", "byte by byte"])
def test_an_offer_of_another_protocol_is_passed_over_in_silence(
    connect: Connect, caplog: pytest.LogCaptureFixture, head: str, body: str, offer: str, at_once: bool
) -> None:
    connection = connect()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    calls = f"{head}{offer}\r\n{body}{head}Connection: close\r\n\r\n{body}".encode()
    for piece in [calls] if at_once else [bytes([byte]) for byte in calls]:
        connection.sendall(piece)
    told = to_the_end(connection)

    assert statuses(told) == [200, 200]
    assert told.count(b'"couponId"') == 4
    assert caplog.messages == []


def test_a_trailer_field_is_no_header(connect: Connect) -> None:
    connection = connect()
    head = CHUNKED.replace("Authorization", "X-Nothing")
    trailers = CHUNKS.removesuffix("\r\n") + f"Authorization: Basic {CREDENTIALS}\r\n\r\n"
    connection.sendall(f"{head}Connection: close\r\n\r\n{trailers}".encode())

    assert statuses(to_the_end(connection)) == [401]


@pytest.mark.parametrize("endless", ["X-Long: " + "a" * 16 * MOST_HEAD_BYTES, "X-Many: 1\r\n" * 100_000])
def test_trailer_fields_without_end_are_not_kept(connect: Connect, endless: str) -> None:
    connection = connect()
    connection.sendall(f"{CHUNKED}\r\n{CHUNKS}".removesuffix("\r\n").encode())

    with pytest.raises((BrokenPipeError, ConnectionResetError)):
        send_in_pieces(connection, endless)


def test_an_offer_beside_close_closes(connect: Connect) -> None:
    connection = connect()
    connection.sendall(f"{HEAD}Connection: close, Upgrade\r\nUpgrade: h2c\r\n\r\n{BODY}".encode())

    assert statuses(to_the_end(connection)) == [200]


def test_a_tunnel_is_not_opened(connect: Connect) -> None:
    connection = connect()
    connection.sendall(b"CONNECT x:1 HTTP/1.1\r\nHost: x\r\n\r\n")
    connection.shutdown(socket.SHUT_WR)

    assert 200 not in statuses(to_the_end(connection))


BAD_HOSTS = {
    "none": "",
    "two": "Host: x\r\nHost: x\r\n",
    "two, in other letters": "host: x\r\nHOST: y\r\n",
    "a list": "Host: x y\r\n",
    "a user": "Host: somebody@x\r\n",
    "a path": "Host: x/y\r\n",
    "a port that is not a number": "Host: x:http\r\n",
    "no ascii": "Host: \xfc\r\n",
}
GOOD_HOSTS = ["x", "x:80", "x:", "", "127.0.0.1:8000", "[::1]:8000", "a_b.example"]


@pytest.mark.parametrize("hosts", BAD_HOSTS.values(), ids=BAD_HOSTS)
def test_a_request_without_exactly_one_valid_host_is_400(connect: Connect, hosts: str) -> None:
    connection = connect()
    connection.sendall(f"{HEAD}\r\n{BODY}".replace("Host: x\r\n", hosts).encode("latin-1"))

    assert statuses(to_the_end(connection)) == [400]


@pytest.mark.parametrize("host", GOOD_HOSTS)
def test_a_request_with_one_host_is_answered(connect: Connect, host: str) -> None:
    connection = connect()
    head = f"{HEAD}Connection: close\r\n".replace("Host: x\r\n", f"Host: {host}\r\n")
    connection.sendall(f"{head}\r\n{BODY}".encode())

    assert statuses(to_the_end(connection)) == [200]


def test_http_1_0_needs_no_host(connect: Connect) -> None:
    connection = connect()
    connection.sendall(f"{HEAD}\r\n{BODY}".replace("Host: x\r\n", "").replace("HTTP/1.1", "HTTP/1.0").encode())

    assert statuses(to_the_end(connection)) == [200]


@pytest.mark.parametrize("behind", [HEAD.replace("Host: x\r\n", "") + "\r\n" + BODY, "\x16\x03\x01\r\n\r\n"])
def test_a_bad_request_does_not_take_the_place_of_the_answer_before_it(connect: Connect, behind: str) -> None:
    connection = connect()
    connection.sendall(f"{HEAD}\r\n{BODY}{behind}".encode("latin-1"))

    assert statuses(to_the_end(connection))[:1] == [200]


HALVES = {
    "nothing": "",
    "half a head": HEAD,
    "half a body": f"{HEAD}\r\n{BODY[:9]}",
    "a whole request": f"{HEAD}\r\n{BODY}",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_connections_that_keep_the_server_waiting_make_room_for_others(
    connect: Connect, monkeypatch: pytest.MonkeyPatch, half: str
) -> None:
    monkeypatch.setattr("coupon_contract.sandbox.server.http_connection.REQUEST_SECONDS", DEADLINE)
    monkeypatch.setattr("coupon_contract.sandbox.server.http_connection.MOST_CONNECTIONS", FEW)
    for _ in range(3 * FEW):
        connect().sendall(half.encode())
    connection = connect()
    connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")

    assert statuses(to_the_end(connection)) == [200]


def test_half_a_request_makes_room_before_a_connection_between_requests(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("coupon_contract.sandbox.server.http_connection.REQUEST_SECONDS", DEADLINE)
    monkeypatch.setattr("coupon_contract.sandbox.server.http_connection.MOST_CONNECTIONS", FEW)
    first = connect()
    first.sendall(f"{HEAD}\r\n{BODY}".encode())
    first.recv(65536)
    for _ in range(3 * FEW):
        connect().sendall(HEAD.encode())
    first.sendall(f"{HEAD}Connection: close\r\n\r\n{BODY}".encode())

    assert statuses(to_the_end(first)) == [200]
