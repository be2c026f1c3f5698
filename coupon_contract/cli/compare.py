"""Shows the differences between two results: coupon-contract compare A B, each a results.json.

It reads results of schema version 1, too. Exit status: 0 no difference but in the codes that were seen, 1 differences,
4 usage.
"""

import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from attrs import frozen
from rich.console import Console
from rich.table import Table

from coupon_contract import terminal
from coupon_contract.suite.reporting.results import ResultsError, load
from coupon_contract.suite.verdict import sentence

Json = Any
Results = dict[str, Json]
MASKED = re.compile(r"<(\w+) [0-9a-f]{8}>")  # digests differ between runs
ABSENT = "not judged"
WIDTH_OF_FILES = 160  # characters
SAME, DIFFERENT, USAGE = 0, 1, 4


@frozen
class Difference:
    """A difference: its subject, its value in A and in B, and a remark."""

    kind: str
    about: str
    before: str
    after: str
    remark: str = ""


def differences(before: Results, after: Results) -> list[Difference]:
    """Return the differences: verdict, clauses, codes, failures. Both results fit spec/results.schema.json."""
    return [*_verdict(before, after), *_clauses(before, after), *_codes(before, after), *_failures(before, after)]


def _verdict(before: Results, after: Results) -> list[Difference]:
    first, second = before["verdict"], after["verdict"]
    if (first["word"], first["exit_status"]) == (second["word"], second["exit_status"]):
        return []
    return [Difference("verdict", after["target"]["name"], first["word"], second["word"], second["reason"])]


def _clauses(before: Results, after: Results) -> list[Difference]:
    first, second = ({clause["id"]: clause for clause in results["clauses"]} for results in (before, after))
    changed = [id for id in dict.fromkeys((*first, *second)) if _word(first, id) != _word(second, id)]
    return [
        Difference("clause", id, _word(first, id), _word(second, id), _note(second.get(id) or first[id]))
        for id in changed
    ]


def _word(clauses: dict[str, Json], id: str) -> str:
    return str(clauses[id]["word"]) if id in clauses else ABSENT


def _note(clause: Json) -> str:
    return _unmasked("; ".join(clause["notes"][:2]))


def _codes(before: Results, after: Results) -> list[Difference]:
    first, second = ({(code["code"], code["column"]): code for code in results["codes"]} for results in (before, after))
    differing = []
    for code, column in dict.fromkeys((*first, *second)):
        seen = [_seen(codes.get((code, column))) for codes in (first, second)]
        if seen[0] != seen[1]:
            differing.append(Difference("code", f"{code} in {column}", *seen))
    return differing


def _seen(code: Json) -> str:
    return "unknown" if code is None else "seen" if code["seen"] else "not seen"


def _failures(before: Results, after: Results) -> list[Difference]:
    first, second = (
        {(failure["clause"], _unmasked(failure["problem"])): failure for failure in results["failures"]}
        for results in (before, after)
    )
    gone = [Difference("failure", clause, "there", "gone", text) for clause, text in first.keys() - second.keys()]
    new = [Difference("failure", clause, "", "new", text) for clause, text in second.keys() - first.keys()]
    return sorted(gone + new, key=lambda failure: (failure.about, failure.after, failure.remark))


def _unmasked(text: str) -> str:
    return MASKED.sub(r"<\1>", text)


def main(arguments: Sequence[str]) -> int:
    """Print a line for each difference."""
    if len(arguments) != 2:
        terminal.write_error(__doc__ or "")
        return USAGE
    try:
        before, after = (load(Path(argument), earlier=True) for argument in arguments)
    except ResultsError as problem:
        terminal.write_error(f"compare: {problem}")
        return USAGE
    differing = differences(before, after)
    console = Console(highlight=False, markup=False, width=None if sys.stdout.isatty() else WIDTH_OF_FILES)
    for name, results in zip("AB", (before, after), strict=True):
        words = sentence(results["verdict"]["word"], results["verdict"]["counts"])
        line = f"{name}  {results['target']['name']}: {words}, {results['started']}"
        console.print(terminal.in_a_line(line, terminal.LONGEST_LINE), soft_wrap=True)
    console.print(_table(differing) if differing else "nothing differs")
    # A code is seen or not with the state of a series, which an earlier run may have used up.
    return DIFFERENT if any(difference.kind != "code" for difference in differing) else SAME


def _table(differing: Sequence[Difference]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("", "", "A", "B"):
        table.add_column(name, no_wrap=True)
    table.add_column("", overflow="fold")
    for difference in differing:
        table.add_row(
            *map(_cell, (difference.kind, difference.about, difference.before, difference.after, difference.remark))
        )
    return table


def _cell(text: str) -> str:
    """Return a text of the results for a cell of the table."""
    return terminal.in_a_line(text)
