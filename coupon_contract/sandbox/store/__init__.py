"""The store: series, customers, coupons, codes, tokens and settings. This package has all of the SQL.

`transaction` has the writes and `queries` the reads, in SQL that every store understands; `sqlite` and `postgres` have
the differences; `group_commit` lets calls share a commit; `codes` makes the codes.
"""

from pathlib import Path

from coupon_contract.sandbox.store.codes import random_code, random_codes
from coupon_contract.sandbox.store.queries import MakeTransaction, Store
from coupon_contract.sandbox.store.schema import (
    FIRST_COUPON_ID,
    PAGE,
    SURVIVES,
    StoreBusy,
    StoreDown,
    StoreError,
    StoreFailed,
    StoreTrouble,
    Survives,
)
from coupon_contract.sandbox.store.sqlite import MEMORY, SqliteStore
from coupon_contract.sandbox.store.transaction import Session, Transaction

__all__ = [
    "FIRST_COUPON_ID",
    "MEMORY",
    "PAGE",
    "POSTGRES",
    "SURVIVES",
    "MakeTransaction",
    "Session",
    "Store",
    "StoreBusy",
    "StoreDown",
    "StoreError",
    "StoreFailed",
    "StoreTrouble",
    "Survives",
    "Transaction",
    "described",
    "open_store",
    "random_code",
    "random_codes",
]

POSTGRES = ("postgresql://", "postgres://")


def described(database: str) -> str:
    """Return the location of a store, in words without a password."""
    if database.startswith(POSTGRES):
        return "PostgreSQL"
    return "in memory" if database == MEMORY else Path(database).name


def open_store(
    database: str = MEMORY, transaction_type: MakeTransaction = Transaction, survives: Survives = "power-cut"
) -> Store:
    """Return the store at `database`: a PostgreSQL URL, an SQLite file, or `:memory:`. Raises StoreError."""
    if database.startswith(POSTGRES):
        from coupon_contract.sandbox.store.postgres import (
            PostgresStore,  # imported on demand, because SQLite needs no driver
        )

        return PostgresStore(database, transaction_type, survives)
    return SqliteStore(database, transaction_type, survives)
