"""What changed between two versions of the contract, and which version that asks for.

Redocly rates what its rules see. Its blind spots are rated here: conditions (`if`, `then`, `not`, `dependentRequired`),
`x-judged-as`, the closed lists of codes, the clauses, and whatever it does not mention at all.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import frozen

from scripts import node
from scripts.changes import lists

Json = Any
Kind = Literal["breaking", "additive", "documentation"]
KINDS: tuple[Kind, ...] = ("breaking", "additive", "documentation")
OF_IMPACT: Mapping[str, Kind] = {"major": "breaking", "minor": "additive", "patch": "documentation"}
CONDITIONS = {"if", "then", "else", "not", "dependentRequired", "dependentSchemas", "allOf", "x-judged-as"}
TEXTS = {"description", "summary", "title", "examples", "example", "externalDocs", "x-known-values", "info", "tags"}


@frozen(order=True)
class Change:
    """One difference: how it is rated, where it is (a JSON pointer, or a clause), and what happened."""

    kind: Kind
    place: str
    text: str


def between(before: Json, after: Json) -> list[Change]:
    """Every difference between two documents, breaking ones first. Raises node.ToolError."""
    rated = _by_redocly(before, after)
    listed = [Change(kind, place, text) for kind, place, text in lists.differences(before, after)]
    seen = {change.place for change in rated}
    unseen = [
        one for one in _leaves(before, after) if not lists.within(one.place, before) and not _covered(one.place, seen)
    ]
    return sorted({*rated, *listed, *unseen}, key=lambda one: (KINDS.index(one.kind), one.place, one.text))


def _by_redocly(before: Json, after: Json) -> list[Change]:
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch) / name for name in ("before.json", "after.json")]
        for file, document in zip(files, (before, after), strict=True):
            file.write_text(json.dumps(document), encoding="utf-8")
        options = ("--format", "json", "--lint-config", "off", "--fail-on", "none")
        found = json.loads(node.run("redocly", "diff", *files, *options))["changes"]
    changes = [_rated(one) for one in found if one["path"] != "#/info/version"]
    return [change for change in changes if not lists.within(change.place, before) and change.place != "/info/version"]


def _rated(found: Json) -> Change:
    place = _place(found)
    kind = OF_IMPACT[found["impact"]]
    parts = _parts(place)
    if CONDITIONS.intersection(parts):
        kind = "breaking"
    elif kind == "documentation" and not TEXTS.intersection(parts):
        kind = "additive"
    said = [verdict["message"] for verdict in found["verdicts"]]
    return Change(kind, place, " ".join(said) or f"{_last(place)} was {found['kind']}.")


def _place(found: Json) -> str:
    sides = [found[side]["pointer"] for side in ("revision", "base") if found.get(side)]
    return str(sides[0] if sides else found["path"]).removeprefix("#")


def _leaves(before: Json, after: Json, place: str = "") -> Iterator[Change]:
    """Differences one by one, rated by where they are: only texts are harmless where no rule looked."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            here = f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}"
            if here != "/info/version":
                yield from _leaves(before.get(key), after.get(key), here)
    elif before != after:
        word = "added" if before is None else "removed" if after is None else "modified"
        yield Change(
            "documentation" if TEXTS.intersection(_parts(place)) else "breaking",
            place,
            f"{_last(place)} was {word}.",
        )


def _covered(place: str, seen: set[str]) -> bool:
    return any(place == one or place.startswith(f"{one}/") or one.startswith(f"{place}/") for one in seen)


def _last(place: str) -> str:
    """Return the last part of a pointer; an item of a list is named with its list."""
    *parents, last = place.split("/")
    name = f"{parents[-1]}/{last}" if last.isdecimal() and parents else last
    return name.replace("~1", "/").replace("~0", "~") or "The document"


def _parts(place: str) -> list[str]:
    """The keywords of a pointer, without the names of fields and components."""
    parts = place.split("/")[1:]
    return [part for index, part in enumerate(parts) if not index or parts[index - 1] not in ("properties", "schemas")]


def between_clauses(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Change]:
    """What changed in what the suite asserts: a new or raised MUST may fail what conformed."""
    return [
        Change(_of_clause(before.get(id), after.get(id)), f"clause {id}", _words(before.get(id), after.get(id)))
        for id in {**before, **after}
        if before.get(id) != after.get(id)
    ]


def _of_clause(before: Json, after: Json) -> Kind:
    if after is None or after["level"] != "MUST":
        return "additive" if before is None or after is None else "documentation"
    if before is None or before["level"] != "MUST" or before["text"] != after["text"]:
        return "breaking"
    return "documentation"


def _words(before: Json, after: Json) -> str:
    if before is None:
        return f"New {after['level']}: {after['text']}"
    if after is None:
        return f"No longer asserted: {before['text']}"
    if before["level"] != after["level"]:
        return f"Was {before['level']}, is {after['level']}: {after['text']}"
    return f"Reads now: {after['text']}" if before["text"] != after["text"] else "What it rests on or provokes changed."
