"""Times one issued coupon from call to result, for each client: one call at a time, and many at once.

One call at a time is measured in processor seconds of this process, which leave out the server and other programs. Many
at once are measured by the wall clock.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import httpx
from coupon_api import AuthenticatedClient
from coupon_api.api.issuance import issue_multiple_coupons
from coupon_api.models import CustomerReference, IssuanceRequest

from bench.ratios import Goal, Table, in_turns, timed
from coupon_client import AsyncCouponClient, CouponClient, Mobile, TillAuth
from coupon_client.contract import ISSUE_PATH

ROUNDS, CALLS = 100, 5
MANY_ROUNDS, MANY, THREADS, TASKS = 8, 400, 32, 200
OVERHEAD = 1.10  # goal

SERIES, MOBILE = 415446, "11223569865"
TILL, CUSTOMER = TillAuth("till.bench", "bench"), Mobile(MOBILE)
BODY = {"seriesId": SERIES, "count": 1, "customer": {"mobile": MOBILE}}
BASIC = "dGlsbC5iZW5jaDpiZW5jaA=="
CLOSE = {"Connection": "close"}
TIMEOUT = httpx.Timeout(30.0, connect=5.0)
FRESH = httpx.Limits(max_connections=None, max_keepalive_connections=0)

Sync = Callable[[], object]
Async = Callable[[], Awaitable[object]]


def raw(url: str, fresh: bool, stack: ExitStack) -> Sync:
    """Return a call written with httpx and json alone, as a user without a client would."""
    headers = {"Authorization": f"Basic {BASIC}"} | (CLOSE if fresh else {})
    options: dict[str, Any] = {"limits": FRESH} if fresh else {}
    client = stack.enter_context(httpx.Client(base_url=url, headers=headers, timeout=TIMEOUT, **options))

    def call() -> object:
        response = client.post(ISSUE_PATH, json=BODY)
        response.raise_for_status()
        return json.loads(response.content)["coupons"]

    return call


def raw_async(url: str) -> Async:
    """Return the same call for a task."""
    headers = {"Authorization": f"Basic {BASIC}"} | CLOSE
    client = httpx.AsyncClient(base_url=url, headers=headers, timeout=TIMEOUT, limits=FRESH)

    async def call() -> object:
        response = await client.post(ISSUE_PATH, json=BODY)
        response.raise_for_status()
        return json.loads(response.content)["coupons"]

    return call


def ours(url: str, stack: ExitStack) -> Sync:
    """Return a call with this client."""
    client = stack.enter_context(CouponClient(url, TILL))
    return lambda: client.issue(SERIES, CUSTOMER).coupons


def ours_async(url: str) -> Async:
    """Return a call with this client, in a task."""
    client = AsyncCouponClient(url, TILL)

    async def call() -> object:
        return (await client.issue(SERIES, CUSTOMER)).coupons

    return call


def stock(url: str, fresh: bool) -> AuthenticatedClient:
    """Return a call with the client of openapi-python-client, whose models this client uses."""
    options: dict[str, Any] = {"headers": CLOSE, "httpx_args": {"limits": FRESH}} if fresh else {}
    return AuthenticatedClient(base_url=url, token=BASIC, prefix="Basic", timeout=TIMEOUT, **options)


def stock_request() -> IssuanceRequest:
    """Return the arguments of the stock client."""
    return IssuanceRequest(series_id=SERIES, count=1, customer=CustomerReference(mobile=MOBILE))


def stock_call(client: AuthenticatedClient) -> Sync:
    """Call with the stock client, in a thread."""
    return lambda: issue_multiple_coupons.sync(client=client, body=stock_request())


def stock_async(client: AuthenticatedClient) -> Async:
    """Call with the stock client, in a task."""
    return lambda: issue_multiple_coupons.asyncio(client=client, body=stock_request())


def other(url: str, fresh: bool, package: Any) -> Sync:
    """Return a call with the client of openapi-generator."""
    settings = package.Configuration(host=url, username="till.bench", password="bench")  # noqa: S106 - opens nothing
    client = package.ApiClient(settings, *(next(iter(CLOSE.items())) if fresh else ()))
    api = package.IssuanceApi(client)

    def call() -> object:
        request = package.IssuanceRequest(seriesId=SERIES, count=1, customer=package.CustomerReference(mobile=MOBILE))
        return api.issue_multiple_coupons(request, _request_timeout=(5.0, 30.0)).coupons

    return call


def one_call(url: str, package: Any) -> Table:
    """Time one call at a time, in a thread."""
    with ExitStack() as stack:
        calls = {
            "raw httpx": raw(url, True, stack),
            "coupon_client": ours(url, stack),
            "stock generated client": stock_call(stock(url, True)),
            "openapi-generator's client": other(url, True, package),
            "raw httpx, connections kept": raw(url, False, stack),
            "stock generated client, connections kept": stock_call(stock(url, False)),
            "openapi-generator's client, connections kept": other(url, False, package),
        }
        figures = in_turns({name: timed(call, CALLS, time.process_time) for name, call in calls.items()}, ROUNDS)
    return Table("one call in a thread", figures, [Goal("coupon_client", "raw httpx", OVERHEAD)])


def one_task(url: str, runner: asyncio.Runner) -> Table:
    """Time one call at a time, in a task."""
    calls = {
        "raw httpx": raw_async(url),
        "coupon_client": ours_async(url),
        "stock generated client": stock_async(stock(url, True)),
    }
    figures = in_turns({name: timed_in_a_task(call, runner) for name, call in calls.items()}, ROUNDS)
    return Table("one call in a task", figures, [Goal("coupon_client", "raw httpx", OVERHEAD)])


def timed_in_a_task(call: Async, runner: asyncio.Runner) -> Callable[[], float]:
    """Return a measurement of one call in a running loop: the mean of CALLS."""

    async def measure() -> float:
        start = time.process_time()
        for _ in range(CALLS):
            await call()
        return (time.process_time() - start) / CALLS

    return lambda: runner.run(measure())


def many_threads(url: str) -> Table:
    """Time THREADS that share a client; wall-clock seconds per call."""
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(THREADS))

        def all_at_once(call: Sync) -> Callable[[], float]:
            return timed(lambda: list(pool.map(lambda _: call(), range(MANY))), 1)

        calls = {"raw httpx": raw(url, True, stack), "coupon_client": ours(url, stack)}
        figures = in_turns({name: all_at_once(call) for name, call in calls.items()}, MANY_ROUNDS)
    return Table(f"{THREADS} threads share a client", by_call(figures), [])


def many_tasks(url: str, runner: asyncio.Runner) -> Table:
    """Time TASKS that share a client; wall-clock seconds per call."""

    def all_at_once(call: Async) -> Callable[[], float]:
        async def worker() -> None:
            for _ in range(MANY // TASKS):
                await call()

        async def workers() -> None:
            await asyncio.gather(*(worker() for _ in range(TASKS)))

        return timed(lambda: runner.run(workers()), 1)

    calls = {"raw httpx": raw_async(url), "coupon_client": ours_async(url)}
    figures = in_turns({name: all_at_once(call) for name, call in calls.items()}, MANY_ROUNDS)
    return Table(f"{TASKS} tasks share a client", by_call(figures), [])


def by_call(figures: dict[str, float]) -> dict[str, float]:
    """Convert the seconds of all calls to seconds per call."""
    return {name: seconds / MANY for name, seconds in figures.items()}
