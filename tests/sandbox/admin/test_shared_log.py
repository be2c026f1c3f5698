"""Requests of several workers on one database."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from coupon_contract.sandbox.admin import shared_log
from coupon_contract.sandbox.admin.request_view import RequestView
from coupon_contract.sandbox.admin.shared_log import OLD, PREFIX, SharedLog
from tests.sandbox.conftest import Api

OpenApi = Callable[..., Api]


def worker(api: Api) -> SharedLog:
    """The shared_log of an application."""
    mount = next(route for route in api.app.routes if getattr(route, "path", "") == "/__sandbox")
    found: SharedLog = mount.app.app.state.shared_log
    return found


async def shared(*workers: SharedLog) -> None:
    """Let workers share what they have, once."""
    for one in workers:
        await one.sandbox.store.write(one._share)


def test_a_worker_tells_the_requests_of_others_once(open_api: OpenApi, database: str) -> None:
    apis = [open_api(database) for _ in range(2)]
    for api in apis:
        api.issue(415446)
    one, other = map(worker, apis)

    async def look() -> list[str]:
        await shared(one, other)
        return [told.key.partition("-")[0] for told in await one.latest()]

    assert asyncio.run(look()) == [other.request_log.worker, one.request_log.worker]


def test_long_bodies_are_cut_before_they_are_shared(open_api: OpenApi, tmp_path: Path) -> None:
    api = open_api(tmp_path / "coupons.db")
    api.issue(415446, count=100)
    asyncio.run(shared(worker(api)))
    (told,) = api.app.state.sandbox.store.setting(PREFIX + worker(api).request_log.worker)

    assert len(told["answer"]) == shared_log.LONGEST + 1


def test_nothing_is_written_while_nobody_looks(
    open_api: OpenApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_log, "EVERY", 0.01)
    api = open_api(tmp_path / "coupons.db")
    api.issue(415446)

    async def go_on() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker(api).run(), 0.2)

    asyncio.run(go_on())

    assert not [name for name in api.app.state.sandbox.store.settings() if name.startswith(PREFIX)]


@pytest.mark.parametrize(("age", "kept"), [(0, True), (OLD + 10, False)])
def test_what_a_worker_left_long_ago_is_taken_away(open_api: OpenApi, tmp_path: Path, age: float, kept: bool) -> None:
    api = open_api(tmp_path / "coupons.db")
    api.issue(415446)
    mine = worker(api)
    for note in mine.request_log.notes:
        note.at = time.time() - age
    asyncio.run(shared(mine))
    asyncio.run(mine._clean())

    assert (PREFIX + mine.request_log.worker in api.app.state.sandbox.store.settings()) == kept


def test_what_another_version_left_is_no_trouble(open_api: OpenApi, tmp_path: Path) -> None:
    api = open_api(tmp_path / "coupons.db")
    with api.app.state.sandbox.store.transaction() as transaction:
        transaction.set_setting(PREFIX + "another", [{"other": "fields"}])

    assert asyncio.run(worker(api).latest()) == []


def test_what_is_told_survives_its_way_through_the_store(open_api: OpenApi, tmp_path: Path) -> None:
    api = open_api(tmp_path / "coupons.db")
    api.issue(50060, count=9)
    told = asyncio.run(worker(api).latest())

    assert msgspec.convert(msgspec.to_builtins(told), list[RequestView]) == told
