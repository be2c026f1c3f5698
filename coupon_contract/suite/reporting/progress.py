"""The progress of a run: one line on a terminal, lines elsewhere, and silence in place of pytest's own lines."""

import os
import sys
from collections.abc import Iterator
from typing import TextIO

import pytest

from coupon_contract.progress import Progress, Step
from coupon_contract.suite.problem import counted
from coupon_contract.suite.run import Run
from coupon_contract.terminal import for_terminal, in_a_line

ABOVE_QUIET = -1  # verbosity of pytest with a single -q


class ProgressLine:
    """A pytest plugin that shows tests done and planned, failures, requests, coupons issued, and the current clause.

    `file` is standard error, so that the report alone is on standard output. Tests write elsewhere while they run,
    because pytest captures their output.
    """

    def __init__(self, run: Run, file: TextIO) -> None:
        self.run, self.clause = run, ""
        self.progress = Progress(f"judging {in_a_line(run.mask.text(run.target.name))}", stream=file)
        self.step = Step("tests", None)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Show the line while tests run."""
        with self.progress.step("tests", session.testscollected) as self.step:
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Name the clause of the test that starts."""
        self.clause = ", ".join(str(marker.args[0]) for marker in item.iter_markers("clause"))
        self.step.detail = self.line

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count finished tests."""
        self.step.advance(self.line, by=report.when == "teardown")

    @property
    def line(self) -> str:
        """Return the text behind the number of tests."""
        spent = self.run.transport
        number = sum(failure.clause not in self.run.target.deviations for failure in self.run.failures)
        failures = counted(number, "failure") if number else "no failure"
        coupons = counted(spent.budget.issued_at_least)
        return f"({failures}, {counted(spent.sent, 'request')}, {coupons}) {self.clause}".rstrip()


class WithoutDots:
    """A pytest plugin that keeps pytest from printing the names of test files, and dots."""

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep pytest from printing the names of test files."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.showfspath = False

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Count as pytest does, without its dots."""
        return (report.outcome if report.when == "call" or not report.passed else "", "", "")


class Quiet(WithoutDots):
    """A pytest plugin that leaves the output to the report of the suite: no dots, no lines of exclamation marks."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(trylast=True)
    def pytest_keyboard_interrupt(self, excinfo: "pytest.ExceptionInfo[BaseException]") -> None:
        """Say why the run ends, in place of pytest."""
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter._report_keyboardinterrupt = lambda: None  # pytest has no public way to keep it from being printed
            reporter.ensure_newline()
            reporter.write_line(for_terminal(str(excinfo.value) or "interrupted"))

    @pytest.hookimpl(wrapper=True, trylast=True)  # behind those that write the reason, before pytest's own terminal
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Iterator[None]:
        """Say that no test was selected. Forget why a run stopped early: the results say it, pytest would repeat it."""
        yield
        session._shouldfail = session._shouldstop = False  # the public names cannot be unset since pytest 8
        reporter = self.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None and exitstatus == pytest.ExitCode.NO_TESTS_COLLECTED:
            reporter.write_line("no test is selected; -k takes the id of a clause, or a part of it")


def register(config: pytest.Config, run: Run) -> None:
    """Show progress, unless pytest prints every test itself; where that is a line on a terminal, without dots."""
    if config.get_verbosity() < ABOVE_QUIET:
        config.pluginmanager.register(Quiet(config), "quiet")
    elif config.get_verbosity() <= 0 and sys.stdout.isatty():
        config.pluginmanager.register(WithoutDots(), "without-dots")
    if config.get_verbosity() > 0:
        return
    errors = os.fdopen(os.dup(sys.stderr.fileno()), "w")
    config.add_cleanup(errors.close)
    config.pluginmanager.register(ProgressLine(run, errors), "progress-line")
