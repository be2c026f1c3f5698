"""What is PostgreSQL's own."""

from collections.abc import Callable

import psycopg
import pytest

from coupon_contract.sandbox.store import StoreBusy, StoreDown, StoreError, StoreFailed
from coupon_contract.sandbox.store.postgres import SESSION, PostgresStore


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


def test_a_connection_that_was_cut_is_busy_once(postgres: Callable[[], str]) -> None:
    store = PostgresStore(postgres())
    with store._connection() as connection:
        cut = connection.info.backend_pid
    with psycopg.connect(connection.info.dsn, password=connection.info.password) as other:
        other.execute("SELECT pg_terminate_backend(%s)", (cut,))
    outcomes = []
    for _ in range(2):
        try:
            with store.transaction() as transaction:
                transaction.set_setting("x", 1)
        except StoreBusy:
            outcomes.append("busy")
        else:
            outcomes.append("done")
    store.close()

    assert outcomes == ["busy", "done"]


@pytest.mark.parametrize(("statements", "kind"), [((), StoreFailed), (("SELECT 1",), StoreDown)])
def test_only_a_connection_that_is_cut_at_the_commit_leaves_open_what_was_done(
    postgres: Callable[[], str], statements: tuple[str, ...], kind: type[Exception]
) -> None:
    url = postgres()
    store = PostgresStore(url)

    def work() -> None:
        with store.transaction() as transaction:
            transaction.set_setting("x", 1)
            (backend,) = transaction._run("SELECT pg_backend_pid()").fetchone()
            with psycopg.connect(url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", (backend,))
            for statement in statements:
                transaction._run(statement)

    with pytest.raises(StoreFailed) as told:
        work()
    store.close()

    assert type(told.value) is kind
    assert store.write_failed


def test_what_a_failure_says_holds_no_values(postgres: Callable[[], str]) -> None:
    store = PostgresStore(postgres())
    twice = "INSERT INTO coupon VALUES (1, 'a-code', 0), (1, 'a-code', 0)"
    with pytest.raises(StoreFailed) as told, store.transaction() as transaction:
        transaction._run(twice)
    store.close()

    assert str(told.value) == "UniqueViolation"
    assert told.value.__suppress_context__
