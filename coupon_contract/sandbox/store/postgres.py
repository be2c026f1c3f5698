"""The store in a PostgreSQL database, for several workers and machines: everything specific to PostgreSQL.

The only row of `writer_lock` replaces SQLite's write lock: its holder is the only writer, and at READ COMMITTED sees
everything that was committed before.
"""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from functools import cache, partial
from typing import Any

import psycopg
import psycopg_pool
from attrs import frozen

from coupon_contract.sandbox.store.codes import Codes, new_key
from coupon_contract.sandbox.store.postgres_connection import LONG_SECONDS, SILENT_SECONDS, TRY_SECONDS, Connection
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

CREATING = 0x636F7570  # "coup": the advisory lock for creating the tables
MOST_CONNECTIONS = 8
CLOSE_SECONDS = 0.5  # for the pool's own threads, which may be connecting
CONNECTING: dict[str, Any] = {"autocommit": True, "connect_timeout": int(BUSY_SECONDS)}
SESSION = {"lock_timeout": f"{int(BUSY_SECONDS * 1000)}ms"}
CARELESS = {"synchronous_commit": "off"}  # commits do not wait for the disk; otherwise the server's setting applies
ROLLED_BACK = (
    psycopg.errors.SerializationFailure,
    psycopg.errors.DeadlockDetected,
)  # clusters raise these when busy
OURS = "the database has tables with the sandbox's names, but not of this version: use an empty database"


@cache
def translated(statement: str) -> str:
    """Return the statement as psycopg takes it."""
    return _folded_alike(statement.replace("?", "%s"))


def created(statement: str) -> str:
    """Return the statement that creates a table, with integers of 64 bits."""
    return _folded_alike(statement.replace(" INTEGER", " BIGINT"))


def _folded_alike(statement: str) -> str:
    """The statement with SQLite's upper(), which knows the letters of ASCII only, as does `folded` in records.py."""
    return statement.replace("upper(code)", 'upper(code COLLATE "C")')


@frozen
class PostgresSession:
    """A connection with an open transaction."""

    connection: Connection
    codes: Codes

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Run a statement."""
        return self.connection.execute(translated(statement), values)

    def run_long(self, statement: str) -> None:
        """Run a statement that may take minutes."""
        self.connection.patience = LONG_SECONDS
        self.connection.execute(translated(statement))
        self.connection.patience = SILENT_SECONDS

    def run_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Run a statement for each row."""
        self.connection.cursor().executemany(translated(statement), rows)

    def add_coupons(self, first_id: int, codes: Sequence[str], made: int) -> object:
        """Add coupons in one statement, which is one round trip."""
        query = (
            "INSERT INTO coupon (id, code, made)"
            " SELECT %s::bigint + place - 1, code, %s FROM unnest(%s::text[]) WITH ORDINALITY AS given (code, place)"
        )
        return self.connection.execute(query, (first_id, made, list(codes)))

    def at_once(self) -> AbstractContextManager[object]:
        """Send all statements in one round trip."""
        return self.connection.pipeline()


class PostgresStore(Store):
    """The database at a `postgresql://` URL. Raises StoreError if it is not usable.

    `transaction_type` is the class of `transaction`; sandbox/faults replaces it. While the server does not respond, one
    caller at a time probes it, and nobody else waits.
    """

    is_remote = True

    def __init__(
        self, url: str, transaction_type: MakeTransaction = Transaction, survives: Survives = "power-cut"
    ) -> None:
        super().__init__()
        self._transaction_type = transaction_type
        self._is_away = False
        self._trying, self._ended = threading.Lock(), threading.Event()
        try:
            with Connection.connect(url, **CONNECTING) as connection:
                self.codes = Codes(_create(connection))
        except psycopg.Error as error:
            raise StoreError(f"PostgreSQL: {_reason(error)}") from None
        self._pool = psycopg_pool.ConnectionPool(
            url,
            connection_class=Connection,
            min_size=1,
            max_size=MOST_CONNECTIONS,
            timeout=BUSY_SECONDS,
            reconnect_timeout=BUSY_SECONDS,  # its retry pauses grow; after this time, the next caller restarts it
            kwargs=CONNECTING,
            configure=partial(_configure, SESSION | ({} if survives == "power-cut" else CARELESS), self._ended),
            open=True,
        )

    def close(self) -> None:
        self._ended.set()  # ends the wait of callers
        self._pool.close(CLOSE_SECONDS)

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        with self._connection() as connection:
            try:
                self._begin(connection)
                yield self._transaction_type(PostgresSession(connection, self.codes))
            except BaseException as error:
                self.write_failed |= isinstance(error, psycopg.Error)
                _roll_back(connection)
                raise
            self._commit(connection)

    def _commit(self, connection: Connection) -> None:
        try:
            connection.execute("COMMIT")
        except BaseException as error:
            self.write_failed = True
            _roll_back(connection)
            if isinstance(error, psycopg.Error) and not isinstance(error, ROLLED_BACK):
                raise StoreFailed(type(error).__name__) from None
            raise

    def _read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._connection() as connection:
            return connection.execute(translated(query), values).fetchall()

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        connection = self._tried() if self._is_away else self._taken(BUSY_SECONDS)
        try:
            yield connection
        except ROLLED_BACK:
            raise StoreBusy from None
        except psycopg.Error as error:
            raise StoreDown(type(error).__name__) from None
        finally:
            self._is_away |= connection.was_silent
            self._pool.putconn(connection)

    def _taken(self, seconds: float) -> Connection:
        """Return a connection of the pool, to be put back."""
        try:
            return self._pool.getconn(seconds)
        except psycopg.OperationalError:  # no connection was free or possible, or the store is closed
            self._is_away = True
            raise StoreBusy from None

    def _tried(self) -> Connection:
        """Return a connection if the server responds again."""
        if not self._trying.acquire(blocking=False):
            raise StoreBusy
        try:
            connection = self._taken(TRY_SECONDS)
            self._is_away = not connection.answers()
        finally:
            self._trying.release()
        if self._is_away:
            self._pool.putconn(connection)
            raise StoreBusy
        return connection

    def _begin(self, connection: Connection) -> None:
        try:
            connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
            connection.execute("SELECT 1 FROM writer_lock FOR UPDATE")
        except (psycopg.errors.LockNotAvailable, psycopg.OperationalError):
            raise StoreBusy from None


def _roll_back(connection: Connection) -> None:
    with suppress(psycopg.Error):  # the pool discards a connection that is still in a transaction
        if not connection.closed:
            connection.rollback()


def _configure(settings: dict[str, str], ended: threading.Event, connection: Connection) -> None:
    connection.ended = ended
    for name, value in settings.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))


def _create(connection: Connection) -> bytes:
    """Create missing tables, and return the secret of the codes. Raises psycopg.Error."""
    with connection.transaction():
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (CREATING,))
        if connection.execute("SELECT to_regclass('setting')").fetchone() == (None,):
            _create_tables(connection)
        query = "SELECT name, value FROM setting WHERE name IN ('schema-version', 'code-key')"
        settings = {name: json.loads(value) for name, value in connection.execute(query).fetchall()}
    if settings.get("schema-version") != SCHEMA_VERSION:
        raise psycopg.ProgrammingError(OURS)
    return bytes.fromhex(settings["code-key"])


def _create_tables(connection: Connection) -> None:
    for statement in statements():
        connection.execute(created(statement).encode())
    connection.execute("CREATE TABLE writer_lock (id BIGINT PRIMARY KEY)")
    connection.execute("INSERT INTO writer_lock VALUES (1)")
    for name, value in {"schema-version": SCHEMA_VERSION, "code-key": new_key().hex()}.items():
        connection.execute("INSERT INTO setting VALUES (%s, %s)", (name, json.dumps(value)))


def _reason(error: psycopg.Error) -> str:
    """Return the message of the server or the driver in one line; neither repeats the password."""
    return " ".join(str(error).split()) or type(error).__name__
