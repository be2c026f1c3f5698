"""Parses bytes as JSON and rejects every unusable body, within bounds on size, depth and digits.

It uses the standard library's parser with hooks, not msgspec: a repeated key must be detected, and msgspec takes the
last.
"""

import json
import re
from decimal import Decimal, DecimalException
from itertools import accumulate
from typing import Any, NoReturn

MAX_DEPTH = 64
MAX_DIGITS = 40  # digits of an integer: far beyond int64, and cheap to convert

# Possessive, with an optional end: otherwise hostile quotes take quadratic time.
_STRING = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_STEP = {"[": 1, "{": 1, "]": -1, "}": -1}
_NO_BRACKET = re.compile(r"[^\[\]{}]+")


class Unusable(Exception):
    """The operation cannot use the body (HTTP 400). Carries no text, because the body may hold identifiers."""


def json_object(body: bytes) -> dict[str, Any]:
    """Return the JSON object in the body; whole numbers are int (also `2.0`), others float.

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
    """Return the nesting depth of brackets outside strings. The parser recurses, so this is checked first."""
    brackets = _NO_BRACKET.sub("", _STRING.sub("", text))
    return max(accumulate(map(_STEP.__getitem__, brackets)), default=0)


def _without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Unusable
    return fields


def _integer(digits: str) -> int:
    """Return the integer; one with very many digits keeps its sign and is cut, still beyond any limit."""
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
