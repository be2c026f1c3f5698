"""One request and its reply, as the rules see them; what carries them stands in `transport.py`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds: `connect` to connect, `read` between two pieces of the answer, `total` from the first byte sent."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0

    def __post_init__(self) -> None:
        if not all(seconds > 0 for seconds in (self.connect, self.read, self.total)):
            raise ValueError("timeouts are seconds above 0; a call without a limit may wait for ever")


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent. Headers and body hold secrets and identifiers, so neither is shown."""

    method: str
    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes | None = field(default=None, repr=False)
    query: tuple[tuple[str, str], ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back, whole. Names of headers are in lower case; the body is decompressed."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


class Transport(Protocol):
    """Carries a request once: no resend, no redirect.

    `departing` must be called before the first byte of the request can leave. Whatever is raised before that means
    that nothing was sent; whatever is raised after it, that the request may have been processed.
    """

    def send(self, request: Request, timeouts: Timeouts, departing: Callable[[], None]) -> Reply:
        """The whole reply."""

    def close(self) -> None:
        """Close what is open."""


class AsyncTransport(Protocol):
    """The same for tasks."""

    async def send_async(self, request: Request, timeouts: Timeouts, departing: Callable[[], None]) -> Reply:
        """The whole reply."""

    async def aclose(self) -> None:
        """Close what is open."""
