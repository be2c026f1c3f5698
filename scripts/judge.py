"""Judges an implementation: python -m scripts.judge [target file | URL] [pytest options].

Without a target it starts our own sandbox and judges that. Results go to reports/: results.json, results.html and
junit.xml.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.with_sandbox import running_sandbox

ROOT = Path(__file__).parent.parent
OUR_TARGET = ROOT / "spec" / "targets" / "sandbox.toml"
QUIET = ("-q", "--no-header", "--tb=no", "-rN", "-p", "no:cacheprovider")
RESULTS = ("--results", "reports", "--junitxml", "reports/junit.xml")
WITHOUT_RESULTS = ("--results", "--plan", "--collect-only", "--co")


def judge(
    target: str, options: Sequence[str] = (), environment: dict[str, str] | None = None, *, quiet: bool = False
) -> int:
    """Run the suite against a target and return its exit status: 0, 1, 3 or 4 (design: The suite).

    `quiet` drops everything that it prints.
    """
    command = [sys.executable, "-m", "pytest", *QUIET, str(ROOT / "contract_tests"), "--target", target, *options]
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | (environment or {}), stdout=output, check=False
    ).returncode


def _with_results(options: Sequence[str]) -> list[str]:
    """The options, with results going to reports/ where they say nothing else."""
    chosen = any(option.partition("=")[0] in WITHOUT_RESULTS for option in options)
    return [*options] if chosen else [*options, *RESULTS]


def main(arguments: Sequence[str]) -> int:
    """Judge what the first argument names, or our own sandbox when there is none."""
    if arguments and not arguments[0].startswith("-"):
        return judge(arguments[0], _with_results(arguments[1:]))
    with running_sandbox() as url:
        return judge(str(OUR_TARGET), _with_results(arguments), {"SANDBOX_URL": url})


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
