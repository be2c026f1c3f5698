"""What lasts: series, customers, coupons, codes and tokens. All SQL stands in this file.

One issue call is one transaction: it locks out other writers before it counts, so whatever it read is still true when
it writes. That is what makes limits hold between threads, and between processes on one file.
"""

import secrets
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sandbox.issuance import Identifier, Series, matching_key
from sandbox.records import Coupon, CouponRow, CustomerRow, SeriesRow, Wanted

FIRST_COUPON_ID = 1_237_263_304  # the documentation's first one
APPLICATION_ID = 0x636F7570  # "coup": tells our files from other people's
SCHEMA_VERSION = 1
BUSY_SECONDS = 5.0
PAGE = 500

SCHEMA = """
CREATE TABLE series (
    id INTEGER PRIMARY KEY, generic_code TEXT, limit_per_customer INTEGER, limit_in_all INTEGER, expires_at INTEGER,
    externally_managed INTEGER NOT NULL, issued INTEGER NOT NULL, uploaded INTEGER, handed_out INTEGER NOT NULL,
    code_length INTEGER NOT NULL, code_alphabet TEXT NOT NULL, config TEXT NOT NULL
);
CREATE TABLE uploaded_code (
    series_id INTEGER NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL,
    PRIMARY KEY (series_id, position), UNIQUE (series_id, code)
);
CREATE TABLE customer (id INTEGER PRIMARY KEY, profile TEXT NOT NULL);
CREATE TABLE identifier (
    type TEXT NOT NULL, matching_key TEXT NOT NULL, customer_id INTEGER NOT NULL, PRIMARY KEY (type, matching_key)
);
CREATE TABLE coupon (
    id INTEGER PRIMARY KEY, series_id INTEGER NOT NULL, customer_id INTEGER NOT NULL, code TEXT NOT NULL,
    generic INTEGER NOT NULL, issued_at INTEGER NOT NULL
);
CREATE UNIQUE INDEX coupon_unique_code ON coupon (series_id, code) WHERE generic = 0;
CREATE INDEX coupon_by_code ON coupon (code, id);
CREATE INDEX coupon_by_customer ON coupon (customer_id, id);
CREATE TABLE customer_count (
    series_id INTEGER NOT NULL, customer_id INTEGER NOT NULL, issued INTEGER NOT NULL,
    PRIMARY KEY (series_id, customer_id)
);
CREATE TABLE token (hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL);
"""


class StoreError(Exception):
    """The database cannot be used; the text names the file, never what is in it."""


class StoreBusy(Exception):
    """Another process kept the database locked for BUSY_SECONDS; nothing was changed."""


class Transaction:
    """What may be done inside one transaction. `Store.transaction` gives it."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._run = connection.execute
        self._run_many = connection.executemany

    def series(self, series_id: int) -> Series | None:
        """The series with its counters, or None."""
        columns = "id, generic_code, limit_per_customer, limit_in_all, expires_at, issued, uploaded - handed_out"
        query = f"SELECT {columns}, externally_managed FROM series WHERE id = ?"  # noqa: S608 - constants
        row = self._run(query, (series_id,)).fetchone() if _fits(series_id) else None
        if row is None:
            return None
        names = ("id", "generic_code", "limit_per_customer", "limit_in_all", "expires_at", "issued", "codes_left")
        return Series(**dict(zip(names, row, strict=False)), externally_managed=bool(row[-1]))

    def named(self, identifier: Identifier) -> int | None:
        """The customer that the identifier names, or None."""
        key = matching_key(identifier)
        query = "SELECT customer_id FROM identifier WHERE type = ? AND matching_key = ?"
        found: int | None = _first(self._run(query, (identifier.type, key)).fetchone()) if _fits(key) else None
        return found

    def issued_to(self, series_id: int, customer_id: int) -> int:
        """How many coupons of the series the customer has."""
        query = "SELECT issued FROM customer_count WHERE series_id = ? AND customer_id = ?"
        return _first(self._run(query, (series_id, customer_id)).fetchone()) or 0

    def answer_parts(self, series_id: int, customer_id: int) -> tuple[str, str]:
        """The JSON texts of `couponConfig` and `customer`."""
        query = "SELECT config, profile FROM series, customer WHERE series.id = ? AND customer.id = ?"
        config, profile = self._run(query, (series_id, customer_id)).fetchone()
        return config, profile

    def issue(self, series: Series, customer_id: int, count: int, now: int) -> tuple[Coupon, ...]:
        """Create `count` coupons at `now` (epoch milliseconds). Whether they may be, the caller has decided."""
        return self._add(series, customer_id, self._codes(series, count), now)

    def _add(self, series: Series, customer_id: int, codes: Sequence[str], now: int) -> tuple[Coupon, ...]:
        first = self._next_coupon_id()
        coupons = tuple(Coupon(first + nth, code) for nth, code in enumerate(codes))
        generic = int(series.generic_code is not None)
        self._run_many(
            "INSERT INTO coupon (id, series_id, customer_id, code, generic, issued_at) VALUES (?, ?, ?, ?, ?, ?)",
            [(coupon.id, series.id, customer_id, coupon.code, generic, now) for coupon in coupons],
        )
        self._count(series.id, customer_id, len(coupons))
        return coupons

    def plant_series(self, row: SeriesRow) -> None:
        """Add a series with its uploaded codes, unless it is there: then it keeps its state."""
        series, codes = row.series, row.codes
        values = [series.id, series.generic_code, series.limit_per_customer, series.limit_in_all, series.expires_at]
        values += [int(series.externally_managed), series.issued, None if codes is None else len(codes), 0]
        values += [row.code_length, row.code_alphabet, row.config]
        marks = ", ".join("?" * len(values))
        added = self._run(f"INSERT INTO series VALUES ({marks}) ON CONFLICT DO NOTHING", values).rowcount  # noqa: S608
        numbered = [(series.id, position, code) for position, code in enumerate(codes or ())]
        if added:
            self._run_many("INSERT INTO uploaded_code (series_id, position, code) VALUES (?, ?, ?)", numbered)

    def plant_customer(self, row: CustomerRow) -> None:
        """Add a customer and the identifiers, unless they are there."""
        self._run("INSERT INTO customer (id, profile) VALUES (?, ?) ON CONFLICT DO NOTHING", (row.id, row.profile))
        self._run_many(
            "INSERT INTO identifier (type, matching_key, customer_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [(identifier.type, matching_key(identifier), row.id) for identifier in row.identifiers],
        )

    def add_token(self, token_hash: str, expires_at: int) -> None:
        """Remember a token by its hash, until `expires_at` (epoch milliseconds)."""
        query = "INSERT INTO token (hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
        self._run(query, (token_hash, expires_at))

    def _codes(self, series: Series, count: int) -> Sequence[str]:
        if series.generic_code is not None:
            return [series.generic_code] * count
        return self._new_codes(series.id, count) if series.codes_left is None else self._uploaded(series.id, count)

    def _new_codes(self, series_id: int, count: int) -> Sequence[str]:
        query = "SELECT code_alphabet, code_length FROM series WHERE id = ?"
        alphabet, length = self._run(query, (series_id,)).fetchone()
        codes: dict[str, None] = {}
        while len(codes) < count:
            code = random_code(alphabet, length)
            if not self._is_used(series_id, code):
                codes[code] = None
        return list(codes)

    def _is_used(self, series_id: int, code: str) -> bool:
        query = "SELECT 1 FROM coupon WHERE generic = 0 AND series_id = ? AND code = ?"
        return self._run(query, (series_id, code)).fetchone() is not None

    def _uploaded(self, series_id: int, count: int) -> Sequence[str]:
        handed_out = _first(self._run("SELECT handed_out FROM series WHERE id = ?", (series_id,)).fetchone())
        query = "SELECT code FROM uploaded_code WHERE series_id = ? AND position >= ? ORDER BY position LIMIT ?"
        codes = [code for (code,) in self._run(query, (series_id, handed_out, count))]
        self._run("UPDATE series SET handed_out = handed_out + ? WHERE id = ?", (len(codes), series_id))
        return codes

    def _next_coupon_id(self) -> int:
        last = _first(self._run("SELECT max(id) FROM coupon").fetchone())
        return FIRST_COUPON_ID if last is None else last + 1

    def _count(self, series_id: int, customer_id: int, count: int) -> None:
        self._run("UPDATE series SET issued = issued + ? WHERE id = ?", (count, series_id))
        self._run(
            "INSERT INTO customer_count (series_id, customer_id, issued) VALUES (?, ?, ?)"
            " ON CONFLICT (series_id, customer_id) DO UPDATE SET issued = customer_count.issued + excluded.issued",
            (series_id, customer_id, count),
        )


class Store:
    """An opened database: a file, or `:memory:` for one that ends with the process.

    `transaction_type` makes what `transaction` gives; sandbox/faults exchanges it.
    Raises StoreError when the file cannot be used.
    """

    def __init__(
        self, database: str = ":memory:", transaction_type: Callable[[sqlite3.Connection], Transaction] = Transaction
    ) -> None:
        self._transaction_type = transaction_type
        self._lock = threading.RLock()
        try:
            self._connection = _open(database)
        except (sqlite3.Error, UnicodeError) as error:
            raise StoreError(f"{database}: {error}") from None

    def close(self) -> None:
        """Close the database. Whatever was committed stays."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A transaction that excludes every other writer: committed at the end, rolled back by an exception.

        Raises StoreBusy.
        """
        with self._lock:
            self._begin()
            try:
                yield self._transaction_type(self._connection)
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def token_expiry(self, token_hash: str) -> int | None:
        """When the token expires (epoch milliseconds); None for one that was never given out."""
        rows = self._read("SELECT expires_at FROM token WHERE hash = ?", [token_hash])
        return rows[0][0] if rows else None

    def issued_coupons(self, wanted: Wanted) -> Iterator[list[CouponRow]]:
        """The coupons that match, by ascending id for each value of the first kind that matters.

        They come in pages of at most PAGE coupons, so that a caller can do something else in between.
        """
        (column, drivers), *others = [(name, [*filter(_fits, values)]) for name, values in wanted.kinds()]
        condition = "".join(f" AND coupon.{name} IN ({', '.join('?' * len(values))})" for name, values in others)
        held = [value for _, values in others for value in values]
        for driver in dict.fromkeys(drivers):
            yield from self._pages(f"coupon.{column} = ?{condition}", [driver, *held])

    def _pages(self, condition: str, values: Sequence[Any]) -> Iterator[list[CouponRow]]:
        columns = "coupon.id, code, series_id, customer_id, issued_at, expires_at, config"
        query = f"SELECT {columns} FROM coupon JOIN series ON series.id = series_id WHERE {condition}"  # noqa: S608
        last = 0
        while rows := self._read(f"{query} AND coupon.id > ? ORDER BY coupon.id LIMIT {PAGE}", [*values, last]):
            yield [CouponRow(*row) for row in rows]
            last = rows[-1][0]

    def _read(self, query: str, values: Sequence[Any]) -> list[Any]:
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def _begin(self) -> None:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY:
                raise StoreBusy from None
            raise


def random_code(alphabet: str, length: int) -> str:
    """An unguessable code; never with a leading zero, which spreadsheets would lose."""
    number = secrets.randbelow(len(alphabet) ** length)  # drawn at once: several times faster than letter by letter
    characters = []
    for _ in range(length):
        number, place = divmod(number, len(alphabet))
        characters.append(alphabet[place])
    return random_code(alphabet, length) if characters[0] == "0" else "".join(characters)


def _first(row: Any) -> Any:
    return None if row is None else row[0]


def _fits(value: int | str) -> bool:
    """Whether the database can hold the value: not so integers beyond 64 bits, lone surrogates and NUL."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return "\0" not in value and not any("\ud800" <= character <= "\udfff" for character in value)


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
    tables = _first(connection.execute("SELECT count(*) FROM sqlite_schema").fetchone())
    ours = _first(connection.execute("PRAGMA application_id").fetchone()) == APPLICATION_ID
    version = _first(connection.execute("PRAGMA user_version").fetchone())
    if tables and (not ours or version != SCHEMA_VERSION):
        raise sqlite3.DatabaseError("not a database of this version of the sandbox")
    if not tables:
        for statement in SCHEMA.split(";"):
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
