"""Judges a program: rehearses it, starts it for every case, several at a time, and returns the run."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from coupon_contract.caller.cases import Case, cases, cut_at_bytes, selected
from coupon_contract.caller.judging import findings
from coupon_contract.caller.program import CaseResult, Job, run_case
from coupon_contract.caller.report import PLACE, Run


def judge(
    command: Sequence[str],
    chosen: Sequence[Case],
    job: Job,
    *,
    seed: int = 0,
    jobs: int = 4,
    without: Sequence[str] = (),
    complete: bool = True,
    place: str = PLACE,
    on_case: Callable[[int], None] = lambda _: None,
) -> Run:
    """Start the program for each case, `jobs` at a time, after a start without disturbance that measures its messages.

    `place` is the directory of the results, for commands that are printed. `on_case` gets the number of cases, when
    each ends. Raises OSError if the program cannot be started.
    """
    started, run_id = datetime.now(UTC), secrets.token_hex(4)
    rehearsal = run_case(command, selected(cases(), ["issued"])[0], job, run_id).record.rehearsal
    judged = [case for case in cut_at_bytes(chosen, rehearsal) if not (case.starts_again and "key" in without)]

    def of_case(case: Case) -> CaseResult:
        ran = run_case(command, case, job, run_id, rehearsal)
        on_case(len(judged))
        return ran

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(of_case, judged))
    _look_again(results, lambda case: run_case(command, case, job, run_id, rehearsal))
    observed = findings(results, job.count, without)
    return Run(command, results, observed, job, seed, tuple(without), complete, started, datetime.now(UTC), place)


def _look_again(results: list[CaseResult], alone: Callable[[Case], CaseResult]) -> None:
    """Run cases alone that ran into their limit, because several at a time may have been too much for the machine.

    What they show then counts. The first that runs into its limit again proves that it is the program, so the others
    stand; cases in which no request arrived are looked at first, and apart from the others.
    """
    for arrived in (False, True):
        for index, result in enumerate(results):
            if result.in_time or (result.record.requests > 0) != arrived:
                continue
            results[index] = alone(result.case)
            if not results[index].in_time:
                break
