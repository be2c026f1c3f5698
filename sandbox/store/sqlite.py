"""The store in one SQLite file, or in memory. What is SQLite's own stands here."""

import json
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from attrs import frozen

from sandbox.store.codes import Codes, new_key
from sandbox.store.reading import MakeTransaction, Store
from sandbox.store.schema import BUSY_SECONDS, SCHEMA_VERSION, StoreBusy, StoreError, statements
from sandbox.store.transaction import Rows, Transaction

MEMORY = ":memory:"
APPLICATION_ID = 0x636F7570  # "coup": tells our files from other people's


@frozen
class SqliteSession:
    """A connection with a transaction open."""

    connection: sqlite3.Connection
    codes: Codes

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Run a statement."""
        return self.connection.execute(statement, values)

    def run_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> object:
        """Run a statement once for each row."""
        return self.connection.executemany(statement, rows)

    def add_coupons(self, first_id: int, codes: Sequence[str], made: int) -> object:
        """Add coupons in one statement: several times faster than one by one."""
        query = "INSERT INTO coupon (id, code, made) SELECT ? + key, value, ? FROM json_each(?)"
        return self.connection.execute(query, (first_id, made, json.dumps(codes)))


class SqliteStore(Store):
    """A file, or `:memory:` for a database that ends with the process. Raises StoreError if the file cannot be used.

    `transaction_type` makes what `transaction` gives; sandbox/faults exchanges it.
    """

    def __init__(self, database: str = MEMORY, transaction_type: MakeTransaction = Transaction) -> None:
        self._transaction_type = transaction_type
        self._lock = threading.RLock()
        try:
            self._connection = _open(database)
        except (sqlite3.Error, UnicodeError) as error:
            raise StoreError(f"{database}: {error}") from None
        self.codes = Codes(_key(self._connection))

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._lock:
            self._begin()
            try:
                yield self._transaction_type(SqliteSession(self._connection, self.codes))
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _begin(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise StoreBusy from None
            raise


def _open(database: str) -> sqlite3.Connection:
    connection = sqlite3.connect(database, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = NORMAL")  # in WAL: survives a killed process, not a power cut
        connection.execute("BEGIN IMMEDIATE")
        _create(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.close()
        raise
    return connection


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
