import io
import os
import pty
import re
import subprocess
import sys
from datetime import date

import pytest
from attrs import evolve

from coupon_contract.paths import ROOT
from coupon_contract.progress import CLEAR_LINE
from coupon_contract.suite.reporting.progress import ProgressLine, WithoutDots
from coupon_contract.suite.run import Failure, Run
from coupon_contract.suite.target import Deviation
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import TARGET, always, serving

REFUSAL = {"errors": [{"status": False, "code": 707, "message": "no"}]}
SUITE = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--tb=no", "-rN", str(ROOT / "contract_tests")]


def line(file: io.StringIO | None = None) -> ProgressLine:
    return ProgressLine(Run.against(TARGET, Transport(TARGET)), file or io.StringIO())


def report(outcome: str, when: str) -> pytest.TestReport:
    return pytest.TestReport("a test", ("", 0, ""), {}, outcome, None, when)  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["passed", "failed", "skipped"])
def test_no_dot_is_printed_and_each_test_is_counted_once(outcome: str) -> None:
    said = [
        WithoutDots().pytest_report_teststatus(report(one, when))
        for one, when in [("passed", "setup"), (outcome, "call")]
    ]

    assert said == [("", "", ""), (outcome, "", "")]


def test_failures_requests_and_coupons_are_told() -> None:
    shown = line()
    shown.run.transport.sent = 7
    shown.run.transport.budget.issued_at_least = 12
    shown.run.failures.append(Failure("count-too-high", "a problem", "a test"))

    assert all(part in shown.line for part in ("1 failure", "7 requests", "12 coupons"))


def test_a_listed_deviation_is_no_failure() -> None:
    shown = line()
    listed = {"count-too-high": Deviation("answers 756", date(2026, 8, 1))}
    shown.run.target = evolve(shown.run.target, deviations=listed)
    shown.run.failures.append(Failure("count-too-high", "a problem", "a test"))

    assert "no failure" in shown.line


def _started(url: str, output: int, errors: int) -> subprocess.Popen[bytes]:
    command = [*SUITE, "--target", url, "-k", "series-expired"]
    variables = os.environ | {"COLUMNS": "120", "TERM": "xterm"}
    return subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=errors, env=variables)  # noqa: S603


def test_a_terminal_shows_a_line_that_is_redrawn_and_no_dots() -> None:
    ours, theirs = pty.openpty()
    shown = b""
    with serving(always(REFUSAL)) as stub, _started(stub.url, theirs, theirs) as done:
        os.close(theirs)
        while part := _read(ours):
            shown += part
    os.close(ours)

    assert done.returncode == 1
    assert CLEAR_LINE.encode() in shown
    assert re.search(rb"judging sandbox at \S+: tests 1/1 took", shown)
    assert b"[100%]" not in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # the other end is closed
        return b""


def test_what_is_no_terminal_gets_lines_of_progress_on_standard_error() -> None:
    with serving(always(REFUSAL)) as stub:
        command = [*SUITE, "--target", stub.url, "-k", "series-expired"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603

    lines = done.stderr.splitlines()  # a slow machine writes further ones in between

    assert re.fullmatch(r"judging sandbox at \S+: tests 0/1 …", lines[0])
    assert re.fullmatch(r"judging sandbox at \S+: tests 1/1 took [\d.]+ s", lines[-1])


def test_what_is_no_terminal_gets_the_dots() -> None:
    with serving(always(REFUSAL)) as stub, _started(stub.url, subprocess.PIPE, subprocess.DEVNULL) as done:
        shown = done.communicate()[0]

    assert re.search(rb"^F\s+\[100%\]", shown, re.M)
    assert CLEAR_LINE.encode() not in shown
