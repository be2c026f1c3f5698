"""Shows the differences between two results: coupon-contract compare A B, each a results.json.

It reads results of schema version 1, too. Exit status: 0 no difference but in the codes that were seen and in the
wording of failures that are still there, 1 differences, 4 usage.
"""

import re
import textwrap
from collections.abc import Callable, Iterator, Sequence
from operator import itemgetter
from pathlib import Path
from typing import Any

from attrs import frozen

from coupon_contract import terminal
from coupon_contract.suite.problem import kind
from coupon_contract.suite.reporting.results import ResultsError, load
from coupon_contract.suite.verdict import sentence

Json = Any
Results = dict[str, Json]
MASKED = re.compile(r"<(\w+) [0-9a-f]{8}>")  # digests differ between runs
ABSENT = "not judged"
WIDTH = 100  # characters of a line
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
    first, second = list(before["failures"]), list(after["failures"])
    still = []
    keys: list[Callable[[Json], object]] = [_wording, itemgetter("clause", "test"), itemgetter("clause")]
    for key in keys:
        for failure in list(first):
            match = next((other for other in second if key(other) == key(failure)), None)
            if match is None:
                continue
            first.remove(failure)
            second.remove(match)
            if key is not _wording:
                words = f"{_unmasked(failure['problem'])} -> {_unmasked(match['problem'])}"
                still.append(_failure(failure, f"#{failure['number']}", f"#{match['number']}, still failing", words))
    gone = [_failure(failure, f"#{failure['number']}", "gone") for failure in first]
    new = [_failure(failure, "", f"#{failure['number']}, new") for failure in second]
    return sorted(gone + new + still, key=lambda failure: (failure.about, failure.after, failure.remark))


def _wording(failure: Json) -> tuple[str, str]:
    """Return what the same failure has in common in two runs, in which digests and counts differ."""
    return str(failure["clause"]), kind(_unmasked(failure["problem"]))


def _failure(failure: Json, before: str, after: str, words: str = "") -> Difference:
    words = words or _unmasked(failure["problem"])
    return Difference("failure", str(failure["clause"]), before, after, words)


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
    for name, results in zip("AB", (before, after), strict=True):
        words = sentence(results["verdict"]["word"], results["verdict"]["counts"])
        line = f"{name}  {results['target']['name']}: {words}, {results['started']}"
        terminal.write(terminal.in_a_line(line, terminal.LONGEST_LINE))
    terminal.write("\n".join(_lines(differing)) if differing else "nothing differs")
    return DIFFERENT if any(map(_decides, differing)) else SAME


def _decides(difference: Difference) -> bool:
    """Return True if a difference is one of the implementation.

    A code is seen or not with the state of a series, which an earlier run may have used up. A failure that is still
    there may have other numbers in its wording.
    """
    return difference.kind != "code" and not difference.after.endswith("still failing")


def _lines(differing: Sequence[Difference]) -> Iterator[str]:
    """Yield the differences in columns, each with its remark below, in lines as wide as a terminal."""
    rows = [[_cell(text) for text in (one.kind, one.about, one.before, one.after)] for one in differing]
    rows.insert(0, ["", "", "A", "B"])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    remarks = ["", *(_cell(difference.remark) for difference in differing)]
    for row, remark in zip(rows, remarks, strict=True):
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        yield from textwrap.wrap(remark, WIDTH, initial_indent="    ", subsequent_indent="    ")


def _cell(text: str) -> str:
    """Return a text of the results as a part of a line."""
    return terminal.in_a_line(text)
