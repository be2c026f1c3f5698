"""The tables, and the constants that every store shares.

The statements are SQLite's;
postgres.py says what PostgreSQL reads in their place. One row of `issue` is
one call; its coupons are those from `first_id` to `last_id`. What is looked up by customer or series is looked up
there, so that a coupon costs one row and, if its code follows from its id (`made`), no index entry at all.
"""

from typing import Literal

Survives = Literal["power-cut", "killed-process"]  # the failures that committed coupons survive
SURVIVES: tuple[Survives, ...] = ("power-cut", "killed-process")
SCHEMA_VERSION = 3
FIRST_COUPON_ID = 1_237_263_304  # the first id of the documentation
BUSY_SECONDS = 5.0  # seconds that a call waits for other writers
PAGE = 500  # rows per page

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
    """Return the statements that create an empty database."""
    return [statement.strip() for statement in SCHEMA.split(";") if statement.strip()]


class StoreError(Exception):
    """The database is not usable; the text names it, without its contents or a password."""


class StoreTrouble(Exception):
    """The database does not work at the moment. Only StoreFailed leaves open whether anything changed."""


class StoreFailed(StoreTrouble):
    """A commit failed: nobody knows what changed. The text is the kind of failure, because messages may hold codes."""


class StoreDown(StoreFailed):
    """The database failed before a commit; nothing changed."""


class StoreBusy(StoreTrouble):
    """Other writers kept the database locked for BUSY_SECONDS, or it does not respond; nothing changed."""
