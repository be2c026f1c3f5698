"""A rename is one change, wherever the document mentions the name."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from coupon_contract import spec
from scripts import changes
from scripts.changes import __main__, renames

Json = Any
Edit = Callable[[Json], object]


def everywhere(*names: tuple[str, str]) -> Callable[[Json], Json]:
    """Replace names wherever they stand in the document, as an author does."""

    def replaced(document: Json) -> Json:
        text = json.dumps(document)
        for old, new in names:
            text = text.replace(old, new)
        return json.loads(text)

    return replaced


def in_schemas(old: str, new: str) -> Callable[[Json], Json]:
    """Rename a property in every schema, and in no example."""

    def replaced(document: Json) -> Json:
        for schema in document["components"]["schemas"].values():
            if old in schema.get("properties", {}):
                schema["properties"] = {
                    new if key == old else key: value for key, value in schema["properties"].items()
                }
                schema["required"] = [new if key == old else key for key in schema.get("required", [])]
        return document

    return replaced


def reordered(document: Json) -> Json:
    renamed = everywhere(('"firstName"', '"givenName"'))(document)
    profile = renamed["components"]["schemas"]["CustomerProfile"]["properties"]
    profile["givenName"] = profile.pop("givenName")
    return renamed


def between(edit: Callable[[Json], Json]) -> list[changes.Change]:
    return changes.between(spec.document(), edit(copy.deepcopy(spec.document())))


RENAMES: dict[str, tuple[Callable[[Json], Json], str, str]] = {
    "a field of two operations": (everywhere(('couponId"', 'voucherId"')), "couponId", "voucherId"),
    "a field that is mandatory": (everywhere(("failureCount", "failedCoupons")), "failureCount", "failedCoupons"),
    "an object": (everywhere(("couponConfig", "seriesConfig")), "couponConfig", "seriesConfig"),
    "a field of another place": (reordered, "firstName", "givenName"),
    "a parameter": (everywhere(("sort_order", "sortOrder")), "sort_order", "sortOrder"),
    "a schema": (everywhere(("FoundCoupons", "CouponsRead")), "FoundCoupons", "CouponsRead"),
    "an example": (everywhere(("RefusedSeriesInvalid", "NoSuchSeries")), "RefusedSeriesInvalid", "NoSuchSeries"),
    "a path": (everywhere(("/v2/coupon/revoke", "/v2/coupons/revoke")), "/v2/coupon/revoke", "/v2/coupons/revoke"),
    "a code": (everywhere(("709", "711")), "709", "711"),
}


@pytest.mark.parametrize("name", RENAMES)
def test_a_rename_is_found_once_and_explains_every_mention(name: str) -> None:
    edit, old, new = RENAMES[name]
    before = spec.document()
    after = edit(copy.deepcopy(before))
    known = renames.renames(before, after)

    assert [(rename.old, rename.new) for rename in known] == [(old, new)]
    assert renames.aligned(before, after, known) == after


@pytest.mark.parametrize(("name", "kind"), [("a field of two operations", "breaking"), ("an example", "documentation")])
def test_a_rename_is_one_change(name: str, kind: str) -> None:
    (change,) = between(RENAMES[name][0])

    assert change.kind == kind
    assert f"`{RENAMES[name][1]}` is called `{RENAMES[name][2]}` now" in change.text


def test_a_rename_is_one_line_of_the_draft() -> None:
    text = __main__.draft(between(RENAMES["a code"][0]), "0.3.0")

    assert [line for line in text.splitlines() if line.startswith("- ")] == [
        "- Code `709` is called `711` now. (`/components/schemas/IssuanceErrorCode/enum`)"
    ]


def test_a_rename_in_the_schemas_alone_is_found_where_the_examples_keep_the_old_name() -> None:
    document = in_schemas("couponId", "voucherId")(copy.deepcopy(spec.document()))
    (rename,) = renames.renames(spec.document(), document)

    assert (rename.old, rename.new) == ("couponId", "voucherId")
    assert rename.places == (
        "/components/schemas/Coupon/properties/voucherId",
        "/components/schemas/RevokedCoupon/properties/voucherId",
    )


def test_a_field_that_was_replaced_by_another_one_is_no_rename() -> None:
    document = copy.deepcopy(spec.document())
    profile = document["components"]["schemas"]["CustomerProfile"]["properties"]
    del profile["firstName"]
    profile["visits"] = {"type": "string", "description": "Her visits.", "examples": ["7"]}

    assert renames.renames(spec.document(), document) == []


def test_a_field_that_is_renamed_and_of_another_type_is_no_rename() -> None:
    document = copy.deepcopy(spec.document())
    properties = document["components"]["schemas"]["Coupon"]["properties"]
    properties["couponUuid"] = properties.pop("couponId") | {"type": "string", "format": "uuid"}

    assert renames.renames(spec.document(), document) == []


def test_a_renamed_clause_is_one_change() -> None:
    entry = {"text": "It holds.", "level": "MUST", "ledger": ["x"]}

    assert [change.text for change in changes.between_clauses({"one": entry}, {"other": entry})] == [
        "Clause `one` is called `other` now."
    ]
