"""The impact of a change of the documentation page: ledger entries, their clauses, tests, and lines of the document."""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from attrs import frozen

from coupon_contract import paths, spec
from coupon_contract.spec import Clause, LedgerEntry
from coupon_contract.suite import cases
from scripts.drift.page import Drift

Json = Any
SUITE = (paths.PACKAGE / "suite", paths.CONTRACT_TESTS)
QUOTED = re.compile(r"`([^`]+)`|\"([^\"]+)\"")
NAME = re.compile(r"(?<![\w.])(?:[a-z]+\.)*[a-z]+(?:[A-Z][a-z]+)+(?![\w.])")  # totalCount, customer.profiles.firstName
FIELD = re.compile(r"^([a-z]\w*(?:\.\w+)*\*?) \||\"(\w+)\":")


@frozen
class Place:
    """A place of the document: its JSON pointer and its line in spec/openapi.yaml, from 1."""

    pointer: str
    line: int


@frozen
class Impact:
    """The impact of one drift. `unknown` are names of fields in the new lines that the document does not have."""

    drift: Drift
    entries: tuple[LedgerEntry, ...]
    clauses: tuple[Clause, ...]
    tests: tuple[str, ...]
    places: tuple[Place, ...]
    unknown: tuple[str, ...]


def of_drift(drift: Drift, ledger: Mapping[str, LedgerEntry], clauses: Mapping[str, Clause]) -> Impact:
    """Return the impact of a drift: the entries that quote or name something that only one of the two pages
    has there.
    """
    entries = tuple(entry for entry in ledger.values() if any(_changed(item, drift) for item in fragments(entry)))
    touched = tuple(item for item in clauses.values() if {entry.id for entry in entries}.intersection(item.ledger))
    pointers = dict.fromkeys(pointer for entry in entries for pointer in entry.places)
    tests = tuple(name for clause in touched for name in citations(clause.id))
    places = tuple(Place(pointer, line_of(pointer)) for pointer in pointers)
    return Impact(drift, entries, touched, tuple(dict.fromkeys(tests)), places, tuple(_unknown(drift)))


def fragments(entry: LedgerEntry) -> Iterator[str]:
    """Yield the quotations of an entry from the page, and the fields that it names."""
    for text in (entry.documented, entry.evidence):
        yield from (first or second for first, second in QUOTED.findall(text))
        yield from NAME.findall(text)


def _changed(fragment: str, drift: Drift) -> bool:
    """Return True if the lines of exactly one page hold the fragment."""
    old, new = (any(_holds(line, fragment) for line in lines) for lines in (drift.old, drift.new))
    return old != new


def _holds(line: str, fragment: str) -> bool:
    if fragment.islower() and fragment.isalpha():  # a field's name may also be a word of any sentence
        return line.startswith(f"{fragment} |") or f'"{fragment}":' in line
    if fragment[0].isalnum():
        return re.search(rf"(?<![\w.]){re.escape(fragment)}(?![\w.]\w)", line) is not None
    return fragment in line.split() or (len(fragment) > 1 and fragment in line)


def _unknown(drift: Drift) -> Iterator[str]:
    """Yield the fields of new lines that are in no schema of the document."""
    known = {
        field for schema in spec.document()["components"]["schemas"].values() for field in schema.get("properties", ())
    }
    for line in drift.new:
        for row, key in FIELD.findall(line):
            name = (row.rstrip("*").rpartition(".")[2]) or key
            if name not in known:
                yield name


@cache
def citations(clause: str) -> tuple[str, ...]:
    """Return the places where the suite cites a clause: cases by name, functions by file and line."""
    by_case = [f"case: {case.name}" for case in cases.load() if case.clause == clause]
    return (*_in_code(clause), *by_case)


def _in_code(clause: str) -> Iterator[str]:
    for path in sorted(path for folder in SUITE for path in folder.rglob("*.py")):
        for function, line in _strings(path).get(clause, ()):
            yield f"{path.relative_to(paths.ROOT)}:{line}" + (f" {function}" if function else "")


@cache
def _strings(path: Path) -> dict[str, list[tuple[str, int]]]:
    """Return every text in a module, with the function that contains it or that it decorates, and its line."""
    in_functions: dict[str, list[tuple[str, int]]] = {}
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for name, node in _named(tree.body):
        for child in ast.walk(node):
            if isinstance(child, ast.Constant) and isinstance(child.value, str):
                in_functions.setdefault(child.value, []).append((name, node.lineno))
    return in_functions


def _named(nodes: Iterable[ast.stmt]) -> Iterator[tuple[str, ast.stmt]]:
    for node in nodes:
        if isinstance(node, ast.ClassDef):
            yield from _named(node.body)
        else:
            yield getattr(node, "name", ""), node


def line_of(pointer: str) -> int:
    """Return the line of spec/openapi.yaml, from 1, at which the value of a JSON pointer begins."""
    node, line = _composed(), 1
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(node, yaml.SequenceNode):
            node = node.value[int(key)]
            line = node.start_mark.line + 1
        else:
            name, node = next((name, value) for name, value in node.value if name.value == key)
            line = name.start_mark.line + 1
    return line


@cache
def _composed() -> Json:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.compose(spec.DOCUMENT.read_text(encoding="utf-8"), loader)
