"""Several workers on one database behave as one."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from coupon_contract import spec
from coupon_contract.sandbox.__main__ import main
from tests.sandbox.conftest import ABIJITH, BASIC

CLIENTS, WORKERS, DEADLINE = 64, 4, 60


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A sandbox with several workers."""
    database = str(tmp_path_factory.mktemp("workers") / "coupons.db")
    if request.param == "postgresql":
        database = request.getfixturevalue("postgres")()
    command = [sys.executable, "-m", "coupon_contract.sandbox", "--database", database, "--workers", str(WORKERS)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        yield process.stdout.readline().split()[-1]
        process.terminate()
        process.communicate(timeout=DEADLINE)


def issue(url: str, series_id: int, count: int) -> list[str]:
    body = {"seriesId": series_id, "count": count, "customer": ABIJITH}
    answer = httpx.post(url + spec.ISSUE_PATH, json=body, auth=BASIC, timeout=DEADLINE)
    assert answer.status_code == 200
    return [coupon["code"] for coupon in answer.json().get("coupons", ())]


@pytest.mark.parametrize(
    ("series_id", "limit"),
    [(50020, 5), (96004, 1), (50011, 5), (50060, 3)],
    ids=["per customer", "one per customer", "in all", "uploaded codes"],
)
def test_many_clients_at_once_get_exactly_the_limit(url: str, series_id: int, limit: int) -> None:
    with ThreadPoolExecutor(CLIENTS) as clients:
        codes = [code for got in clients.map(lambda _: issue(url, series_id, 2), range(CLIENTS)) for code in got]

    assert len(codes) == len(set(codes)) == limit


def test_workers_need_a_database_that_they_can_share(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--workers", "2"]) == 4
    assert "--database" in capsys.readouterr().err


@pytest.mark.parametrize("workers", ["0", "-1", "many"])
def test_a_number_of_workers_that_is_none_is_a_usage_error(workers: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--workers", workers, "--database", str(Path("coupons.db"))])

    assert ended.value.code == 4


def test_workers_end_with_a_parent_that_was_killed(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "coupon_contract.sandbox",
        "--workers",
        "2",
        "--database",
        str(tmp_path / "coupons.db"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        url = process.stdout.readline().split()[-1]
        httpx.get(f"{url}/healthz", timeout=DEADLINE).raise_for_status()
        process.kill()
        process.stdout.read()  # ends when the last process that could write there has ended

    with pytest.raises(httpx.ConnectError):
        httpx.get(f"{url}/healthz", timeout=DEADLINE)
