"""Shows the impact of a new revision of the documentation page: python -m scripts.drift OLD NEW.

OLD and NEW are saved revisions, as a browser's text or as Markdown. Exit status: 0 they say the same, 1 they differ, 4
usage.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from coupon_contract import spec
from scripts import vocabulary
from scripts.drift import differences, impact, statements
from scripts.drift.differences import Fact

SAME, DIFFERENT, USAGE = 0, 1, 4
MOST_LISTED = 12  # tests, and vectors, of a difference
MOST_LINES = 8  # of each page that are shown


def title(fact: Fact) -> str:
    """Return a sentence that says what changed."""
    of = f" of `{fact.field}`" if fact.field else f" of {fact.code}" if fact.code else ""
    match fact.subject:
        case "text" | "example":
            changed = "changed" if bool(fact.old) == bool(fact.new) else "is new" if fact.new else "is gone"
            return f"{'a' if fact.subject == 'text' and not of else 'the'} {fact.subject}{of} {changed}"
        case "field" if fact.field:
            (word, was), (_, now) = fact.old.split(" ", 1), fact.new.split(" ", 1)
            return f"{word}{of} was {was} and is {now}"
        case "property":
            return f"{fact.field} {_moved(fact, quoted=True)}"
        case "code" | "field":
            name = f"{fact.subject} {_shown(fact, fact.old or fact.new)}"
            return f"{name} is now {_shown(fact, fact.new)}" if fact.old and fact.new else f"{name} {_moved(fact)}"
        case _:
            return f"the {fact.subject}{of} {_moved(fact, quoted=fact.subject == 'message')}"


def _shown(fact: Fact, name: str) -> str:
    return f"`{name}`" if fact.subject == "field" else name


def _moved(fact: Fact, *, quoted: bool = False) -> str:
    old, new = (f"“{value}”" if quoted else value for value in (fact.old, fact.new))
    if not (fact.old and fact.new):
        word = "is new" if fact.new else "is gone"
        return word if fact.subject in ("code", "field") else f"{word}: {new if fact.new else old}"
    return f"was {old} and is {new}"


def next_step(affected: impact.Impact) -> str:
    """Return what to do where the repository says too little of a difference; an empty text otherwise."""
    fact = affected.difference.fact
    match fact.subject:
        case "code" if fact.new:
            return _step_of_code(fact)
        case "message" if fact.new:
            known = [row.messages for row in spec.error_table() if str(row.code) == fact.code]
            if known and fact.new not in known[0]:
                return f"the messages of {fact.code} in spec/codes.toml"
        case "field" if fact.new and not fact.field:
            fields = vocabulary.document_fields(spec.document())
            if missing := [name for name in fact.new.split(".") if name not in fields]:
                return f"the document has no field {', '.join(missing)}: write a ledger entry"
    if affected.is_empty:
        return "nothing in the repository names this: read it, and write a ledger entry if it changes the contract"
    return ""


def _step_of_code(fact: Fact) -> str:
    if fact.new in {str(row.code) for row in spec.error_table()}:
        return ""
    if fact.old:
        return f"spec/codes.toml has no {fact.new}: decide in the ledger whether it means what {fact.old} meant"
    if fact.new in {str(other.code) for other in spec.platform_codes()}:
        return f"move {fact.new} from [[platform]] to [[documented]] in spec/codes.toml, and do what `make check` asks"
    return f"spec/codes.toml has no {fact.new}: add a row, and do what `make check` asks"


def described(number: int, affected: impact.Impact) -> Iterator[str]:
    """Yield the description of a difference: what changed, the lines of both pages, and the places to look at."""
    difference = affected.difference
    yield f"{number}. {title(difference.fact)} (below “{difference.after}”)"
    for sign, lines in (("-", difference.old), ("+", difference.new)):
        yield from (f"   {sign} {line}" for line in lines[:MOST_LINES])
        if len(lines) > MOST_LINES:
            yield f"   {sign} and {len(lines) - MOST_LINES} more lines"
    if step := next_step(affected):
        yield f"   next     {step}"
    yield from (f"   code     {row}" for row in affected.codes)
    yield from (f"   ledger   {entry.id}: {entry.decision}" for entry in affected.entries)
    yield from (f"   clause   {clause.id} ({clause.level}): {clause.text}" for clause in affected.clauses)
    yield from _listed("test", affected.tests)
    yield from _listed("vector", affected.vectors)
    yield from (f"   sandbox  {rule}" for rule in affected.rules)
    yield from (f"   document spec/openapi.yaml:{place.line} {place.pointer}" for place in affected.places)


def _listed(word: str, names: Sequence[str]) -> Iterator[str]:
    yield from (f"   {word:<8} {name}" for name in names[:MOST_LISTED])
    if len(names) > MOST_LISTED:
        yield f"   {word:<8} and {len(names) - MOST_LISTED} more"


def compared(old: str, new: str) -> list[impact.Impact]:
    """Return the differences of two pages with their impacts."""
    return [impact.of_difference(found) for found in differences.between(*statements.of_pages(old, new))]


def main(arguments: Sequence[str]) -> int:
    """Compare both pages and print the impact of each difference."""
    if len(arguments) != 2 or not all(arguments):
        print(__doc__, file=sys.stderr)
        return USAGE
    try:
        old, new = (Path(argument).read_text(encoding="utf-8") for argument in arguments)
    except (OSError, UnicodeDecodeError) as problem:
        print(f"docs-drift: {problem}", file=sys.stderr)
        return USAGE
    impacts = compared(old, new)
    for number, affected in enumerate(impacts, 1):
        print("\n".join([*described(number, affected), ""]))
    counted = f"{len(impacts)} difference{'s' if len(impacts) > 1 else ''}"
    print(counted if impacts else "both revisions say the same")
    return DIFFERENT if impacts else SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
