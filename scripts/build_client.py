"""Builds the wheel of coupon-client into a directory: python -m scripts.build_client [DIRECTORY] (default: dist)."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from coupon_contract.paths import ROOT

PROJECT = ROOT / "scripts" / "client_wheel"


def build(output: Path) -> Path:
    """Build the wheel and return its path. Raises subprocess.CalledProcessError when the builder fails."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(output.resolve())]
    subprocess.run(command, cwd=PROJECT, check=True, capture_output=True)
    return max(output.glob("coupon_client-*.whl"), key=lambda path: path.stat().st_mtime)


def main(arguments: Sequence[str]) -> int:
    """Build the wheel and print its path."""
    print(build(Path(arguments[0] if arguments else "dist")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
