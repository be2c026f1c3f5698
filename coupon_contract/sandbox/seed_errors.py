"""Error messages for seed entries: they name the key and say what to write instead."""

import difflib
import re
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import inspect

KINDS = {
    "int": "a whole number",
    "float": "a number",
    "str": "a text in quotes",
    "bool": "true or false",
    "array": "a list, [ … ]",
    "object": "a table, { … }",
    "datetime": "a moment with its offset from UTC, such as 2027-01-31T00:00:00Z",
    "null": "nothing",
}
SIZES = {">=": "at least", "<=": "at most", ">": "above", "<": "below", "==": "exactly"}
EMPTY = "of length >= 1"  # the end of msgspec's message for an empty value
PLACE = re.compile(r" - at (`key` in )?`\$\.?([^`]*?)(\[\.\.\.\])?`\Z")  # anchored, because a key may look like a place


def seed_error(error: msgspec.ValidationError, kind: type[Any], written: Any) -> str:
    """Return the error of converting `written` to `kind`, as `key: what is wrong; what to write`."""
    text = str(error)
    place = PLACE.search(text)
    message = text[: place.start()] if place else text
    of_key, path, of_map = place.groups(default="") if place else ("", "", "")
    tokens = re.findall(r"\w+|\[[^\]]*\]", path)
    if match := re.fullmatch(r"Object contains unknown field `(.*)`", message, re.DOTALL):
        return f"{join(path, match[1])}: is not a key here; {instead(match[1], keys(kind, tokens))}"
    if match := re.fullmatch(r"Object missing required field `(.*)`", message):
        return f"{join(path, match[1])}: is missing; write {kind_of(descend(kind, [*tokens, match[1]]))}"
    if match := re.fullmatch(r"Invalid enum value (.*)", message, re.DOTALL):
        value = match[1].strip("'")
        choices = [str(choice) for choice in enumerated(descend(kind, tokens, keys_of_map=bool(of_key)))]
        return f"{join(path, value) if of_key else path}: {'is not a key here' if of_key else 'is none of these'}; " + (
            instead(value, choices)
        )
    if of_map:
        path = join(path, culprit(value_at(written, tokens), message))
    return f"{path or 'the whole'}: {wanted(message)}"


def culprit(texts: dict[str, Any], message: str) -> str:
    """Return the key of a map of texts whose value is empty or no text: msgspec does not name it."""
    empty = message.endswith(EMPTY)
    return next((name for name, value in texts.items() if (value == "" if empty else not isinstance(value, str))), "")


def value_at(written: Any, tokens: Sequence[str]) -> Any:
    """Return the value at a place."""
    for token in tokens:
        written = written[int(token[1:-1]) if token.startswith("[") else token]
    return written


def join(path: str, key: str) -> str:
    """Return the name of a key inside a table."""
    return f"{path}.{key}".lstrip(".")


def instead(written: str, possible: Sequence[str]) -> str:
    """Return what to write in its place: the closest possible value, or all of them."""
    if close := difflib.get_close_matches(written, possible, 1):
        return f"did you mean {close[0]}?"
    return f"write one of {', '.join(possible)}" if possible else "leave it out"


def wanted(message: str) -> str:
    """Return msgspec's message about a type or size in the words of this module."""
    if "timezone" in message or "RFC3339" in message:
        return f"must be {KINDS['datetime']}"
    if "matching regex" in message:
        return "must be a text such as 2024-08-20T09:57:15Z"
    if message.endswith(EMPTY):
        return "must not be empty"
    if match := re.fullmatch(r"Expected `([^`]+)`(?: of length)? (>=|<=|>|<|==) (.+)", message):
        return f"must be {either(match[1])}, {SIZES[match[2]]} {match[3]}"
    if match := re.fullmatch(r"Expected `([^`]+)`(?:, got `([^`]+)`)?", message):
        got = f", not {KINDS.get(match[2], match[2])}" if match[2] else ""
        return f"must be {either(match[1])}{got}"
    return message[:1].lower() + message[1:]


def either(kinds: str) -> str:
    """Return the kinds of values in `int | null`, in words."""
    named = kinds.split(" | ")
    known = [KINDS.get(kind, kind) for kind in named if kind != "null" and not (kind == "int" and "float" in named)]
    return " or ".join(known)


def keys(kind: type[Any], tokens: Sequence[str]) -> list[str]:
    """Return the keys of the table at this place."""
    table = descend(kind, tokens)
    return [field.encode_name for field in table.fields] if isinstance(table, inspect.StructType) else []


def kind_of(kind: inspect.Type | None) -> str:
    """Return the word for a type."""
    words: dict[type[Any], str] = {
        inspect.IntType: "int",
        inspect.StrType: "str",
        inspect.BoolType: "bool",
        inspect.ListType: "array",
        inspect.DateTimeType: "datetime",
    }
    return KINDS[words.get(type(kind), "object")]


def enumerated(kind: inspect.Type | None) -> Sequence[Any]:
    """Return the possible values of a type."""
    return kind.values if isinstance(kind, inspect.LiteralType) else ()


def descend(kind: type[Any], tokens: Sequence[str], *, keys_of_map: bool = False) -> inspect.Type | None:
    """Return the type at a place inside another one; for a map, optionally the type of its keys."""
    inner_type: inspect.Type | None = plain(inspect.type_info(kind))
    for token in tokens:
        inner_type = plain(next(inner(inner_type, token), None))
    return plain(inner_type.key_type) if keys_of_map and isinstance(inner_type, inspect.DictType) else inner_type


def inner(kind: inspect.Type | None, token: str) -> Iterator[inspect.Type]:
    """Yield the type of a field, of a list's items or of a map's values."""
    if isinstance(kind, inspect.StructType):
        yield from (field.type for field in kind.fields if field.encode_name == token)
    elif isinstance(kind, inspect.ListType):
        yield kind.item_type
    elif isinstance(kind, inspect.DictType):
        yield kind.value_type


def plain(kind: inspect.Type | None) -> inspect.Type | None:
    """Return the type without its metadata, and without `or nothing`."""
    if isinstance(kind, inspect.Metadata):
        return plain(kind.type)
    if isinstance(kind, inspect.UnionType):
        return plain(next(member for member in kind.types if not isinstance(member, inspect.NoneType)))
    return kind
