"""Shows the impact of a new revision of the documentation page: python -m scripts.drift OLD NEW.

OLD and NEW are saved revisions, as a browser's text or as Markdown. Exit status: 0 they say the same, 1 they differ, 4
usage.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from coupon_contract import spec
from scripts.drift import impact, page

SAME, DIFFERENT, USAGE = 0, 1, 4
MOST_TESTS = 12


def described(number: int, affected: impact.Impact, times: int) -> Iterator[str]:
    """Yield the description of a drift: the change, how often it occurs, and the places to look at."""
    yield f"{number}. below “{affected.drift.after}”" + (f", {times} times" if times > 1 else "")
    yield from (f"   - {line}" for line in affected.drift.old)
    yield from (f"   + {line}" for line in affected.drift.new)
    if affected.unknown:
        yield f"   the document has no field {', '.join(dict.fromkeys(affected.unknown))}: a new ledger entry?"
    if not affected.entries:
        yield "   no ledger entry quotes or names this: read it, and write one if it changes the contract"
        return
    yield from (f"   ledger   {entry.id}: {entry.decision}" for entry in affected.entries)
    yield from (f"   clause   {clause.id} ({clause.level}): {clause.text}" for clause in affected.clauses)
    yield from (f"   test     {test}" for test in affected.tests[:MOST_TESTS])
    if len(affected.tests) > MOST_TESTS:
        yield f"   test     and {len(affected.tests) - MOST_TESTS} more of these clauses"
    yield from (f"   document spec/openapi.yaml:{place.line} {place.pointer}" for place in affected.places)


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
    drifts = page.drifts(old, new)
    impacts = [impact.of_drift(drift, spec.ledger(), spec.clauses()) for drift in dict.fromkeys(drifts)]
    for number, affected in enumerate(impacts, 1):
        print("\n".join([*described(number, affected, drifts.count(affected.drift)), ""]))
    print(f"{len(impacts)} differences" if impacts else "both revisions say the same")
    return DIFFERENT if impacts else SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
