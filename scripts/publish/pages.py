"""Ledger, clauses and error table as Markdown, for the bundle and for the site."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from attrs import asdict

import spec
from spec import Clause, ErrorRow, LedgerEntry

Json = Any
SOURCES = (
    "A and B are the older and the newer saved revision of the documentation page; L are later public pages of the same"
    " vendor."
)


def ledger(entries: Mapping[str, LedgerEntry], clauses: Mapping[str, Clause]) -> str:
    """Every correction and reading: documented, decision, evidence, accepted, and what rests on it."""
    intro = [
        "# Ledger",
        f"Every correction of the documentation, and every reading where it is silent. {SOURCES}",
        "*Accepted* is what the suite accepts from any implementation; *sandbox* says which of it our sandbox does.",
    ]
    return "\n\n".join([*intro, *("\n".join(_entry(one, clauses)) for one in entries.values())]) + "\n"


def _entry(entry: LedgerEntry, clauses: Mapping[str, Clause]) -> Iterator[str]:
    yield f"## {entry.id}\n"
    for word in ("documented", "decision", "evidence", "accepted"):
        yield f"- **{word.capitalize()}:** {_escaped(getattr(entry, word))}"
    if entry.sandbox != entry.accepted:
        yield f"- **Sandbox:** {_escaped(entry.sandbox)}"
    cited = [f"`{clause.id}`" for clause in clauses.values() if entry.id in clause.ledger]
    yield f"- **Clauses:** {', '.join(cited) or 'none'}"
    yield "- **Document:** " + ", ".join(f"`{place}`" for place in entry.places)


def clauses(found: Mapping[str, Clause]) -> str:
    """Every sentence that the suite asserts, with its level and the ledger entries that it rests on."""
    rows = (
        (
            f"`{one.id}`",
            one.level + (f", where there is {one.feature}" if one.feature else ""),
            one.text,
            ", ".join(f"[{entry}](ledger.md#{entry})" for entry in one.ledger),
        )
        for one in found.values()
    )
    intro = (
        "# Clauses\n\nThe sentences that the suite asserts. MUST decides the verdict; SHOULD and MAY are reported."
        " A clause of a feature is judged where the target declares that feature.\n\n"
    )
    return intro + table(("clause", "level", "text", "ledger"), rows)


def errors(rows: Sequence[ErrorRow]) -> str:
    """The error table as Markdown."""
    intro = (
        "# Error codes\n\n`errors` carries the first column; `warnings` of a partial success may carry the second."
        " The list is closed for judges and open for readers: a client must survive any integer.\n\n"
    )
    return intro + table(
        ("code", "partial code", "name", "when", "documented messages"),
        (
            (
                str(row.code),
                str(row.partial_code or "none"),
                f"`{row.name}`",
                row.when,
                "<br>".join(row.messages) or "none",
            )
            for row in rows
        ),
    )


def errors_json(rows: Sequence[ErrorRow], version: str) -> str:
    """The error table as JSON."""
    listed = [{_camel(name): value for name, value in asdict(row).items()} for row in rows]
    return json.dumps({"version": version, "codes": listed}, indent=1) + "\n"


def errors_csv(rows: Sequence[ErrorRow]) -> str:
    """The error table as CSV (RFC 4180); several messages are separated by a line feed."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(("code", "partialCode", "name", "when", "messages"))
    writer.writerows((row.code, row.partial_code, row.name, row.when, "\n".join(row.messages)) for row in rows)
    return text.getvalue()


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *([_escaped(cell).replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(part.capitalize() for part in rest)


def _escaped(text: str) -> str:
    """Text whose `*` outside of code is not taken for Markdown."""
    parts = text.split("`")
    return "`".join(part.replace("*", "\\*") if index % 2 == 0 else part for index, part in enumerate(parts))


def everything() -> dict[str, str]:
    """All pages of the bundle by file name."""
    rows, version = spec.error_table(), spec.document()["info"]["version"]
    return {
        "ledger.md": ledger(spec.ledger(), spec.clauses()),
        "clauses.md": clauses(spec.clauses()),
        "errors.md": errors(rows),
        "errors.json": errors_json(rows, version),
        "errors.csv": errors_csv(rows),
    }
