"""Responses that go wrong on the wire: one bench for the client's transport and for the suite's connection."""

import gzip
import json
import socket
import threading
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager

BODY = json.dumps({"coupons": [{"code": "A1", "couponId": 1}, {"code": "B2", "couponId": 2}], "errors": []}).encode()
Serve = Callable[[socket.socket], None]


def answer(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


@contextmanager
def server(serve: Serve) -> Iterator[tuple[str, list[bytes]]]:
    """A server that treats each connection with `serve` after it has read a request; the address, and the requests."""
    requests: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                requests.append(request_of(connection))
                serve(connection)

    thread = threading.Thread(target=accept, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}", requests
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(5)


def request_of(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data or len(data.partition(b"\r\n\r\n")[2]) < length_of(data):
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


def length_of(head: bytes) -> int:
    lines = head.lower().partition(b"\r\n\r\n")[0].split(b"\r\n")
    return next((int(line[15:]) for line in lines if line.startswith(b"content-length:")), 0)


def once(data: bytes) -> Serve:
    return lambda connection: connection.sendall(data)


GARBLED = {
    "gzip that is cut": answer(gzip.compress(BODY)[:-12], "Content-Encoding: gzip"),
    "gzip that is none": answer(BODY, "Content-Encoding: gzip"),
    "deflate of nothing": answer(zlib.compress(b""), "Content-Encoding: deflate"),
    "a length that is too long": answer(BODY, length=len(BODY) + 5),
    "a length that is too short": answer(BODY, length=len(BODY) - 5),
    "a length that is none": answer(BODY).replace(b"Content-Length: ", b"Content-Length: x"),
    "chunks that stop": b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"cou',
    "no HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "no bytes": b"",
    "headers without an end": b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n",
    "headers without a limit": b"HTTP/1.1 200 OK\r\nX: " + b"y" * 200_000,
}


SLOW = {
    "headers that dribble": lambda n: b"HTTP/1.1 200 OK\r\n" if n == 0 else b"X: y\r\n",
    "informational answers": lambda n: b"HTTP/1.1 102 Processing\r\n\r\n",
    "empty compressed blocks": lambda n: (
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\x03"
        if n == 0
        else b"\0\0\0\xff\xff"
    ),
}
