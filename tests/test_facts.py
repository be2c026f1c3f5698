"""The facts of the document are those of the documentation page; everything else derives from them."""

import pytest

from coupon_contract import facts, spec


def test_the_count_is_1_to_500() -> None:
    assert (facts.COUNT_MINIMUM, facts.COUNT_MAXIMUM) == (1, 500)


def test_the_request_has_four_fields() -> None:
    assert facts.REQUEST_FIELDS == ("seriesId", "count", "customer", "metadata")


def test_customers_have_three_identifiers() -> None:
    assert facts.IDENTIFIERS == ("mobile", "email", "externalId")


def test_metadata_are_texts_of_50_and_250_characters() -> None:
    short, long = ("sourceType", "sourceId", "sourceActivity"), ("notes", "reason")

    assert dict.fromkeys(short, 50) | dict.fromkeys(long, 250) == facts.METADATA_LENGTHS


def test_tokens_come_in_a_header_of_the_platform() -> None:
    assert facts.TOKEN_HEADER == "X-CAP-API-OAUTH-TOKEN"


def test_every_field_of_the_documented_coupon_configs_is_a_placeholder() -> None:
    examples = [one["value"].get("couponConfig", {}) for one in spec.document()["components"]["examples"].values()]
    shown = {name for config in examples for name in config}

    assert set(facts.placeholders("CouponConfig")) == shown


@pytest.mark.parametrize("name", ["firstName", "lastName"])
def test_a_person_may_lack_a_name(name: str) -> None:
    assert name not in facts.placeholders("CustomerProfile")
