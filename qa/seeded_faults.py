"""Proves that the suite catches faults: each fault fails the clauses it breaks, each correct variant fails nothing.

python -m qa.seeded_faults [--only NAME …] [--seeds N] [--clause ID] [--jobs N] [--resume] [--anew]

The failed clauses of each run are kept in reports/power.jsonl, and the whole results of a run with a problem beside it.
Exit status: 0 proven, 1 a fault was missed, an unrelated clause failed, a variant was blamed, or a clause has no fault
that it alone catches.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from importlib import import_module
from multiprocessing import get_context
from pathlib import Path
from pkgutil import iter_modules, walk_packages
from typing import Any

from attrs import asdict, evolve, frozen
from schemathesis import GenerationMode

import contract_tests
from coupon_contract import spec, suite
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from coupon_contract.sandbox.faults import FAULTS, VARIANTS
from coupon_contract.suite.generated_requests import bodies
from coupon_contract.suite.schema import mismatches
from coupon_contract.suite.verdict import Exit
from qa.checkpoint import Checkpoint
from qa.forked_sandbox import coupons_issued, forked_sandbox, judge_here, silence
from qa.seeded_faults_matrix import Judgement, RunResult, failed_clauses, judged, matrix, per_name, unguarded

Json = Any
GENERATED = 40  # requests per property: most faults fail a plain request, and there are many faults
CHECKPOINT = Checkpoint(ROOT / "reports" / "power.jsonl")


@frozen
class Work:
    """One run of the suite: the fault or variant, the seed, and the clause whose tests run (all if it is empty)."""

    name: str
    seed: int
    clause: str = ""


def run(work: Work) -> RunResult:
    """Judge the sandbox in a process forked from one with every slow module imported."""
    option = "--fault" if work.name in FAULTS else "--variant"
    chosen = ["-k", work.clause] if work.clause else []
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory:
        database = Path(directory, "coupons.db")
        with forked_sandbox([option, work.name], database) as url, silence():
            options = ["--results", directory, "--seed", str(work.seed), "--generated", str(GENERATED), *chosen]
            status = judge_here(url, options)
        text = Path(directory, "results.json").read_text(encoding="utf-8")
        results, seconds = json.loads(text), round(time.perf_counter() - start, 1)
        counted = (status, coupons_issued(database), seconds)
        issued = results["spent"]["coupons_issued"]
        result = RunResult(work.name, work.seed, failed_clauses(results), *counted, **issued)
    if judged(result, work.clause).problems:
        CHECKPOINT.keep(f"power-{work.name}-{work.seed}.json", text)
    return result


def warm_up() -> None:
    """Import and build once what every run needs and none changes; forked processes share it."""
    for module in walk_packages(suite.__path__, f"{suite.__name__}."):
        import_module(module.name)
    for module in iter_modules(contract_tests.__path__, "contract_tests."):
        import_module(module.name)
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        bodies(mode)
    for schema in ("IssuanceResponse", "FoundCoupons"):
        list(mismatches(schema, b"{}"))
    gc.freeze()  # or garbage collection would visit all of this in each process, and so copy its memory pages


def planned(options: argparse.Namespace) -> list[Work]:
    """Return every fault once and every variant with each seed; of those named with --only, each with each seed."""
    faults = [name for name in FAULTS if not options.only or name in options.only]
    variants = [name for name in VARIANTS if not options.only or name in options.only]
    of_faults = range(options.seeds if options.only else 1)
    work = [Work(name, seed, options.clause) for name in faults for seed in of_faults]
    return work + [Work(name, seed, options.clause) for name in variants for seed in range(options.seeds)]


def prove(work: Sequence[Work], jobs: int, *, resume: bool = False) -> list[Judgement]:
    """Run all of the work (with `resume`, all that is not kept yet), and judge the results_of_runs in the order of
    the work.
    """
    kept = {_work(line): result_of(line) for line in CHECKPOINT.lines() if judges(line)} if resume else {}
    results_of_runs = [kept[run_] for run_ in work if run_ in kept]
    with get_context("fork").Pool(jobs, maxtasksperchild=1) as pool:
        left = [run_ for run_ in work if run_ not in kept]
        progress = Progress("seeded_faults")
        with progress.step("faults and variants judged", total=len(left)) as step:
            for result in pool.imap_unordered(run, left):
                step.advance(result.name)
                CHECKPOINT.add(asdict(result) | {"failed": sorted(result.failed), "clause": work[0].clause})
                results_of_runs.append(result)
                for problem in judged(result, work[0].clause).problems:  # at once, because a run takes long
                    progress.write(f"{result.name} (seed {result.seed}): {problem}", sys.stderr)
    place = {(run_.name, run_.seed): index for index, run_ in enumerate(work)}
    results_of_runs.sort(key=lambda result: place[result.name, result.seed])
    return [judged(result, work[0].clause) for result in results_of_runs]


def judges(line: dict[str, Json]) -> bool:
    """Return True if the kept run came to a verdict; an interrupted run is repeated."""
    return line["exit_status"] in (Exit.CONFORMANT, Exit.NOT_CONFORMANT)


def _work(line: dict[str, Json]) -> Work:
    return Work(line["name"], line["seed"], line["clause"])


def result_of(line: dict[str, Json]) -> RunResult:
    """Return the result that a line keeps."""
    result = RunResult(**{name: value for name, value in line.items() if name != "clause"})
    return evolve(result, failed=frozenset(result.failed))


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = argparse.ArgumentParser(prog="seeded_faults", description=__doc__.partition("\n")[0])
    cli.add_argument("--only", nargs="*", default=[], metavar="NAME", help="these faults and variants only")
    cli.add_argument("--seeds", type=int, default=1, metavar="N", help="seeds per variant, and per name of --only")
    cli.add_argument("--clause", default="", metavar="ID", help="run the tests of this clause only, and look at it")
    cli.add_argument("--jobs", type=int, default=2, metavar="N", help="runs at a time (default: 2)")
    cli.add_argument("--resume", action="store_true", help="leave out what is kept: go on where a killed run stopped")
    cli.add_argument("--anew", action="store_true", help="forget what is kept, for the page, of all earlier runs")
    return cli


def main() -> int:
    """Run the work and print the matrix."""
    options = parser().parse_args()
    if unknown := [name for name in options.only if name not in FAULTS and name not in VARIANTS]:
        parser().error(f"no such fault or variant: {', '.join(unknown)}; `coupon-sandbox --list-faults` lists them")
    if options.clause and options.clause not in spec.clauses():
        parser().error(f"no such clause: {options.clause}; spec/clauses.toml has their names")
    if options.anew:
        CHECKPOINT.clear()
    warm_up()
    judgements = prove(planned(options), options.jobs, resume=options.resume)
    print(matrix(judgements))
    print(per_name(judgements))
    gaps = [] if options.only else unguarded(spec.clauses(), FAULTS.values())
    for clause in gaps:
        print(f"no fault breaks {clause} alone")
    wrong = sum(bool(judgement.problems) for judgement in judgements)
    print(f"{len(judgements)} runs, {wrong} not as they must be, {len(gaps)} clauses that no fault breaks alone")
    return 1 if wrong or gaps else 0


if __name__ == "__main__":
    sys.exit(main())
