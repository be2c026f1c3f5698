"""A request and its response, as the rules see them; `transport.py` carries them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol, TypeVar

from coupon_client.arguments import LONGEST
from coupon_client.base_errors import InvalidRequest
from coupon_client.value import Value

T = TypeVar("T")


class Timeouts(Value):
    """Limits in seconds: `connect` to connect once, `read` between two pieces of the response, `total` for all of it.

    `total` bounds fetching a token, connecting, retries, the pauses between them, and the response, all together: a
    `connect` or `read` above it has no effect.
    Raises InvalidRequest for anything but numbers above 0, at most a day.
    """

    __slots__ = __match_args__ = ("connect", "read", "total")

    def __init__(self, connect: float = 5.0, read: float = 30.0, total: float = 60.0) -> None:
        for seconds in (connect, read, total):
            if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds <= LONGEST:
                raise InvalidRequest(
                    "timeouts are numbers of seconds above 0, at most a day, for example Timeouts(connect=5, total=60):"
                    " a call without a limit may wait for ever"
                )
        self.connect: Final = connect
        self.read: Final = read
        self.total: Final = total


class Request(Value):
    """A request to send. Headers and body hold secrets and identifiers, so neither is shown."""

    __slots__ = __match_args__ = ("method", "url", "headers", "body", "query")
    hidden = ("headers", "body", "query")

    def __init__(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None = None,
        query: tuple[tuple[str, str], ...] = (),
    ) -> None:
        self.method: Final = method
        self.url: Final = url
        self.headers: Final = headers
        self.body: Final = body
        self.query: Final = query


class Response(Value):
    """A response. Names of headers become lower case; the body is decompressed.

    `flaw` says why the body may not be all that was sent; it is empty if the body is complete. A response with a flaw
    proves nothing, and its coupons are kept nevertheless.
    """

    __slots__ = __match_args__ = ("status", "headers", "body", "flaw")
    hidden = ("headers", "body")

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, flaw: str = "") -> None:
        self.status: Final = status
        self.headers: Final[Mapping[str, str]] = {name.lower(): text for name, text in headers.items()}
        self.body: Final = body
        self.flaw: Final = flaw


class NeverSent(Exception):
    """Raised by a transport only when no byte of the request can have left."""


class Progress:
    """The progress of a request, as its transport reports it.

    `nothing_left` is true only while the transport connects. It is false before that, because silence proves nothing,
    and again from the moment at which the first byte may leave. `latest`, on the clock `time.monotonic`, is when the
    request must have ended: a transport sends nothing after it and stops waiting for the response. `response` is what
    has come of it, so that an interrupted program does not lose the coupons in it.
    """

    __slots__ = ("latest", "nothing_left", "response")

    def __init__(self, latest: float | None = None) -> None:
        self.nothing_left = False
        self.latest = latest
        self.response: Response | None = None


class Transport(Protocol):
    """Carries a request once: no resend, no redirect. Raises NeverSent, or any exception if the response was lost."""

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the complete response."""

    def close(self) -> None:
        """Close the connections."""


class AsyncTransport(Protocol):
    """A `Transport` for tasks."""

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the complete response."""

    async def aclose(self) -> None:
        """Close the connections."""


def checked_transport(transport: T | None, *methods: str) -> T | None:
    """Return the transport. Raises InvalidRequest unless it has these methods."""
    if transport is not None and not all(callable(getattr(transport, name, None)) for name in methods):
        raise InvalidRequest(f"transport must be an object with the methods {' and '.join(methods)}, such as a Script")
    return transport
