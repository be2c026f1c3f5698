"""The lists of docs/issue-once.md: what the lists of coupons show, by what `issue_once` and its caller do next.

For clients in other languages: what a response means for the next step, and the marks of a list that proves nothing.
"""

import re
from typing import Any

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts import outcome_lists, vectors
from scripts.marks import replaced

PAGE = ROOT / "docs" / "issue-once.md"
ROWS = re.compile(
    r"(?<=<!-- vectors, by make generate: begin -->\n).*?(?=<!-- vectors, by make generate: end -->)", re.S
)
MARKS = re.compile(r"(?<=<!-- marks, by make generate: begin -->\n).*?(?=<!-- marks, by make generate: end -->)", re.S)
AFTER = {  # what becomes of the attempt and of the result, by the outcome of the issuing call
    "not-authenticated": "the attempt is cleared, and the caller told: nothing was issued",
    "rejected": "the attempt is cleared, and the caller told: nothing was issued",
    "issued": "the result is stored: our coupons of the lists, then those of the response",
    "partly-issued": "the result is stored in the same way, with the codes of `errors`",
    "refused": "without an earlier attempt the result is stored, with the codes of `errors`; with one, step 4 once"
    " more, because its coupons may have appeared just now, and then the result",
    "outcome-unknown": "the attempt has ended now, the codes that the response names are added to `named`, and step 3"
    " follows",
}
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
    return replaced(MARKS, replaced(ROWS, text, "\n".join(parts), PAGE.name), _marks(), PAGE.name)


def _marks() -> str:
    """Return the outcomes with what follows each, the lists that decide them, and the marks of lists of coupons."""
    rows = [f"| {row['outcome']} | {AFTER[row['outcome']]} |" for row in spec.outcomes()["rows"]]
    lists = spec.outcomes()["lists"]
    nothing = ", ".join(["null", "false", "0", "empty", *(f'"{text}"' for text in lists["nothing"] if text)])
    marks = {
        f"members that say that there is more, unless their value is {nothing}": lists["continued"],
        "members that say so when their value is false or 0, also as a text": lists["last"],
        "members that state how many there are: another number than that of the coupons": lists["totals"],
        "codes of the header `Warning`": lists["stale_warnings"],
        "numbers of coupons at which a list may have been cut": [
            f"multiples of {lists['limit_multiple']}, but not 0",
            f"powers of 2 from {lists['limit_power']} on",
        ],
    }
    lines = [f"| {name} | {', '.join(f'`{entry}`' for entry in entries)} |" for name, entries in marks.items()]
    return "\n".join(
        [
            *("| the issuing call ends in | then |", "|---|---|", *rows, ""),
            *("The lists that decide this, of [the decision table](outcomes.md):", "", outcome_lists.lists()),
            *("A customer's list proves nothing with any of these:", ""),
            *("| marks of a list that is incomplete or old | |", "|---|---|", *lines, ""),
        ]
    )


def _number(step: dict[str, Any]) -> str:
    match step["do"]:
        case "issue":
            return f" (issues {step['count']})"
        case "return":
            return f" (returns {len(step['codes'])})"
        case _:
            return ""
