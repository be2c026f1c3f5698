"""Rates the changes between two versions of the contract.

Redocly rates the changes that its rules know. Its blind spots are rated here: conditions (`if`, `then`, `not`,
`dependentRequired`), `x-judged-as`, the closed lists of codes, the clauses, and every change that it does not report.
"""

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from attrs import evolve, frozen

from scripts import node
from scripts.changes import audience, lists, renames, words

Json = Any
Kind = Literal["breaking", "additive", "documentation"]
KINDS: tuple[Kind, ...] = ("breaking", "additive", "documentation")
OF_IMPACT: Mapping[str, Kind] = {"major": "breaking", "minor": "additive", "patch": "documentation"}
CONDITIONS = {"if", "then", "else", "not", "dependentRequired", "dependentSchemas", "allOf", "x-judged-as"}
TEXTS = {"description", "summary", "title", "examples", "example", "externalDocs", "x-known-values", "info", "tags"}


@frozen(order=True)
class Change:
    """A difference: its rating, its place (a JSON pointer, or a clause), a description, and who must act."""

    kind: Kind
    place: str
    text: str
    who: tuple[audience.Audience, ...] = ()


def between(before: Json, after: Json) -> list[Change]:
    """Return every difference between two documents, breaking ones first; a rename is one. Raises node.ToolError."""
    known = renames.renames(before, after)
    called = [_renamed(rename) for rename in known]
    before = renames.aligned(before, after, known)
    rated = _by_redocly(before, after)
    listed = [Change(kind, place, text) for kind, place, text in lists.differences(before, after)]
    seen = {change.place for change in rated}
    leaves = [change for change in _leaves(before, after, before, after) if not lists.within(change.place, before)]
    unseen = [change for change in leaves if not _covered(change.place, seen)]
    together = _together([*called, *rated, *listed, *unseen], before, after)
    addressed = {
        evolve(
            change,
            text=words.without_host(change.text),
            who=audience.of_change(change.kind, change.place, before, after),
        )
        for change in together
    }
    return sorted(addressed, key=lambda change: (KINDS.index(change.kind), change.place, change.text))


def _together(found: list[Change], before: Json, after: Json) -> list[Change]:
    """Return the changes, with one for all servers, and one for a schema that refers to another or no longer does."""
    groups: dict[str, list[Change]] = {}
    for change in found:
        place = "/servers" if change.place.startswith("/servers") else _replaced(change.place, before, after)
        if place:
            groups.setdefault(place, [])
    for change in found:
        for place, changes in groups.items():
            if change.place == place or change.place.startswith(f"{place}/"):
                changes.append(change)
    grouped = {change for changes in groups.values() for change in changes}
    # What is told of the schema that was referred to, at its own place, where nothing changed, is told by the group.
    kept = [
        change for change in found if change not in grouped and not (groups and _stayed(change.place, before, after))
    ]
    for place, changes in groups.items():
        text = words.of_servers(before, after) if place == "/servers" else words.of_schema(place, before, after)
        kept.append(Change(min((change.kind for change in changes), key=KINDS.index), place, text))
    return kept


def _stayed(place: str, before: Json, after: Json) -> bool:
    value = words.at(before, place)
    return value is not words.MISSING and bool(value == words.at(after, place))


def _replaced(place: str, before: Json, after: Json) -> str:
    """Return the innermost part of a place that is a reference on one side alone, or an empty text."""
    parts = place.split("/")
    for length in range(len(parts), 1, -1):
        inner = "/".join(parts[:length])
        sides = [words.at(document, inner) for document in (before, after)]
        if all(isinstance(side, dict) for side in sides) and ("$ref" in sides[0]) != ("$ref" in sides[1]):
            return inner
    return ""


def _renamed(rename: renames.Rename) -> Change:
    """Return a rename as a change. Only names of examples are in no program."""
    others = f", also at {', '.join(f'`{place}`' for place in rename.places[1:])}" if rename.places[1:] else ""
    kind: Kind = "documentation" if rename.places[0].startswith("/components/examples/") else "breaking"
    text = f"{rename.kind.capitalize()} `{rename.old}` is called `{rename.new}` now{others}."
    return Change(kind, rename.places[0], text)


def _by_redocly(before: Json, after: Json) -> list[Change]:
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch) / name for name in ("before.json", "after.json")]
        for file, document in zip(files, (before, after), strict=True):
            file.write_text(json.dumps(document), encoding="utf-8")
        options = ("--format", "json", "--lint-config", "off", "--fail-on", "none")
        reported = json.loads(node.run("redocly", "diff", *files, *options))["changes"]
    changes = [_rated(entry, before, after) for entry in reported if entry["path"] != "#/info/version"]
    return [change for change in changes if not lists.within(change.place, before) and change.place != "/info/version"]


def _rated(entry: Json, before: Json, after: Json) -> Change:
    place = _place(entry)
    kind = OF_IMPACT[entry["impact"]]
    parts = _parts(place)
    if CONDITIONS.intersection(parts):
        kind = "breaking"
    elif kind == "documentation" and not TEXTS.intersection(parts):
        kind = "additive"
    messages = [verdict["message"] for verdict in entry["verdicts"]]
    return Change(kind, place, " ".join(messages) or words.of_value(place, before, after))


def _place(entry: Json) -> str:
    sides = [entry[side]["pointer"] for side in ("revision", "base") if entry.get(side)]
    return str(sides[0] if sides else entry["path"]).removeprefix("#")


def _leaves(before: Json, after: Json, old: Json, new: Json, place: str = "") -> Iterator[Change]:
    """Return the differences between two documents, `old` and `new`, value by value, rated by their place: only texts
    are harmless where no rule applies.
    """
    if isinstance(before, dict) and isinstance(after, dict):
        for key in {**before, **after}:
            here = f"{place}/{str(key).replace('~', '~0').replace('/', '~1')}"
            if here != "/info/version":
                yield from _leaves(before.get(key), after.get(key), old, new, here)
    elif before != after:
        yield Change(
            "documentation" if TEXTS.intersection(_parts(place)) else "breaking",
            place,
            words.of_value(place, old, new),
        )


def _covered(place: str, seen: set[str]) -> bool:
    return any(place == other or place.startswith(f"{other}/") or other.startswith(f"{place}/") for other in seen)


def _parts(place: str) -> list[str]:
    """Return the keywords of a pointer, without the names of fields and components."""
    parts = place.split("/")[1:]
    return [part for index, part in enumerate(parts) if not index or parts[index - 1] not in ("properties", "schemas")]


def between_clauses(before: Mapping[str, Json], after: Mapping[str, Json]) -> list[Change]:
    """Return the differences between two sets of clauses. A new or raised MUST may fail servers that conformed, and
    files that accept deviations name clauses by their ids.
    """
    texts = {entry["text"]: id for id, entry in before.items() if id not in after}
    called = {
        texts.pop(entry["text"]): id for id, entry in after.items() if id not in before and entry["text"] in texts
    }
    named = {called.get(id, id): entry for id, entry in before.items()}
    return [
        *(
            Change(
                "breaking", f"clause {new}", f"Clause `{old}` is called `{new}` now.", audience.of_clause("breaking")
            )
            for old, new in called.items()
        ),
        *(
            Change(kind, f"clause {id}", _words(named.get(id), after.get(id)), audience.of_clause(kind))
            for id in {**named, **after}
            if named.get(id) != after.get(id)
            for kind in [_of_clause(named.get(id), after.get(id))]
        ),
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
