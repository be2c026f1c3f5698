"""Rules that hold the names of fields, and the codes, together: in document, ledger, clauses, vectors and sandbox."""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from coupon_contract import paths, spec
from coupon_contract.sandbox.issuing import REASONS
from coupon_contract.spec import Clause, ErrorRow, LedgerEntry, PlatformCode
from scripts import vocabulary

Json = Any
TEXTS = ("documented", "decision", "evidence", "accepted", "sandbox")
# Names in modules of the sandbox that the document leaves out on purpose.
OPEN_FIELDS = frozenset(
    (
        *("firstname", "lastname", "redemptionCount", "redemptions", "redemptionsLeft"),  # of listed coupons (L)
        *("reversedRedemptions", "validTillDateTime"),  # likewise; judges leave them open (customer-coupons)
        "seriesIds",  # the table's name for seriesId (series-id-name)
        "errroCode",  # of a variant, as an example of L spells errorCode (revoke)
        *("traceId", "node", "parts"),  # of variants, which answer more than is documented (unknown-fields)
        *("hasOwnProperty", "toString", "valueOf"),  # of every object in JavaScript: a fault takes them for customers
    )
)


def ledger_names_are_documented(ledger: Mapping[str, LedgerEntry], known: Container[str]) -> Iterator[str]:
    """Every field that an entry names is in the document, or among its own `elsewhere`, and those are not."""
    for entry in ledger.values():
        names = {name for text in TEXTS for name in vocabulary.field_names(getattr(entry, text))}
        for name in sorted(names):
            if missing := [part for part in name.split(".") if part not in known and part not in entry.elsewhere]:
                yield (
                    f"ledger.toml: {entry.id}: openapi.yaml has no {missing[0]}; correct the name, or list it under"
                    " `elsewhere` if it is of another page"
                )
        for name in entry.elsewhere:
            if name in known:
                yield f"ledger.toml: {entry.id}: elsewhere: {name} is in openapi.yaml"
            elif not any(name in stated.split(".") for stated in names):
                yield f"ledger.toml: {entry.id}: elsewhere: no text names {name}"


def clause_names_are_documented(clauses: Mapping[str, Clause], known: Container[str]) -> Iterator[str]:
    """Every field that a clause names is in the document; so is one that its ledger entries have from elsewhere."""
    ledger = spec.ledger()
    for clause in clauses.values():
        elsewhere = {name for entry in clause.ledger if entry in ledger for name in ledger[entry].elsewhere}
        for name in vocabulary.field_names(clause.text):
            yield from (
                f"clauses.toml: {clause.id}: openapi.yaml has no {part}"
                for part in name.split(".")
                if part not in known and part not in elsewhere
            )


def vector_names_are_documented(vectors: Iterable[Json], known: Container[str]) -> Iterator[str]:
    """Every field in the response of a vector is in the document, or among its own `unknown`, and those are not."""
    for vector in vectors:
        names, unknown = vocabulary.vector_names(vector), set(vector.get("unknown", ()))
        for name in sorted(names - unknown):
            if name not in known:
                yield (
                    f"decoding.yaml: {vector['name']}: openapi.yaml has no {name}; correct the name, or list it under"
                    " `unknown` if the vector is about an unknown field"
                )
        for name in sorted(unknown):
            if name in known or name not in names:
                reason = "is in openapi.yaml" if name in known else "is not in its response"
                yield f"decoding.yaml: {vector['name']}: unknown: {name} {reason}"


def sandbox_names_are_documented(modules: Iterable[Path], known: Container[str]) -> Iterator[str]:
    """Every field that the sandbox reads or writes is in the document, or among OPEN_FIELDS."""
    for path in modules:
        for name, function, line in vocabulary.module_names(path):
            if name not in known and name not in OPEN_FIELDS:
                yield f"{path.relative_to(paths.ROOT)}:{line} {function}: openapi.yaml has no {name}"


def documented_codes_are_settled(
    rows: Sequence[ErrorRow], ledger: Iterable[LedgerEntry], clauses: Sequence[Clause], raised: Container[int]
) -> Iterator[str]:
    """Every documented code is in the ledger, is provoked by a clause, and is raised by a rule of the sandbox."""
    entries, provoked = list(ledger), {code for clause in clauses for code in clause.provokes}
    for index, row in enumerate(rows):
        if not any(_settles(entry, row.code, index) for entry in entries):
            yield f"codes.toml: {row.code}: no ledger entry names it"
        if row.code not in provoked:
            yield f"codes.toml: {row.code}: no clause provokes it"
        if row.code not in raised:
            yield f"codes.toml: {row.code}: no rule of the sandbox raises it (coupon_contract/sandbox/issuing.py)"
    documented = {row.code for row in rows}
    for clause in clauses:
        yield from (
            f"clauses.toml: {clause.id}: provokes {code}, which is in no row of codes.toml"
            for code in clause.provokes
            if code not in documented
        )


def _settles(entry: LedgerEntry, code: int, index: int) -> bool:
    row = f"/components/schemas/IssuanceErrorCode/x-error-table/{index}"
    return any(place == row or place.startswith(f"{row}/") for place in entry.places) or any(
        vocabulary.names_code(getattr(entry, text), code, in_groups=False) for text in TEXTS
    )


def platform_codes_are_settled(others: Iterable[PlatformCode], ledger: Iterable[LedgerEntry]) -> Iterator[str]:
    """Every code that the platform lists is in the ledger."""
    texts = [getattr(entry, text) for entry in ledger for text in TEXTS]
    for other in others:
        if not any(vocabulary.names_code(text, other.code) for text in texts):
            yield f"codes.toml: {other.code}: no ledger entry names it"


def problems(document: Json) -> Iterator[str]:
    """Yield every problem of the repository with this document, one line each."""
    ledger = spec.ledger()
    names = vocabulary.document_fields(document)
    known = names.union(
        *(document["components"][kind] for kind in ("schemas", "responses", "examples")), _ids(document)
    )
    vectors = yaml.safe_load((spec.DIRECTORY / "vectors" / "decoding.yaml").read_text(encoding="utf-8"))
    clauses = spec.clauses()
    yield from ledger_names_are_documented(ledger, known)
    yield from clause_names_are_documented(clauses, known)
    yield from vector_names_are_documented(vectors, names)
    yield from sandbox_names_are_documented(sandbox_modules(), names)
    raised = {problem.code for problem in REASONS}
    yield from documented_codes_are_settled(spec.error_table(), ledger.values(), list(clauses.values()), raised)
    yield from platform_codes_are_settled(spec.platform_codes(), ledger.values())


def sandbox_modules() -> list[Path]:
    """Return the modules of the contract path and the faults, which read and write responses."""
    return [*vocabulary.sandbox_modules(), *sorted((paths.PACKAGE / "sandbox" / "faults").glob("*.py"))]


def _ids(document: Json) -> set[str]:
    operations = (operation for path in document["paths"].values() for operation in path.values())
    return {operation["operationId"] for operation in operations}
