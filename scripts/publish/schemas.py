"""Self-contained JSON Schemas (2020-12) of request and answer, open for readers and narrower for judges."""

import json
import re
from collections.abc import Iterator
from typing import Any

from coupon_contract.suite.schema import judged

Json = Any
DIALECT = "https://json-schema.org/draft/2020-12/schema"
ROOTS = {"request": "IssuanceRequest", "answer": "IssuanceResponse"}
COMPONENT = "#/components/schemas/"


def all_of(document: Json) -> dict[str, Json]:
    """The four schemas by file name: request and answer, each open and as a judge applies it."""
    found = {}
    for name, root in ROOTS.items():
        found[f"{name}.schema.json"] = self_contained(document, root, f"{name}", judge=False)
        found[f"{name}.judged.schema.json"] = self_contained(document, root, f"{name}.judged", judge=True)
    return found


def self_contained(document: Json, root: str, name: str, *, judge: bool) -> Json:
    """A component of the document with all that it refers to, as one JSON Schema."""
    components = document["components"]["schemas"]
    chosen = {key: judged(value) if judge else value for key, value in components.items()}
    plain = {key: without_extensions(value) for key, value in chosen.items()}
    reached = [key for key in components if key in set(_reached(plain, root))]
    whole = {
        "$schema": DIALECT,
        "$id": f"urn:coupon-contract:{document['info']['version']}:{name}",
        "title": root,
        **plain[root],
        "$defs": {key: plain[key] for key in reached if key != root},
    }
    held: Json = json.loads(re.sub(rf'"{COMPONENT}(\w+)"', r'"#/$defs/\1"', json.dumps(whole)))
    return held


def without_extensions(node: Json) -> Json:
    """A copy without `x-…` keys: strict validators refuse keywords that they do not know."""
    if isinstance(node, list):
        return [without_extensions(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: without_extensions(value) for key, value in node.items() if not key.startswith("x-")}


def _reached(components: Json, name: str, seen: frozenset[str] = frozenset()) -> Iterator[str]:
    yield name
    for other in re.findall(rf'"{COMPONENT}(\w+)"', json.dumps(components[name])):
        if other not in seen:
            yield from _reached(components, other, seen | {name, other})
