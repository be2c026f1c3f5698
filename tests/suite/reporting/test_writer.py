import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from coupon_contract.cli.judge import RESULTS, with_results
from coupon_contract.paths import ROOT
from coupon_contract.suite.reporting import html
from coupon_contract.suite.reporting.results import load
from coupon_contract.suite.reporting.writer import Recorder
from coupon_contract.suite.verdict import decide
from tests.suite.conftest import Reply, Seen, always, serving
from tests.suite.reporting.test_results import TOO_MANY, run

Json = Any
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
    assert "no response from the target" in verdict["reason"]
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

    assert (verdict["complete"], "stopped at the first failure" in verdict["reason"]) == (False, True)


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


def test_a_result_that_cannot_be_replaced_is_a_complaint_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "results.json").mkdir()
    with serving(always(REFUSAL)) as stub:
        done = judged(stub.url, tmp_path, "-k", "series-expired")

    assert (done.returncode, stub.seen, f"{tmp_path}/results.json" in done.stderr) == (4, [], True)


@pytest.mark.parametrize("lost", ["results.json", "results.html", "junit.xml"])
def test_results_that_cannot_be_written_in_the_end_are_a_complaint_and_leave_none(tmp_path: Path, lost: str) -> None:
    def take_its_place(_: Seen) -> Reply:
        (tmp_path / lost).mkdir(exist_ok=True)
        return always(REFUSAL)(_)

    with serving(take_its_place) as stub:
        done = judged(stub.url, tmp_path, "-k", "series-expired", "--junitxml", str(tmp_path / "junit.xml"))

    assert (done.returncode, "nothing can be written there" in done.stdout) == (4, True)
    assert [path.name for path in tmp_path.iterdir()] == [lost]


# --- results of an earlier run --------------------------------------------------------------------------------------

OLD = ("results.json", "results.html", "junit.xml")


@pytest.fixture
def earlier(tmp_path: Path) -> Path:
    """A directory with the results of an earlier run."""
    directory = tmp_path / "reports"
    directory.mkdir()
    for name in OLD:
        (directory / name).write_text("earlier", encoding="utf-8")
    return directory


def into(directory: Path) -> list[str]:
    return ["--results", str(directory), "--junitxml", str(directory / "junit.xml")]


def judge(*arguments: str, group: bool = False) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "coupon_contract", "judge", *arguments]
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(command, cwd=ROOT, start_new_session=group, **streams)  # type: ignore[call-overload, no-any-return]  # noqa: S603


@pytest.mark.parametrize(
    "wrong",
    [
        ["--target", "nowhere.toml"],
        ["--no-such-option"],
        ["--seed", "none"],
        ["--generated", "0"],
        ["-k", "no-such-clause"],
        ["--target"],
    ],
    ids=" ".join,
)
def test_a_run_that_ends_with_status_4_leaves_no_results(earlier: Path, wrong: list[str]) -> None:
    with serving(always(REFUSAL)) as stub:
        assert judge(*into(earlier), "--target", stub.url, *wrong).wait(60) == 4
    assert list(earlier.iterdir()) == []


def test_pytest_itself_with_an_unknown_option_leaves_no_results(earlier: Path) -> None:
    done = judged("http://127.0.0.1:1", earlier, "--junitxml", str(earlier / "junit.xml"), "--no-such-option")

    assert (done.returncode, list(earlier.iterdir())) == (4, [])


@pytest.mark.parametrize("whom", ["everybody", "the run alone"])
def test_a_run_that_is_killed_leaves_no_results(earlier: Path, whom: str) -> None:
    def kill(_: Seen) -> Reply | None:
        if whom == "everybody":
            os.killpg(process.pid, signal.SIGKILL)
        else:
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="utf-8").split()
            os.kill(int(children[0]), signal.SIGKILL)
        return None

    with serving(kill) as stub:
        process = judge("--target", stub.url, *into(earlier), group=True)
        status = process.wait(60)

    assert (status, list(earlier.iterdir())) == (-signal.SIGKILL if whom == "everybody" else 3, [])


def test_no_result_is_there_while_a_run_goes_on(earlier: Path) -> None:
    seen: list[list[Path]] = []

    def look(request: Seen) -> Reply:
        seen.append(list(earlier.iterdir()))
        return always(REFUSAL)(request)

    with serving(look) as stub:
        assert judge("--target", stub.url, *into(earlier), "-k", "series-expired").wait(60) == 1

    assert seen == [[]] * len(seen) != []
    assert sorted(path.name for path in earlier.iterdir()) == sorted(OLD)


@pytest.mark.parametrize("sends_nothing", ["--plan", "--collect-only", "--help"])
def test_a_command_that_sends_nothing_keeps_earlier_results(earlier: Path, sends_nothing: str) -> None:
    assert judge("--target", "http://127.0.0.1:1", *into(earlier), sends_nothing).wait(60) == 0
    assert [(earlier / name).read_text(encoding="utf-8") for name in OLD] == ["earlier"] * 3


def test_one_test_alone_keeps_earlier_results(earlier: Path) -> None:
    with serving(always(REFUSAL)) as stub:
        command = [sys.executable, "-m", "coupon_contract", "judge", "--target", stub.url]
        command += ["--only", "contract_tests/test_http.py"]
        (earlier.parent / "contract_tests").mkdir()
        subprocess.run(command, cwd=earlier.parent, capture_output=True, check=False)  # noqa: S603

    assert (earlier / "results.json").read_text(encoding="utf-8") == "earlier"


def test_each_result_is_put_in_place_by_a_rename(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    write = Path.write_text

    def note(path: Path, *arguments: Any, **options: Any) -> int:
        opened.append(path.name)
        return write(path, *arguments, **options)

    monkeypatch.setattr(Path, "write_text", note)
    assert Recorder(str(tmp_path), "x.toml", 0).write(run(TOO_MANY), decide({}, [], {}), 3, {}) is None
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(OLD)
    assert len(opened) == len(OLD)
    assert set(OLD).isdisjoint(opened)


def test_the_junit_file_holds_the_verdict_and_its_counts(tmp_path: Path) -> None:
    with serving(always(REFUSAL)) as stub:
        judged(stub.url, tmp_path, "-k", "series-expired", "--junitxml", str(tmp_path / "junit.xml"))
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()[0]  # noqa: S314 - ours
    properties = {one.attrib["name"]: one.attrib["value"] for one in suite.iter("property")}
    verdict = load(tmp_path / "results.json")["verdict"]
    counts, failures = verdict["counts"], str(verdict["failures"])

    assert properties == {
        "verdict": "not conformant",
        "exit_status": "1",
        "complete": "false",
        "failures": failures,
    } | {f"clauses {word}": str(number) for word, number in counts.items()}


# --- what is written ------------------------------------------------------------------------------------------------


def test_results_are_json_that_people_can_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = run(TOO_MANY)
    monkeypatch.setattr(html, "render", lambda _: "a page")
    wrong = Recorder(str(tmp_path), "x.toml", 0).write(seen, decide({}, [], {}), 3, {})

    assert wrong is None
    assert (tmp_path / "results.json").read_text(encoding="utf-8").startswith('{\n  "schema_version": 2,\n')
    assert json.loads((tmp_path / "results.json").read_text(encoding="utf-8"))["failures"]


@pytest.mark.parametrize("options", [["--results", "x"], ["--results=x"], ["--plan"], ["--collect-only"]])
def test_make_adds_no_results_to_a_run_that_says_where_or_is_none(options: list[str]) -> None:
    assert with_results(options) == options


def test_make_puts_results_into_reports() -> None:
    assert with_results(["-k", "x"]) == ["-k", "x", *RESULTS]
