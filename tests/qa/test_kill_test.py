"""The kill test, in short: that it holds, and what it says."""

import random
from pathlib import Path

import pytest

from qa import kill_test
from qa.kill_test import Result, main, page, run, seed_text
from qa.postgres import running_postgres

ROUNDS = 5


def test_no_coupon_is_lost_by_killing_the_sandbox_on_a_file(tmp_path: Path) -> None:
    result = run("sqlite", str(tmp_path / "coupons.db"), ROUNDS, random.Random(2))  # noqa: S311 - moments, not secrets

    assert (result.rounds, result.troubles) == (ROUNDS, ())
    assert 0 < result.reported <= result.kept


def test_no_coupon_is_lost_by_killing_the_sandbox_on_postgresql() -> None:
    with running_postgres() as url:
        result = run("postgresql", url, ROUNDS, random.Random(2))  # noqa: S311 - moments, not secrets

    assert (result.rounds, result.troubles) == (ROUNDS, ())
    assert 0 < result.reported <= result.kept


def test_every_round_has_series_of_its_own() -> None:
    assert seed_text(3).count("[[series]]") == 3 * len(kill_test.KINDS)


def test_troubles_are_counted_on_the_page() -> None:
    assert "| sqlite | 5 | 10 | 2 | 3 | 12 | 1 |" in page([Result("sqlite", 5, 10, 2, 3, 12, ("lost",))], 1, 60, "abc")


def test_troubles_decide_the_exit_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(kill_test, "run", lambda store, *_: Result(store, 1, 1, 0, 0, 0, ("round 0: lost",)))

    assert main(["--store", "sqlite", "--rounds", "1"]) == 1
    assert "round 0: lost" in capsys.readouterr().out
