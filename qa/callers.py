"""Judges callers, right and wrong ones, as `coupon-contract judge-caller` does, and writes bench/callers.md.

    python -m qa.callers [--only NAME …] [--seeds N]

Right callers must conform, and each wrong one must fail the clauses that it is known to break. With --seeds, right
callers are judged again in the cases that a seed changes. Exit status: 0 as expected, 1 otherwise.
"""

import argparse
import sys
import time
import tomllib
from collections.abc import Sequence
from pathlib import Path

from attrs import frozen

from coupon_contract import spec
from coupon_contract.caller.cases import cases
from coupon_contract.caller.program import Job
from coupon_contract.caller.report import Run
from coupon_contract.caller.run import judge
from coupon_contract.paths import ROOT
from scripts.progress import Progress

PAGE = ROOT / "bench" / "callers.md"
BEGIN, END = "<!-- callers: begin -->\n", "<!-- callers: end -->"
LIMIT = 20.0  # seconds of a case
TWICE, LOST, RIGHT_END = "caller-never-twice", "caller-never-lost", "caller-right-end"
REDIRECT = "caller-no-redirect"


@frozen
class Caller:
    """A program to judge. `breaks` are clauses that it is known to fail; none for a right one."""

    name: str
    about: str
    command: Sequence[str]
    breaks: frozenset[str] = frozenset()
    key: bool = False

    @property
    def without(self) -> list[str]:
        """The features that it does not offer."""
        return [] if self.key else ["key"]


def callers() -> list[Caller]:
    """Return our callers, wrong ones of Python, and the clients of interop/ that are built."""
    ours = [sys.executable, "-m", "qa.judged_callers.ours"]
    stock = [sys.executable, "-m", "qa.judged_callers.stock"]
    return [
        Caller("coupon_client", "our client, `issue`", [*ours, "plain"]),
        Caller("coupon_client, issue_once", "our client with a key and a journal", [*ours, "once"], key=True),
        Caller(
            "naive loop",
            "httpx, three tries after any error",
            [*stock, "naive"],
            frozenset({TWICE}),
        ),
        Caller(
            "httpx as often used",
            "redirects followed, each error a failure",
            [*stock, "session"],
            frozenset({RIGHT_END, REDIRECT}),
        ),
        Caller(
            "Python, defaults",
            "openapi-python-client, what it decodes is believed",
            [*stock, "generated"],
            frozenset({LOST}),
        ),
        *_generated(),
    ]


def _generated() -> list[Caller]:
    """Return the clients of interop/ with their documented settings; `make interop` builds them."""
    bridge = ROOT / "qa" / "judged_callers" / "interop_client.py"
    made = {
        path.parent: tomllib.loads(path.read_text(encoding="utf-8"))
        for path in sorted((ROOT / "interop").glob("*/interop.toml"))
        if _is_built(path.parent)
    }
    return [
        Caller(
            f"{language['name']}, documented settings",
            f"{language['generator']} {language['version']}",
            [sys.executable, str(bridge), str(folder), *language["run"]],
        )
        for folder, language in made.items()
    ]


def _is_built(folder: Path) -> bool:
    made = ("client", "js/src/main.js", "target/debug/interop-rust", "lib")
    files = [folder / "build" / name for name in made]
    return any(path.is_file() for path in files[:3]) or files[3].is_dir()


def verdict_of(caller: Caller, seed: int = 0, *, cuts_only: bool = False) -> Run:
    """Judge a caller, in all cases or in those that a seed changes."""
    chosen = [case for case in cases(seed) if case.cut is not None or not cuts_only]
    return judge(caller.command, chosen, Job(limit=LIMIT), seed=seed, without=caller.without, complete=not cuts_only)


def violated(run: Run) -> dict[str, list[str]]:
    """Return the cases that failed, by clause."""
    failed: dict[str, list[str]] = {}
    for finding in run.violations:
        failed.setdefault(finding.observation.clause, []).append(finding.case)
    return failed


def surprises(caller: Caller, failed: dict[str, list[str]]) -> list[str]:
    """Return what is not as expected: blame for a right caller, or a known flaw that was not found."""
    if caller.breaks:
        return [f"{caller.name}: {clause} was not found to fail" for clause in sorted(caller.breaks - set(failed))]
    return [f"{caller.name}: blamed for {clause} in {', '.join(names)}" for clause, names in failed.items()]


def row(caller: Caller, run: Run, alarms: str) -> str:
    """Return the row of the table: cases that failed, by clause, and the false alarms of further seeds."""
    failed, words = violated(run), {entry.clause.id: str(entry.word) for entry in run.verdict.clauses}
    marks = [str(len(failed[clause])) if clause in failed else words[clause] for clause in spec.caller_clauses()]
    issued = sum(max(0, len(ran.record.issued) - 2) for ran in run.results)
    return (
        f"| {caller.name} | {caller.about} | "
        + " | ".join([*marks, str(issued), alarms, str(run.verdict.judgement)])
        + " |"
    )


def write_table(rows: Sequence[str]) -> None:
    """Write rows into bench/callers.md; those of other callers stay."""
    clauses = [name.removeprefix("caller-") for name in spec.caller_clauses()]
    head = ["caller", "what it is", *clauses, "coupons too many", "false alarms", "verdict"]
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    table, _, after = rest.partition(END)
    known = {_name(line): line for line in [*table.splitlines()[3:], *rows] if line.startswith("|")}
    order = [caller.name for caller in callers()]
    lines = sorted(known.values(), key=lambda line: order.index(_name(line)) if _name(line) in order else len(order))
    heading = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    PAGE.write_text(before + BEGIN + "\n" + "\n".join([*heading, *lines, ""]) + END + after, encoding="utf-8")


def _name(line: str) -> str:
    return line.split("|")[1].strip()


def false_alarms(caller: Caller, seeds: int) -> tuple[str, list[str]]:
    """Judge a right caller with further seeds; return the cell of the table, and each blame."""
    if caller.breaks or not seeds:
        return "", []
    starts, wrong = 0, []
    for seed in range(1, seeds + 1):
        run = verdict_of(caller, seed, cuts_only=True)
        starts += len(run.results)
        wrong += surprises(caller, violated(run))
    return f"{len(wrong)} in {seeds} seeds, {starts} starts", wrong


def main() -> int:
    """Judge the callers and print a line for each."""
    parser = argparse.ArgumentParser(prog="callers", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="callers whose name begins so")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="judge right callers with N seeds besides")
    options = parser.parse_args()
    chosen = [caller for caller in callers() if not options.only or caller.name.startswith(tuple(options.only))]
    wrong, progress = [], Progress("callers")
    with progress.step("callers", total=len(chosen)) as step:
        for caller in chosen:
            begin = time.monotonic()
            run = verdict_of(caller)
            alarms, blame = false_alarms(caller, options.seeds)
            wrong += [*surprises(caller, violated(run)), *blame]
            write_table([row(caller, run, alarms)])
            progress.write(f"{caller.name}: {run.verdict.judgement} in {time.monotonic() - begin:.0f} s")
            step.advance()
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
