import subprocess
import sys

from coupon_contract.paths import ROOT
from coupon_contract.sandbox.faults import FAULTS
from qa.weather import CORRECT, Result, Work, planned, summary, target_text
from qa.weather_proxy import Conditions

FAULT = "count-ignored"


def result(name: str, *failed: str, status: int = 0, trouble: bool = True) -> Result:
    return Result(Work(name, 0, trouble), frozenset(failed), (status,), 0.0)


def found(name: str, *, trouble: bool) -> Result:
    return result(name, *FAULTS[name].breaks, status=1, trouble=trouble)


def test_a_seed_draws_the_same_conditions_each_time() -> None:
    assert [Conditions.drawn(seed) for seed in range(50)] == [Conditions.drawn(seed) for seed in range(50)]


def test_every_drawn_run_has_trouble() -> None:
    assert all(Conditions.drawn(seed) != Conditions() for seed in range(200))


def test_each_kind_of_trouble_is_drawn() -> None:
    drawn = [Conditions.drawn(seed) for seed in range(200)]
    kinds = ("calls_per_second", "late_every", "dropped_every", "limited_every")

    assert all(any(getattr(conditions, kind) for conditions in drawn) for kind in kinds)
    assert any(conditions.judges == 2 for conditions in drawn)


def test_beside_another_caller_the_target_is_not_called_disposable() -> None:
    assert "disposable = false" in target_text(Conditions(calls_per_second=1.0))


def test_beside_a_second_judge_the_target_is_not_called_disposable() -> None:
    assert "disposable = false" in target_text(Conditions(judges=2))


def test_with_lost_responses_alone_the_target_is_disposable() -> None:
    assert "disposable = true" in target_text(Conditions(dropped_every=100))


def test_a_clause_that_a_correct_server_failed_is_a_false_alarm() -> None:
    assert result(CORRECT, "method").false_alarms == ["method"]


def test_a_correct_server_that_could_not_be_judged_is_no_false_alarm() -> None:
    assert result(CORRECT, status=3).false_alarms == []


def test_a_clause_that_a_fault_failed_is_no_false_alarm() -> None:
    assert found(FAULT, trouble=True).false_alarms == []


def test_one_false_alarm_proves_nothing() -> None:
    assert summary([result(CORRECT), result(CORRECT, "method", status=1)])[1] is False


def test_too_few_faults_found_in_trouble_prove_nothing() -> None:
    good = [found(FAULT, trouble=False), found("codes-repeat", trouble=False)]

    assert summary([*good, found(FAULT, trouble=True)])[1] is False


def test_a_fault_that_is_missed_without_trouble_is_not_asked_for_with_it() -> None:
    assert summary([result(FAULT, trouble=False), result(FAULT)])[1] is True


def test_each_fault_runs_with_and_without_trouble_under_one_target_file() -> None:
    work = planned(0, 3)

    assert [run.trouble for run in work] == [False, True] * 3
    assert all(one.seed == two.seed for one, two in zip(work[::2], work[1::2], strict=True))


def test_correct_servers_in_poor_conditions_are_not_blamed() -> None:
    command = [sys.executable, "-m", "qa.weather", "--runs", "2", "--faults", "0", "--jobs", "2"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "2 runs against correct servers: 0 false alarms" in ended.stdout
