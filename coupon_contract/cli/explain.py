"""Explains a clause: coupon-contract explain CLAUSE prints its text, why it is there, and its tests.

The id of a ledger entry prints the entry, and the clauses that rest on it. Exit status: 0 explained, 4 no such clause.
"""

import ast
import difflib
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract import spec, terminal
from coupon_contract.caller import cases as caller_cases
from coupon_contract.caller import judging
from coupon_contract.paths import CONTRACT_TESTS
from coupon_contract.suite import cases
from coupon_contract.suite.oracle import RULES
from coupon_contract.suite.reporting.clause_pages import clause_page, site
from coupon_contract.suite.verdict import Exit

WIDTH = 100  # characters of a line
EXPLAINED = 0
SOURCES = (
    "A, B and C are the saved revisions of the documentation page, from the oldest to the newest; L are later public "
    "pages of the same vendor."
)


def main(arguments: Sequence[str]) -> int:
    """`coupon-contract explain`: print everything about the clause that the argument names."""
    parser = terminal.Parser(
        prog="coupon-contract explain",
        description="Explain a clause: its text, level, ledger entries and tests.",
        allow_abbrev=False,
    )
    parser.add_argument("clause", metavar="CLAUSE", help="the id of a clause or of a ledger entry, as printed")
    name = parser.parse_args(list(arguments)).clause
    try:
        site()
    except ValueError as problem:
        parser.error(str(problem))
    clauses = spec.clauses() | spec.caller_clauses()
    if name not in clauses and name in spec.ledger():
        terminal.write(explained_entry(name))
        return EXPLAINED
    if name not in clauses:
        similar = difflib.get_close_matches(name, [*clauses, *spec.ledger()], n=3)
        hint = f"similar: {', '.join(similar)}" if similar else "`coupon-contract judge` prints the ids of all"
        terminal.write_error(f"explain: {name}: no such clause; {hint}")
        return Exit.USAGE
    terminal.write(explanation(clauses[name]))
    return EXPLAINED


def explanation(clause: spec.Clause) -> str:
    """Return the clause with its ledger entries and its tests, as text for a terminal."""
    judged = "programs" if clause.id in spec.caller_clauses() else "targets"
    needs = f", only for {judged} with the feature {clause.feature}" if clause.feature else ""
    lines = [f"{clause.id} ({clause.level}{needs})", *_indented(clause.text)]
    if clause.provokes:
        lines += ["", f"Its tests provoke the codes {', '.join(map(str, clause.provokes))}."]
    for name in clause.ledger:
        lines += ["", *_entry(name)]
    if clause.ledger:
        lines += ["", *textwrap.wrap(SOURCES, WIDTH)]
    if site():
        lines += ["", f"page: {clause_page(clause.id)}"]
    lines += ["", "tests:", *(f"  {test}" for test in tests_of(clause.id))]
    return "\n".join(lines)


def explained_entry(name: str) -> str:
    """Return an entry of the ledger with the clauses that rest on it, as text for a terminal."""
    clauses = spec.clauses() | spec.caller_clauses()
    resting = [f"  {clause.id} ({clause.level})" for clause in clauses.values() if name in clause.ledger]
    return "\n".join([*_entry(name), "", *textwrap.wrap(SOURCES, WIDTH), "", "clauses:", *(resting or ["  none"])])


def _entry(name: str) -> list[str]:
    entry, titles = spec.ledger()[name], ("documented", "decision", "evidence", "accepted")
    return [f"ledger: {name}", *(line for title in titles for line in _indented(f"{title}: {getattr(entry, title)}"))]


def _indented(text: str) -> list[str]:
    return textwrap.wrap(text, WIDTH, initial_indent="  ", subsequent_indent="    ")


def tests_of(clause: str) -> list[str]:
    """Return the names of the tests that cite the clause, and of the cases that belong to it."""
    if clause in spec.caller_clauses():
        return [f"judge-caller --case {case.id}" for case in caller_cases.cases() if judging.decides(clause, case)]
    of_modules = [test for path in sorted(CONTRACT_TESTS.glob("test_*.py")) for test in _citing(path, clause)]
    of_cases = [f"case: {case.name}" for case in cases.load() if case.clause == clause]
    return of_modules + of_cases + (["every exchange of a run"] if clause in RULES else [])


def _citing(path: Path, clause: str) -> Iterator[str]:
    """Yield the test functions of a module that are marked with the clause; the module is not imported."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and any(_cites(mark, clause) for mark in node.decorator_list):
            yield f"{CONTRACT_TESTS.name}/{path.name}::{node.name}"


def _cites(mark: ast.expr, clause: str) -> bool:
    return any(
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "clause"
        and any(isinstance(argument, ast.Constant) and argument.value == clause for argument in node.args)
        for node in ast.walk(mark)
    )
