from typing import Any

import pytest

from coupon_contract.suite.exchange import dumps
from coupon_contract.suite.schema import mismatches
from tests.suite.conftest import example

Json = Any


def issued_with(**fields: Json) -> bytes:
    """The documented answer, its first coupon changed."""
    answer = example("Issued")
    answer["coupons"][0] |= fields
    return dumps(answer)


def keywords(body: bytes) -> list[str]:
    return [mismatch.keyword for mismatch in mismatches("IssuanceResponse", body)]


def test_half_a_surrogate_pair_is_no_flaw() -> None:
    assert keywords(issued_with(code="A\ud800")) == keywords(issued_with(code="A"))


def test_flaws_beside_half_a_surrogate_pair_are_found() -> None:
    assert keywords(issued_with(code="A\ud800", couponId="7")) == keywords(issued_with(couponId="7")) != []


@pytest.mark.parametrize("depth", [300, 900])
def test_a_nested_value_in_place_of_a_number_is_a_mismatch_at_any_depth(depth: int) -> None:
    nested: Json = 1
    for _ in range(depth):
        nested = {"couponId": nested}

    assert keywords(issued_with(couponId=nested)) == ["type"]


def test_what_stands_under_a_name_that_nobody_documents_is_not_looked_into() -> None:
    nested: Json = 1
    for _ in range(900):
        nested = {"a": nested}

    assert keywords(issued_with(more=nested)) == []


def test_no_more_than_twenty_flaws_of_a_kind_are_told() -> None:
    assert keywords(b'{"errors":[],"coupons":[%b]}' % b",".join([b"1"] * 900_000)).count("type") == 20
