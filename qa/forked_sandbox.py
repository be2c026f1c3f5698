"""A sandbox in a forked process, for measurements that start hundreds: each finds every module imported.

It runs the same as `python -m qa.with_sandbox`, without the second that Python and its packages take to start.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

from coupon_contract.sandbox.__main__ import main


@contextmanager
def forked_sandbox(arguments: Sequence[str], database: Path) -> Iterator[str]:
    """Serve a sandbox on a free port, with its state in a file; yield its address, and stop it on exit.

    Raises SystemExit with status 4 when it does not start.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        _serve([*arguments, "--database", str(database)], writing)
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as output:
            yield _address(output.readline())
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def _serve(arguments: Sequence[str], writing: int) -> None:
    """Run the sandbox in this process until it is terminated."""
    status = 1
    try:
        os.dup2(writing, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with os.fdopen(1, "w", encoding="utf-8", closefd=False) as stdout, redirect_stdout(stdout):
            status = main(arguments)
    finally:
        os._exit(status)


def _address(line: str) -> str:
    if "http://" not in line:
        raise SystemExit(4)
    return line.split()[-1]


@contextmanager
def silence() -> Iterator[None]:
    """Drop everything that is printed meanwhile."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def coupons_issued(database: Path) -> int:
    """Return the number of coupons ever issued into this file, including those that were lost since."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT coalesce(sum(issued), 0) FROM customer_count").fetchone()[0])
