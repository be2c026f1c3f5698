"""The tables, and the constants that every store shares.

The statements are SQLite's;
postgres.py says what PostgreSQL reads in their place. One row of `issue` is
one call; its coupons are those from `first_id` to `last_id`. What is looked up by customer or series is looked up
there, so that a coupon costs one row and, if its code follows from its id (`made`), no index entry at all.
"""

from typing import Literal

Survives = Literal["power-cut", "killed-process"]  # what committed coupons survive
SURVIVES: tuple[Survives, ...] = ("power-cut", "killed-process")
SCHEMA_VERSION = 3
FIRST_COUPON_ID = 1_237_263_304  # the documentation's first one
BUSY_SECONDS = 5.0  # how long a call waits for other writers
PAGE = 500  # rows that are read at a time

SCHEMA = """
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE series (
    id INTEGER PRIMARY KEY, generic_code TEXT, limit_per_customer INTEGER, limit_in_all INTEGER, expires_at INTEGER,
    externally_managed INTEGER NOT NULL, issued INTEGER NOT NULL, uploaded INTEGER, handed_out INTEGER NOT NULL,
    code_length INTEGER NOT NULL, code_alphabet TEXT NOT NULL, config TEXT NOT NULL, state TEXT NOT NULL
);
CREATE TABLE uploaded_code (
    series_id INTEGER NOT NULL, position INTEGER NOT NULL, code TEXT NOT NULL,
    PRIMARY KEY (series_id, position), UNIQUE (series_id, code)
);
CREATE TABLE customer (id INTEGER PRIMARY KEY, profile TEXT NOT NULL);
CREATE TABLE identifier (
    type TEXT NOT NULL, matching_key TEXT NOT NULL, customer_id INTEGER NOT NULL, PRIMARY KEY (type, matching_key)
);
CREATE TABLE issue (
    first_id INTEGER PRIMARY KEY, last_id INTEGER NOT NULL, series_id INTEGER NOT NULL, customer_id INTEGER NOT NULL,
    issued_at INTEGER NOT NULL, metadata TEXT NOT NULL
);
CREATE INDEX issue_by_customer ON issue (customer_id, first_id);
CREATE INDEX issue_by_series ON issue (series_id, first_id);
CREATE TABLE coupon (id INTEGER PRIMARY KEY, code TEXT NOT NULL, made INTEGER NOT NULL);
CREATE INDEX coupon_by_code ON coupon (upper(code), id) WHERE made = 0;
CREATE TABLE revoked (coupon_id INTEGER PRIMARY KEY);
CREATE TABLE customer_count (
    series_id INTEGER NOT NULL, customer_id INTEGER NOT NULL, issued INTEGER NOT NULL,
    PRIMARY KEY (series_id, customer_id)
);
CREATE TABLE token (hash TEXT PRIMARY KEY, expires_at INTEGER NOT NULL);
CREATE INDEX token_by_expiry ON token (expires_at);
"""


def statements() -> list[str]:
    """The statements that create an empty database."""
    return [statement.strip() for statement in SCHEMA.split(";") if statement.strip()]


class StoreError(Exception):
    """The database cannot be used; the text names it, never what is in it, and no password."""


class StoreTrouble(Exception):
    """The database cannot do its work at the moment. Of these, only StoreFailed leaves open what was changed."""


class StoreFailed(StoreTrouble):
    """A commit failed: nobody knows what was changed. The text is the kind of failure, whose words may hold codes."""


class StoreDown(StoreFailed):
    """The database failed before a commit; nothing was changed."""


class StoreBusy(StoreTrouble):
    """Others kept the database locked for BUSY_SECONDS, or it does not answer; nothing was changed."""
