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


def complaint(error: msgspec.ValidationError, kind: type[Any], written: Any) -> str:
    """Return the error of converting `written` to `kind`, as `key: what is wrong; what to write`."""
    text = str(error)
    place = PLACE.search(text)
    said = text[: place.start()] if place else text
    of_key, path, of_map = place.groups(default="") if place else ("", "", "")
    tokens = re.findall(r"\w+|\[[^\]]*\]", path)
    if found := re.fullmatch(r"Object contains unknown field `(.*)`", said, re.DOTALL):
        return f"{join(path, found[1])}: is not a key here; {instead(found[1], keys(kind, tokens))}"
    if found := re.fullmatch(r"Object missing required field `(.*)`", said):
        return f"{join(path, found[1])}: is missing; write {kind_of(descend(kind, [*tokens, found[1]]))}"
    if found := re.fullmatch(r"Invalid enum value (.*)", said, re.DOTALL):
        value = found[1].strip("'")
        choices = [str(one) for one in enumerated(descend(kind, tokens, keys_of_map=bool(of_key)))]
        return f"{join(path, value) if of_key else path}: {'is not a key here' if of_key else 'is none of these'}; " + (
            instead(value, choices)
        )
    if of_map:
        path = join(path, culprit(value_at(written, tokens), said))
    return f"{path or 'the whole'}: {wanted(said)}"


def culprit(held: dict[str, Any], said: str) -> str:
    """Return the key of a map of texts whose value is empty or no text: msgspec does not name it."""
    empty = said.endswith(EMPTY)
    return next((name for name, each in held.items() if (each == "" if empty else not isinstance(each, str))), "")


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


def wanted(said: str) -> str:
    """Return msgspec's message about a type or size in the words of this module."""
    if "timezone" in said or "RFC3339" in said:
        return f"must be {KINDS['datetime']}"
    if "matching regex" in said:
        return "must be a text such as 2024-08-20T09:57:15Z"
    if said.endswith(EMPTY):
        return "must not be empty"
    if found := re.fullmatch(r"Expected `([^`]+)`(?: of length)? (>=|<=|>|<|==) (.+)", said):
        return f"must be {either(found[1])}, {SIZES[found[2]]} {found[3]}"
    if found := re.fullmatch(r"Expected `([^`]+)`(?:, got `([^`]+)`)?", said):
        got = f", not {KINDS.get(found[2], found[2])}" if found[2] else ""
        return f"must be {either(found[1])}{got}"
    return said[:1].lower() + said[1:]


def either(kinds: str) -> str:
    """Return the kinds of values in `int | null`, in words."""
    named = kinds.split(" | ")
    known = [KINDS.get(kind, kind) for kind in named if kind != "null" and not (kind == "int" and "float" in named)]
    return " or ".join(known)


def keys(kind: type[Any], tokens: Sequence[str]) -> list[str]:
    """Return the keys of the table at this place."""
    found = descend(kind, tokens)
    return [field.encode_name for field in found.fields] if isinstance(found, inspect.StructType) else []


def kind_of(found: inspect.Type | None) -> str:
    """Return the word for a type."""
    words: dict[type[Any], str] = {
        inspect.IntType: "int",
        inspect.StrType: "str",
        inspect.BoolType: "bool",
        inspect.ListType: "array",
        inspect.DateTimeType: "datetime",
    }
    return KINDS[words.get(type(found), "object")]


def enumerated(found: inspect.Type | None) -> Sequence[Any]:
    """Return the possible values of a type."""
    return found.values if isinstance(found, inspect.LiteralType) else ()


def descend(kind: type[Any], tokens: Sequence[str], *, keys_of_map: bool = False) -> inspect.Type | None:
    """Return the type at a place inside another one; for a map, optionally the type of its keys."""
    found: inspect.Type | None = plain(inspect.type_info(kind))
    for token in tokens:
        found = plain(next(inner(found, token), None))
    return plain(found.key_type) if keys_of_map and isinstance(found, inspect.DictType) else found


def inner(found: inspect.Type | None, token: str) -> Iterator[inspect.Type]:
    """Yield the type of a field, of a list's items or of a map's values."""
    if isinstance(found, inspect.StructType):
        yield from (field.type for field in found.fields if field.encode_name == token)
    elif isinstance(found, inspect.ListType):
        yield found.item_type
    elif isinstance(found, inspect.DictType):
        yield found.value_type


def plain(found: inspect.Type | None) -> inspect.Type | None:
    """Return the type without its metadata, and without `or nothing`."""
    if isinstance(found, inspect.Metadata):
        return plain(found.type)
    if isinstance(found, inspect.UnionType):
        return plain(next(one for one in found.types if not isinstance(one, inspect.NoneType)))
    return found
