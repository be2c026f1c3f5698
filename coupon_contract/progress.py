"""Progress of commands that take longer than a few seconds, on standard error.

A terminal shows one line, redrawn while a step runs. Everything else (CI, a file) gets plain lines: each step when it
begins, how far it is every ten seconds, and how long it took. Uses the standard library alone, because the set-up runs
before any package is installed. Texts are shown as they are: those of a target are escaped by the caller.

    progress = Progress("publish", steps=2)
    with progress.step("wheels"):
        ...
    with progress.step("vectors", total=40) as step:
        step.advance("vector-1")
"""

import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import ClassVar, TextIO

from coupon_contract.terminal import emit

REDRAW_SECONDS = 0.2
PLAIN_SECONDS = 10.0  # between two plain lines about one step
CLEAR_LINE = "\r\x1b[K"


def is_terminal(stream: TextIO) -> bool:
    """Return whether a line on the stream can be redrawn."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


class Step:
    """One step of a command: how much of it is done, and for how long it has run."""

    def __init__(self, title: str, total: int | None, number: int = 0) -> None:
        self.title, self.total, self.number, self.done, self.detail = title, total, number, 0, ""
        self.started = time.monotonic()
        self._lock = threading.Lock()

    def advance(self, detail: str = "", by: int = 1) -> None:
        """Count finished parts, and name the one at hand. Thread-safe."""
        with self._lock:
            self.done, self.detail = self.done + by, detail

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self.started

    def __str__(self) -> str:
        count = "" if self.total is None else f" {self.done}/{self.total}"
        return f"{self.title}{count}{f' {self.detail}' if self.detail else ''}"


class Progress:
    """The steps of one command. `steps` is their number where it is known."""

    _running: ClassVar[list[Step]] = []  # of all commands of this process; only the innermost is shown

    def __init__(self, command: str, steps: int | None = None, stream: TextIO | None = None) -> None:
        self.command, self.steps, self.number = command, steps, 0
        self.stream = sys.stderr if stream is None else stream
        self.redraws = is_terminal(self.stream)
        self._lock = threading.Lock()

    @contextmanager
    def step(self, title: str, total: int | None = None) -> Iterator[Step]:
        """Show a step for as long as the block runs, and its seconds afterwards."""
        with self._lock:
            self.number += 1
            step, over = Step(title, total, self.number), threading.Event()
        if not self.redraws:
            self._line(step, "…")
        self._running.append(step)
        shown = threading.Thread(target=self._show, args=(step, over), daemon=True)
        shown.start()
        end = "broke off after"
        try:
            yield step
            end = "took"
        finally:
            over.set()
            shown.join()
            self._running.remove(step)
            step.detail = ""
            self._line(step, f"{end} {step.seconds:.1f} s")

    def write(self, text: str, stream: TextIO | None = None) -> None:
        """Print a line of the command's own output without mixing it into the line that is redrawn."""
        with self._lock:
            if self.redraws:
                emit(CLEAR_LINE, self.stream, end="")
            emit(text, sys.stdout if stream is None else stream)

    def _show(self, step: Step, over: threading.Event) -> None:
        while not over.wait(REDRAW_SECONDS if self.redraws else PLAIN_SECONDS):
            if self._running[-1] is not step:
                continue
            if self.redraws:
                with self._lock:
                    width = shutil.get_terminal_size().columns - 1
                    emit(CLEAR_LINE + self._text(step, f"… {step.seconds:.0f} s")[:width], self.stream, end="")
            else:
                self._line(step, f"… {step.seconds:.0f} s")

    def _line(self, step: Step, end: str) -> None:
        with self._lock:
            emit(f"{CLEAR_LINE if self.redraws else ''}{self._text(step, end)}", self.stream)

    def _text(self, step: Step, end: str) -> str:
        place = "" if self.steps is None else f" {step.number}/{self.steps}"
        return f"{self.command}{place}: {step} {end}"
