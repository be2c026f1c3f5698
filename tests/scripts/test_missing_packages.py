"""Commands that are run with a Python that lacks the project's packages say what to do."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT
from scripts import build_client

COMMANDS = [
    *("scripts.build_client", "scripts.publish", "scripts.generate", "scripts.check", "scripts.changes"),
    *("scripts.drift", "qa.seeded_faults", "qa.issue_once", "bench.suite", "interop"),
]


def bare(command: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run a module with this Python and the standard library alone."""
    return subprocess.run(  # noqa: S603
        [sys.executable, "-S", "-m", command, *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_without_its_packages_says_what_to_do(command: str) -> None:
    done = bare(command, *(["x"] if command == "scripts.changes" else []))

    assert done.returncode == 1
    assert "`make check` once, then `.venv/bin/python -m" in done.stderr
    assert sys.executable in done.stderr
    assert "Traceback" not in done.stderr


def test_other_errors_keep_their_traceback(tmp_path: Path) -> None:
    (tmp_path / "fails.py").write_text("from scripts import missing_packages\nraise ValueError('x')\n")
    done = bare("fails", PYTHONPATH=f"{tmp_path}")

    assert "ValueError: x" in done.stderr


def test_a_failing_builder_is_quoted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(build_client, "PROJECT", tmp_path)  # no pyproject.toml is there
    status = build_client.main([str(tmp_path / "dist")])

    assert status == 1
    assert "hatchling failed:" in capsys.readouterr().err
