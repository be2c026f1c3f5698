"""A PostgreSQL connection that never waits for ever: a server may hang, or be cut off silently."""

import threading
import time
from collections.abc import Generator
from typing import Any, TypeVar

import psycopg

from coupon_contract.sandbox.store.schema import BUSY_SECONDS

SILENT_SECONDS = BUSY_SECONDS + 1  # seconds; longer than the server itself waits for a lock
TRY_SECONDS = 1.0  # for a server that was silent before
LONG_SECONDS = 600.0  # seconds for slow statements

T = TypeVar("T")
Steps = Generator[Any, Any, T]


class NoAnswer(psycopg.OperationalError):
    """The server was silent for too long, or the store is being closed."""


class Connection(psycopg.Connection[Any]):
    """A connection that ends when the server is silent for `patience` seconds, or when `ended` is set."""

    patience = SILENT_SECONDS
    ended = threading.Event()  # `configure` sets that of the store
    was_silent = False

    def wait(self, gen: Steps[T], *arguments: Any, **named: Any) -> T:
        """Wait for the server as psycopg does. Raises NoAnswer, too."""
        return super().wait(self._heard(gen), *arguments, **named)

    def _heard(self, steps: Steps[T]) -> Steps[T]:
        """Yield the same steps. psycopg resumes them ten times a second, even without data."""
        try:
            wanted, since = next(steps), time.monotonic()
            while True:
                ready = yield wanted
                if ready:
                    since = time.monotonic()
                elif self.ended.is_set() or time.monotonic() - since > self.patience:
                    self._give_up(steps)
                wanted = steps.send(ready)
        except StopIteration as last:
            result: T = last.value
            return result

    def _give_up(self, steps: Steps[Any]) -> None:
        self.was_silent = True
        steps.close()
        self.close()
        raise NoAnswer("the server does not answer")

    def answers(self) -> bool:
        """Return True if the server responds soon."""
        self.patience = TRY_SECONDS
        try:
            self.execute("SELECT 1")
        except psycopg.Error:
            return False
        finally:
            self.patience = SILENT_SECONDS
        return True
