"""A journal as 0.2.0, the first version with journals, wrote it, is read by this one (docs/upgrade.md)."""

import hashlib
import json

import pytest

from coupon_client import Coupon, CouponClient, InvalidRequest, IssuedOnce, JournalError, Mobile
from coupon_client.refusals import CustomerHasCoupon
from tests.client.conftest import ABIJITH
from tests.client.disturbed_sandbox import SERIES, Disturbed

SALT = "0011223344556677"
PLACE = hashlib.sha256(b"order-1").hexdigest()[:40]


class Kept:
    """A journal that holds these entries."""

    def __init__(self, **texts: object) -> None:
        self.texts = {key: json.dumps(text) for key, text in texts.items()}

    def lock(self, key: str) -> str:
        return self.texts.get(key, "")

    def write(self, key: str, text: str) -> None:
        self.texts[key] = text

    def unlock(self, key: str) -> None: ...


def entry_of(base_url: str, count: int, **values: object) -> dict[str, object]:
    """An entry of `order-1` for so many coupons of SERIES to ABIJITH without metadata."""
    metadata = [None, PLACE, None, None, None]  # the key travels in source_id
    parameters = [base_url, SERIES, count, ABIJITH.mobile, None, None, *metadata]
    digest = hashlib.sha256(f"{SALT} {json.dumps(parameters)}".encode()).hexdigest()
    return {
        "salt": SALT,
        "parameters": digest,
        "attempt": None,
        "known": [],
        "named": [],
        "result": None,
        **values,
    }


def journal_of(base_url: str, entry: dict[str, object]) -> Kept:
    """A journal with a check of the platform that passed, and an entry of `order-1`."""
    check = hashlib.sha256(f"check {base_url} source_id".encode()).hexdigest()[:40]
    return Kept(**{check: {"keys": "returned", "coupon": ["CHECK", 17]}, PLACE: entry})


def test_a_check_that_passed_is_not_repeated(client: CouponClient, server: Disturbed) -> None:
    journal = journal_of(server.base_url, {})

    assert client.check_keys(SERIES, Mobile("11223569866"), journal=journal) == Coupon("CHECK", 17)
    assert not server.requests


def test_a_finished_key_returns_its_coupons_and_sends_nothing(client: CouponClient, server: Disturbed) -> None:
    result = {"coupons": [["A1", 5], ["B2", None]], "errors": [5006]}
    journal = journal_of(server.base_url, entry_of(server.base_url, 3, result=result))

    assert client.issue_once("order-1", SERIES, ABIJITH, 3, journal=journal) == IssuedOnce(
        (Coupon("A1", 5), Coupon("B2", None)),
        1,
        ((5006, ""),),  # type: ignore[arg-type]
    )
    assert not server.requests


def test_a_refused_key_is_refused_again(client: CouponClient, server: Disturbed) -> None:
    journal = journal_of(server.base_url, entry_of(server.base_url, 1, result={"coupons": [], "errors": [709]}))
    with pytest.raises(CustomerHasCoupon):
        client.issue_once("order-1", SERIES, ABIJITH, 1, journal=journal)

    assert not server.requests


def test_an_attempt_under_way_is_settled_before_anything_is_issued(
    client: CouponClient, server: Disturbed, no_waiting: list[float]
) -> None:
    attempt = [["a-boot-before-this-one", 12.5], 65.0]
    entry = entry_of(server.base_url, 2, attempt=attempt, known=[4, 7], named=[])
    journal = journal_of(server.base_url, entry)

    assert client.issue_once("order-1", SERIES, ABIJITH, 2, journal=journal, settle=30).complete
    assert max(no_waiting) > 90  # all of the attempt, and `settle`: another boot's clock says nothing


def test_other_parameters_are_still_told_apart(client: CouponClient, server: Disturbed) -> None:
    journal = journal_of(server.base_url, entry_of(server.base_url, 3))
    with pytest.raises(InvalidRequest, match="used for another issuance"):
        client.issue_once("order-1", SERIES, ABIJITH, 2, journal=journal)


@pytest.mark.parametrize("entry", [{}, {"version": 9}, [], 5])
def test_an_entry_of_an_unknown_form_sends_nothing(client: CouponClient, server: Disturbed, entry: object) -> None:
    journal = journal_of(server.base_url, entry)  # type: ignore[arg-type]
    with pytest.raises(JournalError, match="nothing was sent"):
        client.issue_once("order-1", SERIES, ABIJITH, 2, journal=journal)

    assert not server.requests
