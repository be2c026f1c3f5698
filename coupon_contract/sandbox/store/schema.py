"""The tables, and the constants that every store shares.

The statements are SQLite's; postgres.py says what PostgreSQL reads in their place. One row of `issue` is one call; its
coupons are those from `first_id` to `last_id`. What is looked up by customer or series is looked up there, so that a
coupon costs one row and, if its code follows from its id (`made`), no index entry at all.
"""

from typing import Literal
from zlib import crc32

from msgspec import inspect
from msgspec.structs import FieldInfo, fields

from coupon_contract.sandbox.issuing import Series

Survives = Literal["power-cut", "killed-process"]  # the failures that committed coupons survive
SURVIVES: tuple[Survives, ...] = ("power-cut", "killed-process")
FIRST_COUPON_ID = 1_237_263_304  # the first id of the documentation
BUSY_SECONDS = 5.0  # seconds that a call waits for other writers
PAGE = 500  # rows per page

COMPUTED = "codes_left"
SERIES_COLUMNS = {field.name: field for field in fields(Series) if field.name != COMPUTED}


def declaration(field: FieldInfo) -> str:
    """Return the declaration of the column that holds this field of a series."""
    kind = inspect.type_info(field.type)
    kinds = [_plain(member) for member in (kind.types if isinstance(kind, inspect.UnionType) else (kind,))]
    name = "TEXT" if any(isinstance(member, inspect.StrType) for member in kinds) else "INTEGER"
    needed = "" if any(isinstance(member, inspect.NoneType) for member in kinds) else " NOT NULL"
    return f"{field.name} {name}" + (" PRIMARY KEY" if field.name == "id" else needed)


def _plain(kind: inspect.Type) -> inspect.Type:
    return kind.type if isinstance(kind, inspect.Metadata) else kind


SCHEMA = f"""
CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE series (
    {", ".join(map(declaration, SERIES_COLUMNS.values()))}, uploaded INTEGER, handed_out INTEGER NOT NULL,
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


SCHEMA_VERSION = crc32(SCHEMA.encode()) >> 1  # databases with other tables cannot be opened; SQLite keeps 31 bits


def statements() -> list[str]:
    """Return the statements that create an empty database."""
    return [statement.strip() for statement in SCHEMA.split(";") if statement.strip()]


class StoreError(Exception):
    """The database is not usable; the text names it, without its contents or a password."""


class StoreTrouble(Exception):
    """The database does not work at the moment. Only StoreFailed leaves open whether anything changed."""


class StoreFailed(StoreTrouble):
    """A commit failed; its effects are unknown. The text is the kind of failure, because messages may hold codes."""


class StoreDown(StoreFailed):
    """The database failed before a commit; nothing changed."""


class StoreBusy(StoreTrouble):
    """Other writers kept the database locked for BUSY_SECONDS, or it does not respond; nothing changed."""
