"""Every clause for callers has a fault that only it catches, and a right caller is not blamed."""

import sys
from pathlib import Path

import pytest

from coupon_contract import spec
from coupon_contract.caller.cases import Case, cases, selected
from coupon_contract.caller.program import Job
from coupon_contract.caller.report import Run
from coupon_contract.caller.run import judge
from coupon_contract.suite.verdict import Exit, Seen

STUB = Path(__file__).parent / "stub_caller.py"
SHOWS = {
    "resends": ("caller-never-twice", ["lost-after-close", "cut-reset"]),
    "restarts": ("caller-restart", ["killed-after"]),
    "forgets": ("caller-never-lost", ["issued"]),
    "trusts": ("caller-right-end", ["no-refusal", "unknown-code"]),
    "follows": ("caller-no-redirect", ["redirect"]),
    "hangs": ("caller-time-bounded", ["silence"]),
    "prints": ("caller-no-secret", ["refused"]),
}


def judged(fault: str, names: list[str], every: int | None = None) -> Run:
    chosen: list[Case] = cases(every=every)
    chosen = selected(chosen, names) if names else chosen
    return judge([sys.executable, str(STUB), fault], chosen, Job(limit=10), complete=not names)


def failed(run: Run) -> set[str]:
    return {finding.observation.clause for finding in run.findings if finding.observation.seen is Seen.VIOLATED}


def test_every_clause_has_a_fault() -> None:
    assert {clause for clause, _ in SHOWS.values()} == set(spec.caller_clauses())


@pytest.mark.parametrize("fault", SHOWS)
def test_a_fault_fails_its_clause_alone(fault: str) -> None:
    clause, names = SHOWS[fault]
    assert failed(judged(fault, names)) == {clause}


def test_a_right_caller_conforms_in_all_cases() -> None:
    run = judged("none", [])
    assert failed(run) == set()
    assert run.verdict.exit_status == Exit.CONFORMANT


def test_cuts_at_many_bytes_blame_no_right_caller() -> None:
    run = judged("none", ["cut-close", "lost-before"], every=60)
    assert failed(run) == set()


def test_a_program_that_calls_nobody_cannot_be_judged() -> None:
    run = judge(["true"], cases()[:3], Job(limit=10))
    assert run.verdict.exit_status == Exit.COULD_NOT_JUDGE


def test_a_program_that_cannot_report_is_judged_by_what_arrives() -> None:
    run = judge(
        [sys.executable, "-c", SILENT_RETRIES], selected(cases(), ["lost-after"]), Job(limit=10), complete=False
    )
    assert failed(run) == {"caller-never-twice"}


SILENT_RETRIES = """
import http.client, json, os
body = {"seriesId": 1, "customer": {"mobile": os.environ["COUPON_MOBILE"]}, "count": 2}
for _ in range(3):
    try:
        connection = http.client.HTTPConnection(os.environ["COUPON_URL"].partition("//")[2], timeout=5)
        connection.request("POST", "/v2/coupon/issue/multiple", json.dumps(body))
        connection.getresponse().read()
        break
    except (OSError, http.client.HTTPException):
        pass
"""
