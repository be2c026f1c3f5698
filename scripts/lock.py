"""Writes requirements/: every package with its hashes, for all platforms and Pythons, without any address.

python -m scripts.lock [--upgrade]. `develop.txt` pins everything, `judge.txt` what judging the sandbox needs, and
`installer.txt` the installer of both; the smaller files repeat pins of the largest. Pins that still fit are kept;
--upgrade takes the newest versions that pyproject.toml allows. Exit status: 0 written, 4 usage, or that of uv.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from scripts.setup import PINS, pip_configuration, uv_environment

LARGEST = "develop"
GROUPS = {  # the largest first: the others take its versions
    LARGEST: ("pyproject.toml", "--extra", "sandbox", "--group", "develop"),
    "judge": ("pyproject.toml", "--extra", "sandbox", "--group", "judge"),
    "installer": ("--group", "installer"),
}
OPTIONS = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-header")


def compile_group(group: str, options: Sequence[str]) -> int:
    """Pin a group and return uv's exit status."""
    uv = str(Path(sys.executable).parent / "uv")
    constraints = () if group == LARGEST else ("--constraint", str(PINS / f"{LARGEST}.txt"))
    command = [uv, "pip", "compile", *GROUPS[group], *constraints, "--no-annotate", "--quiet", *OPTIONS, *options]
    command += ["-o", str(PINS / f"{group}.txt")]
    environment = os.environ | uv_environment(pip_configuration(sys.executable), os.environ)
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main(arguments: Sequence[str]) -> int:
    """Compile every group of pyproject.toml. The exit status is 4 for any argument but --upgrade."""
    if not set(arguments) <= {"--upgrade"}:
        print(__doc__, file=sys.stderr)
        return 4
    progress = Progress("lock", len(GROUPS))
    for group in GROUPS:
        with progress.step(f"requirements/{group}.txt"):
            if status := compile_group(group, arguments):
                return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
