"""The common part of every store: transactions, work that shares a commit, and reads outside of them, page by page."""

import asyncio
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any

from attrs import frozen

from coupon_contract.sandbox.issuing import Identifier, matching_key
from coupon_contract.sandbox.records import CouponRow, CustomerListing, SeriesState, Wanted
from coupon_contract.sandbox.store.codes import Codes, CodeSpace
from coupon_contract.sandbox.store.group_commit import Work, Writer, all_done
from coupon_contract.sandbox.store.schema import PAGE
from coupon_contract.sandbox.store.transaction import SERIES, Session, Transaction, fits, series_of


@frozen
class Way:
    """A way to find coupons: by calls or directly. The tables are listed in the order in which rows are wanted."""

    tables: str
    join: str
    order: str


# SQLite joins a CROSS JOIN in the written order, so that no page has to be sorted.
BY_ISSUE = Way("issue CROSS JOIN coupon", "coupon.id BETWEEN first_id AND last_id", "first_id, coupon.id")
BY_COUPON = Way(
    "coupon CROSS JOIN issue", "first_id = (SELECT max(first_id) FROM issue WHERE first_id <= coupon.id)", "coupon.id"
)

COLUMNS = "coupon.id, code, series_id, customer_id, issued_at, expires_at, config, metadata"  # of a CouponRow
NOT_REVOKED = "NOT EXISTS (SELECT 1 FROM revoked WHERE coupon_id = coupon.id)"
REMEMBERED_TOKENS = 10_000
MakeTransaction = Callable[[Session], Transaction]


class Store(ABC):
    """An open database. `transaction` excludes every other writer, also in other processes and on other machines."""

    codes: Codes
    is_remote = False  # True if reads may block: then they run in a thread, never on the event loop

    def __init__(self) -> None:
        self._writer = Writer(self._together)
        self.write = self._writer.write
        self.write_failed = False  # since it last worked
        self._expiries: dict[str, int] = {}  # tokens never change, and every request looks one up

    @abstractmethod
    def transaction(self) -> AbstractContextManager[Transaction]:
        """Return a transaction: committed at the end, rolled back by an exception. Raises StoreTrouble."""

    @abstractmethod
    def close(self) -> None:
        """Close the database. Committed data stays."""

    async def _together(self, works: Sequence[Work]) -> Sequence[Any]:
        """Do all of the work in one transaction, without blocking the event loop."""
        return await asyncio.get_running_loop().run_in_executor(None, self._in_one, works)

    def _in_one(self, works: Sequence[Work]) -> Sequence[Any]:
        with self.transaction() as transaction:
            return all_done(works, transaction)

    @abstractmethod
    def _read(self, query: str, values: Sequence[Any] = ()) -> list[Any]:
        """Return the rows of a query, with a `?` for each value. Raises StoreBusy or StoreDown."""

    def token_expiry(self, token_hash: str) -> int | None:
        """Return the expiry of the token (epoch milliseconds), or None for an unknown one."""
        expires_at = self._expiries.get(token_hash)
        if expires_at is None and (rows := self._read("SELECT expires_at FROM token WHERE hash = ?", [token_hash])):
            expires_at = rows[0][0]
            if len(self._expiries) >= REMEMBERED_TOKENS:
                self._expiries.clear()
            self._expiries[token_hash] = expires_at
        return expires_at

    def remembers(self, token_hash: str) -> bool:
        """Return True if `token_expiry` needs no database read."""
        return token_hash in self._expiries

    def setting(self, name: str) -> Any:
        """Return the JSON value of a setting, or None."""
        rows = self._read("SELECT value FROM setting WHERE name = ?", [name])
        return json.loads(rows[0][0]) if rows else None

    def settings(self) -> dict[str, Any]:
        """Return all settings."""
        return {name: json.loads(value) for name, value in self._read("SELECT name, value FROM setting")}

    def all_series(self) -> list[SeriesState]:
        """Return every series as it is now, by id."""
        rows = self._read(f"SELECT {SERIES}, state, config FROM series ORDER BY id")  # noqa: S608 - constants
        return [SeriesState(series_of(row), *row[-2:]) for row in rows]

    def customers(self) -> list[tuple[int, str]]:
        """Return every customer: the id, and the JSON text of the response's `customer`."""
        return [tuple(row) for row in self._read("SELECT id, profile FROM customer ORDER BY id")]

    def issued_in_series(self, series_id: int) -> Iterator[list[CouponRow]]:
        """Yield the issued coupons of a series, by ascending id, in pages."""
        return self._pages(BY_ISSUE, "series_id = ?", [series_id])

    def issued_coupons(self, wanted: Wanted) -> Iterator[list[CouponRow]]:
        """Yield the matching coupons, by ascending id for each value of the first kind with a condition.

        They come in pages of at most PAGE coupons, so that a caller can do something else in between.
        """
        (kind, drivers), *others = [(name, [*filter(fits, values)]) for name, values in wanted.kinds()]
        if not all(values for _, values in others):
            return
        condition = "".join(f" AND {name} IN ({', '.join('?' * len(values))})" for name, values in others)
        values_of_others = [value for _, values in others for value in values]
        spaces = self._spaces() if kind not in ("coupon.id", "customer_id") else []
        for driver in dict.fromkeys(drivers):
            for way, start, values in self._ways(kind, driver, spaces):
                yield from self._pages(way, start + condition, [*values, *values_of_others])

    def customer_named(self, identifier: Identifier) -> int | None:
        """The customer that the identifier names, or None."""
        key = matching_key(identifier)
        query = "SELECT customer_id FROM identifier WHERE type = ? AND matching_key = ?"
        rows = self._read(query, (identifier.type, key)) if fits(key) else []
        return int(rows[0][0]) if rows else None

    def profile(self, customer_id: int) -> str | None:
        """The JSON text of the response's `customer`, or None."""
        rows = self._read("SELECT profile FROM customer WHERE id = ?", (customer_id,)) if fits(customer_id) else []
        return str(rows[0][0]) if rows else None

    def list_customer_coupons(self, listing: CustomerListing) -> tuple[int, list[CouponRow]]:
        """Return the number of coupons of the customer, and a page of them. Revoked coupons are not listed."""
        if listing.redeemed:
            return 0, []
        condition, values = "customer_id = ? AND series.id = series_id", [listing.customer_id]
        if listing.expired is not None:
            expired = "(expires_at IS NOT NULL AND expires_at <= ?)"
            condition += f" AND {expired if listing.expired else f'NOT {expired}'}"
            values.append(listing.now)
        order = "DESC" if listing.newest_first else "ASC"  # calls have ascending ids, so the index has the order
        page = (
            f"SELECT {COLUMNS} FROM {BY_ISSUE.tables} CROSS JOIN series WHERE {BY_ISSUE.join}"  # noqa: S608 - constants
            f" AND {NOT_REVOKED} AND {condition} ORDER BY first_id {order}, coupon.id {order} LIMIT ? OFFSET ?"
        )
        rows = self._read(page, [*values, listing.limit, listing.offset])
        revoked = "(SELECT count(*) FROM revoked WHERE coupon_id BETWEEN first_id AND last_id)"
        left = f"coalesce(sum(last_id - first_id + 1 - {revoked}), 0)"
        count = f"SELECT {left} FROM issue CROSS JOIN series WHERE {condition}"  # noqa: S608 - constants
        ((total,),) = self._read(count, values)
        return int(total), [CouponRow(*row) for row in rows]

    def _ways(self, kind: str, driver: Any, spaces: Sequence[CodeSpace]) -> list[tuple[Way, str, list[Any]]]:
        """Return the places of the coupons of a value, with conditions and their values."""
        if kind == "customer_id":
            return [(BY_ISSUE, "customer_id = ?", [driver])]
        if kind == "coupon.id":
            return [(BY_COUPON, "coupon.id = ?", [driver])]
        makers = [maker for space in spaces if (maker := space.id_of(driver)) is not None]
        by_id = [(BY_COUPON, "made = 1 AND coupon.id = ? AND code = ?", [maker, driver]) for maker in makers]
        return [*by_id, (BY_COUPON, "made = 0 AND upper(code) = ?", [driver])]

    def _spaces(self) -> list[CodeSpace]:
        """Return the codes that the series can make, by alphabet and length."""
        kinds = self._read("SELECT DISTINCT code_alphabet, code_length FROM series")
        return [self.codes.space(*kind) for kind in kinds]

    def _pages(self, way: Way, condition: str, values: Sequence[Any]) -> Iterator[list[CouponRow]]:
        query = (
            f"SELECT {COLUMNS}, first_id FROM {way.tables} CROSS JOIN series"  # noqa: S608 - constants
            f" WHERE {way.join} AND series.id = series_id AND {NOT_REVOKED}"
            f" AND {condition} AND first_id >= ? AND coupon.id > ? ORDER BY {way.order} LIMIT {PAGE}"
        )
        place = [0, 0]
        while rows := self._read(query, [*values, *place]):
            yield [CouponRow(*row[:-1]) for row in rows]
            place = [rows[-1][-1], rows[-1][0]]
