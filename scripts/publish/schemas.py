"""Self-contained JSON Schemas (2020-12) of request and response, open for readers and narrower for judges."""

import json
import re
from collections.abc import Iterator
from typing import Any

from coupon_contract.suite.schema import BOUNDS, judged

Json = Any
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOTS = {"request": "IssuanceRequest", "answer": "IssuanceResponse"}
COMPONENT = "#/components/schemas/"
DATE_TIME = (  # RFC 3339, 5.6
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:([0-5][0-9]|60)([.][0-9]+)?"
    "([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$"
)


def all_of(document: Json) -> dict[str, Json]:
    """Return the four schemas by file name: request and response, each open and as a judge applies it."""
    schemas = {}
    for name, root in ROOTS.items():
        schemas[f"{name}.schema.json"] = self_contained(document, root, f"{name}", judge=False)
        schemas[f"{name}.judged.schema.json"] = self_contained(document, root, f"{name}.judged", judge=True)
    return schemas


def self_contained(document: Json, root: str, name: str, *, judge: bool) -> Json:
    """Return a component of the document, with every component that it refers to, as one JSON Schema."""
    components = document["components"]["schemas"]
    chosen = {key: judged(value) if judge else value for key, value in components.items()}
    plain = {key: without_formats(without_extensions(value)) for key, value in chosen.items()}
    reached = [key for key in components if key in set(_reached(plain, root))]
    whole = {
        "$schema": DIALECT,
        "$id": f"urn:coupon-contract:{document['info']['version']}:{name}",
        "title": root,
        **plain[root],
        "$defs": {key: plain[key] for key in reached if key != root},
    }
    relative: Json = json.loads(re.sub(rf'"{COMPONENT}(\w+)"', r'"#/$defs/\1"', json.dumps(whole)))
    return relative


def without_extensions(node: Json) -> Json:
    """Return a copy without `x-…` keys: strict validators refuse unknown keywords."""
    if isinstance(node, list):
        return [without_extensions(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: without_extensions(value) for key, value in node.items() if not key.startswith("x-")}


def without_formats(node: Json) -> Json:
    """Return a copy with keywords in place of formats: a strict validator refuses a schema with a format that it does
    not know, and those of OpenAPI are not formats of JSON Schema."""
    if isinstance(node, list):
        return [without_formats(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: without_formats(value) for key, value in node.items()}
    name = copy.pop("format") if isinstance(copy.get("format"), str) else ""  # a field may have this name
    return BOUNDS.get(name, {}) | ({"pattern": DATE_TIME} if name == "date-time" else {}) | copy


def _reached(components: Json, name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    yield name
    for other in re.findall(rf'"{COMPONENT}(\w+)"', json.dumps(components[name])):
        if other not in seen:
            yield from _reached(components, other, seen | {name, other})
