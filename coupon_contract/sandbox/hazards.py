"""Slow and failing answers on purpose, for integrators who test how their side takes it.

An error comes *before* a request is processed, or *after*: then coupons exist, and the caller is not told. Only the
second kind finds out a client that resends. A real gateway does not say which it was, so neither does the answer.
"""

import argparse
import asyncio
import random
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coupon_contract.sandbox.request_log import note_of

When = Literal["before", "after", "either"]
MOMENTS: tuple[When, ...] = ("before", "after", "either")
LONGEST = 60_000  # milliseconds
UNAVAILABLE = 503

Milliseconds = Annotated[float, Meta(ge=0, le=LONGEST)]


class Hazards(Struct, frozen=True, forbid_unknown_fields=True):
    """What goes wrong on purpose: answers come `min_latency_ms` to `max_latency_ms` late, and are 503 at `error_rate`.

    A rate of 0.05 is one request in twenty; `error_when` says whether such a request is processed all the same.
    """

    min_latency_ms: Milliseconds = 0
    max_latency_ms: Milliseconds | None = None
    error_rate: Annotated[float, Meta(ge=0, le=1)] = 0
    error_when: When = "either"

    def __post_init__(self) -> None:
        if self.max_latency_ms is None:
            force_setattr(self, "max_latency_ms", self.min_latency_ms)
        elif self.max_latency_ms < self.min_latency_ms:
            raise ValueError("max_latency_ms: must not be below min_latency_ms")

    @property
    def are_none(self) -> bool:
        """Whether nothing goes wrong."""
        return not self.max_latency_ms and not self.error_rate

    def seconds(self) -> float:
        """How late the next answer comes."""
        return random.uniform(self.min_latency_ms, self.max_latency_ms or 0) / 1000  # noqa: S311 - no secret

    def moment(self) -> str | None:
        """When the next request fails: `before` or `after` it is processed, or None for not at all."""
        if random.random() >= self.error_rate:  # noqa: S311 - no secret
            return None
        return random.choice(("before", "after")) if self.error_when == "either" else self.error_when  # noqa: S311

    def __str__(self) -> str:
        late = f"answers {self.min_latency_ms:g} to {self.max_latency_ms:g} ms late" if self.max_latency_ms else ""
        times = {"before": "before issuing", "after": "after issuing", "either": "before or after issuing"}
        errors = f"{self.error_rate:.3g} of them 503, {times[self.error_when]}" if self.error_rate else ""
        return ", ".join(filter(None, (late, errors)))


NONE = Hazards()


async def endanger(hazards: Hazards, app: ASGIApp, failed: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Let `app` answer late, or `failed` in its place, before or after `app` has processed the request."""
    delay, moment = hazards.seconds(), hazards.moment()
    if note := note_of(scope):
        note.hazard = hazard(delay, moment)
    if moment == "after":
        await app(scope, receive, _nowhere)
    elif moment == "before":
        await _drain(receive)
    await (failed if moment else app)(scope, receive, _late(send, delay))


def hazard(delay: float, moment: str | None) -> str | None:
    """What was done to an answer, in words."""
    late = f"{delay * 1000:.0f} ms late" if delay else ""
    error = f"503 {moment} it was processed" if moment else ""
    return " and ".join(filter(None, (error, late))) or None


def _late(send: Send, delay: float) -> Callable[[Message], Awaitable[None]]:
    async def late(message: Message) -> None:
        if message["type"] == "http.response.start" and delay:
            await asyncio.sleep(delay)
        await send(message)

    return late


async def _nowhere(_: Message) -> None:
    """Where an answer goes that nobody is to get."""


async def _drain(receive: Receive) -> None:
    """Take the body off the connection, which otherwise could not be used again."""
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


# --- on the command line ----------------------------------------------------------------------------------------------


def latency(text: str) -> tuple[float, float]:
    """`50ms`, `0.2s` or `50ms-200ms` as milliseconds from and to."""
    found = [re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", part) for part in text.split("-")]
    times = [float(one[1]) * (1000 if one[2] == "s" else 1) for one in found if one]
    if len(times) < len(found) or len(times) > 2:
        raise argparse.ArgumentTypeError(f"{text} is no latency; write 50ms, 0.2s or 50ms-200ms")
    if times[0] > times[-1] or times[-1] > LONGEST:
        raise argparse.ArgumentTypeError(f"{text}: write the shorter time first, and at most {LONGEST // 1000}s")
    return times[0], times[-1]


def rate(text: str) -> float:
    """A share of requests, from 0 to 1."""
    if re.fullmatch(r"0|1|[01]?\.\d+|1\.0+", text) and 0 <= float(text) <= 1:
        return float(text)
    raise argparse.ArgumentTypeError(f"{text} is no rate; write a number from 0 to 1, such as 0.05 for one in twenty")
