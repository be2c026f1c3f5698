"""Writes the results of a run: results.json, results.html and junit.xml."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coupon_contract.suite.reporting import html, junit, result_files
from coupon_contract.suite.reporting.result_files import PAGE, RESULTS, partial
from coupon_contract.suite.reporting.results import DEFAULT_FILE, Session, results
from coupon_contract.suite.run import Run
from coupon_contract.suite.verdict import Verdict
from coupon_contract.terminal import for_terminal

Json = Any


class Recorder:
    """Knows the places and the start of a run. Raises pytest.UsageError if a place is not writable.

    `directory` is for all files; `other_junit` names another place for the JUnit file. Each may be None.
    """

    def __init__(self, directory: str | None, target: str, seed: int, other_junit: str | None = None) -> None:
        self.directory = Path(directory) if directory else None
        self.junit = result_files.junit_path(directory, other_junit)
        self.files = result_files.files(directory, other_junit)
        self.target, self.seed = target, seed
        self.started = datetime.now(UTC)
        for file in self.files:
            try:
                file.parent.mkdir(parents=True, exist_ok=True)
                tempfile.TemporaryFile(dir=file.parent).close()
                result_files.discard([file])
            except OSError as problem:
                raise pytest.UsageError(for_terminal(self._cannot(file, problem))) from None

    @property
    def page(self) -> Path | None:
        """The page, once it is written."""
        return self.directory / PAGE if self.directory and (self.directory / PAGE).exists() else None

    def write(
        self, run: Run, verdict: Verdict, exit_status: int, tests: Mapping[str, Sequence[str]], reason: str = ""
    ) -> str | None:
        """Write all files or none; return the problem, or None.

        Each file is put in place by a rename, results.json last.
        """
        file = self.directory / RESULTS if self.directory else DEFAULT_FILE
        session = Session(self.target, file, self.seed, self.started, datetime.now(UTC), tests, reason)
        content = results(run, verdict, exit_status, session)
        place = file
        try:
            if self.junit:
                place = self.junit
                partial(place).write_text(junit.render(content, self.target), encoding="utf-8")
            if self.directory:
                place = self.directory / PAGE
                partial(place).write_text(html.render(content), encoding="utf-8")
                place = file
                text = json.dumps(content, indent=2, ensure_ascii=False)
                partial(place).write_text(f"{text}\n", encoding="utf-8")
            for place in reversed(self.files):
                partial(place).replace(place)
        except OSError as problem:
            self.discard()
            return self._cannot(place, problem)
        return None

    def discard(self) -> None:
        """Remove the files of this run."""
        for file in self.files:
            for written in (partial(file), file):
                try:
                    written.unlink(missing_ok=True)
                except OSError:
                    continue  # a file that cannot be removed could not be written either

    def clean(self) -> None:
        """Remove incomplete files, at the end of a run that wrote no results."""
        for file in self.files:
            partial(file).unlink(missing_ok=True)

    def _cannot(self, file: Path, problem: OSError) -> str:
        given = file == self.junit and file not in result_files.files(str(self.directory), None)
        option = f"--junitxml {file}" if given else f"--results {self.directory}"
        return f"{option}: nothing can be written there ({problem.strerror}); name another place"
