"""A connection to a target over HTTP/1.1, with limits on time, bytes, and the unpacked size of a response.

One response belongs to one request. On a connection that is kept open, a server can leave a second response that a
reader takes for the response to its next request. So every judged exchange has its own connection, and the bytes that
follow a response are counted. The rules are those of coupon_client/transport.py, and tests/wire.py holds
both to one bench.
"""

import base64
import socket
import ssl
import zlib
from collections.abc import Iterable
from functools import cache
from time import monotonic
from types import TracebackType
from typing import Self

import h11
import httpx
from attrs import frozen

from coupon_contract.suite.skips import BrokenOff, NeverSent, NotObserved

CONNECT_SECONDS = 5.0
LINGER_SECONDS = 0.02  # seconds in which the target may close the connection, or send more than its response
MOST_INTERIM = 100  # 1xx responses before the one that counts
LARGEST_HEAD = 64 * 1024  # bytes of a status line with its headers, or of trailers
LARGEST_SURPLUS = 64 * 1024  # bytes after a response; more are not read
PIECE = 64 * 1024  # bytes per read
PORTS = {"http": 80, "https": 443}
WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits for each content encoding

Pairs = list[tuple[bytes, bytes]]


@frozen
class Limits:
    """The bounds of one exchange: seconds until the last byte of its response, and bytes of the unpacked body."""

    seconds: float
    size: int


@frozen
class Received:
    """A complete response. `extra_bytes` counts the bytes that followed it on its connection."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    extra_bytes: int = 0


class Connection:
    """A connection to a target. Use it from one thread, as a context manager."""

    def __init__(self, stream: socket.socket) -> None:
        self._stream = stream
        self._protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)

    def exchange(
        self, method: str, target: bytes, headers: Pairs, body: bytes, limits: Limits, *, keep: bool = False
    ) -> Received:
        """Send a request and return its response. `keep` leaves the connection open for another one.

        Raises BrokenOff when the connection ends early or what comes is not HTTP, and NotObserved when the response
        exceeds a limit or cannot be unpacked.
        """
        end = monotonic() + limits.seconds
        try:
            if self._protocol.our_state is h11.DONE:
                self._protocol.start_next_cycle()
            self._send(self._encoded(method, target, headers, body, keep), end)
            response, raw = self._receive(end, limits)
        except h11.ProtocolError:
            raise BrokenOff("no response from the target: what it sends is not HTTP/1.1") from None
        except TimeoutError:
            raise NotObserved(f"no response from the target within {limits.seconds:.0f} seconds") from None
        except OSError:
            raise BrokenOff("no response from the target: the connection was reset") from None
        pairs = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.headers.raw_items())
        return Received(response.status_code, pairs, unpacked(raw, pairs, limits.size), self._extra_bytes())

    def usable(self) -> bool:
        """Return False if nothing more can be sent: the target has closed it, or has sent unrequested data."""
        if self._protocol.our_state is h11.MUST_CLOSE:
            return False
        self._stream.settimeout(0)
        try:
            self._stream.recv(1)
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False
        return False

    def close(self) -> None:
        """Close the connection."""
        self._stream.close()

    def _encoded(self, method: str, target: bytes, headers: Pairs, body: bytes, keep: bool) -> bytes:
        pairs = headers if keep else [*headers, (b"Connection", b"close")]
        in_chunks = any(name.lower() == b"transfer-encoding" for name, _ in headers)
        if not in_chunks and (body or method in ("POST", "PUT", "PATCH")):
            pairs = [*pairs, (b"Content-Length", str(len(body)).encode())]
        parts = (
            self._protocol.send(h11.Request(method=method, target=target, headers=pairs)),
            self._protocol.send(h11.Data(body)) if body else b"",
            self._protocol.send(h11.EndOfMessage()),
        )
        return b"".join(part or b"" for part in parts)

    def _send(self, data: bytes, end: float) -> None:
        """Send a request. A target that has seen enough may answer and close before it has read all of it."""
        self._stream.settimeout(remaining(end))
        try:
            self._stream.sendall(data)
        except (BrokenPipeError, ConnectionResetError):
            return

    def _receive(self, end: float, limits: Limits) -> tuple[h11.Response, bytes]:
        """Return the head and the raw body of the response. Raises h11.RemoteProtocolError, OSError and NotObserved."""
        response: h11.Response | None = None
        body, interim = bytearray(), 0
        while True:
            event = self._protocol.next_event()
            if event is h11.NEED_DATA:
                self._stream.settimeout(remaining(end))
                self._protocol.receive_data(self._stream.recv(PIECE))
            elif isinstance(event, h11.InformationalResponse):
                interim += 1
                if interim > MOST_INTERIM:
                    raise NotObserved(f"no response from the target after {MOST_INTERIM} interim (1xx) responses")
            elif isinstance(event, h11.Response):
                response = event
            elif isinstance(event, h11.Data):
                body += event.data
                if len(body) > limits.size:
                    raise too_large(limits.size)
            elif isinstance(event, h11.EndOfMessage) and response is not None:
                return response, bytes(body)
            else:
                raise BrokenOff("no response from the target: the connection was closed")

    def _extra_bytes(self) -> int:
        """Return the number of bytes after the response that arrive with it."""
        extra = len(self._protocol.trailing_data[0])
        end = monotonic() + LINGER_SECONDS
        try:
            while extra < LARGEST_SURPLUS:
                self._stream.settimeout(max(0.0, end - monotonic()))
                piece = self._stream.recv(PIECE)
                extra += len(piece)
                if not piece:
                    break
        except OSError:  # nothing came in time, or the connection was reset
            pass
        return extra

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self.close()


class Wire:
    """Opens connections to one target, never anywhere else.

    `context` holds the rules for TLS. `proxy` is the URL of an HTTP proxy, with the credentials for it; no other proxy
    is used, whatever the environment names.
    """

    def __init__(self, base_url: str, context: ssl.SSLContext | None = None, proxy: str | None = None) -> None:
        self._url = httpx.URL(base_url)
        self._context = context
        self._proxy = httpx.URL(proxy) if proxy else None
        self._tunnels = self._url.scheme == "https"  # a proxy sees no more than the address of the target then

    @property
    def host(self) -> bytes:
        """The value of the Host header."""
        return self._url.netloc

    def target(self, path_and_query: str) -> bytes:
        """Return the target of a request, with the path of the base URL in front; the whole URL for a proxy."""
        path = httpx.URL(f"{str(self._url).rstrip('/')}{path_and_query}").raw_path
        return b"http://" + self.host + path if self._proxy and not self._tunnels else path

    @property
    def proxy_headers(self) -> Pairs:
        """The headers of a request that are for the proxy and not for the target."""
        return self._proxy_credentials() if self._proxy and not self._tunnels else []

    def open(self) -> Connection:
        """Connect. Raises NeverSent."""
        host, nearest = self._url.raw_host.decode("ascii"), self._proxy or self._url
        try:
            address = nearest.raw_host.decode("ascii"), nearest.port or PORTS[nearest.scheme]
            stream = socket.create_connection(address, CONNECT_SECONDS)
            stream.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self._tunnels:
                stream = self._secured(stream, host)
        except (OSError, UnicodeError) as problem:
            raise NeverSent(f"no response from the target: {reason(problem)}") from None
        return Connection(stream)

    def _tunnel(self, stream: socket.socket) -> None:
        """Have the proxy connect to the target. Raises NeverSent and OSError."""
        end = monotonic() + CONNECT_SECONDS
        protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=LARGEST_HEAD)
        authority = self.host if self._url.port else self.host + b":%d" % PORTS[self._url.scheme]
        request = h11.Request(
            method="CONNECT", target=authority, headers=[(b"Host", authority), *self._proxy_credentials()]
        )
        try:
            stream.sendall((protocol.send(request) or b"") + (protocol.send(h11.EndOfMessage()) or b""))
            while (event := protocol.next_event()) is h11.NEED_DATA or isinstance(event, h11.InformationalResponse):
                if event is h11.NEED_DATA:
                    stream.settimeout(remaining(end))
                    protocol.receive_data(stream.recv(PIECE))
        except h11.ProtocolError:
            raise NeverSent("no response from the proxy: what it sends is not HTTP/1.1") from None
        if not isinstance(event, h11.Response) or not 200 <= event.status_code < 300 or protocol.trailing_data[0]:
            status = f"HTTP {event.status_code}" if isinstance(event, h11.Response) else "the connection was closed"
            raise NeverSent(f"no connection to the target: the proxy refuses it ({status})")

    def _proxy_credentials(self) -> Pairs:
        """Return the header with the credentials of the proxy's URL, if it has any."""
        if self._proxy is None or not (self._proxy.username or self._proxy.password):
            return []
        pair = f"{self._proxy.username}:{self._proxy.password}".encode()
        return [(b"Proxy-Authorization", b"Basic " + base64.b64encode(pair))]

    def _secured(self, stream: socket.socket, host: str) -> ssl.SSLSocket:
        try:
            if self._proxy:
                self._tunnel(stream)
            return (self._context or default_context()).wrap_socket(stream, server_hostname=host)
        except BaseException:
            stream.close()
            raise


def remaining(end: float) -> float:
    """Return the seconds until a moment of the monotonic clock. Raises TimeoutError if it is over."""
    left = end - monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def too_large(size: int) -> NotObserved:
    """Return the error for a response that exceeds its size limit."""
    return NotObserved(f"no complete response from the target: its body has more than {size} bytes")


def unpacked(raw: bytes, headers: Iterable[tuple[str, str]], size: int) -> bytes:
    """Return the body without its content encoding, which no request asked for. Raises NotObserved.

    Only one encoding is removed, and never more than `size` bytes are produced: a response of a few kilobytes may
    unpack to gigabytes.
    """
    named = ",".join(value for name, value in headers if name.lower() == "content-encoding").lower().split(",")
    encodings = [encoding for encoding in map(str.strip, named) if encoding not in ("", "identity")]
    if not encodings:
        return raw
    if len(encodings) > 1 or encodings[0] not in WINDOWS:
        raise NotObserved("no readable response from the target: its content encoding was not requested")
    unpacker = zlib.decompressobj(WINDOWS[encodings[0]])
    try:
        body = unpacker.decompress(raw, size + 1)
    except zlib.error:
        raise NotObserved("no readable response from the target: its body cannot be decompressed") from None
    if len(body) > size:
        raise too_large(size)
    if not unpacker.eof or unpacker.unused_data:
        raise NotObserved("no readable response from the target: its compressed body is cut off or too long")
    return body


@cache
def default_context() -> ssl.SSLContext:
    """Return the default TLS settings; SSL_CERT_FILE may name an authority. Cached, because loading authorities is
    slow.
    """
    return httpx.create_ssl_context()


REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (socket.gaierror, "its name is not known"),
    (ConnectionRefusedError, "nothing listens there"),
    (ssl.SSLCertVerificationError, "its certificate is not trusted (SSL_CERT_FILE may name the authority)"),
    (ssl.SSLError, "it speaks no TLS that we speak"),
    (TimeoutError, "no connection in time"),
)


def reason(problem: BaseException) -> str:
    """Return why no connection was possible, in our own words: the exception's text might hold anything."""
    return next((words for kind, words in REASONS if isinstance(problem, kind)), type(problem).__name__)
