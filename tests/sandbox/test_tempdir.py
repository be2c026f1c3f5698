"""Directories for the time that a process lives."""

import subprocess
import sys
from pathlib import Path

import pytest

from coupon_contract.sandbox.tempdir import temporary_directory

MAKE = "from coupon_contract.sandbox import tempdir; print(tempdir.temporary_directory('ours-'), flush=True)"


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_what_a_process_left_behind_is_taken_away() -> None:
    command = [sys.executable, "-c", MAKE]
    left = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()  # noqa: S603
    there = Path(left).exists()
    temporary_directory("ours-")

    assert (there, Path(left).exists()) == (True, False)


def test_what_a_living_process_has_stays() -> None:
    first, _ = temporary_directory("ours-"), temporary_directory("ours-")

    assert Path(first).exists()


def test_what_nobody_locked_stays(temporary: Path) -> None:
    (temporary / "ours-unknown").mkdir()
    temporary_directory("ours-")

    assert (temporary / "ours-unknown").exists()
