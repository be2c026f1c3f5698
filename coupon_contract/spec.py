"""Reads the published data: the OpenAPI document, the ledger and the clauses.

The sandbox, the suite and the scripts share nothing else. Nothing here decides anything; the files themselves describe
their entries.
"""

import tomllib
from functools import cache
from typing import Any

import yaml
from attrs import field, frozen

from coupon_contract import paths

DIRECTORY = paths.SPEC
DOCUMENT = DIRECTORY / "openapi.yaml"

ISSUE_PATH = "/v2/coupon/issue/multiple"
TOKEN_PATH = "/v3/oauth/token/generate"  # noqa: S105 - a path, not a secret
READ_BACK_PATH = "/v2/coupon"
CUSTOMER_COUPONS_PATH = "/v2/customers/coupons"
REVOKE_PATH = "/v2/coupon/revoke"
OPERATIONS = {
    ISSUE_PATH: "issue",
    TOKEN_PATH: "token",
    READ_BACK_PATH: "read-back",
    CUSTOMER_COUPONS_PATH: "customer-coupons",
    REVOKE_PATH: "revoke",
}

REFUSED, UNPROVEN, IN_DOUBT, ISSUED = PROOFS = ("refused", "unproven", "in-doubt", "issued")

Json = Any


@frozen(kw_only=True)
class ErrorRow:
    """A documented code (`[[documented]]` in codes.toml).

    `code` stands in `errors`; `partial_code` is the code of the same trouble in the `warnings` of a partial success, or
    None if the documentation shows a dash. `without_coupons` is one of PROOFS. `messages` are the documented texts,
    word for word, possibly none.
    """

    code: int
    partial_code: int | None = None
    without_coupons: str
    name: str
    when: str
    messages: tuple[str, ...] = field(converter=tuple[str, ...])


@frozen
class PlatformCode:
    """A code that the platform lists for all coupon operations (`x-platform-codes` in the document).

    `without_coupons` is one of PROOFS.
    """

    code: int
    meaning: str
    without_coupons: str


@frozen
class LedgerEntry:
    """One correction or reading of the documentation (`ledger.toml`).

    `places` are JSON pointers into the document; `sandbox` says which of the accepted behaviours our sandbox has;
    `elsewhere` are names of fields in its texts that the document does not have.
    """

    id: str
    documented: str
    decision: str
    evidence: str
    accepted: str
    sandbox: str
    places: tuple[str, ...]
    elsewhere: tuple[str, ...] = ()


@frozen
class Clause:
    """One sentence that tests cite (`clauses.toml`).

    `level` is MUST, SHOULD or MAY; `feature` is the companion it belongs to (`oauth`, `read-back`) or None; `provokes`
    are the documented codes that its tests bring about in an implementation that follows the documentation.
    """

    id: str
    text: str
    level: str
    feature: str | None
    ledger: tuple[str, ...]
    provokes: tuple[int, ...] = ()


@cache
def document() -> dict[str, Json]:
    """Return the OpenAPI document as plain JSON types. Callers must not change it."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    loaded: dict[str, Json] = yaml.load(DOCUMENT.read_text(encoding="utf-8"), loader)  # noqa: S506 - a safe loader
    return loaded


@cache
def error_table() -> tuple[ErrorRow, ...]:
    """Return every documented code with both columns, in the order of the document."""
    return tuple(ErrorRow(**row) for row in _toml("codes.toml")["documented"])


@cache
def platform_codes() -> tuple[PlatformCode, ...]:
    """Return every code that the platform lists for all coupon operations, in the order of the document."""
    return tuple(
        PlatformCode(code, row["meaning"], row["without_coupons"])
        for row in _toml("codes.toml")["platform"]
        for code in row["codes"]
    )


def proofs() -> dict[int, str]:
    """Return the proof of each code of both tables in a response without coupons, one of PROOFS, by code."""
    documented = {row.code: row.without_coupons for row in error_table()}
    return documented | {other.code: other.without_coupons for other in platform_codes()}


def certain_refusals() -> frozenset[int]:
    """Return the codes of `errors` that prove that nothing was issued (ledger certain-refusals)."""
    return _codes_that_prove(REFUSED)


def issued_or_in_doubt() -> frozenset[int]:
    """Return the codes whose documented text contradicts a refusal, partial codes included (ledger certain-
    refusals).
    """
    partial = {row.partial_code for row in error_table() if row.partial_code is not None}
    return _codes_that_prove(ISSUED, IN_DOUBT) | partial


def _codes_that_prove(*wanted: str) -> frozenset[int]:
    return frozenset(code for code, proof in proofs().items() if proof in wanted)


@cache
def outcomes() -> dict[str, Json]:
    """Return the table that decides the outcome of a call (`outcomes.toml`). Callers must not change it."""
    return _toml("outcomes.toml")


@cache
def ledger() -> dict[str, LedgerEntry]:
    """Return the ledger, by id."""
    entries = _toml("ledger.toml")
    return {
        key: LedgerEntry(
            key,
            entry["documented"],
            entry["decision"],
            entry["evidence"],
            entry["accepted"],
            entry.get("sandbox", entry["accepted"]),
            tuple(entry["places"]),
            tuple(entry.get("elsewhere", ())),
        )
        for key, entry in entries.items()
    }


@cache
def clauses() -> dict[str, Clause]:
    """Return the clauses for implementations, by id, in the order of the file."""
    return _clauses("clauses.toml")


@cache
def caller_clauses() -> dict[str, Clause]:
    """Return the clauses for callers (`caller_clauses.toml`), by id, in the order of the file."""
    return _clauses("caller_clauses.toml")


@cache
def caller_cases() -> tuple[dict[str, Json], ...]:
    """Return the cases for callers (`caller_cases.toml`), in the order of the file. Callers must not change them."""
    return tuple(_toml("caller_cases.toml")["case"])


def _clauses(name: str) -> dict[str, Clause]:
    return {
        key: Clause(
            key,
            entry["text"],
            entry["level"],
            entry.get("feature"),
            tuple(entry["ledger"]),
            tuple(entry.get("provokes", ())),
        )
        for key, entry in _toml(name).items()
    }


def _toml(name: str) -> dict[str, Json]:
    return tomllib.loads((DIRECTORY / name).read_text(encoding="utf-8"))
