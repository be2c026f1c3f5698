"""`judge --har` prints a verdict, writes results, and ends with the exit status of what a recording shows."""

import json
from pathlib import Path

import pytest

from coupon_contract.__main__ import main
from coupon_contract.suite.reporting.results import load
from tests.suite.conftest import body, example, exchange
from tests.suite.har_files import entry, recording

ISSUED = exchange(body(count=2), example("Issued"))
WRONG = exchange(body(count=2), {**example("Issued"), "totalCount": 7})


def judge(folder: Path, *options: str) -> int:
    return main(["judge", "--har", str(folder / "traffic.har"), "--results", str(folder / "results"), *options])


def test_a_right_recording_is_reported_and_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording(tmp_path, entry(ISSUED), entry(ISSUED), entry(ISSUED, response__status=429))
    status = judge(tmp_path)
    printed = capsys.readouterr().out

    assert status == 0
    assert "3 calls recorded, 1 of them copies of others; 1 judged, and nothing sent" in printed
    assert "left out 1: the rate was limited (HTTP 429)" in printed
    written = load(tmp_path / "results" / "results.json")
    assert (written["verdict"]["exit_status"], written["verdict"]["complete"], written["spent"]["requests"]) == (
        0,
        False,
        0,
    )


def test_a_wrong_recording_is_status_1_and_offers_no_command_that_sends(tmp_path: Path) -> None:
    recording(tmp_path, entry(WRONG))
    status = judge(tmp_path)
    written = load(tmp_path / "results" / "results.json")

    assert (status, written["verdict"]["exit_status"]) == (1, 1)
    assert {failure["clause"] for failure in written["failures"]} == {"counts-add-up"}
    assert all(failure["replay"] is None and "judge --har" in failure["rerun"] for failure in written["failures"])


def test_nothing_is_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setattr("socket.create_connection", refuse)
    recording(tmp_path, entry(WRONG), entry(ISSUED, number=1))

    assert judge(tmp_path) == 1


def test_a_recording_without_calls_is_status_3(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    recording(tmp_path)

    assert judge(tmp_path) == 3
    assert "could not judge" in capsys.readouterr().err


@pytest.mark.parametrize("content", [None, "{"])
def test_a_file_that_cannot_be_read_is_status_4(
    tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]
) -> None:
    if content is not None:
        (tmp_path / "traffic.har").write_text(content, encoding="utf-8")

    assert judge(tmp_path) == 4
    assert "traffic.har" in capsys.readouterr().err


@pytest.mark.parametrize("options", [["-k", "count-too-high"], ["--plan"], ["--target", "nowhere.toml"]])
def test_options_of_a_run_and_wrong_targets_are_status_4(tmp_path: Path, options: list[str]) -> None:
    recording(tmp_path, entry(ISSUED))
    try:
        status = judge(tmp_path, *options)
    except SystemExit as end:
        status = int(str(end.code))

    assert status == 4


def test_results_hold_nothing_of_the_recording_that_is_secret(tmp_path: Path) -> None:
    recording(
        tmp_path,
        entry(exchange(body(customer={"mobile": "447700900123"}, count=2), {**example("Issued"), "totalCount": 7})),
    )
    judge(tmp_path)
    written = json.dumps(load(tmp_path / "results" / "results.json")) + (
        tmp_path / "results" / "results.html"
    ).read_text("utf-8")

    assert not [planted for planted in ("447700900123", "cGxhbnRlZDpzZWNyZXQ=") if planted in written]
