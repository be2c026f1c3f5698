"""Measures the time to a verdict, in turn with stock Schemathesis on sandboxes of their own, and to the first failure.

Prints Markdown tables; `--write` puts them into bench/README.md. Exit status 1 when a goal is missed.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median

from coupon_contract import spec
from coupon_contract.cli.judge import judge
from coupon_contract.paths import ROOT, SANDBOX_TARGET
from coupon_contract.progress import Progress, Step
from coupon_contract.suite.credentials import headers
from coupon_contract.suite.target_file import load
from coupon_contract.suite.verdict import Exit
from qa.with_sandbox import running_sandbox

PAGE = ROOT / "bench" / "README.md"
MARK = "<!-- printed by bench/suite.py -->\n"
ROUNDS = 5  # alternating, because the speed of a machine changes with time
RATIO = 0.30  # goal: the suite takes at most this share of the stock run
FIRST_SECONDS = 3.0  # goal: from the start to the first failure of a plain fault
PLAIN_FAULTS = ("coupon-id-as-text", "success-count-missing", "codes-repeated", "limit-of-customer-ignored")
COMMAND = "make contract-test"


def seconds(action: Callable[[], object]) -> float:
    """Return the duration of an action, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def command_seconds(command: str) -> float:
    """Return the duration of a command of the README, after the one-time setup. The command must succeed."""
    run = lambda: subprocess.run(command.split(), cwd=ROOT, check=True, stdout=subprocess.DEVNULL)  # noqa: E731
    return seconds(run)


def suite_seconds(url: str) -> float:
    """Run the suite against a fresh sandbox; seconds from start to verdict."""
    return seconds(lambda: judge(str(SANDBOX_TARGET), environment={"SANDBOX_URL": url}, quiet=True))


def stock_seconds(url: str) -> float:
    """Run `schemathesis run` with all checks and phases and 200 examples; seconds from start to summary."""
    (name, value), *_ = headers("till", load(url))
    command = [str(Path(sys.executable).parent / "schemathesis"), "run", str(spec.DOCUMENT), "--url", url]
    command += ["--max-examples", "200", "--checks", "all", "--seed", "1", "-H", f"{name}: {value}"]
    with tempfile.TemporaryDirectory() as scratch:
        return seconds(lambda: subprocess.run(command, cwd=scratch, check=False, capture_output=True))


def first_seconds(fault: str) -> float:
    """Judge a sandbox with a fault until its first failure; seconds from start to exit. The suite must find it."""
    with running_sandbox(["--fault", fault]) as url:
        statuses = []
        taken = seconds(
            lambda: statuses.append(
                judge(str(SANDBOX_TARGET), ["--first-failure"], environment={"SANDBOX_URL": url}, quiet=True)
            )
        )
    if statuses != [Exit.NOT_CONFORMANT]:
        raise RuntimeError(f"{fault} ended with {statuses}")
    return taken


def in_turn(step: Step) -> tuple[list[float], list[float]]:
    """Return the seconds of this suite and of the stock run, each on a fresh sandbox."""
    ours, stock = list[float](), list[float]()
    for _ in range(ROUNDS):
        for taken, measure in ((ours, suite_seconds), (stock, stock_seconds)):
            with running_sandbox() as url:
                taken.append(measure(url))
        step.advance(f"{ours[-1]:.1f} s and {stock[-1]:.1f} s")
    return ours, stock


def table(header: str, rows: Sequence[tuple[str, float]]) -> str:
    """Return a Markdown table of two columns."""
    return "\n".join([header, "|---|---|", *(f"| {name} | {figure:.1f} |" for name, figure in rows)])


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write where asked to."""
    progress = Progress("bench", steps=3)
    with progress.step(COMMAND):
        command = [(f"`{COMMAND}`", command_seconds(COMMAND))]
    with progress.step("this suite and stock Schemathesis in turn", total=ROUNDS) as step:
        ours, stock = in_turn(step)
    with progress.step("first failures", total=len(PLAIN_FAULTS)) as step:
        first = []
        for fault in PLAIN_FAULTS:
            first.append((f"`{fault}`", first_seconds(fault)))
            step.advance(fault)
    ratio = median(ours) / median(stock)
    compared = [
        ("this suite", median(ours)),
        ("`schemathesis run --max-examples 200 --checks all`", median(stock)),
    ]
    text = table("| command, after the one-time setup | seconds |", command)
    text += f"\n\n{table(f'| start to verdict, median of {ROUNDS} alternating runs | seconds |', compared)}"
    text += f"\n\nRatio: {ratio:.2f} (goal: at most {RATIO:.2f}).\n"
    text += f"\n{table('| start to the first failure, with `--first-failure` | seconds |', first)}"
    text += f"\n\nGoal: at most {FIRST_SECONDS:.0f} s.\n"
    print(text)
    if "--write" in arguments:
        PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + "\n" + text, encoding="utf-8")
    return 0 if ratio <= RATIO and all(taken <= FIRST_SECONDS for _, taken in first) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
