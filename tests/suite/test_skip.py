"""A target file opts out of clauses until a day."""

from pathlib import Path

import pytest

from coupon_contract.suite.target_file import load
from tests.suite.test_target import WHOLE


@pytest.mark.parametrize(("until", "skipped"), [("2999-12-31", {"count-maximum"}), ("2020-01-01", set())])
def test_a_clause_is_skipped_until_its_last_day_and_judged_after_it(
    tmp_path: Path, until: str, skipped: set[str]
) -> None:
    file = tmp_path / "target.toml"
    skip = f'skip = [{{clause = "count-maximum", reason = "too dear", until = {until}}}]'
    file.write_text(WHOLE.replace("max_coupons = 300", f"max_coupons = 300\n{skip}"), encoding="utf-8")

    assert load(str(file), {}).skip.keys() == skipped
