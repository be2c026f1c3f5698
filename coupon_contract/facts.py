"""Facts of the document that suite and sandbox share."""

from typing import Any

from coupon_contract import spec

Json = Any

_COMPONENTS: Json = spec.document()["components"]
_SCHEMAS: Json = _COMPONENTS["schemas"]
_COUNT: Json = _SCHEMAS["IssuanceRequest"]["properties"]["count"]

_API_KEYS = [scheme for scheme in _COMPONENTS["securitySchemes"].values() if scheme["type"] == "apiKey"]
TOKEN_HEADER: str = _API_KEYS[0]["name"]
COUNT_MINIMUM: int = _COUNT["minimum"]  # coupons in one request
COUNT_MAXIMUM: int = _COUNT["maximum"]  # coupons in one request
REQUEST_FIELDS = tuple(_SCHEMAS["IssuanceRequest"]["properties"])
IDENTIFIERS = tuple(_SCHEMAS["CustomerReference"]["properties"])
METADATA_LENGTHS: dict[str, int] = {  # characters
    name: entry["maxLength"] for name, entry in _SCHEMAS["IssuanceMetadata"]["properties"].items()
}
STATUSES = frozenset(map(int, spec.document()["paths"][spec.ISSUE_PATH]["post"]["responses"]))


def placeholders(schema: str) -> tuple[str, ...]:
    """Return the fields of a schema that are present even if they were not filled in (`x-placeholder`)."""
    return tuple(
        name
        for name, field_schema in _SCHEMAS[schema]["properties"].items()
        if _resolved(field_schema).get("x-placeholder")
    )


def _resolved(schema: Json) -> Json:
    return _SCHEMAS[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
