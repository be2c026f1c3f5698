"""Carries requests with httpx; no other module uses it.

Every request opens a connection of its own: a server that is just closing an idle connection may swallow the request,
and whether it read it is unknown. The transports of httpx are called without its client, which would log addresses
with customers in them, keep cookies and follow redirects.
"""

from __future__ import annotations

import ssl
import sys
import time
import zlib
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import httpx

from coupon_client.base_errors import InvalidRequest
from coupon_client.connect_errors import reason
from coupon_client.exchange import NeverSent, Progress, Request, Response, Timeouts

LARGEST = 16 * 1024 * 1024  # bytes of a response; 500 coupons take about 40,000
NO_KEPT = httpx.Limits(max_connections=None, max_keepalive_connections=0)
HTTP_LIBRARY = f"httpx/{httpx.__version__}"
BEFORE_CONNECTED = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
)
INTERRUPTED = "the program was interrupted while it read the response"
CONNECTING = ("connection.", "proxy.", "socks.")  # events of httpcore before a request is sent
PIECE = 4096  # bytes that are decompressed at once
WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 15}  # zlib's wbits for each content encoding

NO_PROXY_URL = "the proxy is not a URL such as http://host:port"
SHORTEST = 0.001  # seconds; 0 would mean no waiting at all

T = TypeVar("T")
Trace = Callable[[str, dict[str, Any]], None]


class BrokenAnswer(Exception):
    """The response took too long in total, or is too large."""


ERRORS = (httpx.TransportError, httpx.InvalidURL, BrokenAnswer, UnicodeError, ssl.SSLError)
LIBRARIES = sys.stdlib_module_names | {"anyio", "h11", "httpcore", "httpx", "socksio"}


class HttpxTransport:
    """Sends requests from threads. `verify` is an SSL context, `proxy` a URL in place of the environment's.

    None, True and also False mean the default: certificates are always verified. Raises InvalidRequest for another
    `verify` or an invalid `proxy`.
    """

    def __init__(self, base_url: str, verify: ssl.SSLContext | None = None, proxy: str | None = None) -> None:
        from coupon_client.all_addresses import AllAddressesInTime  # here: httpx loads httpcore as late, too

        given = proxy_for(base_url, proxy)
        self._forwarded = _is_forwarded(base_url, given)
        self._transport = _made(httpx.HTTPTransport, verify, given)
        self._transport._pool._network_backend = AllAddressesInTime()  # httpx has no argument for it

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the complete response."""
        end = _end(timeouts, progress)
        streams: list[Any] = []
        built = _built(request, timeouts, _trace(progress, end, streams), end, self._forwarded)
        try:
            response = self._transport.handle_request(built)
        except Exception as error:
            for stream in streams:  # httpcore leaves that to a SOCKS proxy open
                stream.close()
            raise _as_far_as_sent(error, progress) from None
        body, flaw = bytearray(), INTERRUPTED
        progress.response = _so_far(response, body)
        try:
            for piece in response.iter_raw():
                _add(body, piece, end)
            flaw = ""
        except ERRORS as error:
            flaw = _flaw(error)
        finally:
            progress.response = _response(response, body, flaw)
            response.close()
        return progress.response

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()


class AsyncHttpxTransport:
    """Sends requests from tasks."""

    def __init__(self, base_url: str, verify: ssl.SSLContext | None = None, proxy: str | None = None) -> None:
        from coupon_client.all_addresses import AllAddressesInTimeForTasks

        given = proxy_for(base_url, proxy)
        self._forwarded = _is_forwarded(base_url, given)
        self._transport = _made(httpx.AsyncHTTPTransport, verify, given)
        self._transport._pool._network_backend = AllAddressesInTimeForTasks()

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the complete response."""
        end = _end(timeouts, progress)
        streams: list[Any] = []
        built = _built(request, timeouts, _async_trace(progress, end, streams), end, self._forwarded)
        try:
            response = await self._transport.handle_async_request(built)
        except Exception as error:
            for stream in streams:
                await stream.aclose()
            raise _as_far_as_sent(error, progress) from None
        body, flaw = bytearray(), INTERRUPTED
        progress.response = _so_far(response, body)
        try:
            async for piece in response.aiter_raw():
                _add(body, piece, end)
            flaw = ""
        except ERRORS as error:
            flaw = _flaw(error)
        finally:
            progress.response = _response(response, body, flaw)
            await response.aclose()
        return progress.response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._transport.aclose()


def _end(timeouts: Timeouts, progress: Progress) -> float:
    """The moment at which the request must have ended, on the clock `time.monotonic`."""
    end = time.monotonic() + timeouts.total
    return end if progress.latest is None else min(end, progress.latest)


def never_left(error: Exception, progress: Progress) -> bool:
    """Return True if the error proves that no byte of the request left: no connection, or no tunnel through a proxy
    yet.
    """
    return isinstance(error, BEFORE_CONNECTED) or progress.nothing_left


def _as_far_as_sent(error: Exception, progress: Progress) -> Exception:
    """Return NeverSent in place of an error that proves it, and any other error as it is.

    Libraries raise more than their own errors about what a proxy says: httpcore AssertionError, socksio IndexError. An
    exception of the program's own, raised by a signal handler meanwhile, is the program's.
    """
    ours = isinstance(error, ERRORS) or (not isinstance(error, NeverSent) and _raised_by_a_library(error))
    return NeverSent(reason(error)) if ours and never_left(error, progress) else error


def _raised_by_a_library(error: Exception) -> bool:
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    name = "" if at is None else str(at.tb_frame.f_globals.get("__name__", ""))
    return name.partition(".")[0] in LIBRARIES


@cache
def default_context() -> ssl.SSLContext:
    """Return the default TLS settings. Cached: loading the authorities takes longer than a call."""
    return httpx.create_ssl_context()


def proxy_for(base_url: str, proxy: str | None) -> httpx.Proxy | None:
    """Return the given proxy, or that of the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY, …), or None.

    An empty text means no proxy. Raises InvalidRequest for an invalid URL, without it: it may hold a password.
    """
    if proxy is not None and not isinstance(proxy, str):
        raise InvalidRequest(NO_PROXY_URL)
    url = urlsplit(base_url)
    if proxy is None and not proxy_bypass(url.hostname or ""):
        proxy = getproxies().get(url.scheme) or getproxies().get("all")
    if not proxy:
        return None
    given = _proxy(proxy)
    if given is None:
        raise InvalidRequest(NO_PROXY_URL)
    return given


def _is_forwarded(base_url: str, proxy: httpx.Proxy | None) -> bool:
    """Return whether the proxy forwards requests, whose addresses are whole then; others go through a tunnel."""
    return proxy is not None and proxy.url.scheme.startswith("http") and urlsplit(base_url).scheme == "http"


def _proxy(url: str) -> httpx.Proxy | None:
    """Return the proxy of a URL, or None: an exception about it would carry the URL along."""
    try:
        proxy = httpx.Proxy(url)
        proxy.url.host.encode("idna")
    except (ValueError, httpx.InvalidURL):
        return None
    return proxy


def _made(kind: Callable[..., T], verify: ssl.SSLContext | None, proxy: httpx.Proxy | None) -> T:
    """Return a transport of httpx. Raises InvalidRequest for a SOCKS proxy without its package, or another `verify`."""
    if verify is not None and not isinstance(verify, bool | ssl.SSLContext):
        raise InvalidRequest("verify must be an SSL context, for example ssl.create_default_context(cafile=PATH)")
    context = verify if isinstance(verify, ssl.SSLContext) else default_context()
    try:
        return kind(context, limits=NO_KEPT, proxy=proxy)
    except ImportError:
        raise InvalidRequest("a SOCKS proxy needs the package socksio: pip install 'httpx[socks]'") from None


def _built(
    request: Request, timeouts: Timeouts, trace: Callable[..., object], end: float, forwarded: bool
) -> httpx.Request:
    """Return the request for httpx, whose URL has no query: tracing tools read it, and the query names customers.

    httpcore takes what it sends in its place from `target`; for a proxy that forwards requests it is the whole URL.
    """
    left = max(end - time.monotonic(), SHORTEST)
    limits = httpx.Timeout(min(timeouts.read, left), connect=min(timeouts.connect, left)).as_dict()
    extensions: dict[str, Any] = {"timeout": limits, "trace": trace}
    try:
        if request.query:
            url = httpx.URL(request.url, params=request.query)
            extensions["target"] = str(url).encode() if forwarded else url.raw_path
        return httpx.Request(
            request.method,
            request.url,
            headers={
                **request.headers,
                "Accept-Encoding": "identity",
                "Connection": "close",
            },  # inline, so that no local variable shows the credentials in a traceback
            content=request.body,
            extensions=extensions,
        )
    except (httpx.InvalidURL, UnicodeError) as error:
        raise NeverSent(type(error).__name__) from None


def _trace(progress: Progress, end: float, streams: list[Any]) -> Trace:
    """Return a listener to httpcore's events that keeps `progress` up to date, and puts connections into `streams`.

    Nothing has left only while a connection is made. A proxy's CONNECT precedes the request and is not part of it. An
    unknown event means that the request may be leaving. Connecting, and the reads and writes of the connection, get no
    more time than there is until `end`.
    """

    left = tunnelling = False

    def trace(event: str, info: dict[str, Any]) -> None:
        nonlocal left, tunnelling
        if not left and time.monotonic() > end and not event.endswith(".failed"):  # whose error says more
            raise NeverSent("no connection in time")
        if "request" in info:
            tunnelling = info["request"].method == b"CONNECT"
        left = left or not (tunnelling or event.startswith(CONNECTING))
        progress.nothing_left = not left
        if event.endswith(("connect_tcp.started", "start_tls.started")):
            info["timeout"] = max(min(info["timeout"], end - time.monotonic()), SHORTEST)  # httpcore passes it on
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            _limit(info["return_value"], end)
            streams.append(info["return_value"])

    return trace


def _async_trace(
    progress: Progress, end: float, streams: list[Any]
) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    trace = _trace(progress, end, streams)

    async def async_trace(event: str, info: dict[str, Any]) -> None:
        trace(event, info)

    return async_trace


def _limit(stream: Any, end: float) -> None:
    """Limit reads and writes of a connection to the time until `end`: httpx limits each of them only, and a server may
    dribble.
    """
    read, write = stream.read, stream.write
    stream.read = lambda max_bytes, timeout=None: read(max_bytes, _left(end, timeout))  # names as callers give them
    stream.write = lambda buffer, timeout=None: write(buffer, _left(end, timeout))


def _left(end: float, timeout: float | None) -> float:
    """Return the seconds until `end`, at most `timeout`. Raises BrokenAnswer when there are none."""
    left = end - time.monotonic()
    if left <= 0:
        raise BrokenAnswer("the response took too long in total")
    return left if timeout is None else min(timeout, left)


def _add(body: bytearray, piece: bytes, end: float) -> None:
    body += piece
    if len(body) > LARGEST:
        raise BrokenAnswer(f"the response is larger than {LARGEST} bytes")
    if time.monotonic() > end:
        raise BrokenAnswer("the response took too long in total")


def _flaw(error: Exception) -> str:
    return str(error) if isinstance(error, BrokenAnswer) else f"{type(error).__name__} while reading the response"


def _response(response: httpx.Response, body: bytearray, flaw: str) -> Response:
    headers = dict(response.headers)  # its names are in lower case
    text, other_flaw = _decompressed(bytes(body), headers.get("content-encoding", ""))
    return Response(response.status_code, headers, text, flaw or other_flaw)


def _so_far(response: httpx.Response, body: bytearray) -> Response:
    """Return a response whose body is still growing, for a program that is interrupted meanwhile."""
    return Response(response.status_code, dict(response.headers), cast(bytes, body), INTERRUPTED)


def _decompressed(body: bytes, encoding: str) -> tuple[bytes, str]:
    """Return the body without its content encoding, which was not requested, as far as it can be read, and its flaw."""
    if encoding.lower() in ("", "identity"):
        return body, ""
    if encoding.lower() not in WINDOWS:
        return body, "the response has an unknown content encoding"
    text, position, parts, complete = bytearray(), 0, 0, True
    try:
        while position < len(body) and len(text) <= LARGEST:
            if complete:
                unpacker = zlib.decompressobj(WINDOWS[encoding.lower()])
                parts += 1
            piece = body[position : position + PIECE]  # in pieces, to keep the data before an error
            text += unpacker.decompress(piece, LARGEST + 1 - len(text))
            position += len(piece) - len(unpacker.unused_data)
            complete = unpacker.eof
    except zlib.error:
        return bytes(text), "the response cannot be decompressed"
    if parts == 0 or not complete or len(text) > LARGEST:
        return bytes(text), "a compressed answer that is cut off or too large"
    return bytes(text), "a compressed answer of several parts" if parts > 1 else ""
