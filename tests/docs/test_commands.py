"""The commands of the README and of docs/, run as they stand."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from coupon_contract.paths import ROOT
from qa.with_sandbox import running_sandbox
from scripts.publish import wheels
from tests.conftest import EPOCH, made_once
from tests.docs.blocks import blocks, run_blocks

pytestmark = pytest.mark.lengthy

PAGES = [page for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))) if blocks(page)]
INTEGRATE = ROOT / "docs" / "integrate.md"


@pytest.fixture(scope="session")
def both_wheels(suite_wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheels of the suite and of the client."""

    def make(folder: Path) -> None:
        (folder / suite_wheel.name).symlink_to(suite_wheel)
        wheels.build(ROOT / "scripts" / "client_wheel", folder, EPOCH)

    return made_once(tmp_path_factory, "both-wheels", make)


@pytest.fixture(scope="module")
def printed_by(
    both_wheels: Path, installed_suite: Path, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Path], str]:
    """Runs the commands of a page, once, and returns what they print."""

    @cache
    def run(page: Path) -> str:
        with running_sandbox() as url:
            return run_blocks(page, url, tmp_path_factory.mktemp(page.stem), both_wheels, installed_suite)

    return run


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_commands_of_a_page_succeed(page: Path, printed_by: Callable[[Path], str]) -> None:
    printed_by(page)


def test_the_same_key_settles_a_call_whose_program_was_killed(printed_by: Callable[[Path], str]) -> None:
    """The promise of issue-once."""
    printed = printed_by(INTEGRATE).splitlines()
    orders = [line for line in printed if line.startswith(("order-", "coupons of the series"))]

    assert orders == [
        "order-16 settled: 2 coupons",
        "coupons of the series: 3",
        "order-17 killed; coupons of the series: 5",
        "order-17 settled: 2 coupons",
        "coupons of the series: 5",
    ]
