"""Fixtures that tests of several packages share: PostgreSQL, and the wheel of the suite, built once for all tests."""

import fcntl
import os
import signal
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import psycopg
import pytest

from coupon_contract.paths import ROOT
from qa.postgres import QUICK, running_postgres
from scripts.publish import wheels

EPOCH = 1700000000  # of everything that tests build


def pytest_configure() -> None:
    """Let programs that tests start be interrupted. A shell that starts a run in the background ignores SIGINT, and so
    would they.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put modules that take minutes first, so that the processes of a parallel run end together."""
    items.sort(key=lambda item: item.get_closest_marker("lengthy") is None)


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return the folder that `make` fills, made by the first process of this test run that asks for it."""
    temporary = factory.getbasetemp()
    shared = temporary.parent if "PYTEST_XDIST_WORKER" in os.environ else temporary
    folder, finished = shared / name, shared / f"{name}.finished"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not finished.exists():
            folder.mkdir()  # fails where an earlier process has failed, so that no test uses a half
            make(folder)
            finished.touch()
    return folder


@pytest.fixture(scope="session")
def suite_wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of the suite and the sandbox."""
    (wheel,) = made_once(tmp_path_factory, "wheel", lambda folder: wheels.build(ROOT, folder, EPOCH)).glob("*.whl")
    return wheel


@pytest.fixture(scope="session")
def installed_suite(suite_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel with its sandbox extra."""
    make = lambda folder: wheels.install(folder, suite_wheel, extra="sandbox")  # noqa: E731
    return made_once(tmp_path_factory, "suite-and-sandbox", make) / "bin"


@pytest.fixture(scope="session")
def installed_judge(suite_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of an environment that holds the wheel without its extra."""
    return made_once(tmp_path_factory, "suite-alone", lambda folder: wheels.install(folder, suite_wheel)) / "bin"


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """Makes URLs of empty databases in a PostgreSQL server, which is started when the first one is asked for."""
    with running_postgres(QUICK) as url:
        numbers = count()

        def new_database() -> str:
            name = f"test_{next(numbers)}"
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(f"CREATE SCHEMA {name}".encode())
            return f"{url}?options=-csearch_path%3D{name}"

        yield new_database
