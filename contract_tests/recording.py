"""Writes what a run found into a directory: results.json and results.html."""

import json
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from contract_tests import page
from contract_tests.results import Session, results
from contract_tests.run import Run
from contract_tests.verdict import Verdict

RESULTS = "results.json"
PAGE = "results.html"


class Recorder:
    """Keeps the directory and the start of a run. Raises pytest.UsageError when nothing can be written there."""

    def __init__(self, directory: str, target: str, seed: int) -> None:
        self.directory, self.target, self.seed = Path(directory), target, seed
        self.started = datetime.now(UTC)
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.directory).close()
        except OSError as problem:
            raise pytest.UsageError(self._cannot(problem)) from None

    def write(
        self, run: Run, verdict: Verdict, exit_status: int, tests: Mapping[str, Sequence[str]], reason: str = ""
    ) -> str | None:
        """Write both files; what went wrong, or None."""
        file = self.directory / RESULTS
        session = Session(self.target, file, self.seed, self.started, datetime.now(UTC), tests, reason)
        found = results(run, verdict, exit_status, session)
        try:
            file.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            (self.directory / PAGE).write_text(page.render(found), encoding="utf-8")
        except OSError as problem:
            return self._cannot(problem)
        return None

    def _cannot(self, problem: OSError) -> str:
        return f"--results {self.directory}: nothing can be written there ({problem.strerror}); name another directory"
