"""The proof of judge-caller: right callers are not blamed, and wrong ones are found."""

from pathlib import Path

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.caller.cases import cases, selected
from coupon_contract.caller.program import Job
from coupon_contract.caller.run import judge
from interop.language import languages
from qa import callers
from qa.callers import Judged, Work
from qa.checkpoint import Checkpoint
from qa.judged_callers import roster
from qa.judged_callers.roster import Caller

OURS, ONCE, OAUTH, NAIVE, _, RENEWING = roster.callers()[:6]
BUILT = [caller for caller in roster.callers() if ", d" in caller.name]  # with defaults, or documented settings
RIGHT = Judged("coupon_client", 0, 60, {}, dict.fromkeys(spec.caller_clauses(), "passed"), 0, "conformant")


def failed(caller: Caller, *names: str) -> set[str]:
    run = judge(caller.command, selected(cases(), names), Job(), without=caller.without, complete=False)
    return set(callers.violated(run))


def test_issue_once_issues_no_second_time_when_it_is_started_again() -> None:
    assert failed(ONCE, "killed-after", "killed-within", "killed-late", "started-twice") == set()


def test_issue_once_issues_nothing_too_much_when_its_request_is_lost() -> None:
    assert failed(ONCE, "lost-before") == set()


def test_a_naive_loop_is_found_to_resend() -> None:
    assert failed(NAIVE, "lost-after-close", "lost-after-reset") == {"caller-never-twice"}


@pytest.mark.parametrize("caller", BUILT, ids=lambda caller: caller.name)
def test_a_generated_client_misreads_a_failure_with_its_defaults_alone(caller: Caller) -> None:
    assert failed(caller, "issued", "failed-500") == ({"caller-right-end"} if "defaults" in caller.name else set())


def test_every_language_of_interop_has_known_flaws_of_its_defaults() -> None:
    assert {language.name for language in languages()} == set(roster.DEFAULTS)


def test_a_blamed_right_caller_is_a_surprise() -> None:
    assert callers.surprises(OURS, evolve(RIGHT, failed={"caller-right-end": ["late"]}))


def test_a_right_caller_that_could_not_be_judged_is_a_surprise() -> None:
    assert callers.surprises(OURS, evolve(RIGHT, judgement="could not judge"))


def test_a_right_caller_that_conforms_is_none() -> None:
    assert callers.surprises(OURS, RIGHT) == []


def test_a_known_flaw_that_is_not_found_is_a_surprise() -> None:
    assert len(callers.surprises(NAIVE, RIGHT)) == len(NAIVE.breaks)


def test_every_known_flaw_is_a_clause() -> None:
    assert {clause for caller in roster.callers() for clause in caller.breaks} <= set(spec.caller_clauses())


def test_seeds_are_for_right_callers_alone() -> None:
    planned = [(work.caller.name, work.seed) for work in callers.planned([OURS, NAIVE], 2)]
    assert planned == [(OURS.name, 0), (NAIVE.name, 0), (OURS.name, 1), (OURS.name, 2)]


def test_every_case_that_a_seed_changes_is_chosen_for_it() -> None:
    one, other = cases(1), cases(2)
    changed = {case.id for case, same in zip(one, other, strict=True) if case != same}
    assert {case.id for case in one if callers.changed_by_seeds(case)} == changed


def test_a_run_that_is_kept_is_not_repeated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    def run(work: Work) -> Judged:
        started.append(work.seed)
        return evolve(RIGHT, seed=work.seed)

    monkeypatch.setattr(callers, "CHECKPOINT", Checkpoint(tmp_path / "callers.jsonl"))
    monkeypatch.setattr(callers, "run", run)
    callers.prove(callers.planned([OURS], 1), resume=False)
    results = callers.prove(callers.planned([OURS], 3), resume=True)
    assert started == [0, 1, 2, 3]
    assert [judged.seed for judged in results] == [0, 1, 2, 3]


def test_a_row_counts_false_alarms_of_all_seeds() -> None:
    alarmed = evolve(RIGHT, seed=2, starts=9, failed={"caller-right-end": ["cut-close-1", "cut-close-4"]})
    assert "| 2 in 2 seeds, 19 starts |" in callers.row(OURS, [RIGHT, alarmed, evolve(RIGHT, seed=1, starts=10)])


def test_a_token_is_renewed_after_a_401_without_coupons_alone() -> None:
    assert failed(OAUTH, "unauthenticated", "unauthenticated-named", "unauthenticated-then-lost") == set()


def test_a_renewal_after_every_401_is_found_to_issue_twice() -> None:
    assert "caller-never-twice" in failed(RENEWING, "unauthenticated-named", "unauthenticated-code")
