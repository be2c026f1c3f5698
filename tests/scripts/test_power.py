import subprocess
import sys
from pathlib import Path

import spec
from sandbox.faults import FAULTS
from scripts.power import Outcome, failed_clauses, matrix, of_fault, of_variant, unguarded

ROOT = Path(__file__).parent.parent.parent
SAMPLE = ("coupon-id-as-text", "code-missing", "all-or-nothing")


def outcome(*failed: str, exit_status: int = 1) -> Outcome:
    return Outcome("some-fault", 0, frozenset(failed), exit_status)


def test_a_fault_that_is_caught_is_as_it_must_be() -> None:
    assert of_fault(outcome("coupon-shape"), frozenset({"coupon-shape"}), frozenset()).problems == ()


def test_a_fault_that_is_missed_is_a_problem() -> None:
    assert of_fault(outcome(), frozenset({"coupon-shape"}), frozenset()).problems == ("coupon-shape was not failed",)


def test_an_unrelated_clause_that_fails_is_a_problem() -> None:
    judgement = of_fault(outcome("coupon-shape", "method"), frozenset({"coupon-shape"}), frozenset())

    assert judgement.problems == ("method was failed besides",)


def test_a_clause_that_may_fail_besides_is_no_problem() -> None:
    judgement = of_fault(outcome("coupon-shape", "method"), frozenset({"coupon-shape"}), frozenset({"method"}))

    assert judgement.problems == ()


def test_a_variant_that_is_blamed_is_a_false_alarm() -> None:
    assert of_variant(outcome("method", exit_status=0)).problems == ("false alarm: method",)


def test_a_variant_that_could_not_be_judged_is_a_problem() -> None:
    assert of_variant(outcome(exit_status=3)).problems == ("exit status 3",)


def test_a_clause_without_a_fault_is_named() -> None:
    assert unguarded(["a", "b"], [frozenset({"a"})]) == ["b"]


def test_every_clause_has_a_fault_that_breaks_it() -> None:
    assert unguarded(spec.clauses(), [fault.breaks for fault in FAULTS.values()]) == []


def test_failed_clauses_are_those_that_results_call_failed() -> None:
    results = {"clauses": [{"id": "a", "word": "failed"}, {"id": "b", "word": "passed"}]}

    assert failed_clauses(results) == {"a"}


def test_the_matrix_names_what_is_wrong() -> None:
    text = matrix([of_fault(outcome(), frozenset({"method"}), frozenset())])

    assert text.endswith("| some-fault | 0 | none | **no**: method was not failed |")


def test_faults_are_caught_and_variants_are_not_blamed_in_a_sample() -> None:
    command = [sys.executable, "-m", "scripts.power", "--only", *SAMPLE]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_fault_that_does_not_exist_is_a_usage_error() -> None:
    command = [sys.executable, "-m", "scripts.power", "--only", "no-such-fault"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    assert "no such fault or variant: no-such-fault" in done.stderr
