"""What is SQLite's own."""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from coupon_contract.sandbox import service
from coupon_contract.sandbox.issuing import Identifier, IssueRequest
from coupon_contract.sandbox.records import CustomerListing, Wanted
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.seeding import seed_store
from coupon_contract.sandbox.store import StoreBusy, StoreDown, StoreError, StoreFailed, Transaction
from coupon_contract.sandbox.store.sqlite import SqliteStore


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        SqliteStore(str(tmp_path / "nowhere" / "coupons.db"))


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_nobody_but_the_owner_may_read_a_new_database(tmp_path: Path, umask: int) -> None:
    before = os.umask(umask)
    try:
        store = SqliteStore(str(tmp_path / "coupons.db"))
        with store.transaction() as transaction:
            transaction.set_setting("name", 1)
        modes = {file.name: file.stat().st_mode & 0o777 for file in tmp_path.iterdir()}
        store.close()
    finally:
        os.umask(before)

    assert modes == dict.fromkeys(("coupons.db", "coupons.db-shm", "coupons.db-wal"), 0o600)


def test_a_new_database_behind_a_symbolic_link_is_private_too(tmp_path: Path) -> None:
    (tmp_path / "link.db").symlink_to(tmp_path / "coupons.db")
    SqliteStore(str(tmp_path / "link.db")).close()

    assert (tmp_path / "coupons.db").stat().st_mode & 0o777 == 0o600


def test_the_mode_of_a_database_that_is_there_stays(tmp_path: Path) -> None:
    file = tmp_path / "coupons.db"
    SqliteStore(str(file)).close()
    file.chmod(0o640)
    SqliteStore(str(file)).close()

    assert file.stat().st_mode & 0o777 == 0o640


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
    monkeypatch.setattr("coupon_contract.sandbox.store.sqlite.BUSY_SECONDS", 0.01)
    first, second = (SqliteStore(str(tmp_path / "coupons.db")) for _ in range(2))

    with first.transaction(), pytest.raises(StoreBusy), second.transaction():
        pass


@pytest.mark.parametrize("series_id", [415446, 18426])
def test_the_cost_of_issuing_does_not_grow_with_coupons(seed: Seed, series_id: int) -> None:
    store = SqliteStore()
    seed_store(store, seed)
    steps = steps_of(
        store, lambda: service.issue(store, IssueRequest(series_id, 2, (Identifier("mobile", "11223569865"),)), 0)
    )

    assert steps
    assert not [step for step in steps if step.startswith("SCAN") and "json_each" not in step]


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_page_of_a_customers_coupons_is_found_without_sorting_all_of_them(newest_first: bool) -> None:
    store = SqliteStore()
    listing = CustomerListing(555567088, newest_first, limit=100, offset=0, now=0)
    steps = steps_of(store, lambda: store.list_customer_coupons(listing))

    assert steps
    assert not [step for step in steps if "TEMP B-TREE" in step or step.startswith("SCAN")]


def test_codes_with_a_customer_are_looked_up_by_the_codes() -> None:
    store = SqliteStore()
    steps = steps_of(store, lambda: [*store.issued_coupons(Wanted(customer_ids=(555567088,), codes=("AB12",)))])

    assert any("coupon_by_code" in step for step in steps)
    assert not any("issue_by_customer" in step for step in steps)


def steps_of(store: SqliteStore, action: Callable[[], object]) -> list[str]:
    """Return the steps in SQLite's plans of the queries that an action runs."""
    plans: list[str] = []
    store._connection.set_trace_callback(plans.append)
    action()
    store._connection.set_trace_callback(None)
    explain = store._connection.execute
    return [row[3] for plan in plans if "SELECT" in plan for row in explain(f"EXPLAIN QUERY PLAN {plan}")]


@define
class FailingOnce:
    """A connection on which one statement fails, once."""

    connection: Any
    statement: str
    kind: str = "SQLITE_IOERR"

    def execute(self, statement: str, *values: Any) -> Any:
        if statement.startswith(self.statement):
            self.statement = "no statement"
            error = sqlite3.OperationalError("words that may hold a code")
            error.sqlite_errorcode, error.sqlite_errorname = getattr(sqlite3, self.kind), self.kind
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


def test_a_disk_that_is_full_at_the_commit_leaves_nothing_behind(seed: Seed) -> None:
    store: Any = SqliteStore()
    seed_store(store, seed)
    request = IssueRequest(415446, 2, (Identifier("mobile", "11223569865"),))
    store._connection = FailingOnce(store._connection, "COMMIT", "SQLITE_FULL")
    with pytest.raises(StoreDown, match="SQLITE_FULL"):
        service.issue(store, request, 0)
    issued = service.issue(store, request, 0)

    assert isinstance(issued, service.Issued)
    (page,) = store.issued_in_series(415446)
    assert [(row.id, row.code) for row in page] == [(coupon.id, coupon.code) for coupon in issued.coupons]


def test_a_full_disk_is_believed_only_when_nothing_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    store: Any = SqliteStore()
    store._connection = FailingOnce(store._connection, "COMMIT", "SQLITE_FULL")
    monkeypatch.setattr(store, "_roll_back", lambda: None)

    with pytest.raises(StoreFailed) as told, store.transaction() as transaction:
        set_x(transaction)
    assert type(told.value) is StoreFailed


def test_two_sandboxes_that_create_one_file_wait_for_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = str(tmp_path / "coupons.db")
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE new (id)")
    monkeypatch.setattr("coupon_contract.sandbox.store.sqlite.sleep", lambda _: other.execute("ROLLBACK"))
    store = SqliteStore(file)
    store.close()
    other.close()


def test_a_file_that_stays_locked_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_contract.sandbox.store.sqlite.BUSY_SECONDS", 0.01)
    other = sqlite3.connect(tmp_path / "coupons.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("CREATE TABLE new (id)")

    with pytest.raises(StoreError, match="locked"):
        SqliteStore(str(tmp_path / "coupons.db"))
    other.close()
