"""Reads the requests of a connection, and stops within one where a case loses it."""

import socket
from collections.abc import Callable

import h11
from attrs import define, field, frozen

from coupon_contract import spec

ISSUING = f"POST {spec.ISSUE_PATH}".encode()
LARGEST_PIECE = 65536


class Lost(Exception):
    """A request arrived up to the byte at which it is lost."""


@frozen
class Request:
    """A request that arrived whole; `size` is its bytes, `last` is True if the client wants the connection closed."""

    method: bytes
    target: str
    body: bytes
    size: int
    last: bool


@define
class RequestStream:
    """The requests of a connection. `on_issuing` is called when an issuing request begins, and returns after how many
    of its bytes it is lost, or None.
    """

    connection: socket.socket
    on_issuing: Callable[[], int | None]
    _rest: bytes = field(default=b"", init=False)  # received, and not yet given to a parser

    def read(self) -> Request | None:
        """Return the next request, or None when the connection ends. Raises Lost, OSError, h11.RemoteProtocolError."""
        lost_at = self.on_issuing() if self._begins_issuing() else None
        parser, size, body = h11.Connection(h11.SERVER), 0, b""
        head: h11.Request | None = None
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                if parser.they_are_waiting_for_100_continue:
                    self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    parser.send(h11.InformationalResponse(status_code=100, headers=[]))
                piece = self._receive(LARGEST_PIECE if lost_at is None else min(LARGEST_PIECE, lost_at - size))
                size += len(piece)
                if not piece:
                    return None
                if lost_at is not None and size >= lost_at:
                    raise Lost
                parser.receive_data(piece)
            elif isinstance(event, h11.Request):
                head = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage) and head is not None:
                behind = parser.trailing_data[0]
                self._rest = behind + self._rest
                return Request(head.method, head.target.decode("latin-1"), body, size - len(behind), _is_last(head))
            else:
                return None

    def _receive(self, most: int) -> bytes:
        if self._rest:
            piece, self._rest = self._rest[:most], self._rest[most:]
            return piece
        return self.connection.recv(most)

    def _begins_issuing(self) -> bool:
        """Return True if the next request is an issuing one. Its first bytes, as many as that takes, are kept."""
        while not self._rest.startswith(ISSUING):
            if not ISSUING.startswith(self._rest):
                return False
            piece = self.connection.recv(len(ISSUING) - len(self._rest))
            if not piece:
                return False
            self._rest += piece
        return True


def _is_last(request: h11.Request) -> bool:
    """Return True if the client wants the connection closed after the response (RFC 9112, 9.3)."""
    options = b",".join(value for name, value in request.headers if name == b"connection").lower()
    return b"close" in options or (request.http_version < b"1.1" and b"keep-alive" not in options)
