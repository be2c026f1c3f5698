"""Cuts, resets and delays calls at every byte of request and response, and counts the coupons that they issue.

Exit status: 0 every outcome was right and no unrequested coupon was issued, 1 otherwise. Usage: python -m
qa.fault_proxy [--every N]
"""

import argparse
import asyncio
import itertools
import logging
import socket
import struct
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from coupon_client import (
    AsyncCouponClient,
    CouponClient,
    CouponClientError,
    Issued,
    Mobile,
    NotSent,
    OutcomeUnknown,
    TillAuth,
    Timeouts,
)
from coupon_contract.progress import Progress
from coupon_contract.sandbox.seed import DEFAULT_SEED
from qa.with_sandbox import running_sandbox

SERIES = 415446
COUNT = 3  # coupons asked for in each call
READ = 1.0  # seconds until a call gives up
DELAY = 1.6  # seconds; longer than the patience of a call
LANES = 16  # calls at a time, each through a proxy of its own
AUTH = TillAuth("till.sandbox", "sandbox-password")
ACTIONS = ("cut", "reset", "delay")
FIRST_CUSTOMER = 700_000_000


class Plan(NamedTuple):
    """One disturbance of one call: after so many bytes of its request, or of the response to it."""

    number: int
    client: str  # client: thread or task
    action: str
    direction: str  # direction: request or response
    offset: int


class Result(NamedTuple):
    """The outcome of a call, and the number of coupons in the end."""

    plan: Plan
    end: Issued | CouponClientError
    issued: int


class Proxy:
    """Forwards connections to the sandbox, one at a time, disturbs them by `plan`, and counts the bytes."""

    def __init__(self, url: str) -> None:
        self.port = int(url.rpartition(":")[2])
        self.plan = Plan(0, "", "nothing", "", -1)
        self.seen = {"request": 0, "answer": 0}
        self.late: set[asyncio.Task[None] | None] = set()

    async def listen(self) -> str:
        """Listen on a free port and return the address."""
        self.server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}"

    async def _connected(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self.late.add(task)
        plan, self.seen = self.plan, {"request": 0, "answer": 0}
        server, requests = await asyncio.open_connection("127.0.0.1", self.port)
        ends = (answers, requests)
        await asyncio.gather(
            self._forward(client, requests, plan, "request", ends), self._forward(server, answers, plan, "answer", ends)
        )
        for writer in ends:
            writer.close()
        self.late.discard(task)

    async def _forward(
        self,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        plan: Plan,
        direction: str,
        ends: Sequence[asyncio.StreamWriter],
    ) -> None:
        left = plan.offset if plan.direction == direction else -1
        with suppress(OSError):
            while True:
                if left == 0:
                    left = -1
                    await _act(plan.action, ends)
                piece = await source.read(left if left > 0 else 65536)
                if not piece:
                    break
                self.seen[direction] += len(piece)
                left = left - len(piece) if left > 0 else left
                sink.write(piece)
                await sink.drain()
            if sink.can_write_eof():
                sink.write_eof()

    async def settled(self) -> None:
        """Wait until nothing is forwarded any more."""
        while self.late:
            await asyncio.sleep(0.01)

    async def close(self) -> None:
        """Stop listening, once everything is forwarded."""
        await self.settled()
        self.server.close()
        await self.server.wait_closed()


async def _act(action: str, ends: Sequence[asyncio.StreamWriter]) -> None:
    if action == "delay":
        await asyncio.sleep(DELAY)
        return
    for writer in ends:
        if action == "reset":
            abrupt = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, abrupt)
            writer.transport.abort()
        elif action == "cut":
            writer.close()
    if action != "nothing":
        raise ConnectionAbortedError


async def call(url: str, client: str, number: int) -> Issued | CouponClientError:
    """Make one call for a customer of its own."""
    timeouts = Timeouts(connect=5, read=READ)
    customer = Mobile(mobile(number))
    try:
        if client == "task":
            async with AsyncCouponClient(url, AUTH, timeouts=timeouts, retries=0) as tasks:
                return await tasks.issue(SERIES, customer, COUNT)
        with CouponClient(url, AUTH, timeouts=timeouts, retries=0) as threads:
            return await asyncio.to_thread(threads.issue, SERIES, customer, COUNT)
    except CouponClientError as error:
        error.__cause__ = error.__context__ = None  # thousands of tracebacks would keep their clients alive
        return error.with_traceback(None)


def mobile(number: int) -> str:
    """Return the mobile number of a customer of the seed."""
    return f"19{number:09d}"


def seed(customers: int) -> str:
    """Return the sandbox's own seed with additional customers."""
    more = (
        f'[[customers]]\nid = {FIRST_CUSTOMER + number}\nfirst_name = "N"\nlast_name = "N"\n'
        f'auto_update_time = "2024-08-20T09:57:15Z"\nidentifiers = {{mobile = "{mobile(number)}"}}\n'
        for number in range(customers)
    )
    return DEFAULT_SEED.read_text(encoding="utf-8") + "\n" + "\n".join(more)


def plans(sizes: dict[str, int], every: int) -> Iterator[Plan]:
    """Return every action at every offset (or every Nth), for both clients; 0 is before the first byte."""
    numbers = itertools.count(1)
    for client, action, (direction, size) in itertools.product(("thread", "task"), ACTIONS, sizes.items()):
        for offset in sorted({*range(0, size + 1, every), size}):
            yield Plan(next(numbers), client, action, direction, offset)


async def measured(url: str) -> dict[str, int]:
    """Return the sizes of an undisturbed request and its response, in bytes."""
    proxy = Proxy(url)
    await call(await proxy.listen(), "task", 0)
    await proxy.close()
    return dict(proxy.seen)


async def carried_out(url: str, wanted: Sequence[Plan]) -> list[Result]:
    """Return the results of all plans, LANES at a time."""
    waiting = iter(wanted)
    ended: list[tuple[Plan, Issued | CouponClientError]] = []

    async def lane() -> None:
        proxy = Proxy(url)
        address = await proxy.listen()
        for plan in waiting:
            proxy.plan = plan
            ended.append((plan, await call(address, plan.client, plan.number)))
            step.advance()
            await proxy.settled()
        await proxy.close()

    with Progress("fault-proxy").step("calls", total=len(wanted)) as step:
        await asyncio.gather(*(lane() for _ in range(LANES)))
    async with AsyncCouponClient(url, AUTH) as client:
        lists = [(plan, end, await client.read_back(FIRST_CUSTOMER + plan.number)) for plan, end in ended]
    return [Result(plan, end, len(listing.coupons)) for plan, end, listing in lists]


def wrong(result: Result, sizes: dict[str, int]) -> str | None:
    """Return why a result is wrong, or None."""
    plan, end, issued = result
    if issued > COUNT:
        return f"{issued} coupons, {COUNT} asked for"
    if isinstance(end, Issued):
        return None if len(end.coupons) == issued else f"said {len(end.coupons)} issued, {issued} there"
    if isinstance(end, NotSent):
        return "said not sent, and coupons are there" if issued else None
    if not isinstance(end, OutcomeUnknown):
        return f"ended in {type(end).__name__}"
    whole = plan.direction == "answer" and plan.offset >= sizes["answer"] and end.reason != "ReadTimeout"
    return f"{end.reason}, though the whole answer came" if whole else None


def prove(every: int) -> tuple[list[Result], list[str]]:
    """Carry out all plans against a sandbox; return the results, and a line for each wrong one."""
    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / "seed.toml"
        file.write_text(seed(20_000 // every + 100), encoding="utf-8")
        with running_sandbox(["--seed", str(file)]) as url:
            sizes = asyncio.run(measured(url))
            results = asyncio.run(carried_out(url, list(plans(sizes, every))))
    return results, [f"{result.plan}: {flaw}" for result in results if (flaw := wrong(result, sizes))]


def main() -> int:
    """Carry out the plans and print the result."""
    parser = argparse.ArgumentParser(prog="fault_proxy", description=__doc__.partition("\n")[0])
    parser.add_argument("--every", type=int, default=1, metavar="N", help="only every Nth offset (default: 1)")
    logging.getLogger("coupon_client").setLevel(logging.ERROR)  # thousands of unknown outcomes are the point here
    results, flaws = prove(parser.parse_args().every)
    for flaw in flaws:
        print(flaw)
    ends = sorted(type(result.end).__name__ for result in results)
    print("; ".join(f"{len(list(group))} {name}" for name, group in itertools.groupby(ends)))
    requested, issued = COUNT * len(results), sum(result.issued for result in results)
    print(f"{len(results)} calls, {requested} coupons asked for, {issued} issued, {len(flaws)} wrong ends")
    return 1 if flaws else 0


if __name__ == "__main__":
    sys.exit(main())
