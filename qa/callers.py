"""Judges callers, right and wrong ones, as `coupon-contract judge-caller` does, and writes bench/callers.md.

    python -m qa.callers [--only NAME …] [--seeds N] [--resume]

Right callers must conform, and each wrong one must fail the clauses that it is known to break. With --seeds, right
callers are judged again in the cases that a seed changes. Each run is kept in reports/callers.jsonl; --resume leaves
out those that are kept. Exit status: 0 as expected, 1 otherwise.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

from attrs import asdict, frozen

from coupon_contract import spec
from coupon_contract.caller.cases import Case, cases
from coupon_contract.caller.program import Job
from coupon_contract.caller.report import Run
from coupon_contract.caller.run import judge
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from qa.checkpoint import Checkpoint
from qa.judged_callers.roster import Caller, callers

Json = Any
PAGE = ROOT / "bench" / "callers.md"
BEGIN, END = "<!-- callers: begin -->\n", "<!-- callers: end -->"
CHECKPOINT = Checkpoint(ROOT / "reports" / "callers.jsonl")
COUNT = 2
LIMIT = 20.0  # seconds of a case


@frozen
class Work:
    """A caller to judge: with seed 0 in all cases, with another seed in those that depend on it."""

    caller: Caller
    seed: int


@frozen
class Judged:
    """The result of a run: the failed cases and the word by clause, and coupons issued beyond those wanted."""

    caller: str
    seed: int
    starts: int
    failed: dict[str, list[str]]
    words: dict[str, str]
    surplus: int
    judgement: str


def changed_by_seeds(case: Case) -> bool:
    """Return True for a case that depends on the seed."""
    return case.cut is not None and case.cut_byte is None


def planned(chosen: Sequence[Caller], seeds: int) -> list[Work]:
    """Return the runs: each caller once, and right ones with further seeds."""
    further = [Work(caller, seed) for caller in chosen if not caller.breaks for seed in range(1, seeds + 1)]
    return [*(Work(caller, 0) for caller in chosen), *further]


def run(work: Work) -> Judged:
    """Judge a caller."""
    caller, seed = work.caller, work.seed
    chosen = [case for case in cases(seed) if not seed or changed_by_seeds(case)]
    job = Job(COUNT, LIMIT)
    judged = judge(caller.command, chosen, job, seed=seed, without=caller.without, complete=not seed)
    return Judged(
        caller.name,
        seed,
        len(judged.results),
        violated(judged),
        {entry.clause.id: str(entry.word) for entry in judged.verdict.clauses},
        sum(max(0, len(ran.record.issued) - COUNT) for ran in judged.results),
        str(judged.verdict.judgement),
    )


def violated(run: Run) -> dict[str, list[str]]:
    """Return the cases that failed, by clause."""
    failed: dict[str, list[str]] = {}
    for finding in run.violations:
        failed.setdefault(finding.observation.clause, []).append(finding.case)
    return failed


def surprises(caller: Caller, judged: Judged) -> list[str]:
    """Return what is not as expected: blame for a right caller, or a known flaw that was not found."""
    if caller.breaks:
        missed = sorted(caller.breaks - set(judged.failed))
        return [f"{caller.name}: {clause} was not found to fail" for clause in missed]
    blamed = [
        f"{caller.name} (seed {judged.seed}): blamed for {clause} in {', '.join(names)}"
        for clause, names in judged.failed.items()
    ]
    unjudged = judged.seed == 0 and not blamed and judged.judgement != "conformant"
    return [f"{caller.name}: {judged.judgement}"] if unjudged else blamed


def row(caller: Caller, runs: Sequence[Judged]) -> str:
    """Return the row of the table: cases that failed, by clause, and the false alarms of further seeds."""
    first, *further = sorted(runs, key=lambda judged: judged.seed)
    marks = [
        str(len(first.failed[name])) if name in first.failed else first.words[name] for name in spec.caller_clauses()
    ]
    wrong = sum(len(names) for judged in further for names in judged.failed.values())
    starts = sum(judged.starts for judged in further)
    alarms = f"{wrong} in {len(further)} seeds, {starts} starts" if further else ""
    return f"| {' | '.join([caller.name, caller.about, *marks, str(first.surplus), alarms, first.judgement])} |"


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


def prove(work: Sequence[Work], *, resume: bool) -> list[Judged]:
    """Do all of the work, with `resume` what is not kept yet, and return its results in the order of the work."""
    if not resume:
        CHECKPOINT.clear()
    kept = {(line["caller"], line["seed"]): Judged(**line) for line in CHECKPOINT.lines()}
    left = [part for part in work if (part.caller.name, part.seed) not in kept]
    progress = Progress("callers")
    with progress.step("runs", total=len(left)) as step:
        for part in left:
            begin = time.monotonic()
            judged = kept[part.caller.name, part.seed] = run(part)
            CHECKPOINT.add(asdict(judged))
            spent = f"{judged.starts} starts in {time.monotonic() - begin:.0f} s"
            step.advance(part.caller.name)
            progress.write(f"{part.caller.name} (seed {part.seed}): {judged.judgement}, {spent}")
    return [kept[part.caller.name, part.seed] for part in work]


def main() -> int:
    """Judge the callers, print what is not as expected, and write the table."""
    parser = argparse.ArgumentParser(prog="callers", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="callers whose name begins so")
    parser.add_argument("--seeds", type=int, default=0, metavar="N", help="judge right callers with N seeds besides")
    parser.add_argument("--resume", action="store_true", help="leave out runs that an earlier call has kept")
    options = parser.parse_args()
    chosen = [caller for caller in callers() if not options.only or caller.name.startswith(tuple(options.only))]
    work = planned(chosen, options.seeds)
    results = prove(work, resume=options.resume)
    write_table([row(caller, [judged for judged in results if judged.caller == caller.name]) for caller in chosen])
    wrong = [line for part, judged in zip(work, results, strict=True) for line in surprises(part.caller, judged)]
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
