"""Series and customers added at run time: entries of a seed file, as JSON."""

import secrets
from datetime import UTC, datetime
from typing import Any

import msgspec

from coupon_contract.sandbox.records import CustomerRow, SeriesRow
from coupon_contract.sandbox.seed import Customer, Seed, SeedError, Series, check
from coupon_contract.sandbox.seed_errors import seed_error
from coupon_contract.sandbox.seeding import customer_row, series_row
from coupon_contract.sandbox.store import Transaction

MOST_LEFT = 100  # coupons of a series that one run uses up
FIRST_ID, IDS = 100_000_000, 900_000_000  # ids of series and customers without one: nine digits


class UnusableEntry(Exception):
    """Unusable input; the text names the key and says what to write."""


class EntryExists(Exception):
    """It exists already; the text says what."""


def series_of(fields: dict[str, Any]) -> SeriesRow:
    """Return a series in any state, from the fields of a `[[series]]` entry; `id` and `state` are optional. Raises
    UnusableEntry.
    """
    filled = {"id": some_id(), "state": "added", **fields}
    return series_row(checked(Seed(tills=[], customers=[], series=[converted(filled, Series)])).series[0])


def customer_of(fields: dict[str, Any]) -> CustomerRow:
    """Return a customer, from the fields of a `[[customers]]` entry; all but `identifiers` are optional.
    Raises UnusableEntry.
    """
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    filled = {"id": some_id(), "first_name": "", "last_name": "", "auto_update_time": now, **fields}
    return customer_row(checked(Seed(tills=[], customers=[converted(filled, Customer)], series=[])).customers[0])


def add_series(transaction: Transaction, row: SeriesRow) -> None:
    """Add the series. Raises EntryExists."""
    if not transaction.seed_series(row):
        raise EntryExists(f"id: series {row.series.id} exists; leave id out to be given a free one")


def add_customer(transaction: Transaction, row: CustomerRow) -> None:
    """Add the customer. Raises EntryExists; the transaction must be rolled back then."""
    for identifier in row.identifiers:
        if transaction.named(identifier) is not None:
            raise EntryExists(f"identifiers.{identifier.type}: names another customer; use one that nobody has")
    if not transaction.seed_customer(row):
        raise EntryExists(f"id: customer {row.id} exists; leave id out to be given a free one")


def fresh_copies(seed: Seed) -> list[Series]:
    """Return the series of the seed that one run or many use up, under new ids."""
    return [msgspec.structs.replace(series, id=some_id()) for series in seed.series if coupons_left(series) > 0]


def coupons_left(series: Series) -> int:
    """Return how many coupons a series gives before it refuses, or 0 where there is no such limit."""
    limits = [
        series.limit_per_customer,
        None if series.limit_in_all is None else series.limit_in_all - series.already_issued,
        None if series.uploaded is None else series.uploaded.count + len(series.uploaded.codes),
    ]
    return min((limit for limit in limits if limit is not None), default=0)


def some_id() -> int:
    """Return a random id that is unlikely to exist."""
    return FIRST_ID + secrets.randbelow(IDS)


def converted(fields: dict[str, Any], kind: type[Any]) -> Any:
    """Return the fields as an entry of a seed. Raises UnusableEntry."""
    try:
        return msgspec.convert(fields, kind)
    except msgspec.ValidationError as error:
        raise UnusableEntry(seed_error(error, kind, fields)) from None


def checked(seed: Seed) -> Seed:
    """Return the seed if its entries do not contradict each other. Raises UnusableEntry."""
    try:
        check(seed)
    except SeedError as error:
        raise UnusableEntry(str(error)) from None
    return seed
