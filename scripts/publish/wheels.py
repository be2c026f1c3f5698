"""Builds the wheels, and a bill of materials for each."""

import os
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path

from coupon_contract.paths import ROOT
from scripts import setup

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
    """Return what a wheel and its extras bring along, in this environment's versions, as CycloneDX JSON.

    Raises BuildError.
    """
    declared = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = ",".join(declared.get("optional-dependencies", {}))
    with tempfile.TemporaryDirectory() as scratch:
        bill, python = Path(scratch) / "bill.json", install(Path(scratch) / "venv", wheel, extra=extras)
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


def install(venv: Path, *wheels: Path, extra: str = "") -> Path:
    """Install wheels into an empty environment, with their dependencies in the versions of this one.

    `extra` names an extra of the wheels. Returns the environment's Python. Raises BuildError.
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
    wanted = [f"{wheel}[{extra}]" if extra else str(wheel) for wheel in wheels]
    settings = setup.uv_environment(setup.pip_configuration(sys.executable), os.environ)
    uv = (TOOLS / "uv", "pip", "install", "--quiet", "--python", python, "--constraint", pins)
    run(*uv, *wanted, variables=settings)
    return python


def run(*command: str | Path, cwd: Path = ROOT, epoch: int | None = None, variables: Mapping[str, str] = {}) -> None:
    """Run a tool with all files dated to a time. Raises BuildError with its output."""
    dated = {} if epoch is None else {"SOURCE_DATE_EPOCH": str(epoch)}
    environment = {**os.environ, **dated, **variables}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BuildError(f"{Path(command[0]).name} failed:\n{done.stdout}{done.stderr}")
