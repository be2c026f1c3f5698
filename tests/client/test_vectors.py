"""The language-neutral vectors, over HTTP, with both clients."""

from collections.abc import Collection, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

import pytest

from coupon_client import AuthenticationFailed, Email, ExternalId, Issued, Mobile, OutcomeUnknown, Refused, Rejected
from coupon_client.issuance import Customer
from coupon_contract.cli.program import named
from coupon_contract.cli.vector_player import playing
from scripts import vectors
from tests.client.conftest import End, Issue

Json = Any
DECODING = vectors.decoding()
KINDS = {"mobile": Mobile, "email": Email, "externalId": ExternalId}
WORDS = {
    AuthenticationFailed: "not-authenticated",
    Rejected: "rejected",
    Refused: "refused",
    OutcomeUnknown: "outcome-unknown",
}


@pytest.fixture(scope="module")
def player() -> Iterator[str]:
    with playing(DECODING) as address:
        yield address


def word(end: End) -> str:
    if isinstance(end, Issued):
        return "issued" if end.complete else "partly-issued"
    return next(word for kind, word in WORDS.items() if isinstance(end, kind))


def lists(end: End) -> Json:
    """The codes of coupons, errors and warnings that the caller gets."""
    return {
        "codes": [coupon.code for coupon in getattr(end, "coupons", ())],
        "ids": [None if coupon.id is None else str(coupon.id) for coupon in getattr(end, "coupons", ())],
        "errors": [error.code for error in getattr(end, "errors", ())],
        "warnings": [warning.code for warning in getattr(end, "warnings", ())],
    }


def detailed(end: End, names: Collection[str]) -> Json:
    """These values of the whole response, comparable."""
    if not names or not isinstance(end, Issued):
        return {}
    profiles = (end.raw.get("customer") or {}).get("profiles") or [{}]
    values = {**(end.raw.get("couponConfig") or {}), "autoUpdateTime": profiles[0].get("autoUpdateTime")}
    return {name: comparable(str(values[name])) for name in names}


def comparable(value: str) -> Json:
    """A number by its value, another text as it is."""
    try:
        return Decimal(value)
    except InvalidOperation:
        return value


def customer_of(request: Json) -> Customer:
    ((kind, value),) = request["customer"].items()
    return KINDS[kind](value)


@pytest.mark.parametrize("vector", DECODING, ids=lambda vector: vector["id"])
def test_the_end_of_a_vector_is_reached(player: str, issue: Issue, vector: Json) -> None:
    request = vector["request"]
    end = issue(
        f"{player}/{vector['id']}", count=request["count"], series_id=request["seriesId"], customer=customer_of(request)
    )

    assert word(end) in (vector["end"], *vector["safe"])
    if word(end) == vector["end"]:
        expected = named(vector)
        if isinstance(end, Refused):
            expected.pop("warnings")  # a refusal carries its errors only
        details = expected.pop("details", {})

        assert lists(end) | expected == lists(end)
        assert detailed(end, details) == {name: comparable(value) for name, value in details.items()}
