"""The progress of a run: one line on a terminal, lines elsewhere, and silence in place of pytest's own lines."""

import os
import sys
from collections.abc import Iterator
from typing import TextIO

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from coupon_contract.suite.problem import counted
from coupon_contract.suite.run import Run
from coupon_contract.terminal import for_terminal, progress_lines

ABOVE_QUIET = -1  # verbosity of pytest with a single -q


class ProgressLine:
    """A pytest plugin that shows tests done and planned, the current clause, requests, coupons issued, and failures.

    `file` is the terminal. Tests write elsewhere while they run, because pytest captures their output.
    """

    def __init__(self, run: Run, file: TextIO) -> None:
        self.run, self.clause = run, ""
        columns = (MofNCompleteColumn(), BarColumn(bar_width=20), TextColumn("{task.description}"))
        console = Console(file=file)
        self.progress = Progress(
            *columns, console=console, transient=True, redirect_stdout=False, redirect_stderr=False
        )
        self.task = self.progress.add_task("", total=None)

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep pytest from printing the names of test files."""
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        if reporter is not None:
            reporter.showfspath = False

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Show the line while tests run."""
        self.progress.update(self.task, total=session.testscollected)
        with self.progress:
            return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Name the clause of the test that starts."""
        self.clause = ", ".join(str(marker.args[0]) for marker in item.iter_markers("clause"))
        self.progress.update(self.task, description=self.line)

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Count as pytest does, without its dots."""
        return (report.outcome if report.when == "call" or not report.passed else "", "", "")

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count finished tests."""
        self.progress.update(self.task, advance=report.when == "teardown", description=self.line)

    @property
    def line(self) -> str:
        """Return the text after the bar."""
        spent = self.run.transport
        number = sum(failure.clause not in self.run.target.deviations for failure in self.run.failures)
        failures = f"[red]{counted(number, 'failure')}[/red]" if number else "no failure"
        return f"{failures}  {counted(spent.sent, 'request')}  {counted(spent.budget.issued_at_least)}  [dim]{self.clause}[/dim]"


class ProgressLines:
    """A pytest plugin that writes progress in plain lines where there is no terminal.

    `file` is standard error, so that the report alone is on standard output.
    """

    def __init__(self, run: Run, file: TextIO) -> None:
        self.run, self.file, self.ended, self.total = run, file, 0, 0

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Iterator[None]:
        """Write lines while tests run."""
        self.total = session.testscollected
        with progress_lines(lambda: self.line, self.file):
            return (yield)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count finished tests."""
        self.ended += report.when == "teardown"

    @property
    def line(self) -> str:
        """Return what has been done so far."""
        name = self.run.mask.text(self.run.target.name)
        sent = counted(self.run.transport.sent, "request")
        return f"judging {name}: {self.ended} of {counted(self.total, 'test')}, {sent} so far"


class Quiet:
    """A pytest plugin that leaves the output to the report of the suite: no dots, no lines of exclamation marks."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config

    @pytest.hookimpl(tryfirst=True)
    def pytest_report_teststatus(self, report: pytest.TestReport) -> tuple[str, str, str]:
        """Count as pytest does, without its dots."""
        return (report.outcome if report.when == "call" or not report.passed else "", "", "")

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
    """Show the line on a terminal, and lines elsewhere, unless pytest prints every test itself."""
    if config.get_verbosity() < ABOVE_QUIET:
        config.pluginmanager.register(Quiet(config), "quiet")
    if config.get_verbosity() > 0:
        return
    if not sys.stdout.isatty():
        errors = os.fdopen(os.dup(sys.stderr.fileno()), "w")
        config.add_cleanup(errors.close)
        config.pluginmanager.register(ProgressLines(run, errors), "progress-lines")
        return
    terminal = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    config.add_cleanup(terminal.close)
    config.pluginmanager.register(ProgressLine(run, terminal), "progress-line")
