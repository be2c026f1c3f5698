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
from tests.caller.programs import program

STUB = Path(__file__).parent / "stub_caller.py"
SHOWS = {
    "resends": ("caller-never-twice", ["lost-after-close", "cut-reset"]),
    "renews-always": (
        "caller-never-twice",
        ["unauthenticated", "unauthenticated-named", "unauthenticated-code", "unauthenticated-then-named"],
    ),
    "renews-on": ("caller-never-twice", ["unauthenticated-then-lost"]),
    "restarts": ("caller-restart", ["killed-after"]),
    "forgets": ("caller-never-lost", ["issued"]),
    "trusts": ("caller-right-end", ["no-refusal", "unknown-code", "contradiction-repeated", "contradiction-status"]),
    "believes": (
        "caller-right-end",
        ["rejected-400-named", "rejected-400-code", "busy-429-named", "unauthenticated-named", "unauthenticated-code"],
    ),
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


UNAUTHENTICATED = [case.id for case in cases() if case.id.startswith("unauthenticated")]


def test_a_caller_that_sends_once_more_after_a_401_without_coupons_is_not_blamed() -> None:
    run = judged("renews", UNAUTHENTICATED)

    assert failed(run) == set()
    sent = {ran.case.id: (ran.record.requests, len(ran.record.issued)) for ran in run.results}
    assert sent == {
        "unauthenticated": (2, 2),
        "unauthenticated-twice": (2, 0),
        "unauthenticated-named": (1, 2),
        "unauthenticated-code-748": (1, 2),
        "unauthenticated-code-9317": (1, 2),
        "unauthenticated-then-named": (2, 2),
        "unauthenticated-then-lost": (2, 2),
    }


@pytest.mark.parametrize("fault", ["renews-always", "renews-on", "believes"])
def test_each_case_of_401_that_a_fault_breaks_is_named_alone(fault: str) -> None:
    run = judged(fault, UNAUTHENTICATED)

    assert {finding.case for finding in run.violations} == {
        "renews-always": {"unauthenticated-named", "unauthenticated-code-748", "unauthenticated-code-9317"},
        "renews-on": {"unauthenticated-then-lost"},
        "believes": {"unauthenticated-named", "unauthenticated-code-748", "unauthenticated-code-9317"},
    }[fault]


def test_cuts_at_many_bytes_blame_no_right_caller() -> None:
    run = judged("none", ["cut-close", "lost-before"], every=60)
    assert failed(run) == set()


def test_a_program_that_calls_nobody_cannot_be_judged() -> None:
    run = judge(["true"], cases()[:3], Job(limit=10))
    assert run.verdict.exit_status == Exit.COULD_NOT_JUDGE


def test_a_program_that_cannot_report_is_judged_by_what_arrives() -> None:
    run = judge(
        program(RETRIES), selected(cases(), ["lost-after-close", "lost-after-reset"]), Job(limit=10), complete=False
    )
    assert failed(run) == {"caller-never-twice"}


@pytest.mark.parametrize(
    ("without", "status"), [((), Exit.COULD_NOT_JUDGE), (("report",), Exit.CONFORMANT)], ids=["a report", "none"]
)
def test_a_report_over_several_lines_passes_for_none_only_where_none_is_expected(
    without: tuple[str, ...], status: int
) -> None:
    pretty = program('call()\nprint(json.dumps({"end": "issued", "codes": []}, indent=1))')
    run = judge(pretty, selected(cases(), ["issued"]), Job(limit=10), without=without, complete=False)

    assert run.verdict.exit_status == status


@pytest.mark.parametrize("name", ["killed-after", "killed-within-1", "killed-late", "started-twice"])
def test_a_program_that_sends_again_in_its_second_start_is_found(name: str) -> None:
    assert failed(judged("restarts", [name])) == {"caller-restart"}


def test_a_secret_that_the_first_of_two_starts_prints_is_found() -> None:
    prints_once = program("""
here = Path(os.environ["COUPON_STATE"]) / "here"
if not here.exists():
    here.touch()
    print(os.environ["COUPON_PASSWORD"], flush=True)
    call()
""")
    run = judge(prints_once, selected(cases(), ["killed-after"]), Job(limit=10), complete=False)
    assert failed(run) == {"caller-no-secret"}


def test_requests_for_another_customer_are_named_when_none_arrived_for_that_of_the_case() -> None:
    run = judge(program('call("1")'), selected(cases(), ["issued"]), Job(limit=10), complete=False)
    notes = [note for entry in run.verdict.clauses for note in entry.notes]
    assert any("1 for customers other than that of COUPON_MOBILE" in note for note in notes)


def test_the_exit_status_of_a_program_that_calls_nobody_is_named() -> None:
    run = judge(program("sys.exit(7)"), selected(cases(), ["issued"]), Job(limit=10), complete=False)
    notes = [note for entry in run.verdict.clauses for note in entry.notes]
    assert any(note.endswith("its exit status is 7") for note in notes)


RETRIES = """
for _ in range(3):
    try:
        call()
        break
    except (OSError, http.client.HTTPException):
        pass
"""


def notes_of(run: Run) -> str:
    return " ".join(note for entry in run.verdict.clauses for note in entry.notes)


@pytest.mark.parametrize(
    ("request_line", "arrived"),
    [
        ('"POST", "/v2/coupon/issue", "{}"', "POST /v2/coupon/issue arrived, which is no issuing path"),
        ('"GET", "/v2/coupon/issue/multiple"', "GET /v2/coupon/issue/multiple arrived, which is no issuing path"),
        ('"POST", "/v2/coupon/issue/multiple", "[]"', "whose body is no JSON object with `customer`"),
        ('"POST", "/v2/coupon/issue/multiple", \'{"customer": {}, "count": 0}\'', "a `count` that is no integer"),
    ],
)
def test_what_arrived_in_place_of_an_issuing_request_is_named(request_line: str, arrived: str) -> None:
    run = judge(program(SENDS % request_line), selected(cases(), ["issued"]), Job(limit=10), complete=False)
    assert arrived in notes_of(run)


def test_an_unknown_path_is_answered_with_404() -> None:
    asks = SENDS % '"GET", "/nowhere"' + "sys.exit(connection.getresponse().status - 400)"
    run = judge(program(asks), selected(cases(), ["issued"]), Job(limit=10), complete=False)
    assert "its exit status is 4" in notes_of(run)


def test_a_case_that_issued_twice_is_not_observed_for_its_report() -> None:
    run = judged("resends", ["lost-after-close"])
    seen = {finding.observation.clause: finding.observation.seen for finding in run.findings}
    assert (seen["caller-right-end"], seen["caller-never-lost"]) == (Seen.NOT_OBSERVED, Seen.NOT_OBSERVED)


def test_a_program_that_is_late_only_once_passes_when_it_runs_alone(tmp_path: Path) -> None:
    late_once = f"""
starts = Path({str(tmp_path)!r}) / "starts"
number = len(starts.read_text()) if starts.exists() else 0
starts.write_text("x" * (number + 1))
if number == 1:  # the start behind the one that measures
    import time
    time.sleep(60)
call()
"""
    run = judge(program(late_once), selected(cases(), ["issued"]), Job(limit=5), without=["report"], complete=False)
    assert failed(run) == set()


def test_a_late_program_that_sent_nothing_is_said_to_have_sent_nothing() -> None:
    run = judge(program("import time; time.sleep(60)"), selected(cases(), ["issued"]), Job(limit=1), complete=False)
    assert failed(run) == {"caller-time-bounded"}
    assert "no issuing request had arrived" in notes_of(run)


SENDS = """
connection = http.client.HTTPConnection(os.environ["COUPON_URL"].partition("//")[2], timeout=5)
connection.request(%s)
"""
