"""The store in one SQLite file, or in memory: everything specific to SQLite."""

import asyncio
import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from time import monotonic, sleep
from typing import Any

import msgspec
from attrs import frozen

from coupon_contract.sandbox.store.codes import Codes, new_key
from coupon_contract.sandbox.store.group_commit import Work, all_done
from coupon_contract.sandbox.store.queries import MakeTransaction, Store
from coupon_contract.sandbox.store.schema import (
    BUSY_SECONDS,
    SCHEMA_VERSION,
    StoreBusy,
    StoreDown,
    StoreError,
    StoreFailed,
    Survives,
    statements,
)
from coupon_contract.sandbox.store.transaction import Rows, Transaction

MEMORY = ":memory:"
SYNCHRONOUS = {"power-cut": "FULL", "killed-process": "NORMAL"}  # the durability of a commit, with a write-ahead log
AT_ONCE = nullcontext()
PAUSE = 0.01  # seconds
PRIVATE = 0o600  # coupon codes are worth money
APPLICATION_ID = 0x636F7570  # "coup": identifies our files


@frozen
class SqliteSession:
    """A connection with an open transaction."""

    connection: sqlite3.Connection
    codes: Codes

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Run a statement."""
        return self.connection.execute(statement, values)

    def run_long(self, statement: str) -> object:
        """Run a statement without a time limit."""
        return self.connection.execute(statement)

    def run_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> object:
        """Run a statement for each row."""
        return self.connection.executemany(statement, rows)

    def add_coupons(self, first_id: int, codes: Sequence[str], made: int) -> object:
        """Add coupons in one statement: several times faster than one by one."""
        query = "INSERT INTO coupon (id, code, made) SELECT ? + key, value, ? FROM json_each(?)"
        return self.connection.execute(query, (first_id, made, msgspec.json.encode(codes).decode()))

    def at_once(self) -> AbstractContextManager[None]:
        """Do nothing: there are no round trips to save."""
        return AT_ONCE


class SqliteStore(Store):
    """A file, or `:memory:` for a database that ends with the process. Raises StoreError if the file is not usable.

    `transaction_type` is the class of `transaction`; sandbox/faults replaces it.
    """

    def __init__(
        self, database: str = MEMORY, transaction_type: MakeTransaction = Transaction, survives: Survives = "power-cut"
    ) -> None:
        super().__init__()
        self._transaction_type = transaction_type
        self._lock = threading.Lock()
        self._reader_lock = self._lock if database == MEMORY else threading.Lock()
        waits = database != MEMORY and survives == "power-cut"
        self._committer = ThreadPoolExecutor(1, "commit") if waits else None
        _create_private_file(database)
        try:
            self._connection = _open(database, SYNCHRONOUS[survives])
            self._reader = self._connection if database == MEMORY else _connect(database)
        except (sqlite3.Error, UnicodeError) as error:
            raise StoreError(f"{database}: {error}") from None
        self.codes = Codes(_key(self._connection))

    def close(self) -> None:
        with self._lock:
            self._connection.close()
            self._reader.close()
        if self._committer:
            self._committer.shutdown()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._lock:
            try:
                if not self._begin():
                    self._wait_and_begin()
                yield self._transaction_type(SqliteSession(self._connection, self.codes))
            except BaseException as error:
                self._roll_back()
                if isinstance(error, sqlite3.Error):
                    raise self._failure(StoreDown, error) from None
                raise
            self._commit()

    async def _together(self, works: Sequence[Work]) -> Sequence[Any]:
        """Do the work on the event loop, where SQLite is fastest, but wait for the disk and for other processes in a
        thread.
        """
        self._lock.acquire()
        try:
            if begun := self._begin():
                results = all_done(works, self._transaction_type(SqliteSession(self._connection, self.codes)))
                committing = self._committing()
        except BaseException as error:
            try:
                self._roll_back()
            finally:
                self._lock.release()
            if isinstance(error, sqlite3.Error):
                raise self._failure(StoreDown, error) from None
            raise
        if not begun:
            self._lock.release()
            return await super()._together(works)
        if committing is None:
            self._commit_and_release()
        else:
            await committing
        return results

    def _committing(self) -> "asyncio.Future[None] | None":
        """Return the commit in a thread, which holds the lock from now on; None if commits do not wait for the disk."""
        if self._committer is None:
            return None
        return asyncio.get_running_loop().run_in_executor(self._committer, self._commit_and_release)

    def _commit_and_release(self) -> None:
        try:
            self._commit()
        finally:
            self._lock.release()

    def _commit(self) -> None:
        try:
            self._connection.execute("COMMIT")
        except BaseException as error:
            self._roll_back()
            if isinstance(error, sqlite3.Error):
                raise self._failure(StoreDown if self._is_undone(error) else StoreFailed, error) from None
            raise

    def _is_undone(self, error: sqlite3.Error) -> bool:
        """Return True if a failed commit left nothing behind.

        A commit is durable with the last page that is written, and a full disk is reported before that page.
        """
        return _kind_of(error) == "SQLITE_FULL" and not self._connection.in_transaction

    def _roll_back(self) -> None:
        """Roll back. If that fails, the next transaction does it before it begins."""
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")

    def _failure(self, kind: type[StoreFailed], error: sqlite3.Error) -> StoreFailed:
        self.write_failed = True
        return kind(_kind_of(error))

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._reader_lock:
            try:
                return self._reader.execute(query, values).fetchall()
            except sqlite3.Error as error:
                raise StoreDown(_kind_of(error)) from None

    def _begin(self) -> bool:
        """Begin a transaction; return False if another writer holds the lock."""
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if _is_busy(error):
                return False
            raise
        return True

    def _wait_and_begin(self) -> None:
        try:
            self._connection.execute(f"PRAGMA busy_timeout = {int(BUSY_SECONDS * 1000)}")
            if not self._begin():
                raise StoreBusy
        finally:
            self._connection.execute("PRAGMA busy_timeout = 0")


def _kind_of(error: sqlite3.Error) -> str:
    """Return the kind of failure, such as SQLITE_FULL."""
    return getattr(error, "sqlite_errorname", type(error).__name__)


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY


def _create_private_file(database: str) -> None:
    """Create a database file that only its owner may read; SQLite gives its log the same mode.

    A file that is there stays as it is, and is not opened: closing it would drop the locks of this process on it.
    """
    if database == MEMORY:
        return
    with suppress(OSError, ValueError):  # SQLite tries again, and its error names the database
        descriptor = os.open(os.path.realpath(database), os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        os.close(descriptor)


def _connect(database: str) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


def _open(database: str, synchronous: str) -> sqlite3.Connection:
    connection = _connect(database)
    try:
        _write_ahead(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("BEGIN IMMEDIATE")
        _create(connection)
        connection.execute("COMMIT")
        connection.execute("PRAGMA busy_timeout = 0")
    except BaseException:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Enable the write-ahead log. SQLite itself does not wait here for another process, such as one creating the same
    database.
    """
    end = monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not _is_busy(error) or monotonic() > end:
                raise
            sleep(PAUSE)
        else:
            return


def _create(connection: sqlite3.Connection) -> None:
    tables = _number(connection, "SELECT count(*) FROM sqlite_schema")
    ours = _number(connection, "PRAGMA application_id") == APPLICATION_ID
    if tables and (not ours or _number(connection, "PRAGMA user_version") != SCHEMA_VERSION):
        raise sqlite3.DatabaseError("not a database of this version of the sandbox")
    if not tables:
        for statement in statements():
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("INSERT INTO setting VALUES ('code-key', ?)", (json.dumps(new_key().hex()),))


def _number(connection: sqlite3.Connection, query: str) -> int:
    return int(connection.execute(query).fetchone()[0])


def _key(connection: sqlite3.Connection) -> bytes:
    (value,) = connection.execute("SELECT value FROM setting WHERE name = 'code-key'").fetchone()
    return bytes.fromhex(json.loads(value))
