"""The commands that failures print: they work in the folder in which the run was started."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT
from coupon_contract.suite import commands
from coupon_contract.suite.commands import program, rejudge, replay, rerun

INSTALLED = Path(sys.executable).with_name("coupon-contract")


def status_of(command: str, folder: Path) -> int:
    """Return the exit status of a command of ours in a shell, with a verb that sends nothing."""
    return subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True, check=False).returncode  # noqa: S603, S607


def test_in_the_root_of_the_repository_make_sends_a_request_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    assert replay("1", "a b.toml") == "make replay CASE=1 TARGET='a b.toml'"


def test_in_another_folder_no_command_needs_the_makefile_or_the_environment_of_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    printed = [replay("1", "target.toml"), rerun("a::test", "clause", "target.toml"), rejudge("calls.har")]

    assert [command for command in printed if command.startswith(("make ", ".venv/"))] == []


def test_the_program_starts_in_another_folder_that_path_does_not_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", os.defpath)

    assert status_of(f"{program()} --version", tmp_path) == 0


def test_a_program_that_path_finds_is_called_by_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(INSTALLED.parent), prepend=os.pathsep)

    assert program() == "coupon-contract"


def test_another_program_of_that_name_in_path_is_not_ours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = tmp_path / "coupon-contract"
    other.write_text("#!/bin/sh\nexit 9\n", encoding="utf-8")
    other.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert program() == shlex.quote(str(INSTALLED))


def test_without_an_installed_program_the_interpreter_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(commands, "PROGRAM", "no-such-program")

    assert status_of(f"{program()} --version", tmp_path) == 0
