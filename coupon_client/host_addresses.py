"""Looks up the addresses of a host within a time limit.

`socket.getaddrinfo` has no limit and cannot be interrupted, so it runs in a thread of its own, which may outlast the
call. The threads are daemons: a lookup that hangs must not keep the program from ending, as those of
`loop.getaddrinfo` would.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from concurrent.futures import Future
from ipaddress import ip_address

SHARED = 5.0  # seconds for which a lookup is shared, as long as a resolver usually waits for a server
TOO_LATE = "the addresses of the host were not found in time"

Key = tuple[int, str, int]

_pending: dict[Key, tuple[float, Future[list[str]]]] = {}  # by process, because no thread survives a fork


class NoAddress(Exception):
    """A host has no address that is known. The text says why, without the host."""


def is_address(host: str) -> bool:
    """Return whether the host is an address, in figures, which needs no lookup."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def lookup(host: str, port: int) -> Future[list[str]]:
    """Return the addresses of a host to come, each once, in the order of preference; or NoAddress.

    Callers at the same time share a lookup, so that a resolver that hangs is not given a thread by each of them.
    """
    key, now = (os.getpid(), host, port), time.monotonic()
    begun, pending = _pending.get(key, (0.0, None))
    if pending is not None and now - begun < SHARED:
        return pending
    future: Future[list[str]] = Future()
    future.set_running_or_notify_cancel()  # from now on, a caller that gives up cannot cancel it for the others
    _pending[key] = now, future
    try:
        threading.Thread(target=_look_up, args=(key, future), name="coupon_client lookup", daemon=True).start()
    except RuntimeError:  # no more threads, or the interpreter is shutting down
        _pending.pop(key, None)
        future.set_exception(NoAddress("no thread could be started to look up the host"))
    return future


def _look_up(key: Key, future: Future[list[str]]) -> None:
    _, host, port = key
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        failure = None if addresses else NoAddress("the host has no address")
    except Exception as error:  # OSError, and UnicodeError for a name that cannot be one
        failure = NoAddress(f"the host could not be looked up: {type(error).__name__}")
    _, pending = _pending.get(key, (0.0, None))
    if pending is future:
        _pending.pop(key, None)
    if failure is None:
        future.set_result(addresses)
    else:
        future.set_exception(failure)
