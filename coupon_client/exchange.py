"""One request and its reply, as the rules see them; what carries them stands in `transport.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

LONGEST = 86_400.0  # seconds


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds: `connect` to connect, `read` between two pieces of the answer, `total` in all."""

    connect: float = 5.0
    read: float = 30.0
    total: float = 60.0

    def __post_init__(self) -> None:
        if not all(0 < seconds <= LONGEST for seconds in (self.connect, self.read, self.total)):
            raise ValueError("timeouts are seconds above 0, at most a day: a call without a limit may wait for ever")


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


class NeverSent(Exception):
    """Raised by a transport when no byte of the request can have left; nothing else may say so."""


class Progress:
    """What a transport says about a request that is under way.

    `nothing_left` is true while it only connects. It is false before, because saying nothing proves nothing, and from
    the moment on at which the first byte may leave.
    """

    __slots__ = ("nothing_left",)

    def __init__(self) -> None:
        self.nothing_left = False


class Transport(Protocol):
    """Carries a request once: no resend, no redirect. Raises NeverSent, or anything when an answer was lost."""

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Reply:
        """The whole reply."""

    def close(self) -> None:
        """Close what is open."""


class AsyncTransport(Protocol):
    """The same for tasks."""

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Reply:
        """The whole reply."""

    async def aclose(self) -> None:
        """Close what is open."""
