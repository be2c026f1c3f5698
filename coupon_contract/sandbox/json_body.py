"""Bytes to JSON, with every way of being unusable found out: bounded in size, depth and digits.

The standard library's parser with hooks, not msgspec: a repeated key must be noticed, msgspec takes the last one.
"""

import json
import re
from decimal import Decimal, DecimalException
from itertools import accumulate
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_DIGITS = 40  # of an integer: far beyond int64, and cheap to convert

# Possessive, and content with an end that is missing: otherwise hostile quotes cost quadratic time.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_NO_BRACKET = re.compile(r"[^\[\]{}]+")


class Unusable(Exception):
    """The body is not what the operation takes (HTTP 400). Carries no text: the body may hold identifiers."""


def json_object(body: bytes) -> dict[str, Any]:
    """The JSON object in the body; numbers that are whole are int (`2.0` too), others float.

    Raises Unusable for anything else: no UTF-8, no JSON, NaN, repeated keys, too deep, not an object.
    """
    try:
        text = body.decode("utf-8")
        if text.count("[") + text.count("{") > MAX_DEPTH and depth(text) > MAX_DEPTH:
            raise Unusable
        value = PARSER.decode(text)
    except (ValueError, DecimalException):
        raise Unusable from None
    if not isinstance(value, dict):
        raise Unusable
    return value


def depth(text: str) -> int:
    """How deep brackets nest outside strings: the parser recurses, so this must be known before it starts."""
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise Unusable
    return found


def _integer(digits: str) -> int:
    """The integer; one with very many digits keeps its sign and is cut, still beyond any limit."""
    return int(digits[:MAX_DIGITS])


def _number(text: str) -> int | float:
    number = Decimal(text)
    if number.adjusted() >= MAX_DIGITS:
        return int(Decimal(10**MAX_DIGITS).copy_sign(number)) if number else 0
    return int(number) if number == number.to_integral_value() else float(number)


def _no_constant(_: str) -> NoReturn:
    raise Unusable


PARSER = json.JSONDecoder(
    object_pairs_hook=_without_repetition, parse_int=_integer, parse_float=_number, parse_constant=_no_constant
)
