"""Proves the suite's power: each fault of the sandbox fails the clauses it breaks, each correct variant fails nothing.

    python -m scripts.power [--only NAME …] [--seeds N] [--jobs N] [--output FILE]

Exit status: 0 proven, 1 a fault was missed, an unrelated clause failed, a variant was blamed, or a clause has no fault.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
import schemathesis  # noqa: F401 - slow to import: once, and not in every run
from attrs import frozen
from rich.progress import track

import spec
from sandbox.faults import FAULTS, VARIANTS
from scripts.judge import OUR_TARGET, QUIET, ROOT
from scripts.with_sandbox import running_sandbox

Json = Any
CONFORMANT = 0
IMPORTED_BEFORE = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
GENERATED = 40  # requests per property: most faults fail a plain request, and there are many faults


@frozen
class Outcome:
    """One run of the suite: the fault or variant, the seed, the clauses that failed, the exit status."""

    name: str
    seed: int
    failed: frozenset[str]
    exit_status: int


@frozen
class Judgement:
    """What an outcome says about the suite; empty problems mean that all is as it must be."""

    outcome: Outcome
    problems: tuple[str, ...]


def run(work: tuple[str, int, str]) -> Outcome:
    """Judge the sandbox with a fault (`--fault`) or variant (`--variant`) on: name, seed, option.

    Runs in a process of its own, forked from one in which everything slow to import is imported.
    """
    name, seed, option = work
    with tempfile.TemporaryDirectory() as reports, running_sandbox([option, name]) as url, silence():
        os.environ["SANDBOX_URL"] = url
        options = ["--results", reports, "--seed", str(seed), "--generated", str(GENERATED)]
        status = pytest.main(
            [*QUIET, *IMPORTED_BEFORE, str(ROOT / "contract_tests"), "--target", str(OUR_TARGET), *options]
        )
        results = json.loads((Path(reports) / "results.json").read_text(encoding="utf-8"))
    return Outcome(name, seed, failed_clauses(results), int(status))


@contextmanager
def silence() -> Iterator[None]:
    """Drop what is printed meanwhile."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def failed_clauses(results: Json) -> frozenset[str]:
    """The clauses that a run found violated."""
    return frozenset(clause["id"] for clause in results["clauses"] if clause["word"] == "failed")


def of_fault(outcome: Outcome, breaks: frozenset[str], also: frozenset[str]) -> Judgement:
    """A fault must fail every clause that it breaks, and no clause besides those it may fail as well."""
    missed = [f"{clause} was not failed" for clause in sorted(breaks - outcome.failed)]
    unrelated = [f"{clause} was failed besides" for clause in sorted(outcome.failed - breaks - also)]
    return Judgement(outcome, (*missed, *unrelated))


def of_variant(outcome: Outcome) -> Judgement:
    """A variant must be conformant, and blamed for nothing, SHOULD clauses included."""
    blamed = [f"false alarm: {clause}" for clause in sorted(outcome.failed)]
    status = [f"exit status {outcome.exit_status}"] if outcome.exit_status != CONFORMANT else []
    return Judgement(outcome, (*blamed, *status))


def unguarded(clauses: Iterable[str], breaks: Iterable[frozenset[str]]) -> list[str]:
    """The clauses that no fault breaks."""
    guarded = frozenset().union(*breaks)
    return [clause for clause in clauses if clause not in guarded]


def matrix(judgements: Sequence[Judgement]) -> str:
    """The matrix of faults and clauses as Markdown: what each run failed, and what is wrong with that."""
    lines = ["| fault or variant | seed | clauses failed | as it must be |", "|---|---|---|---|"]
    for one in judgements:
        failed = ", ".join(sorted(one.outcome.failed)) or "none"
        verdict = "yes" if not one.problems else "**no**: " + "; ".join(one.problems)
        lines.append(f"| {one.outcome.name} | {one.outcome.seed} | {failed} | {verdict} |")
    return "\n".join(lines)


def prove(names: Sequence[str], seeds: int, jobs: int) -> list[Judgement]:
    """Run every named fault once and every named variant with each seed."""
    work = [(name, 0, "--fault") for name in FAULTS if not names or name in names]
    work += [(name, seed, "--variant") for name in VARIANTS if not names or name in names for seed in range(seeds)]
    judgements = []
    with get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        for outcome in track(pool.imap(run, work), "judging", len(work), transient=True):
            judgements.append(judged(outcome))
            for problem in judgements[-1].problems:  # a run of a quarter of an hour says at once what is wrong
                print(f"{outcome.name} (seed {outcome.seed}): {problem}", file=sys.stderr, flush=True)
    return judgements


def judged(outcome: Outcome) -> Judgement:
    """What an outcome says, by the kind of its name."""
    fault = FAULTS.get(outcome.name)
    return of_fault(outcome, fault.breaks, fault.also) if fault else of_variant(outcome)


def main() -> int:
    """Parse the arguments, run, print the matrix."""
    parser = argparse.ArgumentParser(prog="power", description=__doc__.partition("\n")[0])
    parser.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these faults and variants only")
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds per variant (default: 1)")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time (default: 2)")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write the matrix there as well")
    options = parser.parse_args()
    if unknown := [name for name in options.only if name not in FAULTS and name not in VARIANTS]:
        parser.error(f"no such fault or variant: {', '.join(unknown)}; `python -m sandbox --list-faults` lists them")
    judgements = prove(options.only, options.seeds, options.jobs)
    text = matrix(judgements)
    print(text)
    if options.output:
        options.output.write_text(text + "\n", encoding="utf-8")
    gaps = [] if options.only else unguarded(spec.clauses(), [fault.breaks for fault in FAULTS.values()])
    for clause in gaps:
        print(f"no fault breaks {clause}")
    wrong = sum(bool(one.problems) for one in judgements)
    print(f"{len(judgements)} runs, {wrong} not as they must be, {len(gaps)} clauses without a fault")
    return 1 if wrong or gaps else 0


if __name__ == "__main__":
    sys.exit(main())
