"""Times `import` in an environment with nothing but the client's wheel and its dependencies, in processor seconds."""

import subprocess
import sys
import tempfile
import venv
from collections.abc import Callable
from pathlib import Path

from bench.ratios import Goal, Table, in_turns
from scripts.build_client import build

ROUNDS = 50
TO_HTTPX = 1.10  # goal
TIMED = "import time; start = time.process_time(); import {0}; print(time.process_time() - start)"
NAMES = {
    "httpx": "import httpx",
    "coupon_client": "import coupon_client",
    "coupon_client, coupon_client.transport, coupon_client.all_addresses": (
        "import coupon_client, and what its first call loads"
    ),
}


def imports() -> Table:
    """Return the table; each figure comes from a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        python = environment(Path(folder))
        figures = in_turns({title: timed_import(python, names) for names, title in NAMES.items()}, ROUNDS)
    return Table("in a fresh process", figures, [Goal("import coupon_client", "import httpx", TO_HTTPX)])


def environment(folder: Path) -> Path:
    """Return the Python of an environment with the client's wheel."""
    venv.create(folder / "env", with_pip=False)
    python = folder / "env" / "bin" / "python"
    wheel = build(folder)
    uv = Path(sys.executable).parent / "uv"
    subprocess.run([str(uv), "pip", "install", "--quiet", "--python", str(python), str(wheel)], check=True)
    return python


def timed_import(python: Path, names: str) -> Callable[[], float]:
    """Return a measurement of one import."""
    command = [str(python), "-I", "-c", TIMED.format(names)]
    return lambda: float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
