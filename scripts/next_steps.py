"""The table of docs/issue-once.md: what the lists show, what `issue_once` does, and what its caller does next."""

import re
from typing import Any

from coupon_contract.paths import ROOT
from scripts import vectors
from scripts.marks import replaced

PAGE = ROOT / "docs" / "issue-once.md"
ROWS = re.compile(
    r"(?<=<!-- vectors, by make generate: begin -->\n).*?(?=<!-- vectors, by make generate: end -->)", re.S
)
CALLER = {
    "issue": "nothing",
    "return": "use the codes",
    "cannot-tell": "call again with the same key; ask the platform if it stays",
}


def with_next_steps(text: str) -> str:
    """Return the page with a row per vector of spec/vectors/issue-once.yaml."""
    rows = [
        f"| {vector['name']} | {_client(vector['next'])} | {CALLER[vector['next']['do']]} |"
        for vector in vectors.issue_once()
    ]
    table = "\n".join(["| situation | `issue_once` | what to do |", "|---|---|---|", *rows, ""])
    return replaced(ROWS, text, table, PAGE.name)


def _client(step: dict[str, Any]) -> str:
    match step["do"]:
        case "issue":
            return f"issues {step['count']}"
        case "return":
            return f"returns {len(step['codes'])}"
        case _:
            return "raises `CannotTell`"
