"""The document's schemas as a judge applies them: closed where the document leaves them open for readers."""

import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.exchange import bounded_integer

Json = Any
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


def mismatches(schema: str, body: bytes) -> Iterator[Mismatch]:
    """Validate JSON text against a schema of the document, by name, as a judge does.

    Integers written with a fraction (`7.0`) do not count as integers here: JSON Schema takes them, but readers in typed
    languages cannot.
    """
    instance = json.loads(body, parse_float=_never_integral, parse_int=bounded_integer)
    if b"\\u" in body:  # a lone surrogate, which JSON can escape and the validator cannot read
        instance = json.loads(json.dumps(instance, ensure_ascii=False).encode("utf-8", "replace"))
    try:
        errors = list(_validator(schema).iter_errors(instance))
    except ValueError:  # the rest of the response is judged nevertheless
        yield Mismatch((), "depth", "the answer is nested too deeply for a validator")
        return
    for error in errors:
        path = tuple(error.instance_path)
        keyword = str(error.schema_path[-1]) if error.schema_path else ""
        yield Mismatch(path, keyword, f"{_dotted(path)} fails `{keyword}`: {error.message}")


def _never_integral(text: str) -> float:
    number = float(text)
    return number + 0.5 if number.is_integer() and abs(number) < 2**50 else number


def _dotted(path: tuple[str | int, ...]) -> str:
    return "".join("[]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".") or "the answer"


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
