"""A baseline without a server: coupons that a loop inserts into SQLite. Also fills databases before measurements."""

import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from coupon_contract.sandbox import load_seed
from coupon_contract.sandbox.seeding import seed_store
from coupon_contract.sandbox.store import FIRST_COUPON_ID, open_store

SERIES, CUSTOMER = 415446, 555567088
OTHER_CUSTOMERS = 1000
AT_ONCE = 10_000


@frozen
class Inserted:
    """Coupons a second, and coupons a processor second."""

    rate: float
    rate_of_processor: float


def bare_rows(database: Path, synchronous: str, seconds: float, count: int = 500) -> Inserted:
    """Measure a loop that inserts the same rows as the sandbox, with the same indexes and a commit per call.

    Codes and rows are made before, and not counted.
    """
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    last = connection.execute("SELECT coalesce(max(id), 0) FROM coupon").fetchone()[0]
    codes = [str(10**9 + number * 7) for number in range(count)]
    done, spent, worked = 0, 0.0, 0.0
    while spent < seconds:
        rows = [(last + nth + 1, code, 1) for nth, code in enumerate(codes)]
        begun, before = time.perf_counter(), time.process_time()
        insert_call(connection, rows)
        spent, worked = spent + time.perf_counter() - begun, worked + time.process_time() - before
        last, done = last + count, done + count
    connection.close()
    return Inserted(done / spent, done / worked)


def insert_call(connection: sqlite3.Connection, rows: Sequence[tuple[int, str, int]]) -> None:
    """Insert the rows that one call of the sandbox writes."""
    run, count = connection.execute, len(rows)
    run("BEGIN IMMEDIATE")
    run("INSERT INTO issue VALUES (?, ?, ?, ?, ?, '')", (rows[0][0], rows[-1][0], SERIES, CUSTOMER, 0))
    connection.executemany("INSERT INTO coupon (id, code, made) VALUES (?, ?, ?)", rows)
    run("UPDATE series SET issued = issued + ? WHERE id = ?", (count, SERIES))
    run(
        "INSERT INTO customer_count VALUES (?, ?, ?)"
        " ON CONFLICT (series_id, customer_id) DO UPDATE SET issued = customer_count.issued + excluded.issued",
        (SERIES, CUSTOMER, count),
    )
    run("COMMIT")


def bare_database(path: Path) -> Path:
    """Create a file with the sandbox's tables, series and customers."""
    store = open_store(str(path))
    seed_store(store, load_seed())
    store.close()
    return path


def fill(database: Path, stored: int) -> None:
    """Add coupons up to a number: calls of ten, for many customers, with codes derived from their ids."""
    store = open_store(str(database), survives="killed-process")
    space = store.codes.space("0123456789", 10)
    store.close()
    connection = sqlite3.connect(database, isolation_level=None)
    have = connection.execute("SELECT count(*) FROM coupon").fetchone()[0]
    last = connection.execute("SELECT coalesce(max(last_id), ?) FROM issue", (FIRST_COUPON_ID - 1,)).fetchone()[0]
    connection.execute("PRAGMA synchronous = OFF")
    for start in range(last + 1, last + 1 + stored - have, 10_000):
        codes = space.made(start, min(10_000, last + 1 + stored - have - start))
        fill_in(connection, start, codes)
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def fill_in(connection: sqlite3.Connection, start: int, codes: Sequence[str]) -> None:
    """Add coupons in calls of ten."""
    calls = range(start, start + len(codes), 10)
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT INTO coupon VALUES (?, ?, 1)", zip(range(start, start + len(codes)), codes, strict=True)
    )
    connection.executemany(
        "INSERT INTO issue VALUES (?, ?, ?, ?, 0, '')",
        [(first, min(first + 9, start + len(codes) - 1), SERIES, first // 10 % OTHER_CUSTOMERS) for first in calls],
    )
    connection.execute("UPDATE series SET issued = issued + ? WHERE id = ?", (len(codes), SERIES))
    connection.execute("COMMIT")
