"""The list of a read-back response, one item at a time: a list of 20 MB must not take many times its size."""

import re
from collections.abc import Iterator
from typing import Any

from attrs import frozen

from coupon_contract.suite.exchange import NotJson, loads

Json = Any

LARGEST_ITEM = 64_000  # bytes; a coupon with all of its fields takes a hundredth
MOST_LISTED = 200_000  # coupons of which a test keeps what identifies them
# A quotation mark that begins no string has a branch of its own, or each later one would be read to the end again.
TOKENS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"|[\[\]{},"]', re.DOTALL)
OPENS_LIST = re.compile(rb"\s*:\s*\[")


@frozen
class Coupon:
    """The identifying fields of a coupon in an issuing or a read-back response, of any JSON type."""

    code: Json
    id: Json = None
    series_id: Json = None


def coupon_of(entry: dict[str, Json]) -> Coupon:
    """Return the identifying fields of the coupon that an object describes."""
    return Coupon(entry.get("code"), entry.get("couponId"), entry.get("seriesId"))


class TooLong(NotJson):
    """The list has more items than a test reads."""


def items(body: bytes) -> Iterator[Json]:
    """Yield each item of `data`. Raises NotJson, at the end at the latest, for what is not one object with a list.

    Raises TooLong after MOST_LISTED + 1 items: a hostile target can put ten million of them into 20 MB.
    """
    start = begin = _start(body)
    depth = number = 0
    for token in TOKENS.finditer(body, start):
        place = token.start()
        character = body[place : place + 1]
        if place - begin > LARGEST_ITEM:  # at once: the scan of a single item of 19 MB would take long
            raise NotJson
        if character in b"[{":
            depth += 1
        elif depth and character in b"]}":
            depth -= 1
        elif not depth and character in b",]":
            if number or character == b"," or body[begin:place].strip():
                yield loads(body[begin:place])
                number += 1
                if number > MOST_LISTED:
                    raise TooLong
            begin = token.end()
            if character == b"]":
                break
        elif token[0] == b'"' or (not depth and character == b"}"):
            raise NotJson
    else:
        raise NotJson
    _demand_object(body, start, begin)


def _start(body: bytes) -> int:
    """Return the place after the bracket that opens `data`. Raises NotJson if it does not come soon."""
    depth = 0
    for token in TOKENS.finditer(body, 0, LARGEST_ITEM):
        if token[0] in b"[{":
            depth += 1
        elif token[0] in b"]}":
            depth -= 1
        elif depth == 1 and token[0] == b'"data"' and (opening := OPENS_LIST.match(body, token.end())):
            return opening.end()
    raise NotJson


def _demand_object(body: bytes, start: int, begin: int) -> None:
    """Raise NotJson unless the body without the items of its list is an object with an empty list."""
    if start + len(body) - begin > LARGEST_ITEM:
        raise NotJson
    rest = loads(body[:start] + b"]" + body[begin:])
    if not isinstance(rest, dict) or rest.get("data") != []:
        raise NotJson
