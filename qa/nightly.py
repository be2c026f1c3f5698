"""Judges one sandbox again and again, as nightly runs against the same customers do, and compares it with a new one.

python -m qa.nightly [--runs N] [--write]

The sandbox keeps its state in a file; each run asks for fresh series first. What earlier runs left must not make a run
longer: the median of the last tenth of the runs is compared with that of runs on new sandboxes, in turn with them, so
that the load of the machine is the same. Exit status: 0 each run was conformant, and the last take at most 1.2 times as
long as those on new sandboxes; 1 otherwise.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import httpx
from attrs import frozen

from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from coupon_contract.suite.verdict import Exit
from qa.forked_sandbox import coupons_issued, forked_sandbox, judge_here, silence
from qa.seeded_faults import warm_up

PAGE = ROOT / "bench" / "nightly.md"
GOAL = 1.2  # times as long as a first run
HEAD = """# Nightly runs on the same target

<!-- written by qa/nightly.py -->

One sandbox, with its state in a file, was judged again and again with fresh series each time (`--fixtures`); the last
tenth of the runs in turn with runs on new sandboxes. Seconds
are wall clock, then the processor's time of the suite, of runs in one process each with every module imported.
"""


@frozen
class Night:
    """One run: its exit status, how long it took, the processor's time of the suite, and the requests that it sent."""

    status: int
    seconds: float
    processor: float
    requests: int


def judge(url: str, seed: int) -> Night:
    """Judge the sandbox with fresh series, in a forked process."""
    with tempfile.TemporaryDirectory() as directory:
        series = Path(directory, "series.json")
        series.write_bytes(httpx.post(f"{url}/__sandbox/fixtures", trust_env=False).raise_for_status().content)
        begun = time.perf_counter()
        sys.stdout.flush()
        child = os.fork()
        if not child:
            _judge(url, seed, Path(directory), series)
        _, status, used = os.wait4(child, 0)
        seconds = time.perf_counter() - begun
        results = json.loads(Path(directory, "results.json").read_text(encoding="utf-8"))
    return Night(
        os.waitstatus_to_exitcode(status), seconds, used.ru_utime + used.ru_stime, results["spent"]["requests"]
    )


def _judge(url: str, seed: int, directory: Path, series: Path) -> None:
    status = 1
    try:
        with silence():
            status = judge_here(url, ["--series", str(series), "--results", str(directory), "--seed", str(seed)])
    finally:
        os._exit(status)


def nights(runs: int) -> tuple[list[Night], list[Night], int]:
    """Return the runs on one sandbox, those on new sandboxes beside the last tenth, and the coupons of the one."""
    share, nightly, new = max(1, runs // 10), list[Night](), list[Night]()
    with tempfile.TemporaryDirectory() as directory:
        database = Path(directory, "coupons.db")
        with forked_sandbox([], database) as url, Progress("nightly").step("runs", total=runs) as step:
            for number in range(runs):
                nightly.append(judge(url, number))
                if number >= runs - share:
                    with forked_sandbox([], Path(directory, f"new-{number}.db")) as other:
                        new.append(judge(other, number))
                step.advance(f"{nightly[-1].seconds:.1f} s")
        return nightly, new, coupons_issued(database)


def summary(nightly: Sequence[Night], new: Sequence[Night], coupons: int) -> tuple[str, bool]:
    """Return the figures as Markdown, and whether the goals are met."""
    last = nightly[-len(new) :]
    ratio = median(run.seconds for run in last) / median(run.seconds for run in new)
    wrong = sum(run.status != Exit.CONFORMANT for run in (*nightly, *new))
    rows = [
        f"| {name} | {median(run.seconds for run in some):.1f} | {median(run.processor for run in some):.1f}"
        f" | {median(run.requests for run in some):.0f} |"
        for name, some in (("on new sandboxes", new), (f"the last {len(last)}", last))
    ]
    lines = [
        f"{len(nightly)} runs, which left {coupons:,} coupons; {wrong} not conformant. The last {len(last)} took"
        f" {ratio:.2f} times as long as runs on new sandboxes (goal: at most {GOAL}).",
        "",
        "| runs | seconds, median | processor seconds | requests |",
        "|---|---:|---:|---:|",
        *rows,
    ]
    return "\n".join(lines), not wrong and ratio <= GOAL


def main() -> int:
    """Judge again and again, and print the figures."""
    cli = argparse.ArgumentParser(prog="nightly", description=__doc__.partition("\n")[0])
    cli.add_argument("--runs", type=int, default=100, metavar="N", help="runs (default: 100)")
    cli.add_argument("--write", action="store_true", help=f"write {PAGE.relative_to(ROOT)}")
    options = cli.parse_args()
    warm_up()
    text, is_proven = summary(*nights(options.runs))
    print(text)
    if options.write:
        PAGE.write_text(f"{HEAD}\n{text}\n", encoding="utf-8")
    return 0 if is_proven else 1


if __name__ == "__main__":
    sys.exit(main())
