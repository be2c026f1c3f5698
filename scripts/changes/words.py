"""Describes a change of a value in the document: its owner, the value before, and the value now."""

import json
import re
from typing import Any

Json = Any
VENDOR_HOST = re.compile(r"(?:https?://)?[\w.-]*capillarytech[\w.-]*(?::\d+)?", re.IGNORECASE)
HIDDEN = "the vendor's live host"
LONGEST = 120  # characters of a value that is quoted
CONDITIONS = ("if", "then", "else", "not")
MEANINGS = {"x-judged-as": "What judges accept (`x-judged-as`)"}
MISSING = object()


def of_value(place: str, before: Json, after: Json) -> str:
    """Describe the difference between two documents at a place, a JSON pointer."""
    old, new = at(before, place), at(after, place)
    *parents, last = _parts(place)
    owner = _owner(parents, before, after)
    name = _name(parents, last, old if new is MISSING else new)
    named = MEANINGS.get(name, f"`{name}`") + (f" of {owner}" if owner else "")
    if old is MISSING:
        return f"{named} is new{_quoted(': ', new)}."
    if new is MISSING:
        return f"{named} was removed{_quoted('; it was ', old)}."
    was, is_now = _quoted(" was ", old), _quoted(" and is ", new)
    return f"{named}{was}{is_now}." if was and is_now else f"{named} changed."


def of_schema(place: str, before: Json, after: Json) -> str:
    """Describe a schema that is another one now."""
    *parents, last = _parts(place)
    owner = _owner([*parents, last], before, after)
    return f"{owner} was {_kind(at(before, place))} and is {_kind(at(after, place))}: read it as what it is now."


def of_servers(before: Json, after: Json) -> str:
    """Describe other addresses of the document."""
    old, new = (
        ", ".join(f"`{server.get('url')}`" for server in document.get("servers", ())) for document in (before, after)
    )
    return (
        f"The servers were {without_host(old)} and are {new}. A generated client takes the first one unless it is told"
        " another: set the address of your deployment."
    )


def without_host(text: str) -> str:
    """Return the text without the host of the vendor's live system, which nothing may offer to a program."""
    return VENDOR_HOST.sub(HIDDEN, text)


def at(document: Json, place: str) -> Json:
    """Return the value at a JSON pointer; MISSING if there is none."""
    node = document
    for part in _parts(place):
        if isinstance(node, dict) and part in node:
            node = node[part]
        elif isinstance(node, list) and part.isdecimal() and int(part) < len(node):
            node = node[int(part)]
        else:
            return MISSING
    return node


def _parts(place: str) -> list[str]:
    return [part.replace("~1", "/").replace("~0", "~") for part in place.split("/")[1:]]


def _name(parents: list[str], last: str, value: Json) -> str:
    """Return the name of a value; an item of a list has its own, or that of its list."""
    if not last.isdecimal() or not parents:
        return last
    return str(value["name"]) if isinstance(value, dict) and "name" in value else f"{parents[-1]}/{last}"


def _owner(parents: list[str], before: Json, after: Json) -> str:
    """Return the schema and field, or the operation, that a value belongs to; an empty text for the document."""
    if parents[:2] == ["components", "schemas"] and len(parents) > 2:
        rest = parents[3:]
        fields = [name for at, name in enumerate(rest) if at and rest[at - 1] == "properties"]
        condition = " (where its condition applies)" if set(CONDITIONS) & set(rest) else ""
        return f"`{'.'.join([parents[2], *fields])}`{condition}"
    if parents[:1] == ["paths"] and len(parents) > 2:
        return f"`{parents[2].upper()} {parents[1]}`"
    return ""


def _kind(schema: Json) -> str:
    """Return the type of a schema, or the name of the one that it refers to."""
    if "$ref" in schema:
        return f"a `{schema['$ref'].rpartition('/')[2]}`"
    return (
        f"of type `{json.dumps(schema.get('type')).strip(chr(34))}`" if isinstance(schema, dict) else "without a type"
    )


def _quoted(before: str, value: Json) -> str:
    """Return a short value in quotes behind some words; an empty text for a longer one."""
    if isinstance(value, str) and "\n" not in value:
        text = value
    else:
        text = re.sub(r'\{"\$ref": "[^"]*/(\w+)"\}', r"\1", json.dumps(value, ensure_ascii=False))
    text = without_host(text)
    return f"{before}`{text}`" if len(text) <= LONGEST and "`" not in text else ""
