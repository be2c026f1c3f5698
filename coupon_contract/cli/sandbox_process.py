"""Runs a sandbox for as long as it is needed."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from coupon_contract import isolation
from coupon_contract.cli import sandbox_extra

STOP_SECONDS = 10.0
USAGE = 4


@contextmanager
def running_sandbox(arguments: Sequence[str] = ()) -> Iterator[str]:
    """Start a sandbox on a free port and yield its address; stop it on exit.

    Raises SystemExit with status 4 when it does not start; it has said why then.
    """
    with started_sandbox(arguments) as process:
        yield address_of(process)


@contextmanager
def started_sandbox(arguments: Sequence[str] = ()) -> Iterator["subprocess.Popen[str]"]:
    """Start a sandbox on a free port; stop it on exit."""
    sandbox_extra.demand()
    command = [*isolation.python(), "-m", "coupon_contract.sandbox", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=isolation.environment(os.environ))
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.communicate(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()


def address_of(process: "subprocess.Popen[str]") -> str:
    """Return the address in the first line that the sandbox prints. Raises SystemExit without one."""
    line = process.stdout.readline() if process.stdout else ""
    if "http://" not in line:
        raise SystemExit(USAGE)  # the sandbox has printed the reason on standard error
    return line.split()[-1]
