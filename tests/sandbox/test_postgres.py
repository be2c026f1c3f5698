"""What is PostgreSQL's own."""

from collections.abc import Callable

import psycopg
import pytest

from sandbox.store import StoreBusy, StoreError
from sandbox.store.postgres import SESSION, PostgresStore


def test_a_server_that_does_not_answer_is_named_without_the_password() -> None:
    with pytest.raises(StoreError, match=r"127\.0\.0\.1.*port 1\b") as told:
        PostgresStore("postgresql://till:s3cret@127.0.0.1:1/coupons")

    assert "s3cret" not in str(told.value)


def test_a_wrong_password_is_not_told(postgres: Callable[[], str]) -> None:
    with psycopg.connect(postgres()) as connection:
        where = connection.info
        url = f"postgresql://{where.user}:s3cret@{where.host}:{where.port}/{where.dbname}"
    with pytest.raises(StoreError, match="password authentication failed") as told:
        PostgresStore(url)

    assert "s3cret" not in str(told.value)


def test_an_url_that_is_none_is_a_store_error() -> None:
    with pytest.raises(StoreError, match="PostgreSQL: "):
        PostgresStore("postgresql://till:s3cret@127.0.0.1:port/x")


def test_somebody_elses_tables_are_refused(postgres: Callable[[], str]) -> None:
    url = postgres()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE setting (name TEXT, value TEXT)")

    with pytest.raises(StoreError, match="use an empty database"):
        PostgresStore(url)


def test_a_lock_that_stays_is_busy(postgres: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SESSION, "lock_timeout", "50ms")
    store = PostgresStore(postgres())

    with store.transaction(), pytest.raises(StoreBusy), store.transaction():
        pass
    store.close()
