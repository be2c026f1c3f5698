"""Measures the first verdict: `make contract-test` in a fresh clone with an empty cache, set-up included.

python -m bench.first_verdict [--write]. Prints a Markdown table; `--write` puts it into bench/README.md. Processor
seconds are those of all processes together, and vary less with the load of the machine than the clock does. Exit
status 1 when a goal is missed.
"""

import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from coupon_contract.paths import ROOT

PAGE = ROOT / "bench" / "README.md"
BLOCK = re.compile(r"(?<=<!-- printed by bench/first_verdict.py -->\n).*?(?=<!-- end of the table -->)", re.S)
SECONDS, MEGABYTES = 25.0, 120.0  # goals, on an idle machine
KEPT = ("PATH", "PIP_", "SSL_", "UV_", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # of the environment
INSTALLER = re.compile(r"(uv|pip)(-.*\.dist-info)?")


def first_verdict(folder: Path) -> tuple[float, float]:
    """Clone into the folder, judge, and return the seconds by the clock and of the processors."""
    clone, home = folder / "clone", folder / "home"
    home.mkdir()
    cloning, judging = ["git", "clone", "--quiet", str(ROOT), str(clone)], ["make", "contract-test"]
    subprocess.run(cloning, check=True)
    environment = {name: value for name, value in os.environ.items() if name.startswith(KEPT)} | {"HOME": str(home)}
    before, start = _processor_seconds(), time.perf_counter()
    subprocess.run(judging, cwd=clone, env=environment, check=True, stdout=sys.stderr)
    return time.perf_counter() - start, _processor_seconds() - before


def _processor_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def megabytes(venv: Path) -> float:
    """Return the disk usage of the packages of an environment, without the installers uv and pip."""
    size = 0
    for path in venv.rglob("*"):
        inside = path.relative_to(venv).parts
        if path.is_file() and not path.is_symlink() and not any(INSTALLER.fullmatch(part) for part in inside):
            size += path.stat().st_blocks * 512
    return size / 1e6


def main(arguments: Sequence[str]) -> int:
    """Measure, print, and write where asked to."""
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as scratch:
        clock, processors = first_verdict(Path(scratch))
        size = megabytes(Path(scratch) / "clone" / ".venv")
    text = f"""
| `make contract-test` in a fresh clone, without a cache | measured | goal |
|---|---|---|
| seconds to the verdict | {clock:.1f} | {SECONDS:.0f}, on an idle machine |
| processor seconds | {processors:.1f} | |
| MB in `.venv`, without the installers | {size:.0f} | {MEGABYTES:.0f} |

The load of the machine was {load:.1f} when it began.

"""
    print(text.strip())
    if "--write" in arguments:
        PAGE.write_text(BLOCK.sub(lambda _: text, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0 if size <= MEGABYTES and clock <= SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
