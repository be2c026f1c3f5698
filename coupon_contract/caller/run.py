"""Judges a program: starts it for every case, several at a time, and returns the run."""

import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from coupon_contract.caller.cases import Case
from coupon_contract.caller.judging import findings
from coupon_contract.caller.program import CaseResult, Job, run_case
from coupon_contract.caller.report import Run


def judge(
    command: Sequence[str],
    chosen: Sequence[Case],
    job: Job,
    *,
    seed: int = 0,
    jobs: int = 4,
    without: Sequence[str] = (),
    complete: bool = True,
    on_case: Callable[[CaseResult], None] = lambda _: None,
) -> Run:
    """Start the program for each case, `jobs` at a time. Raises OSError if it cannot be started."""
    started, run_id = datetime.now(UTC), secrets.token_hex(4)

    def of_case(case: Case) -> CaseResult:
        ran = run_case(command, case, job, run_id)
        on_case(ran)
        return ran

    with ThreadPoolExecutor(jobs) as pool:
        results = list(pool.map(of_case, (case for case in chosen if not (case.kill and "key" in without))))
    found = findings(results, job.count, without)
    return Run(command, results, found, seed, complete, started, datetime.now(UTC))
