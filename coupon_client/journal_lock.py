"""Steps that lock a key in a journal and unlock it again (`effects.py`). No I/O."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any, TypeVar

from coupon_client.effects import Block, Steps, Wait
from coupon_client.errors import CannotTell
from coupon_client.journal import Journal, JournalError

POLL = 0.1  # seconds between tries to lock a key
T = TypeVar("T")


def locked(journal: Journal, key: str, patience: float) -> Steps[str]:
    """Lock the key, waiting for others, and return its text.

    Raises CannotTell if others hold it for longer than `patience` seconds, and JournalError if the journal returns
    anything but a text or None.
    """
    end = time.monotonic() + patience
    texts: list[Any] = []

    def lock() -> None:
        texts.append(journal.lock(key))

    while True:
        try:
            yield Block(lock)
        except BaseException:  # a task may be cancelled while its thread locks the key
            if texts and texts[-1] is not None:
                journal.unlock(key)
            raise
        if isinstance(texts[-1], str):
            return texts[-1]
        if texts[-1] is not None:
            yield Block(partial(journal.unlock, key))
            raise JournalError("lock of the journal must return a text, or None; nothing was sent")
        if time.monotonic() > end:
            raise CannotTell(f"another caller has been working on the key for {patience:.0f} s; call again later")
        yield Wait(POLL)


def unlocking(journal: Journal, key: str, steps: Steps[T]) -> Steps[T]:
    """Follow the steps, and unlock the key in any case."""
    try:
        result = yield from steps
    except GeneratorExit:
        journal.unlock(key)  # the driver is gone and cannot run a Block
        raise
    except BaseException:
        yield Block(partial(journal.unlock, key))
        raise
    yield Block(partial(journal.unlock, key))
    return result


def blocking(function: Callable[[], Any]) -> Steps[None]:
    """Call a function that may block."""
    yield Block(function)
