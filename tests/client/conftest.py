import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    CouponClient,
    CouponClientError,
    Issued,
    Mobile,
    SqliteJournal,
    TillAuth,
    Timeouts,
)
from coupon_client.auth import Auth
from coupon_client.sender import DEFAULT_TIMEOUTS
from coupon_client.testing import Script
from tests.client.disturbed_sandbox import SERIES, Disturbed

End = Issued | CouponClientError
Issue = Callable[..., End]

NOWHERE = "https://coupons.invalid"
TILL = TillAuth("till.sandbox", "sandbox-password")
ABIJITH = Mobile("11223569865")


def issue_in_a_thread(
    base_url: str = NOWHERE,
    auth: Auth = TILL,
    *,
    transport: Any = None,
    count: int = 2,
    series_id: int = 415446,
    customer: Any = ABIJITH,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    retries: int = 0,
) -> End:
    """What a call ends in: Issued, or what it raised. Anything foreign is raised."""
    with CouponClient(base_url, auth, transport=transport, timeouts=timeouts, retries=retries) as client:
        try:
            return client.issue(series_id, customer, count)
        except CouponClientError as error:
            return error


def issue_in_a_task(
    base_url: str = NOWHERE,
    auth: Auth = TILL,
    *,
    transport: Any = None,
    count: int = 2,
    series_id: int = 415446,
    customer: Any = ABIJITH,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
    retries: int = 0,
) -> End:
    """The same with the client for tasks."""

    async def call() -> End:
        async with AsyncCouponClient(base_url, auth, transport=transport, timeouts=timeouts, retries=retries) as client:
            try:
                return await client.issue(series_id, customer, count)
            except CouponClientError as error:
                return error

    return asyncio.run(call())


@pytest.fixture(params=[issue_in_a_thread, issue_in_a_task], ids=["thread", "task"])
def issue(request: pytest.FixtureRequest) -> Issue:
    """Each test with both clients."""
    function: Issue = request.param
    return function


@pytest.fixture
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Waits are noted in place of being waited."""
    waited: list[float] = []

    async def note(seconds: float) -> None:
        waited.append(seconds)

    monkeypatch.setattr("coupon_client.effects.time.sleep", waited.append)
    monkeypatch.setattr("asyncio.sleep", note)
    return waited


@pytest.fixture
def server() -> Disturbed:
    return Disturbed()


@pytest.fixture
def client(server: Disturbed, no_waiting: list[float]) -> Iterator[CouponClient]:
    with CouponClient(server.base_url, TILL, transport=server, retries=0) as made:
        yield made


@pytest.fixture
def journal(tmp_path: Path, client: CouponClient, server: Disturbed) -> SqliteJournal:
    """A journal in which the platform is checked."""
    made = SqliteJournal(tmp_path / "journal.db")
    client.check_keys(SERIES, Mobile("11223569866"), journal=made)
    server.requests.clear()
    return made


def client_of(*endings: Any, **options: Any) -> tuple[CouponClient, Script]:
    """A client with a script, and the script."""
    script = Script(*endings)
    return CouponClient(NOWHERE, options.pop("auth", TILL), transport=script, **options), script


def of(end: End, kind: type[Any]) -> Any:
    assert isinstance(end, kind), repr(end)
    return end
