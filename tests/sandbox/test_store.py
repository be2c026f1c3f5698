"""What lasts, and what holds between threads and processes."""

import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from sandbox import service
from sandbox.issuance import Identifier, IssueRequest, Series
from sandbox.planting import plant
from sandbox.records import Coupon, SeriesRow, Wanted
from sandbox.seed import Seed
from sandbox.service import Issued
from sandbox.store import FIRST_COUPON_ID, PAGE, Store, StoreBusy, StoreError, random_code

ABIJITH = 555567088
NOW = 1_800_000_000_000

WORKER = """
import sys
from sandbox import load_seed, service
from sandbox.issuance import Identifier, IssueRequest
from sandbox.planting import plant
from sandbox.store import Store

store = Store(sys.argv[1])
plant(store, load_seed())
request = IssueRequest(int(sys.argv[2]), 3, (Identifier("mobile", "11223569865"),))
for _ in range(int(sys.argv[3])):
    outcome = service.issue(store, request, 1)
    for coupon in getattr(outcome, "coupons", ()):
        print(coupon.id, coupon.code)
"""


@pytest.fixture
def store(seed: Seed) -> Store:
    store = Store()
    plant(store, seed)
    return store


def issue(store: Store, series_id: int, count: int = 1, mobile: str = "11223569865") -> tuple[Coupon, ...]:
    outcome = service.issue(store, IssueRequest(series_id, count, (Identifier("mobile", mobile),)), NOW)
    return outcome.coupons if isinstance(outcome, Issued) else ()


def read_back(store: Store, wanted: Wanted) -> list[int]:
    return [row.id for page in store.issued_coupons(wanted) for row in page]


def test_coupon_ids_start_where_the_documentation_does(store: Store) -> None:
    assert [coupon.id for coupon in issue(store, 415446, 3)] == [FIRST_COUPON_ID + nth for nth in range(3)]


def test_ordinary_codes_are_ten_digits(store: Store) -> None:
    assert all(coupon.code.isdigit() and len(coupon.code) == 10 for coupon in issue(store, 415446, 500))


def test_codes_never_repeat_within_a_series(store: Store) -> None:
    codes = [coupon.code for _ in range(10) for coupon in issue(store, 415446, 500)]

    assert len(set(codes)) == 5000


def test_a_code_that_is_taken_is_drawn_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    draws = iter(["1111111111", "1111111111", "1111111111", "2222222222"])
    monkeypatch.setattr("sandbox.store.random_code", lambda alphabet, length: next(draws))

    assert [issue(store, 415446)[0].code for _ in range(2)] == ["1111111111", "2222222222"]


def test_the_same_code_may_exist_in_two_series(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.store.random_code", lambda alphabet, length: "1111111111")

    assert issue(store, 415446)[0].code == issue(store, 50020)[0].code


def test_generated_codes_have_no_leading_zero() -> None:
    assert not any(random_code("01", 8).startswith("0") for _ in range(100))


def test_uploaded_codes_are_handed_out_once_in_order(store: Store) -> None:
    row = SeriesRow(Series(1), 10, "0123456789", "{}", ("c", "a", "b"))
    with store.transaction() as transaction:
        transaction.plant_series(row)

    assert [[coupon.code for coupon in issue(store, 1, count)] for count in (2, 2, 1)] == [["c", "a"], ["b"], []]


def test_a_refusal_leaves_nothing_behind(store: Store) -> None:
    issue(store, 50010)
    issue(store, 999999999)

    assert read_back(store, Wanted(customer_ids=(ABIJITH,))) == []


def test_an_interrupted_issue_leaves_nothing_behind(store: Store) -> None:
    with suppress(KeyboardInterrupt), store.transaction() as transaction:
        transaction.issue(Series(50060, codes_left=3), ABIJITH, 2, NOW)
        raise KeyboardInterrupt

    assert read_back(store, Wanted(customer_ids=(ABIJITH,))) == []
    assert len(issue(store, 50060, 5)) == 3


def test_read_back_goes_through_all_pages(store: Store) -> None:
    issued = [coupon.id for _ in range(3) for coupon in issue(store, 415446, PAGE)]

    assert read_back(store, Wanted(customer_ids=(ABIJITH,))) == issued


def test_read_back_narrows_by_every_kind(store: Store) -> None:
    mine = issue(store, 18426)[0]
    issue(store, 18426, mobile="918028464628")
    issue(store, 415446)

    assert read_back(store, Wanted(customer_ids=(ABIJITH,), codes=("DECATH10",))) == [mine.id]


def test_read_back_lists_a_coupon_once(store: Store) -> None:
    mine = issue(store, 415446)[0]

    assert read_back(store, Wanted(coupon_ids=(mine.id, mine.id))) == [mine.id]


@pytest.mark.parametrize(
    "wanted", [Wanted(coupon_ids=(2**63,)), Wanted(codes=("\ud800", "\0")), Wanted((FIRST_COUPON_ID,), (2**70,))]
)
def test_read_back_of_values_that_no_database_holds_is_empty(store: Store, wanted: Wanted) -> None:
    issue(store, 415446)

    assert read_back(store, wanted) == []


@pytest.mark.parametrize("value", ["a\ud800", "\0", "11223569865\0"])
def test_an_identifier_that_no_database_holds_names_nobody(store: Store, value: str) -> None:
    assert issue(store, 415446, mobile=value) == ()


def test_seeding_again_changes_nothing(store: Store, seed: Seed) -> None:
    issue(store, 50060, 2)
    plant(store, seed)

    assert len(issue(store, 50060, 5)) == 1


def test_a_file_keeps_its_state(tmp_path: Path, seed: Seed) -> None:
    for _ in range(2):
        store = Store(str(tmp_path / "coupons.db"))
        plant(store, seed)
        issue(store, 50020, 3)
        ids = read_back(store, Wanted(customer_ids=(ABIJITH,)))
        store.close()

    assert len(ids) == 5


def test_a_directory_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nowhere"):
        Store(str(tmp_path / "nowhere" / "coupons.db"))


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no database" * 100)

    with pytest.raises(StoreError, match=r"notes\.txt"):
        Store(str(tmp_path / "notes.txt"))


def test_somebody_elses_database_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE coupon (id)")
    connection.close()

    with pytest.raises(StoreError, match="not a database of this version"):
        Store(str(tmp_path / "other.db"))


def test_a_lock_that_stays_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.store.BUSY_SECONDS", 0.01)
    first, second = Store(str(tmp_path / "coupons.db")), Store(str(tmp_path / "coupons.db"))

    with first.transaction(), pytest.raises(StoreBusy), second.transaction():
        pass


def test_limits_hold_between_threads(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        issued = [coupon for got in pool.map(lambda _: issue(store, 50020, 2), range(40)) for coupon in got]

    assert len(issued) == 5


@pytest.mark.parametrize(("series_id", "limit"), [(50020, 5), (50060, 3), (96004, 1), (415446, 4 * 30 * 3)])
def test_limits_and_uniqueness_hold_between_processes(tmp_path: Path, series_id: int, limit: int) -> None:
    issued = in_processes(tmp_path / "coupons.db", series_id)

    assert len(issued) == limit
    assert len({line.split()[0] for line in issued}) == len({line.split()[1] for line in issued}) == limit


def in_processes(database: Path, series_id: int) -> list[str]:
    """Four processes create, seed and use one file at once; the coupons that they got, as `id code`."""
    command = [sys.executable, "-c", WORKER, str(database), str(series_id), "30"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]  # noqa: S603
    outputs = [worker.communicate(timeout=60)[0] for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    return [line for output in outputs for line in output.splitlines()]


def test_every_coupon_that_was_answered_is_in_the_file(tmp_path: Path, seed: Seed) -> None:
    answered = [int(line.split()[0]) for line in in_processes(tmp_path / "coupons.db", 415446)]

    assert read_back(Store(str(tmp_path / "coupons.db")), Wanted(customer_ids=(ABIJITH,))) == sorted(answered)


@pytest.mark.parametrize("series_id", [415446, 18426])
def test_the_cost_of_issuing_does_not_grow_with_coupons(store: Store, series_id: int) -> None:
    plans: list[str] = []
    connection = store._connection
    connection.set_trace_callback(plans.append)
    issue(store, series_id, 2)
    connection.set_trace_callback(None)
    explained = [connection.execute(f"EXPLAIN QUERY PLAN {plan}").fetchall() for plan in plans if "SELECT" in plan]
    steps = [row[3] for rows in explained for row in rows]

    assert steps
    assert not [step for step in steps if step.startswith("SCAN")]


def test_reading_while_issuing_sees_whole_calls(tmp_path: Path, seed: Seed) -> None:
    writer, other = Store(str(tmp_path / "coupons.db")), Store(str(tmp_path / "coupons.db"))
    plant(writer, seed)
    with writer.transaction() as transaction:
        transaction.issue(Series(415446), ABIJITH, 2, NOW)
        during = read_back(other, Wanted(customer_ids=(ABIJITH,)))
    after = read_back(other, Wanted(customer_ids=(ABIJITH,)))

    assert (len(during), len(after)) == (0, 2)
