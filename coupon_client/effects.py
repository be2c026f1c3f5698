"""Rules that need the network, written once for threads and for tasks, as generators.

A generator yields a `Send` and gets a `Response`, or yields a `Wait` and gets None; errors are thrown into it. The two
drivers below are the only difference between `CouponClient` and `AsyncCouponClient`.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import closing
from typing import TypeVar

from coupon_client.exchange import AsyncTransport, Progress, Request, Response, Timeouts, Transport

T = TypeVar("T")


class Send:
    """Send this request. `progress` is updated by the transport meanwhile."""

    __slots__ = ("progress", "request")

    def __init__(self, request: Request) -> None:
        self.request = request
        self.progress = Progress()


class Wait:
    """Wait for a number of seconds."""

    __slots__ = ("seconds",)

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds


Steps = Generator[Send | Wait, Response | None, T]


def run(steps: Steps[T], transport: Transport, timeouts: Timeouts) -> T:
    """Drive the steps in this thread."""
    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    response = None
                    if isinstance(step, Send):
                        response = transport.send(step.request, timeouts, step.progress)
                    else:
                        time.sleep(step.seconds)
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(response)
        except StopIteration as done:
            result: T = done.value
            return result


async def run_async(steps: Steps[T], transport: AsyncTransport, timeouts: Timeouts) -> T:
    """Drive the steps in this task."""
    from asyncio import sleep  # imported here, so that programs with threads alone never load it

    with closing(steps):
        try:
            step = next(steps)
            while True:
                try:
                    response = None
                    if isinstance(step, Send):
                        response = await transport.send_async(step.request, timeouts, step.progress)
                    else:
                        await sleep(step.seconds)
                except BaseException as error:
                    step = steps.throw(error)
                else:
                    step = steps.send(response)
        except StopIteration as done:
            result: T = done.value
            return result
