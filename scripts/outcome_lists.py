"""The lists of spec/outcomes.toml and spec/codes.toml, as docs/outcomes.md shows them."""

import re

from coupon_contract import spec
from coupon_contract.paths import ROOT

PAGE = ROOT / "docs" / "outcomes.md"
MARKS = re.compile(
    r"(?<=<!-- written by make generate: begin -->\n).*?(?=<!-- written by make generate: end -->)", re.S
)
ROWS = re.compile(
    r"(?<=rows written by make generate: begin -->\n).*?(?=<!-- rows written by make generate: end)", re.S
)


def page(text: str) -> str:
    """Return docs/outcomes.md with the lists and rows of the table."""
    return ROWS.sub(lambda _: _rows(), MARKS.sub(lambda _: _lists(), text))


def _lists() -> str:
    statuses, text = spec.outcomes()["statuses"], spec.outcomes()["text"]
    rows = {
        "statuses of *processed*": [statuses["processed"]],
        "statuses of *rejected*": statuses["rejected"],
        "statuses of *not authenticated*": [statuses["unauthenticated"]],
        "certain refusals": sorted(spec.certain_refusals()),
        "keys that decide, and make the text unreadable when they stand twice in one object": text["deciding_keys"],
        "keys that name coupons, in any case": text["naming_keys"],
        "what speaks of coupons where the text is no JSON": text["markers"],
    }
    lines = [f"| {name} | {', '.join(f'`{entry}`' for entry in entries)} |" for name, entries in rows.items()]
    return "\n".join(["| list | entries |", "|---|---|", *lines, ""])


def _rows() -> str:
    table = spec.outcomes()
    lines = [
        f"| {row['outcome']} | {'; '.join(row['when']) or 'otherwise'} | `{row['because']}` |" for row in table["rows"]
    ]
    facts = [f"- **{name}**: {text}" for name, text in table["facts"].items()]
    return "\n".join(["| outcome | when | because |", "|---|---|---|", *lines, "", *facts, ""])
