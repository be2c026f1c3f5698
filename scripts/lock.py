"""Writes requirements.lock: every package with its hashes, for all platforms and Pythons, without any address.

Pins that still fit are kept; --upgrade takes the newest versions that pyproject.toml allows.
"""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from coupon_contract.paths import ROOT

OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header")


def main(arguments: Sequence[str]) -> int:
    """Compile pyproject.toml with its dev group. The exit status is 4 for any argument but --upgrade."""
    if not set(arguments) <= {"--upgrade"}:
        print(__doc__, file=sys.stderr)
        return 4
    uv = str(Path(sys.executable).parent / "uv")
    command = [uv, "pip", "compile", "pyproject.toml", "--group", "dev", "--no-annotate", "--quiet"]
    return subprocess.run([*command, *OPTIONS, *arguments, "-o", "requirements.lock"], cwd=ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
