"""Builds the wheels, and a bill of materials for each."""

import base64
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name as canonical

from coupon_contract.paths import ROOT
from scripts import fetch_swagger_ui, setup

Json = Any
PIN = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>[^\s;]+)[^\n]*(?P<hashes>(?:\n +--hash=[^\n]+)+)", re.M)
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
        format = ("--output-format", "JSON", "--output-reproducible", "--no-validate", "--output-file", bill)
        run(
            TOOLS / "cyclonedx-py",
            "environment",
            *format,
            "--pyproject",
            project / "pyproject.toml",
            python,
            epoch=epoch,
        )
        content = json.loads(bill.read_text(encoding="utf-8"))
    add_hashes(content, wheel)
    add_vendored(content, wheel)
    return f"{json.dumps(content, indent=2, ensure_ascii=False)}\n".encode()


def add_hashes(bill: Json, wheel: Path) -> None:
    """Add to a bill of materials the SHA-256 of its wheel, and of each file that a dependency may be installed from.

    Raises BuildError for a dependency whose version is not pinned.
    """
    bill["metadata"]["component"]["hashes"] = [_sha256(hashlib.sha256(wheel.read_bytes()).hexdigest())]
    pins = pinned_hashes()
    for component in bill["components"]:
        hashes = pins.get((canonical(component["name"]), component["version"]))
        if hashes is None:
            raise BuildError(f"{component['name']} {component['version']} is not in requirements/: set up anew")
        component["hashes"] = [_sha256(digest) for digest in hashes]


def pinned_hashes() -> dict[tuple[str, str], list[str]]:
    """Return the SHA-256 of the files of each pinned package, by its name and version."""
    text = (setup.PINS / "develop.txt").read_text(encoding="utf-8")
    return {
        (canonical(match["name"]), match["version"]): re.findall(r"--hash=sha256:([0-9a-f]{64})", match["hashes"])
        for match in PIN.finditer(text)
    }


def add_vendored(bill: Json, wheel: Path) -> None:
    """Add to a bill of materials the package of Node whose files the wheel contains, if it does."""
    with zipfile.ZipFile(wheel) as archive:
        names = {Path(name).name for name in archive.namelist()}
    if not {f"{name}.gz" for name in fetch_swagger_ui.COMPRESSED} <= names:
        return
    name, version = fetch_swagger_ui.PACKAGE, fetch_swagger_ui.VERSION
    reference = f"pkg:npm/{name}@{version}"
    digest = base64.b64decode(fetch_swagger_ui.DIGEST.partition("-")[2]).hex()
    bill["components"].append(
        {
            "bom-ref": reference,
            "type": "library",
            "name": name,
            "version": version,
            "purl": reference,
            "description": "Vendored: the API reference of the sandbox",
            "licenses": [{"license": {"id": "Apache-2.0", "acknowledgement": "declared"}}],
            "hashes": [{"alg": "SHA-512", "content": digest}],
        }
    )
    root = bill["metadata"]["component"]["bom-ref"]
    for entry in bill["dependencies"]:
        if entry["ref"] == root:
            entry["dependsOn"] = sorted([*entry.get("dependsOn", []), reference])
    bill["dependencies"].append({"ref": reference})


def _sha256(digest: str) -> Json:
    return {"alg": "SHA-256", "content": digest}


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
