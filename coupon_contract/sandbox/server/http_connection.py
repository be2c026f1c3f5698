"""An HTTP connection with limits on waiting times, headers and protocol offers."""

import asyncio
import re
from array import array
from typing import Any

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

REQUEST_SECONDS = 20.0  # seconds from the first byte of a request to its last
ANSWER_SECONDS = 20.0  # seconds without a byte of the response being taken
WATCH_SECONDS = 1.0
MOST_HEAD_BYTES = 64 * 1024  # request line and headers
MOST_CONNECTIONS = 1000  # with more, slow ones are closed; further callers get 503
ROOM = 50  # unfinished requests to close at once, which may take a moment to end
HOST = re.compile(rb"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~!$&'()*+,;=%-]*)(?::[0-9]*)?")  # RFC 9110, 7.2

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"

OUTLET = "coupon_contract.outlet"  # extension of a scope: the connection, for faults in the framing
OFFERS = (b"connection", b"upgrade", b"http2-settings")  # headers


class BadHost(Exception):
    """A request whose Host header is missing, there twice, or no host (RFC 9112, 3.2)."""


class Joining:
    """A transport that sends the head of a response with the beginning of its body: one system call, not two."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None
        self.holds_next = False
        self.surplus = b""  # to be sent after the current response

    def write(self, data: bytes) -> None:
        """Send the data with any buffered data before it, or buffer it for a moment."""
        if self._head is not None:
            self._transport.write(self._head + data)
            self._head = None
        elif self.holds_next:
            self.holds_next, self._head = False, data
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send the buffered data."""
        if self._head is not None:
            self._transport.write(self._head)
            self._head = None
        if self.surplus:
            self._transport.write(self.surplus)
            self.surplus = b""

    def close(self) -> None:
        """Close, once everything is sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class PlainParser(httptools.HttpRequestParser):
    """A parser that ignores offers of another protocol and takes the request as HTTP/1.1 (RFC 9110, 7.8).

    Java's client offers HTTP/2 with every call. httptools would drop the body of such a call, and take the following
    bytes for another request; so the head is parsed again without the offer.
    """

    def __init__(self, protocol: "GuardedProtocol") -> None:
        super().__init__(protocol)
        self._protocol = protocol

    def passes_over(self) -> bool:
        """True if the request that was just parsed will be parsed again."""
        return self.should_upgrade() and self.get_method() != b"CONNECT"

    def feed_data(self, data: "bytes | bytearray | memoryview | array[int]") -> None:
        """Parse more data. Raises HttpParserError, and HttpParserUpgrade for CONNECT."""
        try:
            super().feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            if not self.passes_over():
                raise
            (body_start,) = offer.args
            head = self._head()
            self._protocol.take_parser()
            self._protocol.parser.feed_data(head + bytes(data[body_start:]))

    def _head(self) -> bytes:
        """Return the head of the request without the offer."""
        url, headers = self._protocol.url, self._protocol.headers
        lines = [b"%s %s HTTP/%s" % (self.get_method(), url, self.get_http_version().encode())]
        lines += [b"%s: %s" % header for header in headers if header[0] not in OFFERS]
        if self.should_keep_alive():
            return b"\r\n".join([*lines, b"", b""])
        return b"\r\n".join([*lines, b"connection: close", b"", b""])


class GuardedProtocol(HttpToolsProtocol):
    """HTTP that closes connections with endless headers, slow requests, or responses that are not read."""

    parser: PlainParser
    _out: Joining
    _watch: asyncio.TimerHandle
    _arriving_since: float | None  # when a request began to arrive, or the wait for the first byte
    _stuck_since: float | None = None  # when the client stopped reading the response
    _idle_since = 0.0  # when the last response was complete, or the connection opened
    _is_ending = False  # a request was unreadable, and earlier ones are still being processed
    _head_bytes = 0  # bytes of the arriving request's head, or of its trailer fields

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.take_parser()

    def take_parser(self) -> None:
        """Start a new parser."""
        self.parser = PlainParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn has it

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Start the timers."""
        self._out = Joining(transport)
        super().connection_made(self._out)  # type: ignore[arg-type] # all that uvicorn asks of a transport
        self._arriving_since = self._idle_since = self.loop.time()
        self._watch = self.loop.call_later(WATCH_SECONDS, self._look)
        if len(self.connections) >= MOST_CONNECTIONS:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timers."""
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count the bytes outside bodies."""
        if self._is_ending:
            return
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self._end(TOO_LARGE)

    def on_message_begin(self) -> None:
        """Note the start of a request."""
        self._arriving_since = self.loop.time()
        super().on_message_begin()
        self.scope["extensions"] = {OUTLET: {"connection": self._out}}

    def on_headers_complete(self) -> None:
        """Note the start of a body."""
        if self.parser.passes_over():
            return
        hosts = [value for name, value in self.headers if name == b"host"]
        if len(hosts) > 1 or (not hosts and self.parser.get_http_version() == "1.1") or not all(map(is_host, hosts)):
            raise BadHost  # the parser makes an HttpParserError of it, which is answered 400
        if self.cycle is None or self.cycle.response_complete:  # otherwise an earlier response is under way
            self._out.holds_next = not self.expect_100_continue
        super().on_headers_complete()
        self.headers = []  # drops trailer fields, which must not carry credentials

    def on_body(self, body: bytes) -> None:
        """Pass on a part of the body."""
        self._head_bytes = 0
        super().on_body(body)

    def on_response_complete(self) -> None:
        """Note the end of the response."""
        self._out.flush()
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def on_message_complete(self) -> None:
        """Note the end of the request."""
        if self.parser.passes_over():
            return
        self._arriving_since, self._head_bytes = None, 0
        super().on_message_complete()

    def send_400_response(self, msg: str) -> None:
        """End the connection, without giving this response to an earlier request that is still being processed."""
        if self.cycle is None or self.cycle.response_complete:
            super().send_400_response(msg)
        elif self.cycle.more_body and not self.pipeline and not self.cycle.response_started:
            super().send_400_response(msg)  # it is the request at hand that cannot be read
        elif self.cycle.more_body:
            self._end(b"")
        else:
            self._is_ending, self.cycle.keep_alive = True, False

    def pause_writing(self) -> None:
        """Note that the response is read more slowly than it is sent."""
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """Note that the response is read again."""
        self._stuck_since = None
        super().resume_writing()

    def _look(self) -> None:
        now = self.loop.time()
        if self._stuck_since is not None and now - self._stuck_since > ANSWER_SECONDS:
            self.transport.abort()
        elif self._arriving_since is not None and now - self._arriving_since > REQUEST_SECONDS:
            self._end(TOO_SLOW)
        else:
            self._watch = self.loop.call_later(WATCH_SECONDS, self._look)

    def _make_room(self) -> None:
        """Close the connection that has kept us waiting longest: half a request, a response not taken, or idle.

        Idle ones come last: their next request may be under way. Of half requests several end at once, so that a flood
        of them does not cost a look at all connections each time.
        """
        others = [other for other in self.connections if isinstance(other, GuardedProtocol) and other is not self]
        half = [(other._arriving_since, id(other), other) for other in others if other._arriving_since is not None]
        stuck = [(other._stuck_since, id(other), other) for other in others if other._stuck_since is not None]
        idle = [
            (other._idle_since, id(other), other)
            for other in others
            if other._arriving_since is None and (other.cycle is None or other.cycle.response_complete)
        ]
        for _, _, other in sorted(half)[:ROOM] or sorted(stuck)[:1] or sorted(idle)[:1]:
            self.connections.discard(other)  # at once: uvicorn counts these
            if other._stuck_since is not None:
                other.transport.abort()
            else:
                other._end(TOO_SLOW if other._arriving_since is not None else b"")

    def _end(self, answer: bytes) -> None:
        """Close, with an error response if no other response is under way."""
        if not self.transport.is_closing():
            if answer and (self.cycle is None or self.cycle.response_complete):
                self._out.write(answer)
            self._out.close()


def is_host(value: bytes) -> bool:
    """Return True for a host with or without a port, or nothing."""
    return HOST.fullmatch(value) is not None
