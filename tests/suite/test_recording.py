import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from contract_tests import page
from contract_tests.recording import Recorder
from contract_tests.results import load
from contract_tests.verdict import decide
from coupon_contract.judging import RESULTS, with_results
from tests.suite.conftest import always, serving
from tests.suite.test_results import TOO_MANY, run

Json = Any
ROOT = Path(__file__).parent.parent.parent
REFUSAL = {"errors": [{"status": False, "code": 707, "message": "no"}]}


def judged(url: str, place: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(ROOT / "contract_tests")]
    command += ["--target", url, "--results", str(place), *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ)  # noqa: S603


def test_a_dead_target_leaves_results_that_say_so(tmp_path: Path) -> None:
    with serving(always({})) as stub:
        url = stub.url
    done = judged(url, tmp_path)
    verdict = load(tmp_path / "results.json")["verdict"]

    assert (done.returncode, verdict["exit_status"], verdict["word"]) == (3, 3, "could not judge")
    assert "no answer from the target" in verdict["reason"]
    assert "Could not judge" in (tmp_path / "results.html").read_text(encoding="utf-8")


def test_a_judged_target_leaves_results_with_the_same_verdict(tmp_path: Path) -> None:
    with serving(always(REFUSAL)) as stub:
        done = judged(stub.url, tmp_path / "deeper" / "still", "-k", "series-expired")
    found = load(tmp_path / "deeper" / "still" / "results.json")

    assert (done.returncode, found["verdict"]["exit_status"], found["verdict"]["complete"]) == (1, 1, False)
    assert f"results: {tmp_path}/deeper/still/results.html" in done.stdout
    tests = next(one["tests"] for one in found["clauses"] if one["id"] == "series-expired")
    assert [test.partition("::")[0] for test in tests] == ["contract_tests/test_cases.py"]


def test_a_run_that_stops_early_is_not_complete(tmp_path: Path) -> None:
    with serving(always(REFUSAL)) as stub:
        judged(stub.url, tmp_path, "--first-failure")
    verdict = load(tmp_path / "results.json")["verdict"]

    assert (verdict["complete"], "stopping after 1 failure" in verdict["reason"]) == (False, True)


def test_a_plan_leaves_nothing(tmp_path: Path) -> None:
    judged("http://127.0.0.1:1", tmp_path / "none", "--plan")

    assert not (tmp_path / "none").exists()


def test_a_place_where_nothing_can_be_written_is_a_complaint_before_anything_is_sent(tmp_path: Path) -> None:
    place = tmp_path / "a file"
    place.touch()
    with serving(always(REFUSAL)) as stub:
        done = judged(stub.url, place)

    assert (done.returncode, stub.seen) == (4, [])
    assert f"--results {place}: nothing can be written there" in done.stderr


def test_results_that_cannot_be_written_in_the_end_are_a_complaint(tmp_path: Path) -> None:
    (tmp_path / "results.json").mkdir()
    with serving(always(REFUSAL)) as stub:
        done = judged(stub.url, tmp_path, "-k", "series-expired")

    assert (done.returncode, "nothing can be written there" in done.stdout) == (4, True)


def test_results_are_json_that_people_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = run(TOO_MANY)
    monkeypatch.setattr(page, "render", lambda _: "a page")
    wrong = Recorder(str(tmp_path), "x.toml", 0).write(seen, decide({}, [], {}), 3, {})

    assert wrong is None
    assert (tmp_path / "results.json").read_text(encoding="utf-8").startswith('{\n  "schema_version": 2,\n')
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["failures"]


@pytest.mark.parametrize("options", [["--results", "x"], ["--results=x"], ["--plan"], ["--collect-only"]])
def test_make_adds_no_results_to_a_run_that_says_where_or_is_none(options: list[str]) -> None:
    assert with_results(options) == options


def test_make_puts_results_into_reports() -> None:
    assert with_results(["-k", "x"]) == ["-k", "x", *RESULTS]
