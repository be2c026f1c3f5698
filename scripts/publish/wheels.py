"""The wheels, and for each its bill of materials."""

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
    """A tool of Python's failed; the text is what it said."""


def projects() -> Iterator[Path]:
    """The folders that make a wheel: the suite with the sandbox, and the client where it is there."""
    return (folder for folder in (ROOT, ROOT / "scripts" / "client_wheel") if (folder / "pyproject.toml").exists())


def build(project: Path, directory: Path, epoch: int) -> Path:
    """Build a project's wheel into the directory and return its path. Raises BuildError."""
    before = set(directory.glob("*.whl"))
    run(TOOLS / "hatchling", "build", "--target", "wheel", "--directory", directory, cwd=project, epoch=epoch)
    (wheel,) = set(directory.glob("*.whl")) - before
    return wheel


def bill_of_materials(project: Path, wheel: Path, epoch: int) -> bytes:
    """What a wheel brings along, in the versions of this environment, as CycloneDX JSON. Raises BuildError."""
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
    """Install wheels into an empty environment, with what they need in the versions of this one.

    Returns the environment's Python. Raises BuildError.
    """
    run(sys.executable, "-m", "venv", "--without-pip", venv)
    pins = venv / "pins.txt"
    own = {wheel.name.partition("-")[0].replace("_", "-") for wheel in wheels}  # here as they were at the last setup
    found = sorted(f"{one.name}=={one.version}" for one in distributions() if one.name not in own)
    pins.write_text("\n".join(found), encoding="utf-8")
    python = venv / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--constraint", pins, *wheels)
    return python


def run(*command: str | Path, cwd: Path = ROOT, epoch: int | None = None) -> None:
    """Run a tool, with everything dated to a time. Raises BuildError with what it said."""
    environment = os.environ | ({} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)})
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
