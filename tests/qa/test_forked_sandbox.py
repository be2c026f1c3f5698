from pathlib import Path

import httpx
import pytest

from coupon_contract.suite.credentials import headers
from coupon_contract.suite.target_file import load
from qa.forked_sandbox import coupons_issued, forked_sandbox


def issue(url: str, count: int) -> httpx.Response:
    body = {"seriesId": 415446, "count": count, "customer": {"mobile": "11223569865"}}
    return httpx.post(f"{url}/v2/coupon/issue/multiple", json=body, headers=dict(headers("till", load(url))))


def test_a_forked_sandbox_issues_and_its_coupons_are_counted(tmp_path: Path) -> None:
    with forked_sandbox([], tmp_path / "coupons.db") as url:
        issue(url, 3)

    assert coupons_issued(tmp_path / "coupons.db") == 3


def test_coupons_that_were_lost_are_counted_all_the_same(tmp_path: Path) -> None:
    with forked_sandbox(["--fault", "never-stored"], tmp_path / "coupons.db") as url:
        issue(url, 2)

    assert coupons_issued(tmp_path / "coupons.db") == 2


def test_a_forked_sandbox_ends_with_its_block(tmp_path: Path) -> None:
    with forked_sandbox([], tmp_path / "coupons.db") as url:
        pass

    with pytest.raises(httpx.ConnectError):
        issue(url, 1)


def test_a_sandbox_that_does_not_start_is_told(tmp_path: Path) -> None:
    with pytest.raises(SystemExit) as ended, forked_sandbox(["--fault", "no-such-fault"], tmp_path / "coupons.db"):
        pass

    assert ended.value.code == 4
