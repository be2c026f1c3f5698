"""One page per clause, ledger entry and code, at addresses that stay: clauses/ID, ledger/ID and codes/NUMBER."""

import re
from collections.abc import Iterable, Iterator

from coupon_contract import spec
from coupon_contract.spec import Clause, ErrorRow, LedgerEntry
from scripts import vocabulary
from scripts.drift.impact import citations
from scripts.publish import pages

ORPHAN = "---\norphan: true\n---\n"  # Sphinx's word for a page outside of the navigation
PROOFS = {
    "refused": "nothing was issued",
    "unproven": "nothing: no page says that nothing was issued",
    "in-doubt": "nothing: coupons may have been issued",
    "issued": "that coupons were issued",
}
CLAUSE_CELL = re.compile(r"^\| `([\w-]+)` \|", re.M)
CODE_CELL = re.compile(r"^\| (\d+) \|(?= (?:\d+|none) \| `)", re.M)
LEDGER_HEADING = re.compile(r"^## ([\w-]+)$", re.M)
LEDGER_LINK = re.compile(r"\(ledger\.md#([\w-]+)\)")


def everything() -> dict[str, str]:
    """Return the pages as Markdown, by their paths without suffix."""
    ledger, clauses = spec.ledger(), spec.clauses() | spec.caller_clauses()
    return {
        **{f"clauses/{clause.id}": _page(_clause(clause, ledger)) for clause in clauses.values()},
        **{f"ledger/{entry.id}": _page(_entry(entry, clauses.values())) for entry in ledger.values()},
        **{f"codes/{row.code}": _page(_code(row)) for row in spec.error_table()},
    }


def linked(text: str) -> str:
    """Return the page of the clauses, the ledger or the codes with links to the pages of its entries."""
    text = CLAUSE_CELL.sub(r"| [`\1`](clauses/\1.md) |", text)
    text = CODE_CELL.sub(r"| [\1](codes/\1.md) |", text)
    text = LEDGER_HEADING.sub(r"\g<0>\n\n[A page of its own](ledger/\1.md)", text)
    return LEDGER_LINK.sub(r"(ledger/\1.md)", text)


def _page(lines: Iterator[str]) -> str:
    return ORPHAN + "\n".join(lines) + "\n"


def _clause(clause: Clause, ledger: dict[str, LedgerEntry]) -> Iterator[str]:
    where = f", where there is {clause.feature}" if clause.feature else ""
    yield from (f"# {clause.id}", "", pages.escaped(clause.text), "", f"**{clause.level}**{where}.", "")
    if clause.provokes:
        yield "Brings about " + ", ".join(f"[{code}](../codes/{code}.md)" for code in clause.provokes) + ".\n"
    for id in clause.ledger:
        entry = ledger[id]
        yield from (f"## Rests on {id}", "")
        for word in ("documented", "decision", "evidence", "accepted"):
            yield f"- **{word.capitalize()}:** {pages.escaped(getattr(entry, word))}"
        yield from ("", f"[The whole entry](../ledger/{id}.md)", "")
    if tests := citations(clause.id):
        yield from ("## Asserted by", "", *(f"- `{test}`" for test in tests), "")
    whole = "../clauses.md" if clause.id in spec.clauses() else "../judge-callers.md"
    yield f"[{'All clauses' if clause.id in spec.clauses() else 'The judge of callers'}]({whole})"


def _entry(entry: LedgerEntry, clauses: Iterable[Clause]) -> Iterator[str]:
    yield from (f"# {entry.id}", "")
    for word in ("documented", "decision", "evidence", "accepted"):
        yield f"- **{word.capitalize()}:** {pages.escaped(getattr(entry, word))}"
    yield f"- **Sandbox:** {pages.escaped(entry.sandbox)}"
    yield from ("", pages.SOURCES, "", "## Clauses", "")
    resting = [
        f"- [{clause.id}](../clauses/{clause.id}.md): {pages.escaped(clause.text)}"
        for clause in clauses
        if entry.id in clause.ledger
    ]
    yield from (resting or ["No clause rests on it."])
    yield from ("", "## Places in the document", "", *(f"- `{place}`" for place in entry.places), "")
    yield "[The whole ledger](../ledger.md)"


def _code(row: ErrorRow) -> Iterator[str]:
    yield from (f"# {row.code} {row.name}", "", pages.escaped(row.when), "")
    yield f"- **In `errors`, without coupons, it proves:** {PROOFS[row.without_coupons]}"
    partial = f"{row.partial_code}, in `warnings`" if row.partial_code else "none"
    yield f"- **Code of the same trouble in a partial success:** {partial}"
    yield from (f"- **Message:** {pages.escaped(message)}" for message in row.messages)
    yield from ("", "## Clauses", "")
    for clause in spec.clauses().values():
        if row.code in clause.provokes or vocabulary.names_code(clause.text, row.code, in_groups=False):
            yield f"- [{clause.id}](../clauses/{clause.id}.md): {pages.escaped(clause.text)}"
    yield from ("", "## Ledger", "")
    for entry in spec.ledger().values():
        texts = (entry.documented, entry.decision, entry.evidence, entry.accepted, entry.sandbox)
        if any(vocabulary.names_code(text, row.code, in_groups=False) for text in texts):
            yield f"- [{entry.id}](../ledger/{entry.id}.md): {pages.escaped(entry.decision)}"
    yield from ("", "[All codes](../errors.md)")
