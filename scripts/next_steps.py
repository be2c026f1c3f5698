"""The lists of docs/issue-once.md: what the lists of coupons show, by what `issue_once` and its caller do next."""

import re
from typing import Any

from coupon_contract.paths import ROOT
from scripts import vectors
from scripts.marks import replaced

PAGE = ROOT / "docs" / "issue-once.md"
ROWS = re.compile(
    r"(?<=<!-- vectors, by make generate: begin -->\n).*?(?=<!-- vectors, by make generate: end -->)", re.S
)
KINDS = {
    "issue": "`issue_once` issues what is missing; there is nothing to do",
    "return": "`issue_once` returns coupons that are there; use the codes",
    "cannot-tell": "`issue_once` raises `CannotTell`; call again with the same key, and ask the platform if it stays",
}


def with_next_steps(text: str) -> str:
    """Return the page with the vectors of spec/vectors/issue-once.yaml, under what each of them leads to."""
    parts = []
    for kind, heading in KINDS.items():
        names = [
            f"- {vector['name']}{_number(vector['next'])}"
            for vector in vectors.issue_once()
            if vector["next"]["do"] == kind
        ]
        parts += [f"{heading}:", "", *names, ""]
    return replaced(ROWS, text, "\n".join(parts), PAGE.name)


def _number(step: dict[str, Any]) -> str:
    match step["do"]:
        case "issue":
            return f" (issues {step['count']})"
        case "return":
            return f" (returns {len(step['codes'])})"
        case _:
            return ""
