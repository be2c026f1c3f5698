import sys
from pathlib import Path

import pytest
from schemathesis.baseline import Baseline, BaselineEntry

from coupon_contract.sandbox.faults import FAULTS, VARIANTS
from qa import seeded_faults_schemathesis
from qa.checkpoint import Checkpoint
from qa.seeded_faults_schemathesis import MODES, failures, hidden_modules, remaining

SERVERS = len(FAULTS) + len(VARIANTS)


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Checkpoint:
    kept = Checkpoint(tmp_path / "stock.jsonl")
    monkeypatch.setattr(seeded_faults_schemathesis, "CHECKPOINT", kept)
    return kept


def test_every_server_is_run_once_in_each_mode_and_the_right_one_with_more_seeds() -> None:
    work = remaining([*MODES], [])

    assert len(work) == len(set(work)) == 2 * (SERVERS + 3)


def test_the_right_sandbox_comes_first() -> None:
    assert {one.name for one in remaining([*MODES], [])[:6]} == {""}


def test_what_is_kept_is_not_run_again(nothing_kept: Checkpoint) -> None:
    nothing_kept.add({"mode": "default", "name": "created", "seed": 1})

    assert [one.mode for one in remaining([*MODES], ["created"])] == ["all"]


def test_failures_are_told_apart_by_operation_check_and_kind(tmp_path: Path) -> None:
    entry = BaselineEntry("GET /v2/coupon", "positive_data_acceptance", "RejectedPositiveData", "400")
    Baseline([entry]).save(tmp_path / "baseline.json")

    assert failures(tmp_path / "baseline.json") == [
        "GET /v2/coupon · positive_data_acceptance · RejectedPositiveData · 400"
    ]


def test_schemathesis_is_run_without_our_modules() -> None:
    with hidden_modules():
        hidden = {"coupon_contract.spec", "coupon_contract.sandbox", "coupon_contract.suite"} & set(sys.modules)

    assert (hidden, "coupon_contract.sandbox" in sys.modules) == (set(), True)


def test_a_run_that_reported_nothing_is_told(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="before it reported"):
        failures(tmp_path / "baseline.json")
