"""The part of a response that is judged: documented fields, and no more items than a correct response can have.

A response of 2 MB may hold 600,000 objects. Each of them costs a judge up to a hundred times its size.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from coupon_contract import spec

Json = Any

MOST_ITEMS = 2_000  # of all lists in a response; 500 coupons and as many errors are half of it
DEEPEST = 20  # containers within each other; the documented ones are less than ten


def excerpt(value: Json) -> Json:
    """A copy of a response with the first items of its lists, at least one of each.

    Unknown containers, and those that are nested more deeply than any documented one, are null.
    """
    return _excerpt(value, [MOST_ITEMS], DEEPEST)


def _excerpt(value: Json, room: list[int], depth: int) -> Json:
    if not isinstance(value, list | dict):
        return value
    if not depth:
        return None
    if isinstance(value, dict):
        return {
            name: _excerpt(item, room, depth - 1)
            if name in documented_names()
            else None
            if isinstance(item, list | dict)
            else item
            for name, item in value.items()
        }
    items: list[Json] = []
    for item in value:
        if room[0] <= 0 and items:
            break
        room[0] -= 1
        items.append(_excerpt(item, room, depth - 1))
    return items


@cache
def documented_names() -> frozenset[str]:
    """Every name of a member that the document knows."""
    return frozenset(_members(spec.document()["components"]["schemas"]))


def _members(schema: Json) -> Iterator[str]:
    if isinstance(schema, list):
        for item in schema:
            yield from _members(item)
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
        for item in schema.values():
            yield from _members(item)
