"""Renders ledger, clauses and error table as Markdown, for the bundle and for the site."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import asdict

from coupon_contract import spec
from coupon_contract.spec import Clause, ErrorRow, LedgerEntry, PlatformCode

Json = Any
SOURCES = (
    "A and B are the older and the newer saved revision of the documentation page, C is the one after them; L are later"
    " public pages of the same vendor, and the machine-readable definition behind C."
)


def ledger(entries: Mapping[str, LedgerEntry], clauses: Mapping[str, Clause]) -> str:
    """Return the page of all corrections: documented, decision, evidence, accepted, and the clauses that
    rest on each.
    """
    intro = [
        "# Ledger",
        f"Every correction of the documentation, and every reading where it is silent. {SOURCES}",
        "*Accepted* is what the suite accepts from any implementation; *sandbox* says which of it our sandbox does.",
    ]
    return "\n\n".join([*intro, *("\n".join(_entry(entry, clauses)) for entry in entries.values())]) + "\n"


def _entry(entry: LedgerEntry, clauses: Mapping[str, Clause]) -> Iterator[str]:
    yield f"## {entry.id}\n"
    for word in ("documented", "decision", "evidence", "accepted"):
        yield f"- **{word.capitalize()}:** {escaped(getattr(entry, word))}"
    if entry.sandbox != entry.accepted:
        yield f"- **Sandbox:** {escaped(entry.sandbox)}"
    cited = [f"`{clause.id}`" for clause in clauses.values() if entry.id in clause.ledger]
    yield f"- **Clauses:** {', '.join(cited) or 'none'}"
    yield "- **Document:** " + ", ".join(f"`{place}`" for place in entry.places)


def clauses(entries: Mapping[str, Clause]) -> str:
    """Return the page of all clauses, each with its level and the ledger entries that it rests on."""
    rows = (
        (
            f"`{clause.id}`",
            clause.level + (f", where there is {clause.feature}" if clause.feature else ""),
            clause.text,
            ", ".join(f"[{entry}](ledger.md#{entry})" for entry in clause.ledger),
        )
        for clause in entries.values()
    )
    intro = (
        "# Clauses\n\nThe sentences that the suite asserts. MUST decides the verdict; SHOULD and MAY are reported."
        " A clause of a feature is judged where the target declares that feature.\n\n"
    )
    return intro + table(("clause", "level", "text", "ledger"), rows)


def errors(rows: Sequence[ErrorRow], others: Sequence[PlatformCode]) -> str:
    """Return the error table and the platform's other codes as Markdown."""
    intro = (
        "# Error codes\n\n`errors` carries the first column; `warnings` of a partial success may carry the second."
        " The list is closed for judges and open for readers: a client must survive any integer.\n\n"
        "*Without coupons* is what a code in `errors` proves in a response without coupons: `refused` (nothing was"
        " issued), `unproven`, `in-doubt` or `issued`. Any code that is not listed here proves nothing.\n\n"
    )
    documented = table(
        ("code", "partial code", "name", "without coupons", "when", "documented messages"),
        (
            (
                str(row.code),
                str(row.partial_code or "none"),
                f"`{row.name}`",
                row.without_coupons,
                row.when,
                "<br>".join(row.messages) or "none",
            )
            for row in rows
        ),
    )
    shared = table(
        ("code", "without coupons", "meaning"),
        ((str(other.code), other.without_coupons, other.meaning) for other in others),
    )
    listed = "\n## Codes that the platform lists for all coupon operations\n\n"
    return intro + documented + listed + shared


def errors_json(rows: Sequence[ErrorRow], others: Sequence[PlatformCode], version: str) -> str:
    """Return the error table and the platform's other codes as JSON."""
    codes, platform_codes = (
        [{_camel(name): value for name, value in asdict(row).items()} for row in table] for table in (rows, others)
    )
    return json.dumps({"version": version, "codes": codes, "platformCodes": platform_codes}, indent=1) + "\n"


def errors_csv(rows: Sequence[ErrorRow]) -> str:
    """Return the error table as CSV (RFC 4180); several messages are separated by a line feed."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("code", "partialCode", "withoutCoupons", "name", "when", "messages"))
    writer.writerows(
        (row.code, row.partial_code, row.without_coupons, row.name, row.when, "\n".join(row.messages)) for row in rows
    )
    return text.getvalue()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [head, ["---"] * len(head), *([escaped(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def escaped(text: str) -> str:
    """Return the text with `*` escaped outside of code."""
    parts = text.split("`")
    return "`".join(part.replace("*", "\\*") if index % 2 == 0 else part for index, part in enumerate(parts))


def everything() -> dict[str, str]:
    """Return all pages of the bundle by file name."""
    rows, others, version = spec.error_table(), spec.platform_codes(), spec.document()["info"]["version"]
    return {
        "ledger.md": ledger(spec.ledger(), spec.clauses() | spec.caller_clauses()),
        "clauses.md": clauses(spec.clauses()),
        "errors.md": errors(rows, others),
        "errors.json": errors_json(rows, others, version),
        "errors.csv": errors_csv(rows),
    }
