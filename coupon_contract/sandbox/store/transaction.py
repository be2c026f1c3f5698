"""The operations of a transaction, in SQL that every store understands.

An issue call is one transaction. It locks out other writers before it counts, so everything that it read is still true
when it writes. That makes limits hold between threads, workers and machines.
"""

import json
from collections.abc import Sequence
from contextlib import AbstractContextManager
from itertools import count as numbers
from typing import Any, Protocol

from coupon_contract.sandbox.issuing import Identifier, Series, matching_key
from coupon_contract.sandbox.records import Coupon, CustomerRow, SeriesRow, with_identifiers
from coupon_contract.sandbox.store.codes import Codes, random_code
from coupon_contract.sandbox.store.schema import COMPUTED, FIRST_COUPON_ID, SERIES_COLUMNS

SERIES = ", ".join([*SERIES_COLUMNS, "uploaded - handed_out"])
FLAGS = tuple(name for name, field in SERIES_COLUMNS.items() if type(field.default) is bool)  # kept as integers
SERIES_AND_KIND = f"SELECT {SERIES}, code_alphabet, code_length FROM series WHERE id = ?"  # noqa: S608 - constants
LAST_ID = "last coupon id before a reset"  # a setting
SEEDED_EXPIRED = 0  # when the expired tokens of a seed expired (epoch milliseconds)
CLEARED = ("revoked", "coupon", "issue", "customer_count", "uploaded_code", "series", "identifier", "customer")


class Rows(Protocol):
    """The result of a statement; the cursors of both databases fit."""

    @property
    def rowcount(self) -> int:
        """The number of written rows."""

    def fetchone(self) -> Any:
        """Return the next row, or None."""

    def fetchall(self) -> list[Any]:
        """Return the remaining rows."""


class Session(Protocol):
    """A connection with an open transaction; each store has its own, with the few statements that differ."""

    @property
    def codes(self) -> Codes:
        """The maker of codes."""

    def run(self, statement: str, values: Sequence[Any] = ()) -> Rows:
        """Run a statement with a `?` for each value."""

    def run_long(self, statement: str) -> object:
        """Run a statement that may take minutes."""

    def run_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> object:
        """Run a statement for each row of values."""

    def add_coupons(self, first_id: int, codes: Sequence[str], made: int) -> object:
        """Add coupons with consecutive ids."""

    def at_once(self) -> AbstractContextManager[object]:
        """Send statements that need no result together."""


class Transaction:
    """A transaction; `Store.transaction` returns it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._run = session.run
        self._run_many = session.run_many
        self._made: tuple[int, Sequence[str]] | None = None  # the batch of derived codes, and the first id
        self._last_id: int | None = None  # a cache for the calls that share a commit
        self._kinds: dict[int, tuple[str, int]] = {}
        self._parts: dict[tuple[int, int], tuple[str, str]] = {}

    # --- reads of an issue call --------------------------------------------------------------------------------------

    def series(self, series_id: int) -> Series | None:
        """Return the series with its counters, or None."""
        row = self._run(SERIES_AND_KIND, (series_id,)).fetchone() if fits(series_id) else None
        if row is None:
            return None
        self._kinds[series_id] = row[-2:]
        return series_of(row)

    def named(self, identifier: Identifier) -> int | None:
        """Return the customer that the identifier names, or None."""
        key = matching_key(identifier)
        query = "SELECT customer_id FROM identifier WHERE type = ? AND matching_key = ?"
        customer_id: int | None = first(self._run(query, (identifier.type, key)).fetchone()) if fits(key) else None
        return customer_id

    def issued_to(self, series_id: int, customer_id: int) -> int:
        """Return the number of coupons of the series that the customer has."""
        query = "SELECT issued FROM customer_count WHERE series_id = ? AND customer_id = ?"
        return first(self._run(query, (series_id, customer_id)).fetchone()) or 0

    def answer_parts(self, series_id: int, customer_id: int) -> tuple[str, str]:
        """Return the JSON texts of `couponConfig` and `customer`."""
        if (series_id, customer_id) not in self._parts:
            query = "SELECT config, profile FROM series, customer WHERE series.id = ? AND customer.id = ?"
            self._parts[series_id, customer_id] = tuple(self._run(query, (series_id, customer_id)).fetchone())
        return self._parts[series_id, customer_id]

    # --- writes of an issue call -------------------------------------------------------------------------------------

    def issue(self, series: Series, customer_id: int, count: int, now: int, metadata: str = "") -> tuple[Coupon, ...]:
        """Create `count` coupons at `now` (epoch milliseconds). The caller has checked the limits.

        `metadata` is the JSON text that read-back returns with them.
        """
        return self._add(series, customer_id, self._codes(series, count), now, metadata)

    def _add(
        self, series: Series, customer_id: int, codes: Sequence[str], now: int, metadata: str = ""
    ) -> tuple[Coupon, ...]:
        if not codes:
            return ()
        first_id, count = self._next_coupon_id(), len(codes)
        with self._session.at_once():
            self._run(
                "INSERT INTO issue (first_id, last_id, series_id, customer_id, issued_at, metadata)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (first_id, first_id + count - 1, series.id, customer_id, now, metadata),
            )
            self._session.add_coupons(first_id, codes, int((first_id, codes) == self._made))
            self._count(series.id, customer_id, count)
        self._last_id = first_id + count - 1
        return tuple(map(Coupon, codes, numbers(first_id)))

    def _codes(self, series: Series, count: int) -> Sequence[str]:
        if series.generic_code is not None:
            return [series.generic_code] * count
        return self._new_codes(series.id, count) if series.codes_left is None else self._uploaded(series.id, count)

    def _new_codes(self, series_id: int, count: int) -> Sequence[str]:
        alphabet, length = self._kind(series_id)
        space, first_id = self._session.codes.space(alphabet, length), self._next_coupon_id()
        if space.has(first_id, count):
            self._made = first_id, space.made(first_id, count)
            return self._made[1]
        codes: dict[str, None] = {}
        while len(codes) < count:
            code = random_code(alphabet, length)
            if not self._is_used(code, space.id_of(code)):
                codes[code] = None
        return list(codes)

    def _kind(self, series_id: int) -> tuple[str, int]:
        if series_id not in self._kinds:
            self.series(series_id)
        return self._kinds[series_id]

    def _is_used(self, code: str, maker: int | None) -> bool:
        query = "SELECT 1 FROM coupon WHERE id = ? OR (made = 0 AND code = ?)"
        return self._run(query, (maker, code)).fetchone() is not None

    def _uploaded(self, series_id: int, count: int) -> Sequence[str]:
        handed_out = first(self._run("SELECT handed_out FROM series WHERE id = ?", (series_id,)).fetchone())
        query = "SELECT code FROM uploaded_code WHERE series_id = ? AND position >= ? ORDER BY position LIMIT ?"
        codes = [code for (code,) in self._run(query, (series_id, handed_out, count)).fetchall()]
        self._run("UPDATE series SET handed_out = handed_out + ? WHERE id = ?", (len(codes), series_id))
        return codes

    def _next_coupon_id(self) -> int:
        if self._last_id is None:
            query = "SELECT last_id FROM issue WHERE first_id = (SELECT max(first_id) FROM issue)"
            last = first(self._run(query).fetchone())
            self._last_id = self._cleared_id() if last is None else last
        return self._last_id + 1

    def _cleared_id(self) -> int:
        """Return the last id ever issued, for a table without coupons."""
        last_id = self.setting(LAST_ID)
        return FIRST_COUPON_ID - 1 if last_id is None else int(last_id)

    def _count(self, series_id: int, customer_id: int, count: int) -> None:
        self._run("UPDATE series SET issued = issued + ? WHERE id = ?", (count, series_id))
        self._run(
            "INSERT INTO customer_count (series_id, customer_id, issued) VALUES (?, ?, ?)"
            " ON CONFLICT (series_id, customer_id) DO UPDATE SET issued = customer_count.issued + excluded.issued",
            (series_id, customer_id, count),
        )

    def revoke(self, coupon_id: int) -> bool:
        """Revoke a coupon; False if it is revoked already."""
        query = "INSERT INTO revoked (coupon_id) VALUES (?) ON CONFLICT DO NOTHING"
        return bool(self._run(query, (coupon_id,)).rowcount)

    # --- seeding ---

    def seed_series(self, row: SeriesRow) -> bool:
        """Add a series with its uploaded codes. Return False if it exists: then it keeps its state."""
        series, codes = row.series, row.codes
        values = {name: getattr(series, name) for name in SERIES_COLUMNS}
        values |= {name: int(values[name]) for name in FLAGS}
        values |= {"uploaded": None if codes is None else len(codes), "handed_out": 0, "config": row.config}
        values |= {"code_length": row.code_length, "code_alphabet": row.code_alphabet, "state": row.state}
        query = (
            f"INSERT INTO series ({', '.join(values)}) VALUES ({', '.join('?' * len(values))}) ON CONFLICT DO NOTHING"  # noqa: S608
        )
        added = self._run(query, [*values.values()]).rowcount
        numbered = [(series.id, position, code) for position, code in enumerate(codes or ())]
        if added:
            self._run_many("INSERT INTO uploaded_code (series_id, position, code) VALUES (?, ?, ?)", numbered)
        return bool(added)

    def seed_customer(self, row: CustomerRow) -> bool:
        """Add a customer with identifiers. Return False if the customer exists: then only new identifiers are added."""
        query = "INSERT INTO customer (id, profile) VALUES (?, ?) ON CONFLICT DO NOTHING"
        added = self._run(query, (row.id, row.profile)).rowcount
        new = [identifier for identifier in row.identifiers if self._names(identifier, row.id)]
        if new and not added:
            stored = first(self._run("SELECT profile FROM customer WHERE id = ?", (row.id,)).fetchone())
            self._run("UPDATE customer SET profile = ? WHERE id = ?", (with_identifiers(stored, new), row.id))
        return bool(added)

    def _names(self, identifier: Identifier, customer_id: int) -> bool:
        """Let the identifier name the customer. Return False if it names one already."""
        query = "INSERT INTO identifier (type, matching_key, customer_id) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
        return bool(self._run(query, (identifier.type, matching_key(identifier), customer_id)).rowcount)

    def add_token(self, token_hash: str, expires_at: int) -> None:
        """Store a token by its hash, until `expires_at` (epoch milliseconds)."""
        query = "INSERT INTO token (hash, expires_at) VALUES (?, ?) ON CONFLICT DO NOTHING"
        self._run(query, (token_hash, expires_at))

    def delete_expired_tokens(self, now: int) -> None:
        """Delete the tokens that expired by `now` (epoch milliseconds), but for those that were contents expired."""
        self._run("DELETE FROM token WHERE expires_at > ? AND expires_at <= ?", (SEEDED_EXPIRED, now))

    # --- control API -------------------------------------------------------------------------------------------------

    def setting(self, name: str) -> Any:
        """Return the JSON value of a setting, or None."""
        row = self._run("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return None if row is None else json.loads(first(row))

    def set_setting(self, name: str, value: Any) -> None:
        """Store a JSON value under a name, for every worker to see; None removes it."""
        self._run("DELETE FROM setting WHERE name = ?", (name,))
        if value is not None:
            self._run("INSERT INTO setting (name, value) VALUES (?, ?)", (name, json.dumps(value)))

    def clear(self) -> None:
        """Remove everything that was seeded or issued. Tokens, settings and the secret of codes stay, and
        ids continue.
        """
        self._last_id = None
        last_id = Transaction._next_coupon_id(self) - 1
        self.set_setting(LAST_ID, last_id % 2**62)  # no id and no code is reused; a variant adds 2**62
        for table in CLEARED:
            self._session.run_long(f"DELETE FROM {table}")  # noqa: S608 - constants
        self._made = self._last_id = None
        self._kinds, self._parts = {}, {}


def series_of(row: Sequence[Any]) -> Series:
    """Return the series in a row that begins with the columns SERIES."""
    values = dict(zip((*SERIES_COLUMNS, COMPUTED), row, strict=False))
    return Series(**values | {name: bool(values[name]) for name in FLAGS})


def first(row: Any) -> Any:
    """Return the first value of a row, or None."""
    return None if row is None else row[0]


def fits(value: int | str) -> bool:
    """Return True if the database can hold the value: no integer beyond 64 bits, lone surrogate or NUL."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return "\0" not in value and (value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value))
