"""Slow and failing responses on purpose, for integrators who test their error handling.

An error comes *before* a request is processed, or *after*: then coupons exist, and the caller does not know. Only the
second kind reveals a client that resends. A real gateway does not say which it was, so neither does the response.
"""

import argparse
import asyncio
import logging
import random
import re
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Annotated, Literal

from msgspec import Meta, Struct
from msgspec.structs import force_setattr
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.sandbox import codec
from coupon_contract.sandbox.request_log import note_of

When = Literal["before", "after", "either", "late"]
MOMENTS: tuple[When, ...] = ("before", "after", "either", "late")
Failure = Literal["503", "502", "748", "lost", "half", "empty"]
FAILURES: tuple[Failure, ...] = ("503", "502", "748", "lost", "half", "empty")
Operation = Literal["issue", "token", "read-back", "customer-coupons", "revoke"]
LONGEST = 60_000  # milliseconds
UNAVAILABLE = 503
CUT_OFF: ContextVar[bool] = ContextVar("CUT_OFF", default=False)  # True in the task of a request cut off on purpose

Milliseconds = Annotated[float, Meta(ge=0, le=LONGEST)]
Rows = Annotated[int, Meta(ge=1)]


class Lists(Struct, frozen=True, forbid_unknown_fields=True):
    """Failures on purpose in lists of coupons.

    A coupon is listed `lag_ms` after it was issued. A customer's list ends after `rows` coupons, counted from the
    oldest, the newest, or the first in the order that is asked for; its total says so too. `code_case` is the case of
    all codes, whatever is asked for. `details` says whether issual details come at all, and whether the metadata is in
    them.
    """

    lag_ms: Milliseconds = 0
    rows: Rows | None = None
    rows_from: Literal["oldest", "newest", "first"] = "oldest"
    code_case: Literal["UPPER", "LOWER"] | None = None
    details: Literal["complete", "without-metadata", "none"] = "complete"


class Hazards(Struct, frozen=True, forbid_unknown_fields=True):
    """The failures on purpose.

    Responses come `min_latency_ms` to `max_latency_ms` late, and fail at `error_rate`: 0.05 is one request in twenty.
    `error_when` says whether such a request is processed all the same: before it fails, `late_ms` after it failed, or
    not at all. `failure` is what its caller gets. `operation` limits both to one operation, `times` to so many
    failures of each worker. `strangers` are coupons that somebody else issues to the same customer with every call.
    """

    min_latency_ms: Milliseconds = 0
    max_latency_ms: Milliseconds | None = None
    error_rate: Annotated[float, Meta(ge=0, le=1)] = 0
    error_when: When = "either"
    failure: Failure = "503"
    late_ms: Milliseconds = 1000
    operation: Operation | None = None
    times: Rows | None = None
    strangers: Annotated[int, Meta(ge=0, le=100)] = 0
    lists: Lists = Lists()

    def __post_init__(self) -> None:
        if self.max_latency_ms is None:
            force_setattr(self, "max_latency_ms", self.min_latency_ms)
        elif self.max_latency_ms < self.min_latency_ms:
            raise ValueError("max_latency_ms: must not be below min_latency_ms")

    @property
    def inactive(self) -> bool:
        """True if nothing fails on purpose."""
        return not self.max_latency_ms and not self.error_rate and not self.strangers and self.lists == Lists()

    def concern(self, path: str) -> bool:
        """Return True if requests to this path are late or fail."""
        return self.operation is None or spec.OPERATIONS.get(path) == self.operation

    def seconds(self) -> float:
        """Return the delay of the next response."""
        return random.uniform(self.min_latency_ms, self.max_latency_ms or 0) / 1000  # noqa: S311 - no secret

    def moment(self) -> str | None:
        """Return when the next request fails: `before`, `after` or `late`; None if it does not fail."""
        if random.random() >= self.error_rate:  # noqa: S311 - no secret
            return None
        return random.choice(("before", "after")) if self.error_when == "either" else self.error_when  # noqa: S311

    def __str__(self) -> str:
        late = f"answers {self.min_latency_ms:g} to {self.max_latency_ms:g} ms late" if self.max_latency_ms else ""
        times = {
            "before": "before issuing",
            "after": "after issuing",
            "either": "before or after issuing",
            "late": f"{self.late_ms:g} ms before issuing",
        }
        errors = f"{self.error_rate:.3g} of them {self.failure}, {times[self.error_when]}" if self.error_rate else ""
        only = f"for {self.operation} only" if self.operation and (late or errors) else ""
        number = f"{self.strangers} coupon{'' if self.strangers == 1 else 's'}"
        strangers = f"{number} of somebody else with every call" if self.strangers else ""
        lists = "lists that are wrong" if self.lists != Lists() else ""
        return ", ".join(filter(None, (late, errors, only, strangers, lists)))


NONE = Hazards()


class Failures:
    """The remaining failures of one worker, if hazards fail a limited number of times."""

    def __init__(self) -> None:
        self._since: float | None = None
        self._left = 0

    def take(self, hazards: Hazards, since: float) -> bool:
        """Return True if another request may fail; `since` is the time at which the hazards were set."""
        if hazards.times is None:
            return True
        if since != self._since:
            self._since, self._left = since, hazards.times
        self._left -= 1
        return self._left >= 0


async def apply_hazards(
    hazards: Hazards, may_fail: Callable[[], bool], app: ASGIApp, scope: Scope, receive: Receive, send: Send
) -> None:
    """Let `app` respond late, or a failure in its place: before, after or some time before `app` has processed it."""
    delay, moment = hazards.seconds(), hazards.moment()
    if moment is not None and not may_fail():
        moment = None
    if note := note_of(scope):
        note.hazard = hazard(delay, moment, hazards)
    if moment == "after":
        await app(scope, receive, _nowhere)
    elif moment == "before":
        await _body(receive)
    elif moment == "late":
        body = await _body(receive)
        task = asyncio.create_task(_process_later(hazards.late_ms / 1000, app, scope, body))
        LATER.add(task)
        task.add_done_callback(LATER.discard)
    answer = failed(hazards.failure) if moment else app
    await answer(scope, receive, _late(send, delay))


LATER: set["asyncio.Task[None]"] = set()  # requests that are processed after their caller got a failure


async def _process_later(seconds: float, app: ASGIApp, scope: Scope, body: bytes) -> None:
    await asyncio.sleep(seconds)

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    await app(scope, receive, _nowhere)


def failed(failure: Failure) -> ASGIApp:
    """Return the application that responds with this failure."""
    if failure in ("503", "502"):
        status, message = int(failure), {"503": "Service unavailable.", "502": "Bad gateway."}[failure]
        return _answering(status, codec.failed(status, message))
    if failure == "748":
        return _answering(200, codec.failed(748, "Coupon service timed out"))
    if failure == "empty":
        return _answering(200, b"")
    return _cut_off(b'{"coupons":[{"co' if failure == "half" else b"")


def _answering(status: int, body: bytes) -> ASGIApp:
    async def answer(_: Scope, __: Receive, send: Send) -> None:
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return answer


def _cut_off(body: bytes) -> ASGIApp:
    """Return an application whose response never completes, so that the server closes the connection."""

    async def answer(_: Scope, __: Receive, send: Send) -> None:
        CUT_OFF.set(True)
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": True})

    return answer


class NotOnPurpose(logging.Filter):
    """Drops what the server logs about a response that was cut off on purpose."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a record that the task of such a request writes about its response."""
        return not (CUT_OFF.get() and "without completing response" in record.getMessage())


def hazard(delay: float, moment: str | None, hazards: Hazards) -> str | None:
    """Describe in words what was done to a response."""
    late = f"{delay * 1000:.0f} ms late" if delay else ""
    when = f"{hazards.late_ms:g} ms before" if moment == "late" else moment
    error = f"{hazards.failure} {when} it was processed" if moment else ""
    return " and ".join(filter(None, (error, late))) or None


def _late(send: Send, delay: float) -> Callable[[Message], Awaitable[None]]:
    async def late(message: Message) -> None:
        if message["type"] == "http.response.start" and delay:
            await asyncio.sleep(delay)
        await send(message)

    return late


async def _nowhere(_: Message) -> None:
    """Drop a message."""


async def _body(receive: Receive) -> bytes:
    """Read the body off the connection, which could not be reused otherwise."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


# --- on the command line ----------------------------------------------------------------------------------------------


def latency(text: str) -> tuple[float, float]:
    """Return `50ms`, `0.2s` or `50ms-200ms` as minimum and maximum in milliseconds."""
    matches = [re.fullmatch(r"(\d+(?:\.\d+)?)(ms|s)", part) for part in text.split("-")]
    times = [float(match[1]) * (1000 if match[2] == "s" else 1) for match in matches if match]
    if len(times) < len(matches) or len(times) > 2:
        raise argparse.ArgumentTypeError(f"{text} is not a latency; write 50ms, 0.2s or 50ms-200ms")
    if times[0] > times[-1] or times[-1] > LONGEST:
        raise argparse.ArgumentTypeError(f"{text}: write the shorter time first, and at most {LONGEST // 1000}s")
    return times[0], times[-1]


def rate(text: str) -> float:
    """Return a share of requests, from 0 to 1."""
    if re.fullmatch(r"0|1|[01]?\.\d+|1\.0+", text) and 0 <= float(text) <= 1:
        return float(text)
    raise argparse.ArgumentTypeError(f"{text} is not a rate; write a number from 0 to 1, such as 0.05 for 1 in 20")
