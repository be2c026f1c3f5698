"""Carries requests with httpx, the only module that knows it.

Every request has a connection of its own: on a connection that was kept open, a server that is just closing it swallows
the request, and nobody can say whether it read it. httpx' transports are called without its client, because the client
would log addresses with the customers in them, keep cookies and follow redirects.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from functools import cache
from typing import Any
from urllib.request import getproxies, proxy_bypass

import httpx

from coupon_client.exchange import Reply, Request, Timeouts

LARGEST = 16 * 1024 * 1024  # bytes of an answer; 500 coupons take about 40,000
NO_KEPT = httpx.Limits(max_connections=None, max_keepalive_connections=0)
HTTP_LIBRARY = f"httpx/{httpx.__version__}"


class BrokenAnswer(Exception):
    """The answer took too long in all, or is too large."""


class HttpxTransport:
    """Requests from threads. `verify` is an SSL context of your own, `proxy` a URL instead of the environment's."""

    def __init__(self, base_url: str, verify: ssl.SSLContext | None = None, proxy: str | None = None) -> None:
        context = verify or default_context()
        self._transport = httpx.HTTPTransport(context, limits=NO_KEPT, proxy=proxy or environment_proxy(base_url))

    def send(self, request: Request, timeouts: Timeouts, departing: Callable[[], None]) -> Reply:
        """The whole reply."""
        end = time.monotonic() + timeouts.total
        response = self._transport.handle_request(_built(request, timeouts, _trace(departing)))
        try:
            return _reply(response, _joined(response.iter_bytes(), end))
        finally:
            response.close()

    def close(self) -> None:
        """Close what is open."""
        self._transport.close()


class AsyncHttpxTransport:
    """Requests from tasks, otherwise the same."""

    def __init__(self, base_url: str, verify: ssl.SSLContext | None = None, proxy: str | None = None) -> None:
        context = verify or default_context()
        self._transport = httpx.AsyncHTTPTransport(context, limits=NO_KEPT, proxy=proxy or environment_proxy(base_url))

    async def send_async(self, request: Request, timeouts: Timeouts, departing: Callable[[], None]) -> Reply:
        """The whole reply."""
        end = time.monotonic() + timeouts.total
        response = await self._transport.handle_async_request(_built(request, timeouts, _async_trace(departing)))
        try:
            return _reply(response, await _joined_async(response.aiter_bytes(), end))
        finally:
            await response.aclose()

    async def aclose(self) -> None:
        """Close what is open."""
        await self._transport.aclose()


@cache
def default_context() -> ssl.SSLContext:
    """The usual rules for TLS. Made once: loading the authorities takes longer than a call."""
    return httpx.create_ssl_context()


def environment_proxy(base_url: str) -> str | None:
    """The proxy that the environment names for this address (HTTPS_PROXY, NO_PROXY, …)."""
    url = httpx.URL(base_url)
    return None if proxy_bypass(url.host) else getproxies().get(url.scheme)


def _built(request: Request, timeouts: Timeouts, trace: Callable[..., object]) -> httpx.Request:
    extensions = {
        "timeout": httpx.Timeout(timeouts.read, connect=timeouts.connect).as_dict(),
        "trace": trace,
    }
    query = request.query or None
    return httpx.Request(
        request.method, request.url, params=query, headers=request.headers, content=request.body, extensions=extensions
    )


def _trace(departing: Callable[[], None]) -> Callable[[str, dict[str, Any]], None]:
    """Tells when the first byte of the request is about to leave; a proxy's CONNECT before it is not the request."""

    def trace(event: str, info: dict[str, Any]) -> None:
        if event.endswith("send_request_headers.started") and info["request"].method != b"CONNECT":
            departing()

    return trace


def _async_trace(departing: Callable[[], None]) -> Callable[[str, dict[str, Any]], Awaitable[None]]:
    trace = _trace(departing)

    async def async_trace(event: str, info: dict[str, Any]) -> None:
        trace(event, info)

    return async_trace


def _joined(pieces: Iterator[bytes], end: float) -> bytes:
    body = bytearray()
    for piece in pieces:
        _add(body, piece, end)
    return bytes(body)


async def _joined_async(pieces: AsyncIterator[bytes], end: float) -> bytes:
    body = bytearray()
    async for piece in pieces:
        _add(body, piece, end)
    return bytes(body)


def _add(body: bytearray, piece: bytes, end: float) -> None:
    body += piece
    if len(body) > LARGEST:
        raise BrokenAnswer(f"an answer of more than {LARGEST} bytes")
    if time.monotonic() > end:
        raise BrokenAnswer("the answer took too long in all")


def _reply(response: httpx.Response, body: bytes) -> Reply:
    return Reply(response.status_code, dict(response.headers), body)
