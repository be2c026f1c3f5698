"""What everybody is told while the database fails."""

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from coupon_contract import spec
from coupon_contract.sandbox.store import StoreDown, StoreFailed
from tests.sandbox.conftest import ORDINARY, Api

JSON = "application/json"


@pytest.fixture
def full(open_api: Callable[..., Api], tmp_path: Path) -> Api:
    """A sandbox whose disk is as good as full."""
    api = open_api(tmp_path / "coupons.db")
    set_most_pages(api, 1)
    return api


def set_most_pages(api: Api, most: int) -> None:
    api.app.state.sandbox.store._connection.execute(f"PRAGMA max_page_count = {most}")


def fill(api: Api) -> int:
    """Issue until that fails; the status then."""
    statuses = (api.post(ORDINARY | {"count": 500}).status_code for _ in range(50))
    return next(status for status in statuses if status != 200)


@pytest.fixture
def corrupt(api: Api, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A sandbox whose database cannot be read or written."""

    def fail(*_: Any) -> Any:
        raise StoreDown("SQLITE_CORRUPT")

    for name in ("_read", "write"):
        monkeypatch.setattr(api.app.state.sandbox.store, name, fail)
    monkeypatch.setattr(api.app.state.sandbox.runtime, "_good_until", 0)
    return api


def ours(api: Api, method: str, path: str, **options: Any) -> Any:
    return api.request(method, f"http://127.0.0.1{path}", **options)


def test_a_full_disk_is_answered_503_and_nothing_was_issued(full: Api) -> None:
    assert fill(full) == 503
    assert "nothing was issued" in full.post(ORDINARY | {"count": 500}).text


def test_a_full_disk_is_one_line_in_the_log(full: Api, caplog: pytest.LogCaptureFixture) -> None:
    fill(full)

    assert caplog.messages == ["the database failed: SQLITE_FULL"]
    assert caplog.records[0].exc_info is None


def test_health_follows_a_failed_write_until_one_works_again(full: Api) -> None:
    health = [ours(full, "GET", "/healthz").status_code]
    fill(full)
    store = full.app.state.sandbox.store
    store._connection.execute("PRAGMA query_only = 1")
    health.append(ours(full, "GET", "/healthz").status_code)
    store._connection.execute("PRAGMA query_only = 0")
    set_most_pages(full, 1_000_000)
    health += [ours(full, "GET", "/healthz").status_code for _ in range(2)]

    assert health == [200, 503, 200, 200]


def test_a_database_that_cannot_be_read_is_not_healthy(corrupt: Api) -> None:
    assert ours(corrupt, "GET", "/healthz").status_code == 503


def test_the_page_is_served_and_says_what_is_wrong(corrupt: Api) -> None:
    page = ours(corrupt, "GET", "/")

    assert page.status_code == 200
    assert "The database cannot be read." in page.text


def test_the_page_tells_of_a_failed_write(full: Api) -> None:
    fill(full)

    assert "The database failed to take a write." in ours(full, "GET", "/").text


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PUT", "/behaviour", {"name": "count-ignored"}),
        ("POST", "/series", {}),
        ("GET", "/series", None),
        ("GET", "/customers", None),
        ("GET", "/issued?series_id=415446", None),
    ],
)
def test_the_control_api_answers_json_503(corrupt: Api, method: str, path: str, body: Any) -> None:
    answer = ours(corrupt, method, f"/__sandbox{path}", json=body)

    assert (answer.status_code, answer.headers["Content-Type"]) == (503, JSON)
    assert answer.json() == {"message": "The database does not work; nothing was changed."}


@pytest.mark.parametrize("query", [{"issuedToIds": "1"}, {"couponCodes": "X"}, {"couponIds": "1"}])
def test_read_back_is_answered_503(corrupt: Api, query: dict[str, str]) -> None:
    answer = corrupt.read_back(**query)

    assert answer.status_code == 503
    assert "The database does not work" in answer.text


def test_a_token_request_waits_for_another_process_without_holding_up_others(
    open_api: Callable[..., Api], tmp_path: Path
) -> None:
    api = open_api(tmp_path / "coupons.db")
    other = sqlite3.connect(tmp_path / "coupons.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    async def calls() -> int:
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
            claim = {"key": "sandbox-key", "secret": "sandbox-secret"}
            asked = asyncio.create_task(client.post(spec.TOKEN_PATH, json=claim))
            await client.get(spec.READ_BACK_PATH)
            other.execute("ROLLBACK")
            return (await asked).status_code

    assert asyncio.run(calls()) == 200


@pytest.mark.parametrize("failure", [StoreFailed("SQLITE_IOERR"), RuntimeError()])
def test_the_control_api_answers_json_500_where_nobody_knows(
    api: Api, failure: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise failure

    monkeypatch.setattr(api.app.state.sandbox.store, "write", fail)
    answer = ours(api, "POST", "/__sandbox/series", json={})

    assert (answer.status_code, answer.headers["Content-Type"]) == (500, JSON)
