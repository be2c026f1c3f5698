"""The part of a response that is judged: documented fields, and no more items than a correct response can have.

A response of 2 MB may hold 600,000 objects. Each of them costs a judge up to a hundred times its size.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

from coupon_contract import spec

Json = Any

MOST_ITEMS = 2_000  # of all lists in a response; 500 coupons and as many errors are half of it


def excerpt(value: Json) -> Json:
    """A copy of a response with the first items of its lists, at least one of each, and without unknown containers.

    Raises RecursionError for a value that is nested too deeply.
    """
    return _excerpt(value, [MOST_ITEMS])


def _excerpt(value: Json, room: list[int]) -> Json:
    if isinstance(value, dict):
        return {
            name: _excerpt(item, room)
            if name in documented_names()
            else None
            if isinstance(item, list | dict)
            else item
            for name, item in value.items()
        }
    if not isinstance(value, list):
        return value
    items: list[Json] = []
    for item in value:
        if room[0] <= 0 and items:
            break
        room[0] -= 1
        items.append(_excerpt(item, room))
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
