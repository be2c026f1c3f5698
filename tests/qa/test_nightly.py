import subprocess
import sys

from coupon_contract.paths import ROOT
from qa.nightly import Night, summary


def night(seconds: float, status: int = 0) -> Night:
    return Night(status, seconds, seconds, 800)


def test_runs_that_grow_longer_miss_the_goal() -> None:
    assert summary([night(10.0)] * 10 + [night(12.5)] * 10, 1)[1] is False


def test_runs_that_stay_as_long_as_the_first_meet_the_goal() -> None:
    assert summary([night(10.0)] * 10 + [night(11.5)] * 10, 1)[1] is True


def test_a_run_that_is_not_conformant_is_a_problem() -> None:
    assert summary([*[night(10.0)] * 9, night(10.0, 3)], 1)[1] is False


def test_the_same_sandbox_is_conformant_night_after_night() -> None:
    command = [sys.executable, "-m", "qa.nightly", "--runs", "2"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert "2 runs" in ended.stdout, ended.stderr
    assert "; 0 not conformant" in ended.stdout
