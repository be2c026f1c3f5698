"""Proves that poor conditions never blame a correct server, and hide few faults.

python -m qa.weather [--runs N] [--faults N] [--jobs N] [--resume] [--write]

Conditions are drawn by seed (qa.weather_proxy): another caller, a second judge, late and lost responses, rate limits.
The suite's own waits are shortened by the same factor as the late responses. Beside others, the target file does not
call the target disposable. Each fault runs twice, under the conditions and without the trouble, with the same target
file. Runs are kept in reports/weather.jsonl, and the whole results of a false alarm beside it.

Exit status: 0 no false alarm, and at least 95 % of the faults that are found without trouble are found with it; 1
otherwise.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Sequence
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from attrs import asdict, frozen

from contract_tests import test_whole_run
from coupon_contract import spec
from coupon_contract.paths import ROOT, SANDBOX_TARGET
from coupon_contract.progress import Progress
from coupon_contract.sandbox.faults import FAULTS, VARIANTS, variants
from coupon_contract.suite import coupon_lists, transport
from coupon_contract.suite.verdict import Exit
from qa.checkpoint import Checkpoint
from qa.forked_sandbox import forked, forked_sandbox, judge_here, silence
from qa.seeded_faults import GENERATED, warm_up
from qa.seeded_faults_matrix import failed_clauses
from qa.weather_proxy import SCALE, Conditions, OtherCaller, Proxy

Json = Any
CHECKPOINT = Checkpoint(ROOT / "reports" / "weather.jsonl")
PAGE = ROOT / "bench" / "weather.md"
MOST_COUPONS = 5000  # of a run against a target that is not disposable
GOAL = 0.95  # share of the faults found without trouble
HEAD = """# Verdicts in poor conditions

<!-- written by qa/weather.py -->

The sandbox and its correct variants were judged beside another caller, by two judges at once, and over a connection
that delays, drops and rate-limits requests. Each fault was judged twice, with the same target file: under such
conditions and without.
"""
CORRECT = "none"  # name of the sandbox without a fault


@frozen
class Work:
    """One run of the suite: the fault or variant, the seed of its conditions, and whether there is trouble."""

    name: str
    seed: int
    trouble: bool = True


@frozen
class Judge:
    """The result of a judge: the exit status and the results file."""

    status: int
    results: Json


@frozen
class Result:
    """The clauses that a run failed (of two judges, those of either), and the exit statuses."""

    work: Work
    failed: frozenset[str]
    statuses: tuple[int, ...]
    seconds: float

    @property
    def false_alarms(self) -> list[str]:
        """The clauses and exit statuses that blame a correct server; empty for a fault."""
        if self.work.name in FAULTS:
            return []
        wrong = [f"exit status {status}" for status in self.statuses if status == Exit.NOT_CONFORMANT]
        return [*sorted(self.failed), *wrong]

    @property
    def found(self) -> bool:
        """True if a clause failed that the fault breaks."""
        return self.work.name in FAULTS and bool(self.failed & FAULTS[self.work.name].breaks)


def run(work: Work) -> Result:
    """Judge the sandbox in a process forked from one with every slow module imported."""
    conditions = Conditions.drawn(work.seed)
    option = "--fault" if work.name in FAULTS else "--variant"
    arguments = [] if work.name == CORRECT else [option, work.name]
    variants.LAG /= SCALE  # of this process alone, which ends with the run
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory, "target.toml")
        target.write_text(target_text(conditions), encoding="utf-8")
        troubled = conditions if work.trouble else Conditions()
        with forked_sandbox(arguments, Path(directory, "coupons.db")) as url, silence():
            proxy = Proxy(url, troubled, work.seed)
            with forked(lambda: asyncio.run(proxy.serve(other_caller(), url, work.seed))) as address:
                started = [_start_judge(target, address, work.seed + judge) for judge in range(troubled.judges)]
                judged = [_finish(*judge) for judge in started]
    results = [judge.results for judge in judged]
    failed = frozenset(clause for result in results for clause in failed_clauses(result))
    statuses = tuple(judge.status for judge in judged)
    outcome = Result(work, failed, statuses, round(time.perf_counter() - begun, 1))
    if outcome.false_alarms:
        CHECKPOINT.keep(f"weather-{work.name}-{work.seed}.json", json.dumps(results, indent=1))
    return outcome


def target_text(conditions: Conditions) -> str:
    """Return the target file of the sandbox, which is disposable only if no other caller issues."""
    text = SANDBOX_TARGET.read_text(encoding="utf-8")
    if conditions.alone:
        return text
    return text.replace("disposable = true", f"disposable = false\nmax_coupons = {MOST_COUPONS}")


def other_caller() -> OtherCaller:
    """Return a caller for the customers and series of the sandbox's target file, ordinary coupons first."""
    target = tomllib.loads(SANDBOX_TARGET.read_text(encoding="utf-8"))
    till = target["auth"]["till"]
    series = [value["id"] if isinstance(value, dict) else value for value in target["series"].values()]
    return OtherCaller(
        (till["user"], till["password"]), spec.ISSUE_PATH, tuple(target["customers"]["known"]), tuple(series)
    )


def _start_judge(target: Path, address: str, seed: int) -> tuple[int, Path]:
    """Judge in a forked process; return its number and the folder of its results."""
    folder = Path(tempfile.mkdtemp(dir=target.parent))
    child = os.fork()
    if child:
        return child, folder
    status = 1
    try:
        transport.ANSWER_SECONDS /= SCALE
        transport.WAIT_SECONDS /= SCALE
        pauses = tuple(pause / SCALE for pause in coupon_lists.PAUSES)
        for module in (coupon_lists, test_whole_run):
            vars(module)["PAUSES"] = pauses
        options = ["--results", str(folder), "--seed", str(seed), "--generated", str(GENERATED)]
        status = judge_here(address, options, target)
    finally:
        os._exit(status)  # the child must not run the parent's clean-up


def _finish(child: int, folder: Path) -> Judge:
    """Wait for a judge to end."""
    _, status = os.waitpid(child, 0)
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return Judge(os.waitstatus_to_exitcode(status), results)


def planned(runs: int, faults: int) -> list[Work]:
    """Return runs of the correct sandbox and its variants, and of `faults` faults, each with and without trouble."""
    correct = [CORRECT, *VARIANTS]
    work = [Work(CORRECT if seed % 2 else correct[seed // 2 % len(correct)], seed) for seed in range(runs)]
    names = random.Random(0).sample(sorted(FAULTS), min(faults, len(FAULTS)))  # noqa: S311  # the same sample each time
    return work + [Work(name, 10_000 + place, trouble) for place, name in enumerate(names) for trouble in (False, True)]


def prove(work: Sequence[Work], jobs: int, *, resume: bool = False) -> list[Result]:
    """Run all of the work; with `resume`, all that is not kept yet."""
    if not resume:
        CHECKPOINT.clear()
    kept = {result.work: result for result in map(result_of, CHECKPOINT.lines())}
    results = [kept[run_] for run_ in work if run_ in kept]
    left = [run_ for run_ in work if run_ not in kept]
    progress = Progress("weather")
    with get_context("fork").Pool(jobs, maxtasksperchild=1) as pool, progress.step("runs", total=len(left)) as step:
        for result in pool.imap_unordered(run, left):
            step.advance(result.work.name)
            CHECKPOINT.add(asdict(result) | {"failed": sorted(result.failed)})
            results.append(result)
            if result.false_alarms:
                words = ", ".join(result.false_alarms)
                progress.write(f"{result.work.name}, seed {result.work.seed}: {words}", sys.stderr)
    return results


def result_of(line: dict[str, Json]) -> Result:
    """Return the result that a line keeps."""
    return Result(Work(**line["work"]), frozenset(line["failed"]), tuple(line["statuses"]), line["seconds"])


def summary(results: Sequence[Result]) -> tuple[str, bool]:
    """Return the figures as Markdown, and whether the goals are met."""
    correct = [result for result in results if result.work.name not in FAULTS]
    alarms = [result for result in correct if result.false_alarms]
    good = {result.work.name for result in results if result.found and not result.work.trouble}
    bad = {result.work.name for result in results if result.found and result.work.trouble}
    share = len(good & bad) / len(good) if good else 1.0
    statuses = Counter(status for result in correct for status in result.statuses)
    per_kind = Counter(kind for result in correct for kind in str(Conditions.drawn(result.work.seed)).split(", "))
    lines = [
        f"{len(correct)} runs against correct servers: {len(alarms)} false alarms;"
        f" {statuses[Exit.CONFORMANT]} verdicts conformant, {statuses[Exit.COULD_NOT_JUDGE]} could not judge.",
        f"Faults found without trouble: {len(good)}; of these, found with it: {len(good & bad)} ({share:.0%},"
        f" goal {GOAL:.0%}).",
        f"Not found with trouble: {', '.join(sorted(good - bad)) or 'none'}.",
        "",
        "| condition | runs against correct servers |",
        "|---|---:|",
        *(f"| {kind} | {number} |" for kind, number in sorted(per_kind.items())),
    ]
    return "\n".join(lines), not alarms and share >= GOAL


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    cli = argparse.ArgumentParser(prog="weather", description=__doc__.partition("\n")[0])
    cli.add_argument("--runs", type=int, default=200, metavar="N", help="runs against correct servers (default: 200)")
    cli.add_argument("--faults", type=int, default=len(FAULTS), metavar="N", help="faults (default: all)")
    cli.add_argument("--jobs", type=int, default=3, metavar="N", help="runs at a time (default: 3)")
    cli.add_argument("--resume", action="store_true", help="leave out what is kept: go on where a killed run stopped")
    cli.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    return cli


def main() -> int:
    """Run the work and print the figures."""
    options = parser().parse_args()
    warm_up()
    text, proven = summary(prove(planned(options.runs, options.faults), options.jobs, resume=options.resume))
    print(text)
    if options.write:
        PAGE.write_text(
            f"# Verdicts in poor conditions\n\n<!-- written by qa/weather.py -->\n\n{text}\n", encoding="utf-8"
        )
    return 0 if proven else 1


if __name__ == "__main__":
    sys.exit(main())
