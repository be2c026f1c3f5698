"""The parts of the control API's document that follow from the sandbox's records."""

from typing import Any

import msgspec

from coupon_contract.sandbox.issuing import TERMS, Terms
from scripts.yaml_blocks import OnOneLine, with_blocks

Json = Any
REQUIRED = ("id", "state", "description", "issued", "left", "codes_left", "expires")


def with_terms(text: str) -> str:
    """Return the text of the control API's document with the terms of a series. Raises LookupError."""
    schema = msgspec.json.schema(Terms)["$defs"][Terms.__name__]["properties"]
    return with_blocks(
        text,
        {
            "Terms": {name: _plain(member) for name, member in schema.items()},
            "Required": {"required": OnOneLine((*REQUIRED, *TERMS))},
        },
    )


def _plain(schema: Json) -> Json:
    """Return a schema without `anyOf` and default: a type or null is written as a list of types."""
    choices = schema.get("anyOf", [schema])
    types = [choice["type"] for choice in choices]
    merged = {key: value for choice in choices for key, value in choice.items() if key not in ("type", "default")}
    if "exclusiveMinimum" in merged:
        merged = {"minimum": merged.pop("exclusiveMinimum") + 1} | merged
    return {"type": OnOneLine(types) if len(types) > 1 else types[0], **merged}
