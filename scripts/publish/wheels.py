"""Builds the wheels, and a bill of materials for each."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from coupon_contract.paths import ROOT

TOOLS = Path(sys.executable).parent


class BuildError(Exception):
    """A build tool failed; the text is its output."""


def projects() -> Iterator[Path]:
    """Return the folders that make a wheel: the suite with the sandbox, and the client if it is there."""
    return (folder for folder in (ROOT, ROOT / "scripts" / "client_wheel") if (folder / "pyproject.toml").exists())


def build(project: Path, directory: Path, epoch: int) -> Path:
    """Build a project's wheel into the directory and return its path. Raises BuildError."""
    before = set(directory.glob("*.whl"))
    run(TOOLS / "hatchling", "build", "--target", "wheel", "--directory", directory, cwd=project, epoch=epoch)
    (wheel,) = set(directory.glob("*.whl")) - before
    return wheel


def bill_of_materials(project: Path, wheel: Path, epoch: int) -> bytes:
    """Return the contents and dependencies of a wheel, in this environment's versions, as CycloneDX JSON."""
    with tempfile.TemporaryDirectory() as scratch:
        bill, python = Path(scratch) / "bill.json", install(Path(scratch) / "venv", wheel)
        format = ("--output-format", "JSON", "--output-reproducible", "--output-file", bill)
        run(
            TOOLS / "cyclonedx-py",
            "environment",
            *format,
            "--pyproject",
            project / "pyproject.toml",
            python,
            epoch=epoch,
        )
        return bill.read_bytes()


def install(venv: Path, *wheels: Path) -> Path:
    """Install wheels into an empty environment, with their dependencies in the versions of this one.

    Returns the environment's Python. Raises BuildError.
    """
    run(sys.executable, "-m", "venv", "--without-pip", venv)
    pins = venv / "pins.txt"
    own = {
        wheel.name.partition("-")[0].replace("_", "-") for wheel in wheels
    }  # this environment has their versions of the last setup
    pinned = sorted(
        f"{distribution.name}=={distribution.version}"
        for distribution in distributions()
        if distribution.name not in own
    )
    pins.write_text("\n".join(pinned), encoding="utf-8")
    python = venv / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--constraint", pins, *wheels)
    return python


def run(*command: str | Path, cwd: Path = ROOT, epoch: int | None = None) -> None:
    """Run a tool with all files dated to a time. Raises BuildError with its output."""
    environment = os.environ | ({} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)})
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
