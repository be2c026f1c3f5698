"""What is SQLite's own."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from sandbox import service
from sandbox.issuance import Identifier, IssueRequest
from sandbox.planting import plant
from sandbox.seed import Seed
from sandbox.store import StoreBusy, StoreDown, StoreError, StoreFailed, Transaction
from sandbox.store.sqlite import SqliteStore


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        SqliteStore(str(tmp_path / "nowhere" / "coupons.db"))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database" * 100)

    with pytest.raises(StoreError, match=r"notes\.txt"):
        SqliteStore(str(tmp_path / "notes.txt"))


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE coupon (id)")
    connection.close()

    with pytest.raises(StoreError, match="not a database of this version"):
        SqliteStore(str(tmp_path / "other.db"))


def test_a_lock_that_stays_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.store.sqlite.BUSY_SECONDS", 0.01)
    first, second = (SqliteStore(str(tmp_path / "coupons.db")) for _ in range(2))

    with first.transaction(), pytest.raises(StoreBusy), second.transaction():
        pass


@pytest.mark.parametrize("series_id", [415446, 18426])
def test_the_cost_of_issuing_does_not_grow_with_coupons(seed: Seed, series_id: int) -> None:
    store = SqliteStore()
    plant(store, seed)
    plans: list[str] = []
    store._connection.set_trace_callback(plans.append)
    service.issue(store, IssueRequest(series_id, 2, (Identifier("mobile", "11223569865"),)), 0)
    store._connection.set_trace_callback(None)
    explain = store._connection.execute
    steps = [row[3] for plan in plans if "SELECT" in plan for row in explain(f"EXPLAIN QUERY PLAN {plan}")]

    assert steps
    assert not [step for step in steps if step.startswith("SCAN") and "json_each" not in step]


@define
class FailingOnce:
    """A connection on which one statement fails, once."""

    connection: Any
    statement: str

    def execute(self, statement: str, *values: Any) -> Any:
        if statement.startswith(self.statement):
            self.statement = "no statement"
            error = sqlite3.OperationalError("words that may hold a code")
            error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_IOERR, "SQLITE_IOERR"
            raise error
        return self.connection.execute(statement, *values)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.connection, name)


def set_x(transaction: Transaction) -> None:
    transaction.set_setting("x", 1)


def refuse(transaction: Transaction) -> None:
    raise ZeroDivisionError


@pytest.mark.parametrize("where", [":memory:", "coupons.db"])
@pytest.mark.parametrize(
    ("statement", "kind"), [("BEGIN", StoreDown), ("DELETE FROM setting", StoreDown), ("COMMIT", StoreFailed)]
)
def test_a_failure_says_whether_something_was_changed_and_the_next_call_works(
    tmp_path: Path, where: str, statement: str, kind: type[Exception]
) -> None:
    store: Any = SqliteStore(where if where == ":memory:" else str(tmp_path / where))
    store._connection = FailingOnce(store._connection, statement)

    async def calls() -> None:
        with pytest.raises(StoreFailed) as told:
            await store.write(set_x)
        assert (type(told.value), str(told.value)) == (kind, "SQLITE_IOERR")
        assert store.write_failed
        await store.write(set_x)

    asyncio.run(calls())

    assert store.setting("x") == 1
    store.close()


def test_a_roll_back_that_fails_is_made_up_for() -> None:
    store: Any = SqliteStore()
    store._connection = FailingOnce(store._connection, "ROLLBACK")

    async def calls() -> None:
        with pytest.raises(ZeroDivisionError):
            await store.write(refuse)
        with pytest.raises(StoreDown):
            await store.write(set_x)
        await store.write(set_x)

    asyncio.run(calls())

    assert store.setting("x") == 1


def test_a_failure_in_a_thread_is_told_the_same_way() -> None:
    store: Any = SqliteStore()
    store._connection = FailingOnce(store._connection, "COMMIT")
    with pytest.raises(StoreFailed), store.transaction() as transaction:
        set_x(transaction)
    with store.transaction() as transaction:
        set_x(transaction)

    assert store.setting("x") == 1
