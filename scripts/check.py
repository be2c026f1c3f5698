"""Runs all checks that need no run: python -m scripts.check [STEP …] [--document FILE].

The steps are `code` (ruff), `types` (mypy), `imports` (the layers of ARCHITECTURE.md), `document` (YAML, Redocly's
strict rules, the OpenAPI validator, our own rules), `specification` (document, ledger, clauses and tests agree) and
`generated` (the output of `make generate` is committed). Without a STEP all of them run. --document names another file
for the step `document`. Exit status: 0 clean, 1 with a line per problem, 4 usage.
"""

import argparse
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NoReturn

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from scripts import check_spec, generate, lint_spec

TOOLS = Path(sys.executable).parent
Step = Callable[[], Iterator[str]]
CLEAN, PROBLEMS, USAGE = 0, 1, 4


def tools(*commands: str) -> Iterator[str]:
    """Run tools of the environment, and yield the output of each that fails."""
    for command in commands:
        program, *arguments = command.split()
        done = subprocess.run(
            [str(TOOLS / program), *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        if done.returncode:
            yield done.stdout.rstrip() or f"{command}: exit status {done.returncode}"


STEPS: dict[str, Step] = {
    "code": partial(tools, "ruff check .", "ruff format --check ."),
    "types": partial(tools, "mypy"),
    "imports": partial(tools, "lint-imports --no-cache --no-logo"),
    "document": partial(lint_spec.problems, spec.DOCUMENT),
    "specification": check_spec.problems,
    "generated": generate.stale,
}


class Parser(argparse.ArgumentParser):
    """argparse with our exit status."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"check: {message}\n")


def main(arguments: Sequence[str]) -> int:
    """Run the steps, print every problem, and go on after a step that fails."""
    parser = Parser(prog="check", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("steps", nargs="*", metavar="STEP", help=", ".join(STEPS))
    parser.add_argument("--document", type=Path, metavar="FILE", help="check this one; implies the step `document`")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.steps if name not in STEPS]:
        parser.error(f"no such step: {', '.join(unknown)}; there are {', '.join(STEPS)}")
    steps = STEPS
    if options.document:
        options.steps = options.steps or ["document"]
        steps = STEPS | {"document": partial(lint_spec.problems, options.document.resolve())}
    chosen = options.steps or list(steps)
    progress, status = Progress("check", len(chosen)), CLEAN
    for name in chosen:
        with progress.step(name):
            problems = list(steps[name]())
        for problem in problems:
            print(problem, flush=True)
            status = PROBLEMS
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
