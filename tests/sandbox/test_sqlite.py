"""What is SQLite's own."""

import sqlite3
from pathlib import Path

import pytest

from sandbox import service
from sandbox.issuance import Identifier, IssueRequest
from sandbox.planting import plant
from sandbox.seed import Seed
from sandbox.store import StoreBusy, StoreError
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
