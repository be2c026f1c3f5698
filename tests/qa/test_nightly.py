import subprocess
import sys

import pytest

from coupon_contract.paths import ROOT
from qa.nightly import Night, summary


def night(seconds: float, status: int = 0) -> Night:
    return Night(status, seconds, seconds, 800)


def test_runs_that_take_longer_than_on_a_new_sandbox_miss_the_goal() -> None:
    assert summary([night(10.0)] * 10 + [night(12.5)] * 10, [night(10.0)] * 10, 1)[1] is False


def test_a_machine_that_becomes_slower_is_no_problem() -> None:
    assert summary([night(10.0)] * 10 + [night(20.0)] * 10, [night(19.0)] * 10, 1)[1] is True


@pytest.mark.parametrize("number", [0, 1, 2])
def test_a_run_that_is_not_conformant_is_a_problem(number: int) -> None:
    runs = [night(10.0, 3 if index == number else 0) for index in range(3)]

    assert summary(runs[:2], runs[2:], 1)[1] is False


def test_the_same_sandbox_is_conformant_night_after_night() -> None:
    command = [sys.executable, "-m", "qa.nightly", "--runs", "2"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert "2 runs" in ended.stdout, ended.stderr
    assert "; 0 not conformant" in ended.stdout
