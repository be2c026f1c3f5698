"""A lookup of a name that hangs: within the time of the call, without a trace, and without harm to others."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from coupon_client import Issued, NotReadable, NotSent, OAuth, Timeouts
from coupon_client.host_addresses import lookup
from tests.client.conftest import ABIJITH, TILL, Issue
from tests.client.test_options import full
from tests.wire import BODY, answer, once, server

LOOKUP = "coupon_client lookup"
HANGS = 20.0  # seconds
IN_TIME = 5.0  # seconds; far less than a lookup hangs, and enough to load what the first call needs
resolve = socket.getaddrinfo


@contextmanager
def resolver(monkeypatch: pytest.MonkeyPatch, named: Callable[[int], list[Any]]) -> Iterator[list[str]]:
    """Let `named` resolve names; addresses in figures are resolved as ever. Gives the names that were looked up."""
    names: list[str] = []

    def stand_in(host: Any, port: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name[0].isdigit():
            return resolve(host, port, *args, **options)
        names.append(name)
        return named(int(port))

    monkeypatch.setattr("socket.getaddrinfo", stand_in)
    yield names


def at(*addresses: str) -> Callable[[int], list[Any]]:
    return lambda port: [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in addresses]


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A resolver that does not answer within a test; the names that it was asked for."""
    over = threading.Event()
    monkeypatch.setattr("coupon_client.host_addresses._pending", {})  # not the lookups of the test before

    def hang(port: int) -> list[Any]:
        over.wait(HANGS)
        return at("127.0.0.1")(port)

    with resolver(monkeypatch, hang) as names:
        yield names
    over.set()


@pytest.mark.parametrize(
    "limits", [Timeouts(total=0.4), Timeouts(connect=0.4)], ids=["the total time", "the time to connect"]
)
def test_a_lookup_that_hangs_ends_in_time_and_sends_nothing(issue: Issue, hanging: list[str], limits: Timeouts) -> None:
    start = time.monotonic()
    end = issue("https://coupons.invalid", timeouts=limits)

    assert isinstance(end, NotSent)
    assert "the addresses of the host were not found in time" in str(end)
    assert time.monotonic() - start < IN_TIME


def test_a_lookup_that_hangs_and_its_retries_end_within_the_total_time(issue: Issue, hanging: list[str]) -> None:
    start = time.monotonic()

    assert isinstance(issue("https://coupons.invalid", timeouts=Timeouts(connect=0.2, total=1), retries=9), NotSent)
    assert time.monotonic() - start < IN_TIME


@pytest.mark.parametrize("base_url", ["https://coupons.invalid", "http://localhost"])
def test_the_name_of_a_proxy_is_looked_up_in_time_and_no_other(
    issue: Issue, hanging: list[str], monkeypatch: pytest.MonkeyPatch, base_url: str
) -> None:
    for name in ("HTTPS_PROXY", "HTTP_PROXY"):
        monkeypatch.setenv(name, "http://proxy.invalid:3128")
    monkeypatch.setattr("coupon_client.transport.proxy_bypass", lambda _: False)
    start = time.monotonic()
    end = issue(base_url, timeouts=Timeouts(total=0.4))

    assert isinstance(end, NotSent)
    assert "not found in time" in str(end)
    assert time.monotonic() - start < IN_TIME
    assert set(hanging) == {"proxy.invalid"}


def test_a_lookup_that_hangs_for_a_token_ends_in_time(issue: Issue, hanging: list[str]) -> None:
    start = time.monotonic()
    end = issue("https://coupons.invalid", auth=OAuth("key", "secret"), timeouts=Timeouts(total=0.4))

    assert isinstance(end, NotSent)
    assert time.monotonic() - start < IN_TIME


def test_reading_back_ends_in_time_too(hanging: list[str]) -> None:
    from coupon_client import CouponClient

    client = CouponClient("https://coupons.invalid", TILL, timeouts=Timeouts(total=0.4), retries=0)
    with client, pytest.raises(NotReadable, match="not found in time"):
        client.read_back(1)


def test_callers_at_the_same_time_share_a_lookup_that_hangs(hanging: list[str]) -> None:
    def call() -> None:
        with pytest.raises(TimeoutError):
            lookup("crowd.invalid", 443).result(0.2)

    callers = [threading.Thread(target=call) for _ in range(20)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert hanging == ["crowd.invalid"]


def test_a_lookup_that_has_hung_for_long_is_not_shared(hanging: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_client.host_addresses.SHARED", 0.0)

    assert lookup("later.invalid", 443) is not lookup("later.invalid", 443)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_lookup_that_hangs_in_the_parent_is_not_that_of_a_forked_child(hanging: list[str]) -> None:
    lookup("forked.invalid", 443)
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        lookup("forked.invalid", 443)
        os.write(writer, b"%d" % hanging.count("forked.invalid"))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writer)

    assert os.read(reader, 10) in (b"1", b"2")  # 1 if the thread of the parent had not begun when it forked
    os.close(reader)


def test_a_lookup_without_a_thread_sends_nothing(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    start_a_thread = threading.Thread.start

    def none_left(thread: threading.Thread) -> None:
        if thread.name == LOOKUP:
            raise RuntimeError("can't start new thread")
        start_a_thread(thread)

    monkeypatch.setattr("threading.Thread.start", none_left)

    assert isinstance(issue("https://coupons.invalid"), NotSent)


@pytest.mark.parametrize(
    "problem", [socket.gaierror(-3, "secret.invalid"), UnicodeError("label too long"), OSError("no"), ValueError("no")]
)
def test_a_lookup_that_fails_says_nothing_of_the_host(
    issue: Issue, monkeypatch: pytest.MonkeyPatch, problem: Exception
) -> None:
    def fail(_: int) -> list[Any]:
        raise problem

    with resolver(monkeypatch, fail):
        end = issue("https://secret.invalid")

    assert isinstance(end, NotSent)
    assert str(end).endswith(f"the host could not be looked up: {type(problem).__name__}")


def test_a_host_without_addresses_is_not_sent_to(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    with resolver(monkeypatch, lambda _: []):
        assert isinstance(issue("https://coupons.invalid"), NotSent)


def test_an_address_in_figures_is_not_looked_up(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_client.all_addresses.lookup", lambda *_: pytest.fail("looked up"))
    with server(once(answer(BODY))) as (url, _):
        assert isinstance(issue(url), Issued)


def test_a_name_is_looked_up_and_reached(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    with resolver(monkeypatch, at("127.0.0.1")) as names, server(once(answer(BODY))) as (url, _):
        assert isinstance(issue(url.replace("127.0.0.1", "localhost")), Issued)
    assert names == ["localhost"]


def test_an_address_that_never_answers_does_not_hide_the_next(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        server(once(answer(BODY))) as (url, requests),
        full("127.0.0.2", int(url.rpartition(":")[2])),
        resolver(monkeypatch, at("127.0.0.2", "127.0.0.1")),
    ):
        end = issue(url.replace("127.0.0.1", "localhost"), timeouts=Timeouts(connect=1.5, total=5))

    assert isinstance(end, Issued)
    assert len(requests) == 1


def test_addresses_that_refuse_are_not_sent_to(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with resolver(monkeypatch, at("127.0.0.1", "127.0.0.3")):
        assert isinstance(issue(f"http://localhost:{port}"), NotSent)


def test_a_task_that_is_cancelled_during_a_lookup_is_cancelled(hanging: list[str]) -> None:
    from coupon_client import AsyncCouponClient

    async def call() -> None:
        async with AsyncCouponClient("https://coupons.invalid", TILL) as client, asyncio.timeout(0.3):
            await client.issue(415446, ABIJITH, 2)

    with pytest.raises(TimeoutError):
        asyncio.run(call())


PROGRAM = """
import asyncio, socket, sys, time
from coupon_client import AsyncCouponClient, CouponClient, Mobile, NotSent, TillAuth, Timeouts

socket.getaddrinfo = lambda *args, **options: time.sleep(60)
arguments = "https://coupons.invalid", TillAuth("till", "password")

async def call():
    async with AsyncCouponClient(*arguments, timeouts=Timeouts(total=5)) as client:
        await client.issue(1, Mobile("11223569865"))

try:
    if sys.argv[1] == "task":
        asyncio.run(call())
    CouponClient(*arguments, timeouts=Timeouts(total=5)).issue(1, Mobile("11223569865"))
except NotSent as error:
    print(error)
"""


@pytest.mark.parametrize("kind", ["thread", "task"])
def test_a_program_ends_although_a_lookup_hangs(kind: str) -> None:
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, kind], capture_output=True, text=True, timeout=90, check=True
    )

    assert "not found in time" in done.stdout
    assert done.stderr == ""
