"""The progress line of a run on a terminal. Elsewhere pytest prints its dots."""

import os
import sys
from collections.abc import Iterator
from typing import TextIO

import pytest
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from coupon_contract.suite.run import Run


class ProgressLine:
    """A pytest plugin that shows tests done and planned, the current clause, requests, coupons issued, and failures.

    `file` is the terminal. Tests write elsewhere while they run, because pytest captures their output.
    """

    def __init__(self, run: Run, file: TextIO) -> None:
        self.run, self.failed, self.clause = run, 0, ""
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
        """Count failures, and finished tests."""
        self.failed += report.failed
        self.progress.update(self.task, advance=report.when == "teardown", description=self.line)

    @property
    def line(self) -> str:
        """Return the text after the bar."""
        spent = self.run.transport
        failed = f"[red]{self.failed} failed[/red]" if self.failed else "0 failed"
        return f"{failed}  {spent.sent} requests  {spent.budget.issued_at_least} coupons  [dim]{self.clause}[/dim]"


def register(config: pytest.Config, run: Run) -> None:
    """Show the line if pytest writes to a terminal and does not print every test itself."""
    if not sys.stdout.isatty() or config.get_verbosity() > 0:
        return
    terminal = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    config.add_cleanup(terminal.close)
    config.pluginmanager.register(ProgressLine(run, terminal), "progress-line")
