"""Says what a new revision of the documentation page touches here: python -m scripts.drift OLD NEW.

OLD and NEW are saved revisions, as a browser's text or as Markdown. Exit status: 0 they say the same, 1 they differ,
4 usage.
"""

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from coupon_contract import spec
from scripts.drift import impact, page

SAME, DIFFERENT, USAGE = 0, 1, 4
MOST_TESTS = 12


def told(number: int, found: impact.Resting, times: int) -> Iterator[str]:
    """One drift in words: what changed, how often, and what to look at."""
    yield f"{number}. below “{found.drift.after}”" + (f", {times} times" if times > 1 else "")
    yield from (f"   - {line}" for line in found.drift.old)
    yield from (f"   + {line}" for line in found.drift.new)
    if found.unknown:
        yield f"   the document has no field {', '.join(dict.fromkeys(found.unknown))}: a new ledger entry?"
    if not found.entries:
        yield "   no ledger entry quotes or names this: read it, and write one if it changes the contract"
        return
    yield from (f"   ledger   {entry.id}: {entry.decision}" for entry in found.entries)
    yield from (f"   clause   {clause.id} ({clause.level}): {clause.text}" for clause in found.clauses)
    yield from (f"   test     {test}" for test in found.tests[:MOST_TESTS])
    if len(found.tests) > MOST_TESTS:
        yield f"   test     and {len(found.tests) - MOST_TESTS} more of these clauses"
    yield from (f"   document spec/openapi.yaml:{place.line} {place.pointer}" for place in found.places)


def main(arguments: Sequence[str]) -> int:
    """Compare both pages and print what rests on each difference."""
    if len(arguments) != 2 or not all(arguments):
        print(__doc__, file=sys.stderr)
        return USAGE
    try:
        old, new = (Path(argument).read_text(encoding="utf-8") for argument in arguments)
    except (OSError, UnicodeDecodeError) as problem:
        print(f"docs-drift: {problem}", file=sys.stderr)
        return USAGE
    drifts = page.drifts(old, new)
    found = [impact.on(drift, spec.ledger(), spec.clauses()) for drift in dict.fromkeys(drifts)]
    for number, one in enumerate(found, 1):
        print("\n".join([*told(number, one, drifts.count(one.drift)), ""]))
    print(f"{len(found)} differences" if found else "both revisions say the same")
    return DIFFERENT if found else SAME


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
