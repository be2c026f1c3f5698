"""What lasts, and what holds between threads and processes: the same in a file and in PostgreSQL."""

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
from attrs import evolve
from msgspec import structs
from msgspec.structs import replace

from coupon_contract.sandbox import service
from coupon_contract.sandbox.auth import new_token, token_hash
from coupon_contract.sandbox.codec import KeyAndSecret
from coupon_contract.sandbox.issuing import Identifier, IssueRequest, Series
from coupon_contract.sandbox.records import Coupon, SeriesRow, Wanted
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.seeding import customer_row, seed_store, series_row
from coupon_contract.sandbox.service import Issued
from coupon_contract.sandbox.store import FIRST_COUPON_ID, PAGE, Store, open_store

ABIJITH = 555567088
NOW = 1_800_000_000_000

WORKER = """
import sys
from coupon_contract.sandbox import load_seed, service
from coupon_contract.sandbox.issuing import Identifier, IssueRequest
from coupon_contract.sandbox.seeding import seed_store
from coupon_contract.sandbox.store import open_store

store = open_store(sys.argv[1])
seed_store(store, load_seed())
request = IssueRequest(int(sys.argv[2]), 3, (Identifier("mobile", "11223569865"),))
for _ in range(int(sys.argv[3])):
    outcome = service.issue(store, request, 1)
    for coupon in getattr(outcome, "coupons", ()):
        print(coupon.id, coupon.code)
store.close()
"""


@pytest.fixture
def opened(database: str) -> Iterator[Callable[[], Store]]:
    """Opens the same database as often as one likes."""
    stores: list[Store] = []

    def open_one() -> Store:
        stores.append(open_store(database))
        return stores[-1]

    yield open_one
    for store in stores:
        store.close()


@pytest.fixture
def store(opened: Callable[[], Store], seed: Seed) -> Store:
    store = opened()
    seed_store(store, seed)
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


def test_codes_are_still_unique_when_none_follow_from_ids_any_more(store: Store) -> None:
    with store.transaction() as transaction:
        transaction._run("INSERT INTO issue VALUES (?, ?, 415446, 1, 0, '')", (2**61, 2**61))
    codes = [coupon.code for coupon in issue(store, 415446, 500)]

    assert len(set(codes)) == 500
    assert len(read_back(store, Wanted(codes=tuple(codes)))) == 500


def test_read_back_finds_codes_of_every_kind(store: Store) -> None:
    coupons = [issue(store, series_id, 1)[0] for series_id in (415446, 535521, 18426, 96004)]

    assert read_back(store, Wanted(codes=tuple(coupon.code for coupon in coupons))) == [each.id for each in coupons]


def test_a_code_that_nobody_got_is_not_found(store: Store) -> None:
    code = issue(store, 96004)[0].code

    assert read_back(store, Wanted(codes=(f"{code[:-1]}{'A' if code[-1] != 'A' else 'B'}", "9" * 10, "x"))) == []


def test_uploaded_codes_are_handed_out_once_in_order(store: Store) -> None:
    row = SeriesRow(Series(1), 10, "0123456789", "{}", ("c", "a", "b"))
    with store.transaction() as transaction:
        transaction.seed_series(row)

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
    seed_store(store, seed)

    assert len(issue(store, 50060, 5)) == 1


def test_a_series_that_is_there_is_made_no_codes(store: Store, seed: Seed, monkeypatch: pytest.MonkeyPatch) -> None:
    def make(_: object) -> tuple[str, ...]:
        raise AssertionError

    monkeypatch.setattr("coupon_contract.sandbox.seeding.uploaded_codes", make)

    assert not seed_store(store, seed)


def test_a_database_keeps_its_state(database: str, seed: Seed) -> None:
    for _ in range(2):
        store = open_store(database)
        seed_store(store, seed)
        issue(store, 50020, 3)
        ids = read_back(store, Wanted(customer_ids=(ABIJITH,)))
        store.close()

    assert len(ids) == 5


def test_limits_hold_between_threads(store: Store) -> None:
    with ThreadPoolExecutor(8) as pool:
        issued = [coupon for got in pool.map(lambda _: issue(store, 50020, 2), range(40)) for coupon in got]

    assert len(issued) == 5


@pytest.mark.parametrize(("series_id", "limit"), [(50020, 5), (50060, 3), (96004, 1), (415446, 4 * 30 * 3)])
def test_limits_and_uniqueness_hold_between_processes(database: str, series_id: int, limit: int) -> None:
    issued = in_processes(database, series_id)

    assert len(issued) == limit
    assert len({line.split()[0] for line in issued}) == len({line.split()[1] for line in issued}) == limit


def in_processes(database: str, series_id: int) -> list[str]:
    """Four processes create, seed and use one database at once; the coupons that they got, as `id code`."""
    command = [sys.executable, "-c", WORKER, database, str(series_id), "30"]
    workers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(4)]  # noqa: S603
    outputs = [worker.communicate(timeout=60)[0] for worker in workers]
    assert all(worker.returncode == 0 for worker in workers)
    return [line for output in outputs for line in output.splitlines()]


def test_every_coupon_that_was_answered_is_in_the_database(database: str, opened: Callable[[], Store]) -> None:
    answered = [int(line.split()[0]) for line in in_processes(database, 415446)]

    assert read_back(opened(), Wanted(customer_ids=(ABIJITH,))) == sorted(answered)


def test_reading_while_issuing_sees_whole_calls(opened: Callable[[], Store], store: Store) -> None:
    other = opened()
    with store.transaction() as transaction:
        transaction.issue(Series(415446), ABIJITH, 2, NOW)
        during = read_back(other, Wanted(customer_ids=(ABIJITH,)))
    after = read_back(other, Wanted(customer_ids=(ABIJITH,)))

    assert (len(during), len(after)) == (0, 2)


# --- for a control interface ----------------------------------------------------------------------------------------


def test_a_setting_is_seen_by_every_worker(opened: Callable[[], Store], store: Store) -> None:
    with store.transaction() as transaction:
        transaction.set_setting("clock", {"offset": 5})

    assert opened().setting("clock") == {"offset": 5}
    assert opened().settings()["clock"] == {"offset": 5}


def test_a_setting_can_be_changed_and_forgotten(store: Store) -> None:
    seen = []
    for value in (1, 2, None):
        with store.transaction() as transaction:
            transaction.set_setting("fault", value)
        seen.append(store.setting("fault"))

    assert seen == [1, 2, None]


def test_series_are_listed_with_their_state(store: Store, seed: Seed) -> None:
    issue(store, 50060, 2)
    listed = {each.series.id: each for each in store.all_series()}

    assert [*listed] == sorted(each.id for each in seed.series)
    assert (listed[50060].state, listed[50060].series.issued, listed[50060].series.codes_left) == (
        "few-codes-left",
        2,
        1,
    )


def test_customers_are_listed(store: Store, seed: Seed) -> None:
    assert [number for number, _ in store.customers()] == sorted(each.id for each in seed.customers)


def test_what_was_issued_of_a_series_is_listed(store: Store) -> None:
    mine = [coupon.id for coupon in (*issue(store, 50020, 3), *issue(store, 50020, 1, mobile="918028464628"))]
    issue(store, 415446, 2)

    assert [row.id for page in store.issued_in_series(50020) for row in page] == mine


def test_planting_says_what_is_new(store: Store, seed: Seed) -> None:
    series, customer = series_row(seed.series[0]), customer_row(seed.customers[0])
    with store.transaction() as transaction:
        again = transaction.seed_series(series), transaction.seed_customer(customer)
        new = (
            transaction.seed_series(evolve(series, series=replace(series.series, id=1))),
            transaction.seed_customer(evolve(customer, id=1, identifiers=())),
        )

    assert (again, new) == ((False, False), (True, True))


def test_ids_and_codes_go_on_after_clearing(store: Store, seed: Seed) -> None:
    before = [*issue(store, 415446, 3)]
    for _ in range(2):
        with store.transaction() as transaction:
            transaction.clear()
    seed_store(store, seed)
    after = issue(store, 415446)[0]

    assert after.id == before[-1].id + 1
    assert after.code not in [coupon.code for coupon in before]


def test_an_identifier_that_a_seed_adds_is_in_answers_too(store: Store, seed: Seed) -> None:
    customer = structs.replace(seed.customers[0], identifiers={"mobile": "11223569865", "email": "new@example.com"})
    seed_store(store, structs.replace(seed, customers=[customer]))
    profile = json.loads(dict(store.customers())[customer.id])["profiles"][0]

    assert {"type": "email", "value": "new@example.com"} in profile["identifiers"]
    assert profile["identifiers"] == profile["identifiersAll"]
    assert len({one["value"] for one in profile["identifiers"]}) == len(profile["identifiers"])


def test_clearing_leaves_no_series_customer_or_coupon(store: Store, seed: Seed) -> None:
    issue(store, 50020, 3)
    with store.transaction() as transaction:
        transaction.clear()
    emptied = store.all_series(), store.customers(), read_back(store, Wanted(coupon_ids=(FIRST_COUPON_ID,)))
    seed_store(store, seed)

    assert emptied == ([], [], [])
    assert len(issue(store, 50020, 5)) == 5


def tokens(store: Store) -> list[str]:
    return sorted(row[0] for row in store._read("SELECT hash FROM token"))


def test_expired_tokens_are_deleted_when_a_token_is_granted(opened: Callable[[], Store], seed: Seed) -> None:
    store = opened()
    with store.transaction() as transaction:
        transaction.add_token("expired", NOW)
        transaction.add_token("live", NOW + 1)
    client = seed.oauth.clients[0]
    token = asyncio.run(new_token(seed, store, KeyAndSecret(client.key, client.secret), NOW))

    assert tokens(store) == sorted(["live", token_hash(token)])


def test_a_token_that_was_planted_expired_stays_known(store: Store, seed: Seed) -> None:
    with store.transaction() as transaction:
        transaction.delete_expired_tokens(NOW)

    assert tokens(store) == sorted(map(token_hash, seed.oauth.expired_tokens))
