import subprocess
import sys

import pytest

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.sandbox.behaviour import CONTRACT
from coupon_contract.sandbox.faults import FAULTS, Fault
from qa.seeded_faults import judges
from qa.seeded_faults_matrix import RunResult, failed_clauses, judged, matrix, of_fault, of_variant, per_name, unguarded

SAMPLE = ("coupon-id-as-text", "code-missing", "all-or-nothing")


def result(*failed: str, exit_status: int = 1) -> RunResult:
    return RunResult("some-fault", 0, frozenset(failed), exit_status)


def fault(breaks: str, also: str = "") -> Fault:
    return Fault("some-fault", "Something is wrong.", breaks, lambda: CONTRACT, also)


def power(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "qa.seeded_faults", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603


def test_a_fault_that_is_caught_is_as_it_must_be() -> None:
    assert of_fault(result("coupon-shape"), frozenset({"coupon-shape"}), frozenset()).problems == ()


def test_a_fault_that_is_missed_is_a_problem() -> None:
    assert of_fault(result(), frozenset({"coupon-shape"}), frozenset()).problems == ("coupon-shape was not failed",)


def test_an_unrelated_clause_that_fails_is_a_problem() -> None:
    judgement = of_fault(result("coupon-shape", "method"), frozenset({"coupon-shape"}), frozenset())

    assert judgement.problems == ("method was failed besides",)


def test_a_clause_that_may_fail_besides_is_no_problem() -> None:
    judgement = of_fault(result("coupon-shape", "method"), frozenset({"coupon-shape"}), frozenset({"method"}))

    assert judgement.problems == ()


def test_any_fault_may_show_in_the_books_of_the_whole_run() -> None:
    judgement = of_fault(result("coupon-shape", "issued-adds-up"), frozenset({"coupon-shape"}), frozenset())

    assert judgement.problems == ()


def test_a_fault_of_the_books_that_is_missed_is_a_problem() -> None:
    assert of_fault(result(), frozenset({"issued-adds-up"}), frozenset()).problems


def test_a_variant_that_is_blamed_is_a_false_alarm() -> None:
    assert of_variant(result("method", exit_status=0)).problems == ("false alarm: method",)


def test_a_variant_that_could_not_be_judged_is_a_problem() -> None:
    assert of_variant(result(exit_status=3)).problems == ("exit status 3",)


@pytest.mark.parametrize(
    ("least", "most", "problems"),
    [
        (3, 3, ()),
        (0, 500, ()),
        (None, None, ()),
        (4, 9, ("3 coupons were issued, and 4 to 9 reported",)),
        (0, 2, ("3 coupons were issued, and 0 to 2 reported",)),
    ],
)
def test_a_variant_whose_coupons_are_not_within_the_reported_bounds_is_a_problem(
    least: int | None, most: int | None, problems: tuple[str, ...]
) -> None:
    ran = RunResult("some-variant", 0, frozenset(), 0, coupons=3, at_least=least, at_most=most)

    assert of_variant(ran).problems == problems


@pytest.mark.parametrize(
    ("failed", "problems"), [("limits-in-parallel", ()), ("method", ("limits-in-parallel was not failed",))]
)
def test_of_a_run_of_one_clause_only_that_clause_is_looked_at(failed: str, problems: tuple[str, ...]) -> None:
    ran = RunResult("race-in-all", 0, frozenset({failed}), 1)

    assert judged(ran, "limits-in-parallel").problems == problems


@pytest.mark.parametrize(("exit_status", "kept"), [(0, True), (1, True), (3, False), (4, False)])
def test_a_run_without_a_verdict_is_not_resumed_from(exit_status: int, kept: bool) -> None:
    assert judges({"exit_status": exit_status}) is kept


@pytest.mark.parametrize("others", [[], [fault("a b")], [fault("a", also="b")]])
def test_a_clause_that_no_fault_breaks_alone_is_named(others: list[Fault]) -> None:
    assert unguarded(["a", "b"], [fault("b"), *others]) == ["a"]


def test_every_clause_has_a_fault_that_breaks_it_alone() -> None:
    assert unguarded(spec.clauses(), FAULTS.values()) == []


def test_failed_clauses_are_those_that_results_call_failed() -> None:
    results = {"clauses": [{"id": "a", "word": "failed"}, {"id": "b", "word": "passed"}]}

    assert failed_clauses(results) == {"a"}


def test_the_matrix_names_what_is_wrong() -> None:
    text = matrix([of_fault(result(), frozenset({"method"}), frozenset())])

    assert text.endswith("| some-fault | 0 | none | **no**: method was not failed |")


def test_names_with_several_runs_are_counted() -> None:
    runs = [of_fault(result(*failed), frozenset({"method"}), frozenset()) for failed in (["method"], ["method"], [])]

    assert per_name(runs) == "some-fault: 2 of 3 runs"


def test_faults_are_caught_and_variants_are_not_blamed_in_a_sample() -> None:
    done = power("--only", *SAMPLE)

    assert done.returncode == 0, done.stdout + done.stderr


def test_a_fault_is_judged_with_several_seeds_by_the_tests_of_one_clause() -> None:
    done = power("--only", "race-in-all", "--seeds", "2", "--clause", "limits-in-parallel")

    assert "race-in-all: 2 of 2 runs" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--only", "no-such-fault"], "no such fault or variant: no-such-fault"),
        (["--clause", "no-such-clause"], "no such clause: no-such-clause"),
    ],
)
def test_a_name_that_does_not_exist_is_a_usage_error(arguments: list[str], said: str) -> None:
    assert said in power(*arguments).stderr
