"""The document's schemas as a judge applies them: closed where the document leaves them open for readers."""

import json
import re
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.excerpt import excerpt
from coupon_contract.suite.exchange import bounded_integer, loads
from coupon_contract.suite.problem import alternatives, unlike

Json = Any
MOST_MISMATCHES = 20  # kinds of them in one response, and of one kind
FRACTION_OR_EXPONENT = re.compile(rb"[0-9](?:[.][0-9]|[eE])")
BOUNDS = {
    "int32": {"minimum": -(2**31), "maximum": 2**31 - 1},
    "int64": {"minimum": -(2**63), "maximum": 2**63 - 1},
}


@frozen
class Mismatch:
    """A place where a response departs from its schema: the path, the keyword, and words without any value."""

    path: tuple[str | int, ...]
    keyword: str
    words: str

    @property
    def place(self) -> str:
        """The path in words, items of lists without their numbers."""
        return _dotted(self.path)


def mismatches(schema: str, body: bytes, parse_float: Callable[[str], float] = float) -> Iterator[Mismatch]:
    """Validate JSON text against a schema of the document, by name, as a judge does: the first of each kind."""
    instance = loads(body.removeprefix(BOM_UTF8), parse_float)
    if b"\\u" in body:  # a lone surrogate, which JSON can escape and the validator cannot read
        instance = json.loads(json.dumps(instance, ensure_ascii=False).encode("utf-8", "replace"))
    first: dict[str, list[Mismatch]] = {}
    for error in _validator(schema).iter_errors(excerpt(instance)):  # makes all at once, of kilobytes each
        path = tuple(error.instance_path)
        keyword = str(error.schema_path[-1]) if error.schema_path else ""
        mismatch = Mismatch(path, keyword, _words(path, keyword, error.message, _at(instance, path)))
        if len(first) == MOST_MISMATCHES and mismatch.words not in first:
            break
        if len(alike := first.setdefault(mismatch.words, [])) < MOST_MISMATCHES:
            alike.append(mismatch)
    for alike in first.values():
        yield from alike


MISSING = re.compile(r'"(\w+)" is a required property')
BOUND = re.compile(r"(-?\d+)$")
TYPE = re.compile(r'"(\w+)"')
TYPES = {"array": "a list", "boolean": "a boolean", "integer": "an integer", "object": "an object"}
TYPES |= {"string": "a text", "number": "a number", "null": "null"}
NAMES: dict[type, str] = {bool: TYPES["boolean"], int: TYPES["integer"], float: "a fraction", str: TYPES["string"]}
NAMES |= {list: TYPES["array"], dict: TYPES["object"]}


def _words(path: tuple[str | int, ...], keyword: str, message: str, value: Json) -> str:
    """Return a mismatch as a problem, without any value of the response."""
    place = _dotted(path)
    if keyword in ("required", "dependentRequired") and (missing := MISSING.search(message)):
        return unlike(f"{_dotted((*path, missing[1]))} is missing", "always there")
    if keyword == "type" and (names := TYPE.findall(message)):
        return unlike(f"{place} is {_type_of(value)}", alternatives(TYPES.get(name, name) for name in names))
    if keyword in ("minItems", "minLength") and not value:
        return unlike(f"{place} is empty", "at least one item" if keyword == "minItems" else "at least one character")
    if keyword in ("minimum", "maximum") and (bound := BOUND.search(message)):
        small = keyword == "minimum"
        return unlike(
            f"{place} is too {'small' if small else 'large'}", f"at {'least' if small else 'most'} {bound[1]}"
        )
    if path[-1:] == ("code",) and keyword in ("enum", "anyOf"):
        return unlike(f"{place} is not documented", "a documented code")
    return f"{place} fails `{keyword}`: {message}"


def _type_of(value: Json) -> str:
    """Return the type of a JSON value in words."""
    return NAMES.get(type(value), "null")


def _at(value: Json, path: tuple[str | int, ...]) -> Json:
    """Return the part of a JSON value at a path."""
    for part in path:
        value = value[part]
    return value


def integers_not_plain(schema: str, body: bytes) -> tuple[Mismatch, ...]:
    """Return the mismatches of integers that are written with a fraction or an exponent (`7.0`, `7E0`).

    JSON Schema takes them for integers; many readers in typed languages do not.
    """
    if not FRACTION_OR_EXPONENT.search(body):
        return ()
    lenient = {(mismatch.path, mismatch.keyword) for mismatch in mismatches(schema, body)}
    strict = mismatches(schema, body, _never_integral)
    return tuple(
        mismatch
        for mismatch in strict
        if mismatch.keyword == "type" and (mismatch.path, mismatch.keyword) not in lenient
    )


def repeated(schema: str, body: bytes) -> Iterator[str]:
    """Yield the places of documented fields that stand twice in their object, in words.

    Undocumented fields, and what is in them, are not judged here (ledger unknown-fields).
    """
    yield from _repeated(_schema(schema), json.loads(body, object_pairs_hook=_Pairs, parse_int=bounded_integer), ())


class _Pairs(list[tuple[str, Json]]):
    """The pairs of an object as they are written."""

    __slots__ = ()


def _repeated(schema: Json, value: Json, path: tuple[str | int, ...]) -> Iterator[str]:
    fields = schema.get("properties", {})
    if isinstance(value, _Pairs):
        times = Counter(name for name, _ in value)
        for name, field in value:
            if name in fields:
                if times[name] > 1:
                    yield _dotted((*path, name))
                yield from _repeated(_resolved(fields[name]), field, (*path, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _repeated(_resolved(schema.get("items", {})), item, (*path, index))


def _schema(name: str) -> Json:
    return spec.document()["components"]["schemas"][name]


def _resolved(schema: Json) -> Json:
    return _schema(schema["$ref"].rpartition("/")[2]) if "$ref" in schema else schema


def _never_integral(text: str) -> float:
    number = float(text)
    return number + 0.5 if number.is_integer() and abs(number) < 2**50 else number


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join("[]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "the response"


@cache
def _validator(name: str) -> jsonschema_rs.Draft202012Validator:
    return validator({"$ref": f"#/components/schemas/{name}"}, spec.document())


def validator(schema: Json, document: Json) -> jsonschema_rs.Draft202012Validator:
    """Return a judge's validator of any schema of an OpenAPI document, with references resolved in the document."""
    schema = judged(schema) | {"components": {"schemas": judged(document["components"]["schemas"])}}
    # The mask keeps the response's values, coupon codes among them, out of every message.
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True, mask="the value")


def judged(schema: Json) -> Json:
    """Return a copy of a schema with each `x-judged-as` applied and each integer format converted to its bounds."""
    if isinstance(schema, list):
        return [judged(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    copy = {key: judged(value) for key, value in schema.items() if key not in ("x-judged-as", "examples", "example")}
    extra = [schema["x-judged-as"]] if "x-judged-as" in schema else []
    bounds = BOUNDS.get(str(schema.get("format"))) if schema.get("type") == "integer" else None
    if bounds:
        copy = bounds | copy
    return copy | {"allOf": extra} if extra else copy
