"""The bookkeeper finds what is wrong: each rule is shown a database that breaks it."""

from collections.abc import Iterator

import pytest

from coupon_contract.sandbox import Seed, load_seed, service
from coupon_contract.sandbox.issuing import Identifier, IssueRequest
from coupon_contract.sandbox.seeding import seed_store
from coupon_contract.sandbox.service import Issued
from coupon_contract.sandbox.store import Store, open_store
from qa.audit import RULES, ReportedCoupon, troubles

ABIJITH = 555567088
ORDINARY, UPLOADED, FIVE_EACH = 415446, 535521, 50020
LIMITED_IN_ALL = 50011


@pytest.fixture(scope="module")
def seed() -> Seed:
    return load_seed()


@pytest.fixture
def told() -> list[ReportedCoupon]:
    return []


@pytest.fixture
def store(seed: Seed, told: list[ReportedCoupon]) -> Iterator[Store]:
    """A store in which each kind of series has issued something, and what was answered."""
    store = open_store()
    seed_store(store, seed)
    with store.transaction() as transaction:
        transaction._run("UPDATE series SET issued = 0, limit_in_all = 5")
    for series_id in (ORDINARY, UPLOADED, FIVE_EACH, LIMITED_IN_ALL):
        request = IssueRequest(series_id, 2, (Identifier("mobile", "11223569865"),))
        outcome = service.issue(store, request, 0)
        assert isinstance(outcome, Issued)
        told += [ReportedCoupon(coupon.id, coupon.code, series_id, ABIJITH) for coupon in outcome.coupons]
    yield store
    store.close()


TAMPERING = {
    "an issue without all of its coupons": "DELETE FROM coupon WHERE id = (SELECT max(id) FROM coupon)",
    "a coupon without an issue": "INSERT INTO coupon SELECT max(id) + 1, 'x', 0 FROM coupon",
    "a series that counts other coupons than it has": f"UPDATE series SET issued = 1 WHERE id = {ORDINARY}",
    "a customer who counts other coupons than there are": "UPDATE customer_count SET issued = 3",
    "an issue that no customer counts": f"DELETE FROM customer_count WHERE series_id = {ORDINARY}",
    "a customer beyond a limit": f"UPDATE series SET limit_per_customer = 1 WHERE id = {FIVE_EACH}",
    "a series beyond its limit": f"UPDATE series SET limit_in_all = 1 WHERE id = {LIMITED_IN_ALL}",
    "a series that handed out other codes than it issued": f"UPDATE series SET handed_out = 1 WHERE id = {UPLOADED}",
    "a code that was not uploaded": f"DELETE FROM uploaded_code WHERE series_id = {UPLOADED} AND position = 1",
    "a code that two coupons of a series have": "UPDATE coupon SET code = 'x'",
}


def test_books_that_balance_have_no_troubles(store: Store, told: list[ReportedCoupon]) -> None:
    assert troubles(store._read, told) == []


@pytest.mark.parametrize("rule", RULES)
def test_a_broken_rule_is_told(store: Store, rule: str) -> None:
    with store.transaction() as transaction:
        transaction._run(TAMPERING[rule])

    assert [each for each in troubles(store._read, []) if each.endswith(f" times {rule}")]


def test_a_coupon_that_was_answered_and_is_lost_is_told(store: Store, told: list[ReportedCoupon]) -> None:
    lost = [*told, ReportedCoupon(1, "x", ORDINARY, ABIJITH)]

    assert troubles(store._read, lost) == ["1 coupons that were answered are not there"]


def test_a_coupon_that_was_answered_twice_is_told(store: Store, told: list[ReportedCoupon]) -> None:
    assert troubles(store._read, [*told, told[0]]) == ["1 coupons were answered more than once"]
