"""A clock that nobody sets, the same for all processes of a machine until it restarts."""

from __future__ import annotations

import time
import uuid
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import NamedTuple


class Moment(NamedTuple):
    """`seconds` on the clock named `clock`. Two moments can be compared only if their clocks are the same."""

    clock: str
    seconds: float


def now() -> Moment:
    """This moment: on Linux by the clock of the running boot, elsewhere by the clock of this process."""
    name = _clock()
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    return Moment(name, time.monotonic() if boot is None or name.startswith("process") else time.clock_gettime(boot))


def remaining(start: Moment, span: float) -> float:
    """The seconds until `span` seconds after `start`; all of `span` if `start` is by another clock.

    Another clock says nothing about now: the machine restarted, or another one wrote the moment. Waiting the whole span
    is long enough, whatever the hosts' wall clocks show or however they jump.
    """
    moment = now()
    if moment.clock != start.clock or moment.seconds < start.seconds:
        return span
    return max(0.0, start.seconds + span - moment.seconds)


@cache
def _clock() -> str:
    with suppress(OSError):
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        namespace = Path("/proc/self/ns/time")  # a container may have its own boot clock
        return f"boot {boot} {namespace.stat().st_ino if namespace.exists() else 0}"
    return f"process {uuid.uuid4()}"
