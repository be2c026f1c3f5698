"""One published dist/, made from a copy of the repository in another folder, and shared by the tests of a session."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from coupon_contract import spec
from coupon_contract.paths import ROOT
from tests.conftest import EPOCH, made_once

VERSION = spec.document()["info"]["version"]
LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", ".*_cache", ".cache", ".hypothesis", "__pycache__", "node_modules", "dist", "reports"
)


def copy_of_the_repository(folder: Path) -> Path:
    """A copy to publish from, which shares the installed Node tools."""
    shutil.copytree(ROOT, folder, ignore=LEFT_OUT)
    modules = ROOT / "scripts" / "node" / "node_modules"
    if modules.exists():
        (folder / "scripts" / "node" / "node_modules").symlink_to(modules)
    return folder


def publish(root: Path, output: Path) -> Path:
    """Publish from a folder into another one."""
    command = [sys.executable, "-m", "scripts.publish", str(output)]
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": str(EPOCH),
        "PYTHONPATH": f"{root}{os.pathsep}{root / 'generated'}",
    }
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return output


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests for which everything has to be built, so that `-m "not slow"` leaves them out."""
    for item in items:
        if "dist" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def dist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make publish` builds, from this folder."""
    return made_once(tmp_path_factory, "published", lambda folder: publish(ROOT, folder / "dist")) / "dist"


@pytest.fixture(scope="session")
def parts(dist: Path) -> Path:
    """The unpacked bundle within it."""
    return dist / f"coupon-contract-{VERSION}"


@pytest.fixture(scope="session")
def site(dist: Path) -> Path:
    """The documentation site."""
    return dist / f"coupon-contract-site-{VERSION}"
