"""The proof of judge-caller: right callers are not blamed, and wrong ones are found."""

from coupon_contract import spec
from coupon_contract.caller.cases import cases, selected
from coupon_contract.caller.program import Job
from coupon_contract.caller.run import judge
from qa import callers

OURS, ONCE, NAIVE = callers.callers()[:3]


def test_issue_once_issues_no_second_time_after_it_was_killed() -> None:
    run = judge(ONCE.command, selected(cases(), ["killed-after", "killed-late"]), Job(), complete=False)
    assert callers.violated(run) == {}


def test_a_naive_loop_is_found_to_resend() -> None:
    run = judge(
        NAIVE.command,
        selected(cases(), ["lost-after-close", "lost-after-reset"]),
        Job(),
        without=NAIVE.without,
        complete=False,
    )
    assert set(callers.violated(run)) == {"caller-never-twice"}


def test_a_blamed_right_caller_is_a_surprise() -> None:
    assert callers.surprises(OURS, {"caller-right-end": ["late"]})


def test_a_known_flaw_that_is_not_found_is_a_surprise() -> None:
    assert len(callers.surprises(NAIVE, {})) == len(NAIVE.breaks)


def test_every_known_flaw_is_a_clause() -> None:
    assert {clause for caller in callers.callers() for clause in caller.breaks} <= set(spec.caller_clauses())
