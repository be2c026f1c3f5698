"""Measures the time to a verdict, and stock Schemathesis on the same sandbox in the same run.

Prints Markdown tables; `--write` puts them into bench/README.md. Exit status 1 when a goal is missed.
"""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from coupon_contract import spec
from coupon_contract.cli.judge import judge
from coupon_contract.paths import ROOT, SANDBOX_TARGET
from coupon_contract.suite.credentials import headers
from coupon_contract.suite.target_file import load
from qa.with_sandbox import running_sandbox
from scripts.progress import Progress

PAGE = ROOT / "bench" / "README.md"
MARK = "<!-- printed by bench/suite.py -->\n"
SUITE_SECONDS = 60.0  # goal: the suite against the sandbox on 2 cores
RATIO = 1.0  # goal: the suite takes no longer than the stock run
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


def table(header: str, rows: Sequence[tuple[str, float]]) -> str:
    """Return a Markdown table of two columns."""
    return "\n".join([header, "|---|---|", *(f"| {name} | {figure:.1f} |" for name, figure in rows)])


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write where asked to."""
    progress = Progress("bench", steps=3)
    with progress.step(COMMAND):
        command = [(f"`{COMMAND}`", command_seconds(COMMAND))]
    with progress.step("this suite"), running_sandbox() as url:
        ours = suite_seconds(url)
    with progress.step("stock Schemathesis"), running_sandbox() as url:
        stock = stock_seconds(url)
    compared = [("this suite", ours), ("`schemathesis run --max-examples 200 --checks all`", stock)]
    text = table("| command, after the one-time setup | seconds |", command)
    text += "\n\n" + table("| start to verdict on the same sandbox, one after the other | seconds |", compared)
    text += f"\n\nRatio: {ours / stock:.2f} (goal: at most {RATIO:.2f}).\n"
    print(text)
    if "--write" in arguments:
        PAGE.write_text(PAGE.read_text(encoding="utf-8").partition(MARK)[0] + MARK + "\n" + text, encoding="utf-8")
    return 0 if ours < SUITE_SECONDS and ours <= RATIO * stock else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
