"""A server in front of the sandbox that sends each response as a mode of tests/suite/hostile_modes.py has it."""

import http.client
import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from itertools import count
from urllib.parse import urlsplit

from attrs import define, field, frozen

from coupon_contract import spec

PIECE = 65_536  # bytes
IDLE_SECONDS = 30.0


@frozen
class Reply:
    """What the sandbox answered to a request; `number` counts the requests of a run from 1."""

    number: int
    path: str
    status: int
    body: bytes

    @property
    def issues(self) -> bool:
        """Return True for a response of the issuing operation."""
        return self.path == spec.ISSUE_PATH

    def head(self, *more: str, length: int | None = None, framed: bool = True) -> bytes:
        """A status line with headers, up to the empty line; `length` is that of the body unless another one is said."""
        lines = [f"HTTP/1.1 {self.status} Status", "Content-Type: application/json", *more]
        if framed:
            lines.append(f"Content-Length: {len(self.body) if length is None else length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def whole(self, *more: str) -> bytes:
        """The response as a right server sends it."""
        return self.head(*more) + self.body

    def having(self, body: bytes, status: int | None = None) -> "Reply":
        """The response with another body."""
        return Reply(self.number, self.path, self.status if status is None else status, body)


Serve = Callable[[socket.socket, Reply], None]


@define
class Front:
    """The address of the server, the requests that it got, and the coupons that the sandbox issued for them."""

    url: str = ""
    requests: int = 0
    coupons: int = 0
    _lock: threading.Lock = field(factory=threading.Lock)

    def note(self, path: str, body: bytes) -> int:
        """Count a response of the sandbox, and return its number."""
        with suppress(ValueError), self._lock:
            if path == spec.ISSUE_PATH:
                self.coupons += len(json.loads(body).get("coupons", ()))
        with self._lock:
            self.requests += 1
            return self.requests


@contextmanager
def in_front_of(sandbox: str, serve: Serve, greet: Callable[[socket.socket], bool]) -> Iterator[Front]:
    """Serve on a free loopback port. `greet` treats a new connection, and returns False to take no request from it."""
    front = Front()
    address = urlsplit(sandbox)
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    open_now: set[socket.socket] = set()

    def treat(connection: socket.socket) -> None:
        with connection, suppress(OSError):
            connection.settimeout(IDLE_SECONDS)
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            open_now.add(connection)
            if greet(connection):
                for _ in count():
                    method, target, headers, body = _request(connection)
                    path = urlsplit(target).path
                    inner = http.client.HTTPConnection(str(address.hostname), address.port, timeout=IDLE_SECONDS)
                    with closing(inner):
                        inner.request(method, target, body or None, headers)
                        with inner.getresponse() as answer:
                            status, content = answer.status, answer.read()
                    serve(connection, Reply(front.note(path, content), path, status, content))
                    if headers.get("Connection", "").lower() == "close":
                        break
        open_now.discard(connection)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=treat, args=[connection], daemon=True).start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    front.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        yield front
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in list(open_now):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        acceptor.join(5)


def _request(connection: socket.socket) -> tuple[str, str, dict[str, str], bytes]:
    """The next request of a connection. Raises OSError when there is none."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += _received(connection)
    head, _, body = data.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.title(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("Content-Length", 0)):
        body += _received(connection)
    return method, target, headers, body


def _received(connection: socket.socket) -> bytes:
    piece = connection.recv(PIECE)
    if not piece:
        raise ConnectionError
    return piece
