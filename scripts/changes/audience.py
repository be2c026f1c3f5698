"""Tells who must act on a change: callers, implementers, testers, or nobody.

Callers send requests and read responses. Implementers answer them, and are judged by the clauses. Testers hold
expectations of their own, such as a collection or a list of codes. Texts ask nothing of anybody.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal

Json = Any
Audience = Literal["callers", "implementers", "testers"]
EVERYBODY: tuple[Audience, ...] = ("callers", "implementers", "testers")
JUDGED: tuple[Audience, ...] = ("implementers", "testers")
REFERENCE = re.compile(r'"#/components/(\w+)/(\w+)"')
CALL, ANSWER = "request", "response"
# Of an addition: a request that is allowed now has to be processed, and a new code belongs into the lists of judges,
# which are closed. Readers are open: an addition to a response asks nothing of callers.
ON_ADDITION: Mapping[str, tuple[Audience, ...]] = {CALL: ("implementers",), ANSWER: ()}
CLOSED_LIST = "enum"
ADDRESSES_NOBODY = {"examples", "example", "servers", "security", "securitySchemes"}


def of_change(kind: str, place: str, before: Json, after: Json) -> tuple[Audience, ...]:
    """Return who must act on a change of the document; `place` is a JSON pointer into either version."""
    if kind == "documentation":
        return ()
    parts = [part.replace("~1", "/").replace("~0", "~") for part in place.split("/")[1:]]
    if kind == "breaking" and parts[:1] == ["servers"]:
        return ("callers",)
    if kind == "breaking":
        return JUDGED if "x-judged-as" in parts else EVERYBODY
    if _is_new_operation(parts) or ADDRESSES_NOBODY.intersection(parts) or any(part.startswith("x-") for part in parts):
        return ()
    if parts[-1:] == [CLOSED_LIST]:
        return JUDGED
    sides = _sides(parts, json.dumps(before, sort_keys=True)) | _sides(parts, json.dumps(after, sort_keys=True))
    return tuple(who for who in EVERYBODY if any(who in ON_ADDITION[side] for side in sides))


def of_clause(kind: str) -> tuple[Audience, ...]:
    """Return who must act on a change of a clause: those whom a stricter MUST may fail."""
    return JUDGED if kind == "breaking" else ()


def _is_new_operation(parts: list[str]) -> bool:
    return parts[:1] == ["paths"] and len(parts) <= 3


def _sides(parts: list[str], document: str) -> set[str]:
    """Return the sides of a call that a place belongs to."""
    if parts[:1] == ["components"] and len(parts) > 2:
        return {side for side, names in _reached(document).items() if (parts[1], parts[2]) in names}
    if parts[:1] == ["paths"] and "responses" in parts:
        return {ANSWER}
    return {CALL}


@cache
def _reached(document: str) -> dict[str, set[tuple[str, str]]]:
    """Return the components that requests and responses are made of, by their kind and name."""
    content = json.loads(document)
    operations = [
        operation
        for path in content.get("paths", {}).values()
        for operation in path.values()
        if isinstance(operation, dict)
    ]
    calls = [{**operation, "responses": None} for operation in operations]
    answers = [operation.get("responses") for operation in operations]
    return {
        side: set(_references(content, json.dumps(roots), frozenset()))
        for side, roots in ((CALL, calls), (ANSWER, answers))
    }


def _references(document: Json, text: str, seen: frozenset[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for kind, name in set(REFERENCE.findall(text)) - seen:
        yield kind, name
        target = document.get("components", {}).get(kind, {}).get(name)
        yield from _references(document, json.dumps(target), seen | {(kind, name)})
