"""The gate finds each seeded defect, and nothing in the real document."""

import copy
from pathlib import Path
from typing import Any

import pytest
import yaml

from coupon_contract import spec
from scripts import lint_spec

Json = Any
SCHEMAS = ("components", "schemas")
COUPON = (*SCHEMAS, "Coupon", "properties")
REQUEST = (*SCHEMAS, "IssuanceRequest", "properties")
ANSWER = (*SCHEMAS, "IssuanceResponse", "properties")
CODE = (*SCHEMAS, "IssuanceError", "properties", "code")
ISSUE = ("paths", spec.ISSUE_PATH, "post")
NOTHING = object()

OURS: dict[str, tuple[tuple[str | int, ...], Json, str]] = {
    "a field without a description": ((*COUPON, "code", "description"), NOTHING, "Coupon.code has no description"),
    "a schema without a description": ((*SCHEMAS, "Coupon", "description"), NOTHING, "Coupon of schemas"),
    "a response without a description": (("components", "responses", "RateLimited", "description"), "", "RateLimited"),
    "a parameter without a description": (
        ("paths", spec.READ_BACK_PATH, "get", "parameters", 0, "description"),
        NOTHING,
        "parameter issuedToIds",
    ),
    "a count without a unit": (
        (*ANSWER, "totalCount", "description"),
        "The total.",
        "totalCount does not say its unit",
    ),
    "a time without a unit": (
        (*SCHEMAS, "CouponConfig", "properties", "fixedExpiryDate", "description"),
        "When the series ends.",
        "fixedExpiryDate does not say its unit",
    ),
    "a text without an example": ((*COUPON, "code", "examples"), NOTHING, "Coupon.code has no example"),
    "a bare integer": ((*COUPON, "couponId", "format"), NOTHING, "integer without a format"),
    "a number of odd width": (
        (*SCHEMAS, "CouponConfig", "properties", "discountValue", "format"),
        "decimal",
        "number without a format",
    ),
    "an object without a name": (
        (*ANSWER, "page"),
        {"type": "object", "description": "A page."},
        "IssuanceResponse.page is an object without",
    ),
    "a closed list in a response": ((*CODE, "enum"), [707], "IssuanceError.code has `enum`"),
    "a constant in a response": (
        (*SCHEMAS, "IssuanceError", "properties", "status", "const"),
        False,
        "status has `const`",
    ),
    "a union in a response": ((*SCHEMAS, "IssuanceResponse", "oneOf"), [{}], "IssuanceResponse has `oneOf`"),
    "additionalProperties in a response": (
        (*SCHEMAS, "Customer", "additionalProperties"),
        True,
        "Customer has `additionalProperties`",
    ),
    "an untyped map that does not say so": (
        (*SCHEMAS, "ProfileFields", "additionalProperties"),
        NOTHING,
        "ProfileFields has no fields",
    ),
    "a closed map": ((*SCHEMAS, "ProfileFields", "additionalProperties"), False, "ProfileFields has no fields"),
    "a security scheme that is named like a schema": (
        ("components", "securitySchemes", "access-token"),
        {"type": "http", "scheme": "bearer", "description": "A token."},
        "access-token of securitySchemes and AccessToken of schemas are one name",
    ),
    "a length without a type": (
        (*SCHEMAS, "IssuanceResponse", "then", "properties", "errors", "type"),
        NOTHING,
        "`minItems` without `type: array`",
    ),
    "a server variable with a description": (
        ("servers", 1, "variables", "host", "description"),
        "The host.",
        "refuses the description of a variable",
    ),
    "a default in a request": ((*REQUEST, "count", "default"), 1, "IssuanceRequest.count has a default"),
    "a summary in info": (("info", "summary"), "Coupons", "break the 3.0 copy"),
    "a template as the only server": (("servers", 0, "url"), "https://{host}.invalid", "must be a plain address"),
    "a live host as the first server": (("servers", 0, "url"), "https://api.live-host.com", "may exist"),
    "a live host after user information": (("servers", 0, "url"), "https://coupons.invalid@live-host.com", "may exist"),
    "a live host without a scheme": (("servers", 0, "url"), "//live-host.com", "may exist"),
    "a live host that begins like a reserved one": (("servers", 0, "url"), "https://a.invalid.live.com", "may exist"),
    "a live host as the default of a variable": (
        ("servers", 1, "variables", "host", "default"),
        "live-host.com",
        "may exist",
    ),
    "a live host among the values of a variable": (
        ("servers", 1, "variables", "host", "enum"),
        ["coupons.invalid", "live-host.com"],
        "may exist",
    ),
    "a live host as the server of one operation": (
        (*ISSUE, "servers"),
        [{"url": "https://live-host.com"}],
        "may exist",
    ),
    "a component that nothing uses": (
        (*SCHEMAS, "Lost"),
        {"type": "object", "description": "Lost."},
        "component Lost of schemas is used nowhere",
    ),
    "a closed list that only x-judged-as used": ((*CODE, "x-judged-as"), NOTHING, "IssuanceErrorCode of schemas"),
    "a misspelt field in an example": (
        ("components", "examples", "Issued", "value", "coupons", 0, "cuoponId"),
        7,
        "coupons[].cuoponId is not documented",
    ),
    "an example of the wrong type": (
        ("components", "examples", "Issued", "value", "totalCount"),
        "2",
        "example issued",
    ),
}
REDOCLYS: dict[str, tuple[tuple[str | int, ...], Json, str]] = {
    "an operation without an id": ((*ISSUE, "operationId"), NOTHING, "operation-operationId"),
    "two operations of one id": ((*ISSUE, "operationId"), "findCoupons", "operation-operationId-unique"),
    "an operation without a summary": ((*ISSUE, "summary"), NOTHING, "operation-summary"),
    "a tag that is not declared": ((*ISSUE, "tags"), ["Issues"], "operation-tag-defined"),
    "a required field that does not exist": (
        (*SCHEMAS, "Coupon", "required"),
        ["code", "couponID"],
        "no-required-schema-properties-undefined",
    ),
    "a security scheme that is not defined": (("security",), [{"basic": []}], "security-defined"),
    "a type that does not exist": ((*COUPON, "code", "type"), "text", "struct"),
    "a $ref to nowhere": ((*REQUEST, "customer", "$ref"), "#/components/schemas/Custommer", "no-unresolved-refs"),
    "an info without a license": (("info", "license"), NOTHING, "info-license"),
    "a server with a path parameter that is not defined": (
        ("servers", 1, "variables"),
        NOTHING,
        "no-undefined-server-variable",
    ),
}


def seeded(path: tuple[str | int, ...], value: Json) -> Json:
    document = copy.deepcopy(spec.document())
    *parents, last = path
    node: Json = document
    for part in parents:
        node = node[part]
    if value is NOTHING:
        del node[last]
    else:
        node[last] = value
    return document


@pytest.mark.parametrize("defect", OURS)
def test_our_rules_find(defect: str) -> None:
    path, value, said = OURS[defect]

    assert [line for line in lint_spec.by_our_rules(seeded(path, value)) if said in line]


@pytest.mark.parametrize("defect", REDOCLYS)
def test_redocly_finds(defect: str, tmp_path: Path) -> None:
    path, value, said = REDOCLYS[defect]
    file = tmp_path / "openapi.yaml"
    file.write_text(yaml.safe_dump(seeded(path, value), sort_keys=False), encoding="utf-8")

    assert [line for line in lint_spec.by_redocly(file) if f"({said})" in line]


def test_the_real_document_is_clean() -> None:
    assert list(lint_spec.problems(spec.DOCUMENT)) == []


def test_a_file_that_is_not_there_is_named() -> None:
    assert [problem.partition(":")[0] for problem in lint_spec.problems(Path("nowhere.yaml"))] == ["nowhere.yaml"]
