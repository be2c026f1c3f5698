"""Rules that need the network, written once for threads and for tasks, as generators.

A generator yields a `Send` and gets a `Response`, yields a `Wait` and gets None, or yields a `Block` and gets what it
returns; errors are thrown into it. The two drivers below are the only difference between `CouponClient` and
`AsyncCouponClient`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from contextlib import closing
from typing import Any, TypeVar

from coupon_client.exchange import AsyncTransport, Progress, Request, Timeouts, Transport

T = TypeVar("T")


class Send:
    """Send this request within these limits. `progress` is updated by the transport meanwhile."""

    __slots__ = ("progress", "request", "timeouts")

    def __init__(self, request: Request, timeouts: Timeouts) -> None:
        self.request = request
        self.timeouts = timeouts
        self.progress = Progress()


class Wait:
    """Wait for a number of seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


class Block:
    """Call a function that may block, such as a method of a journal; tasks call it in a thread."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[], Any]) -> None:
        self.function = function


Steps = Generator[Send | Wait | Block, Any, T]


def run(steps: Steps[T], transport: Transport) -> T:
    """Drive the steps in this thread."""
    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    result = None
                    if isinstance(step, Send):
                        step.progress.response = result = transport.send(step.request, step.timeouts, step.progress)
                    elif isinstance(step, Block):
                        result = step.function()
                    else:
                        time.sleep(step.seconds)
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as done:
            value: T = done.value
            return value


async def run_async(steps: Steps[T], transport: AsyncTransport) -> T:
    """Drive the steps in this task."""
    from asyncio import sleep  # imported here, so that programs with threads alone never load it

    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    result = None
                    if isinstance(step, Send):
                        answer = transport.send_async(step.request, step.timeouts, step.progress)
                        step.progress.response = result = await answer
                    elif isinstance(step, Block):
                        result = await _in_thread(step.function)
                    else:
                        await sleep(step.seconds)
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(result)
        except StopIteration as done:
            value: T = done.value
            return value


async def _in_thread(function: Callable[[], Any]) -> Any:
    """Call the function in a thread, to its end: a cancelled task must not leave a thread that locks a key."""
    from asyncio import CancelledError, ensure_future, shield, to_thread

    call = ensure_future(to_thread(function))
    try:
        return await shield(call)
    except CancelledError:
        await call
        raise
