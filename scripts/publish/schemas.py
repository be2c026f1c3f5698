"""Self-contained JSON Schemas of request and response, open for readers and narrower for judges.

They mean the same in every draft from 07 to 2020-12, so they name none: validators take their own default, and refuse a
draft that they do not know.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from coupon_contract.suite.schema import BOUNDS, judged

Json = Any
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
    plain = {key: of_any_draft(without_formats(without_extensions(value))) for key, value in chosen.items()}
    reached = [key for key in components if key in set(_reached(plain, root))]
    whole = {
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


def of_any_draft(node: Json) -> Json:
    """Return a copy without what draft 07 lacks: conditions in place of `dependentRequired`, and no keywords beside a
    `$ref`, which are ignored there.
    """
    if isinstance(node, list):
        return [of_any_draft(item) for item in node]
    if not isinstance(node, dict):
        return node
    copy = {key: of_any_draft(value) for key, value in node.items()}
    parts = list(copy.pop("allOf", []))
    if isinstance(dependent := copy.get("dependentRequired"), dict) and not _is_schema(dependent):
        del copy["dependentRequired"]
        parts += [{"if": _requiring([key]), "then": _requiring(names)} for key, names in dependent.items()]
    if isinstance(copy.get("$ref"), str) and len(copy) > 1:
        parts.append({"$ref": copy.pop("$ref")})
    return copy | {"allOf": parts} if parts else copy


def _requiring(names: list[str]) -> Json:
    """Return a schema of objects with these members, which a strict validator wants to see beside their names."""
    return {"required": names, "properties": dict.fromkeys(names, True)}


def _is_schema(dependent: Json) -> bool:
    """Return True for a schema of a field that is named dependentRequired: the keyword's own values are lists alone."""
    return not all(isinstance(names, list) for names in dependent.values()) or not dependent


def _reached(components: Json, name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    yield name
    for other in re.findall(rf'"{COMPONENT}(\w+)"', json.dumps(components[name])):
        if other not in seen:
            yield from _reached(components, other, seen | {name, other})
