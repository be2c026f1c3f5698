"""The places that a difference of the page touches: ledger, clauses, tests, vectors, sandbox, document."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import yaml
from attrs import frozen

from coupon_contract import paths, spec
from coupon_contract.sandbox import issuing
from coupon_contract.spec import Clause, LedgerEntry
from coupon_contract.suite import cases
from scripts import vocabulary
from scripts.drift.differences import Difference, Fact

Json = Any
SUITE = (paths.PACKAGE / "suite", paths.CONTRACT_TESTS)
VECTORS = spec.DIRECTORY / "vectors" / "decoding.yaml"
ERROR_CODES = "/components/schemas/IssuanceErrorCode"
TABLE = f"{ERROR_CODES}/x-error-table"
TEXTS = ("documented", "decision", "evidence", "accepted", "sandbox")
QUOTED = re.compile(r"`([^`]+)`|\"([^\"]+)\"")
LIMITS = ("maximum", "minimum", "maxLength", "minLength", "maxItems", "minItems")
WIRE = ("codec.py", "companions.py", "endpoints.py")  # any word there may be a field
SHORTEST_QUOTATION = 3  # characters; shorter ones are in any line


@frozen
class Place:
    """A place of the document: its JSON pointer and its line in spec/openapi.yaml, from 1."""

    pointer: str
    line: int


@frozen
class Impact:
    """The places that a difference touches.

    `codes` are rows of codes.toml, `tests` functions and cases of the suite, `vectors` those of decoding.yaml, and
    `rules` functions of the sandbox.
    """

    difference: Difference
    codes: tuple[str, ...]
    entries: tuple[LedgerEntry, ...]
    clauses: tuple[Clause, ...]
    tests: tuple[str, ...]
    vectors: tuple[str, ...]
    rules: tuple[str, ...]
    places: tuple[Place, ...]

    @property
    def is_empty(self) -> bool:
        """True if nothing in the repository is about the difference."""
        return not (self.codes or self.entries or self.clauses or self.vectors or self.rules or self.places)


@frozen
class Terms:
    """The terms to look for: codes, names of fields, numbers (limits), and phrases.

    A limit is looked for where its field or code is named, or anywhere if it has neither.
    """

    codes: frozenset[int] = frozenset()
    fields: frozenset[str] = frozenset()
    numbers: frozenset[str] = frozenset()
    phrases: tuple[str, ...] = ()


def of_difference(difference: Difference) -> Impact:
    """Return the impact of a difference on the files of the repository.

    Clauses and places of the document are those that name what changed; where none does, those of the ledger entries.
    """
    terms = terms_of(difference.fact)
    entries = tuple(entry for entry in spec.ledger().values() if _of_entry(entry, terms) or _quoted(entry, difference))
    ids = {entry.id for entry in entries}
    clauses = [clause for clause in spec.clauses().values() if _of_clause(clause, terms)]
    clauses = clauses or [clause for clause in spec.clauses().values() if ids.intersection(clause.ledger)]
    pointers = _pointers(terms) or [pointer for entry in entries for pointer in entry.places]
    return Impact(
        difference,
        tuple(code for number in sorted(terms.codes) for code in _rows(number)),
        entries,
        tuple(clauses),
        tuple(dict.fromkeys(name for clause in clauses for name in citations(clause.id))),
        tuple(_vectors(terms)),
        tuple(dict.fromkeys(_rules(terms))),
        tuple(Place(pointer, line_of(pointer)) for pointer in dict.fromkeys(pointers)),
    )


def terms_of(fact: Fact) -> Terms:
    """Return what to look for in the repository: earlier names and values, and new ones that it may know already."""
    values = [value for value in (fact.old, fact.new) if value]
    own = frozenset(int(code) for code in (fact.code,) if code.isdecimal())
    field = frozenset(name for name in (fact.field.rpartition(".")[2],) if name.isidentifier())
    match fact.subject:
        case "code":
            return Terms(frozenset(int(value) for value in values))
        case "partial code":
            return Terms(own | {int(value) for value in values if value.isdecimal()})
        case "message":
            return Terms(own, frozenset({"message"}), phrases=tuple(values))
        case "limit":
            return Terms(own, field, frozenset(values), () if field or not fact.field else (fact.field,))
        case "property":
            return Terms(phrases=(fact.field, *(value for value in values if value.startswith("/"))))
        case "field":
            return Terms(own, field or frozenset({values[0].rpartition(".")[2]}))
        case "text":
            return Terms(own, field)
        case _:
            return Terms()


def _rows(code: int) -> Iterator[str]:
    """Yield the descriptions of the rows of codes.toml that have a code."""
    for row in spec.error_table():
        if row.code == code:
            yield f"spec/codes.toml: {code} {row.name}, {row.without_coupons} without coupons"
        if row.partial_code == code:
            yield f"spec/codes.toml: {code}, the partial code of {row.code} {row.name}"
    for other in spec.platform_codes():
        if other.code == code:
            yield f"spec/codes.toml: {code} of the platform's list, {other.without_coupons}: {other.meaning}"


def _of_entry(entry: LedgerEntry, terms: Terms) -> bool:
    texts = [getattr(entry, text) for text in TEXTS]
    rows = [
        f"{TABLE}/{index}" for index, row in enumerate(spec.error_table()) if {row.code, row.partial_code} & terms.codes
    ]
    coded = any(vocabulary.names_code(text, code) for text in texts for code in terms.codes)
    coded = coded or any(place == row or place.startswith(f"{row}/") for place in entry.places for row in rows)
    named = any(place.endswith(f"/properties/{field}") for place in entry.places for field in terms.fields)
    named = named or any(vocabulary.names_field(text, field) for text in texts for field in terms.fields)
    if terms.numbers:
        numbered = any(_has_number(text, number) for text in texts for number in terms.numbers)
        context = coded or named if terms.codes or terms.fields else numbered
        return (numbered and context) or _has_phrase(texts, terms)
    if "message" in terms.fields:  # of a code whose message changed: entries about messages, not all of the code
        return any(place.endswith("/properties/message") for place in entry.places)
    return coded or named or _has_phrase(texts, terms)


def _of_clause(clause: Clause, terms: Terms) -> bool:
    if terms.numbers:
        about = any(re.search(rf"\b{field}\b", clause.text) for field in terms.fields) or terms.codes & set(
            clause.provokes
        )
        return bool(about) and any(_has_number(clause.text, number) for number in terms.numbers)
    if "message" in terms.fields:
        return bool(terms.codes & set(clause.provokes))
    coded = any(vocabulary.names_code(clause.text, code) for code in terms.codes) or terms.codes & set(clause.provokes)
    named = any(vocabulary.names_field(clause.text, field) for field in terms.fields)
    return bool(coded) or named or _has_phrase([clause.text], terms)


def _has_number(text: str, number: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape(number)}(?![\w]|\.\d)", text) is not None


def _has_phrase(texts: list[str], terms: Terms) -> bool:
    patterns = [rf"(?<!\w){re.escape(phrase)}(?!\w)" for phrase in terms.phrases]
    return any(re.search(pattern, text, re.I) for pattern in patterns for text in texts)


def _quoted(entry: LedgerEntry, difference: Difference) -> bool:
    """Return True if an entry quotes something that the lines of one page alone hold. Of codes, the number decides."""
    if difference.fact.subject == "code":
        return False
    for text in (entry.documented, entry.evidence):
        for pair in QUOTED.findall(text):
            fragment = pair[0] or pair[1]
            old, new = (any(_holds(line, fragment) for line in side) for side in (difference.old, difference.new))
            if old != new:
                return True
    return False


def _holds(line: str, fragment: str) -> bool:
    if fragment.isidentifier():
        return line.startswith(f"{fragment} |") or f'"{fragment}":' in line
    if len(fragment) < SHORTEST_QUOTATION:
        return fragment in line.split() and line.startswith(fragment)
    return fragment in line


def _vectors(terms: Terms) -> Iterator[str]:
    """Yield the vectors whose response has a code, or that set, remove or write a field, each with its line."""
    if terms.numbers or (not terms.codes and not terms.fields):
        return
    for name, text, vector in _entries():
        examples = {vector["answer"].get("example")} & _examples(terms.codes)
        coded = any(vocabulary.names_code(text, code, in_groups=False) for code in terms.codes)
        fields = (terms.fields - {"message"}) & vocabulary.vector_names(vector)
        if examples or coded or fields:
            yield name


@cache
def _entries() -> tuple[tuple[str, str, Json], ...]:
    """Return each vector with the place of its name, and its JSON text."""
    text = VECTORS.read_text(encoding="utf-8")
    numbers = {line: number for number, line in enumerate(text.splitlines(), 1)}
    file = VECTORS.relative_to(paths.ROOT)
    return tuple(
        (f"{file}:{numbers.get('- name: ' + entry['name'], 1)} {entry['name']}", json.dumps(entry), entry)
        for entry in yaml.safe_load(text)
    )


def _examples(codes: frozenset[int]) -> set[str]:
    """Return the examples of the document that have one of the codes in `errors` or `warnings`."""
    return {
        name
        for name, example in spec.document()["components"]["examples"].items()
        if codes & {entry.get("code") for kind in ("errors", "warnings") for entry in _listed(example["value"], kind)}
    }


def _listed(body: Json, kind: str) -> list[Json]:
    return [entry for entry in body.get(kind) or () if isinstance(entry, dict)]


def _rules(terms: Terms) -> Iterator[str]:
    """Yield the functions of the sandbox that raise a code, or that read or write a field."""
    reasons = {reason.rule for problem, reason in issuing.REASONS.items() if problem.code in terms.codes}
    fields = terms.fields - {"message"}
    for path in vocabulary.sandbox_modules():
        file = path.relative_to(paths.ROOT)
        for code in sorted(terms.codes):
            for name, line in vocabulary.constants(path).get(code, ()):
                if name in reasons or path.name == "companions.py":
                    yield f"{file}:{line} {name}".rstrip()
        functions = {name for field, name, _ in vocabulary.module_names(path) if field in fields}
        yield from (
            f"{file}:{line} {name}".rstrip()
            for field in sorted(fields)
            for name, line in vocabulary.constants(path).get(field, ())
            if path.name in WIRE or name in functions
        )
    if terms.numbers and _pointers(terms):  # the sandbox takes its limits from the document
        yield from _users_of(terms)


def _users_of(terms: Terms) -> Iterator[str]:
    """Yield the rule of the sandbox that raises the codes of a limit, or that is about its field."""
    code = {
        row.code for row in spec.error_table() for field in terms.fields if re.search(rf"\b{field}\b", row.when.lower())
    }
    for path in vocabulary.sandbox_modules():
        for number in sorted(code | terms.codes):
            for name, line in vocabulary.constants(path).get(number, ()):
                if name in {reason.rule for reason in issuing.REASONS.values()}:
                    yield f"{path.relative_to(paths.ROOT)}:{line} {name}"


def _pointers(terms: Terms) -> list[str]:
    """Return the places of the document that define a code, a field or a limit, or show a code."""
    document = spec.document()
    found = [f"/paths/{phrase.replace('/', '~1')}" for phrase in terms.phrases if phrase in document["paths"]]
    found += [
        f"{TABLE}/{index}" for index, row in enumerate(spec.error_table()) if {row.code, row.partial_code} & terms.codes
    ]
    if terms.codes & {other.code for other in spec.platform_codes()}:
        found.append(f"{ERROR_CODES}/x-platform-codes")
    found += [f"/components/examples/{name}" for name in sorted(_examples(terms.codes))]
    for name, schema in document["components"]["schemas"].items():
        for field, described in schema.get("properties", {}).items():
            place = f"/components/schemas/{name}/properties/{field}"
            if terms.numbers:
                if field in terms.fields:
                    found += [f"{place}/{word}" for word in LIMITS if str(described.get(word)) in terms.numbers]
            elif field in terms.fields:
                found.append(place)
    return found


@cache
def citations(clause: str) -> tuple[str, ...]:
    """Return the places where the suite cites a clause: cases by name, functions by file and line."""
    by_case = [f"case: {case.name}" for case in cases.load() if case.clause == clause]
    return (*_in_code(clause), *by_case)


def _in_code(clause: str) -> Iterator[str]:
    for path in sorted(path for folder in SUITE for path in folder.rglob("*.py")):
        for function, line in vocabulary.constants(path).get(clause, ()):
            yield f"{path.relative_to(paths.ROOT)}:{line}" + (f" {function}" if function else "")


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
