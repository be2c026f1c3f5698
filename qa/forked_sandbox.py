"""Servers in forked processes, and the suite against them, for measurements that start hundreds of them.

Each finds every module imported. A forked sandbox is the same as `python -m qa.with_sandbox`, without the second that
Python and its packages take to start.
"""

import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from coupon_contract import isolation
from coupon_contract.cli.judge import QUIET
from coupon_contract.paths import ROOT, SANDBOX_TARGET
from coupon_contract.sandbox.__main__ import main

IMPORTED_BEFORE = ("-W", "ignore::pytest.PytestAssertRewriteWarning")


@contextmanager
def forked_sandbox(arguments: Sequence[str], database: Path) -> Iterator[str]:
    """Serve a sandbox on a free port, with its state in a file; yield its address, and stop it on exit.

    Raises SystemExit with status 4 when it does not start.
    """
    with forked(lambda: main([*arguments, "--database", str(database)])) as address:
        yield address


@contextmanager
def forked(serve: Callable[[], object]) -> Iterator[str]:
    """Run a server in a forked process until the block ends; yield the address at the end of its first line.

    Raises SystemExit with status 4 when it prints none.
    """
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if not child:
        _run(serve, writing)
    os.close(writing)
    try:
        with os.fdopen(reading, encoding="utf-8") as output:
            yield _address(output.readline())
    finally:
        os.kill(child, signal.SIGTERM)
        os.waitpid(child, 0)


def _run(serve: Callable[[], object], writing: int) -> None:
    """Run the server in this process until it is terminated."""
    try:
        os.dup2(writing, 1)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        with os.fdopen(1, "w", encoding="utf-8", closefd=False) as stdout, redirect_stdout(stdout):
            serve()
    finally:
        os._exit(1)  # a server ends by a signal; the clean-up of the process that was forked is not for its copy


def _address(line: str) -> str:
    if "http://" not in line:
        raise SystemExit(4)
    return line.split()[-1]


def judge_here(url: str, options: Sequence[str], target: Path = SANDBOX_TARGET) -> int:
    """Run the suite in this process against a sandbox, and return its exit status. Replaces the environment."""
    settings = isolation.environment(os.environ) | {"SANDBOX_URL": url}
    os.environ.clear()
    os.environ.update(settings)
    tests = str(ROOT / "contract_tests")
    return int(pytest.main([*QUIET, *IMPORTED_BEFORE, tests, "--target", str(target), *options]))


@contextmanager
def silence() -> Iterator[None]:
    """Drop everything that is printed meanwhile."""
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        yield


def coupons_issued(database: Path) -> int:
    """Return the number of coupons ever issued into this file, including those that were lost since."""
    with closing(sqlite3.connect(database)) as connection:
        return int(connection.execute("SELECT coalesce(sum(issued), 0) FROM customer_count").fetchone()[0])
