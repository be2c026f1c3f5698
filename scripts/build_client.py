"""Builds the wheel of coupon-client: .venv/bin/python -m scripts.build_client [DIRECTORY] (default: dist).

Prints the path of the wheel. Exit status: 0 built, 1 the builder failed, and what it printed.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from coupon_contract.paths import ROOT
from scripts.missing_packages import ADVICE

PROJECT = ROOT / "scripts" / "client_wheel"
BUILDER = "hatchling"
FAILED = 1


class BuildError(Exception):
    """The wheel cannot be built; the text says why, and what to do."""


def build(output: Path) -> Path:
    """Build the wheel and return its path. Raises BuildError."""
    if find_spec(BUILDER) is None:
        raise BuildError(ADVICE.format(missing=BUILDER, python=sys.executable))
    command = [sys.executable, "-m", BUILDER, "build", "--target", "wheel", "--directory", str(output.resolve())]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BuildError(f"{BUILDER} failed:\n{done.stdout}{done.stderr}".rstrip())
    return max(output.glob("coupon_client-*.whl"), key=lambda path: path.stat().st_mtime)


def main(arguments: Sequence[str]) -> int:
    """Build the wheel and print its path."""
    cli = argparse.ArgumentParser(prog="build_client", description="Build the wheel of coupon-client.")
    cli.add_argument("directory", nargs="?", type=Path, default=Path("dist"), help="where to put it (default: dist)")
    try:
        print(build(cli.parse_args(arguments).directory))
    except BuildError as error:
        print(f"build_client: {error}", file=sys.stderr)
        return FAILED
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
