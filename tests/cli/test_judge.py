"""The suite from the outside: what a run says of servers that are wrong, absent or right, and how it exits."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coupon_contract import spec
from coupon_contract.__main__ import main
from coupon_contract.cli.judge import QUIET
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite.exchange import JSON_HEADERS, dumps
from coupon_contract.suite.options import OPTIONS
from qa.with_sandbox import running_sandbox
from tests.cli.judge_process import FEW_SERIES, finish, judged, replying, start, whole, word_of
from tests.suite.conftest import Reply, Seen, always, entry, serving


def test_nobody_at_the_address_cannot_be_judged() -> None:
    done = judged("http://127.0.0.1:1")

    assert (done.status, "could not judge" in done.text) == (3, True)


def test_a_server_that_lets_nobody_in_cannot_be_judged() -> None:
    with serving(always(b"", 401)) as stub:
        done = judged(stub.url)

    assert (done.status, "HTTP 401" in done.text, len(stub.seen)) == (3, True, 1)


def test_a_run_without_a_target_is_a_usage_error() -> None:
    done = finish(start(command=("-m", "pytest", *QUIET, "contract_tests")))

    assert (done.status, "--target" in done.text) == (4, True)


def test_a_target_file_that_cannot_be_used_is_a_usage_error(tmp_path: Path) -> None:
    file = tmp_path / "odd.toml"
    file.write_text("nmae = 1", encoding="utf-8")
    done = judged(str(file))

    assert (done.status, "odd.toml: nmae: " in done.text) == (4, True)


def test_a_selection_without_tests_is_a_usage_error() -> None:
    with serving(replying({})) as stub:
        done = judged(stub.url, "-k", "no-such-clause")

    assert done.status == 4


@pytest.fixture
def repeater(tmp_path: Path) -> str:
    """What PYTHONPATH must be for a plugin to be there that pytest loads by itself, like pytest-rerunfailures."""
    options = "def pytest_addoption(parser):\n    parser.addoption('--reruns', type=int)\n"
    told = "def pytest_configure(config):\n    print('the repeater is loaded')\n"
    (tmp_path / "repeater.py").write_text(options + told, encoding="utf-8")
    installed = tmp_path / "repeater-1.0.dist-info"
    installed.mkdir()
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: repeater\nVersion: 1.0\n", encoding="utf-8")
    (installed / "entry_points.txt").write_text("[pytest11]\nrepeater = repeater\n", encoding="utf-8")
    return os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)


@pytest.mark.parametrize("option", ["reruns", "numprocesses"])
def test_a_run_in_which_tests_would_be_repeated_or_distributed_is_a_usage_error(repeater: str, option: str) -> None:
    with serving(replying({"errors": [entry(707)]})) as stub:
        pytest_itself = ("-m", "pytest", *QUIET, "contract_tests", f"--{option}", "2")
        done = finish(start("--target", stub.url, command=pytest_itself, environment={"PYTHONPATH": repeater}))

    assert (done.status, f"{option} = 2" in done.text, stub.seen) == (4, True, [])


@pytest.mark.parametrize("name", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS"])
def test_what_the_environment_tells_pytest_is_no_part_of_a_judgement(repeater: str, name: str) -> None:
    told = {"PYTEST_ADDOPTS": "-p repeater --reruns 2", "PYTEST_PLUGINS": "repeater"}[name]
    with serving(always({})) as stub:
        done = finish(start(stub.url, "--plan", environment={"PYTHONPATH": repeater, name: told}))

    assert (done.status, "repeater" in done.text) == (0, False)


def test_a_test_run_alone_sends_what_it_sends_in_a_whole_run() -> None:
    test, options = "test_no_rejected_request_issues_coupons", ("-m", "pytest", *QUIET)
    refuse = replying({"errors": [entry(707)]})
    with serving(refuse) as whole, serving(refuse) as alone:
        runs = [
            start("contract_tests", "-k", test, "--target", whole.url, command=options),
            start(f"contract_tests/test_generated.py::{test}", "--target", alone.url, command=options),
        ]
        for run in runs:
            finish(run)

    assert [seen.body for seen in alone.seen] == [seen.body for seen in whole.seen]


def test_a_plan_sends_nothing() -> None:
    with serving(always({})) as stub:
        done = judged(stub.url, "--plan")

    assert (done.status, stub.seen, "at most" in done.text) == (0, [], True)


@pytest.mark.parametrize("option", ["--plan", "--collect-only"])
def test_a_selection_without_tests_is_a_usage_error_where_nothing_is_sent(option: str) -> None:
    with serving(always({})) as stub:
        assert judged(stub.url, option, "-k", "xyzzy").status == 4


def test_results_that_cannot_be_removed_end_a_run_before_it_begins(tmp_path: Path) -> None:
    (tmp_path / "results.json").mkdir()
    with serving(always({})) as stub:
        done = finish(start("--target", stub.url, "--results", str(tmp_path)))

    assert (done.status, done.text.count("cannot be removed"), stub.seen) == (4, 1, [])


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


def test_a_selection_that_passes_is_no_verdict_on_the_whole_contract(sandbox: str) -> None:
    done = judged(sandbox, "-k", "count-too-high")

    assert (done.status, "no verdict on the whole contract" in done.text) == (0, True)


@pytest.mark.parametrize("clause", ["one-per-customer", "one-response"])  # a test's own, and one of a rule
def test_the_last_line_of_a_selection_names_the_clause_asked_for_alone(sandbox: str, clause: str) -> None:
    done = finish(start("--target", sandbox, "-k", clause))

    assert re.match(f"asked for: {clause} (passed|failed|not offered)(;|$)", done.text.splitlines()[-1])


def test_without_a_target_our_own_sandbox_is_judged() -> None:
    done = judged("-k", "count-omitted")

    assert (done.status, "sandbox: the selected clauses passed" in done.text) == (0, True)


def test_no_test_is_skipped_against_our_own_sandbox_but_the_one_of_cookies() -> None:
    text = whole(judged("-rs")).text

    assert [line for line in re.findall(r"^SKIPPED .*$", text, re.MULTILINE) if "cookies" not in line] == []


def test_what_a_target_with_few_series_cannot_show_is_not_offered(sandbox: str, tmp_path: Path) -> None:
    file = tmp_path / "few.toml"
    file.write_text(FEW_SERIES.replace("${SANDBOX_URL}", sandbox), encoding="utf-8")
    done = whole(judged(str(file)))

    assert word_of("partial-explained", done.text) == "not offered"
    assert [clause for clause in spec.clauses() if word_of(clause, done.text) == "not observed"] == []


def test_a_deviation_that_is_no_longer_true_turns_the_run_red(sandbox: str, tmp_path: Path) -> None:
    file = tmp_path / "stale.toml"
    stale = '[deviations]\ncount-too-high = {reason = "answers 756", since = 2026-08-01}\n'
    file.write_text(SANDBOX_TARGET.read_text("utf-8").replace("${SANDBOX_URL}", sandbox) + stale, encoding="utf-8")
    done = judged(str(file), "-k", "count-too-high")

    assert (done.status, word_of("count-too-high", done.text)) == (1, "stale deviation")


def test_a_deviation_that_still_fails_is_named_and_not_held_against_the_target(tmp_path: Path) -> None:
    known = '[deviations]\ncount-too-high = {reason = "answers 756", since = 2026-08-01}\n'
    file = tmp_path / "known.toml"
    with serving(replying({"errors": [entry(756)]})) as stub:
        file.write_text(SANDBOX_TARGET.read_text("utf-8").replace("${SANDBOX_URL}", stub.url) + known, encoding="utf-8")
        done = judged(str(file), "-k", "count-too-high and test_case")

    assert (done.status, word_of("count-too-high", done.text)) == (0, "deviates")


def test_a_known_deviation_is_no_failure_to_pytest(tmp_path: Path) -> None:
    known = '[deviations]\ncount-too-high = {reason = "answers 756", since = 2026-08-01}\n'
    file, junit = tmp_path / "known.toml", tmp_path / "junit.xml"
    with serving(replying({"errors": [entry(756)]})) as stub:
        file.write_text(SANDBOX_TARGET.read_text("utf-8").replace("${SANDBOX_URL}", stub.url) + known, encoding="utf-8")
        judged(str(file), "-k", "count-too-high and test_case", "--first-failure", "--junitxml", str(junit))

    assert 'failures="0"' in junit.read_text("utf-8")


def test_a_run_that_stops_at_the_first_failure_says_so_and_no_more() -> None:
    with serving(replying({"errors": [entry(756)]})) as stub:
        done = judged(stub.url, "--first-failure")

    assert (done.status, [line for line in done.text.splitlines() if "Traceback" in line]) == (1, [])


def test_a_failure_that_does_not_decide_the_verdict_is_not_the_first_one(tmp_path: Path) -> None:
    with running_sandbox(["--fault", "expiry-in-seconds"]) as url:
        options = ("-k", "times-in-milliseconds or count-omitted", "--first-failure")
        done = judged(url, *options)

    assert (done.status, word_of("times-in-milliseconds", done.text)) == (0, "failed"), done.text


@pytest.mark.parametrize(("status_of_empty", "expected"), [(400, 1), (None, 3)])
def test_a_target_that_cuts_off_valid_requests_alone_is_judged_and_one_that_is_dead_is_not(
    status_of_empty: int | None, expected: int
) -> None:
    def reply(seen: Seen) -> Reply | None:
        if not seen.body:
            return None if status_of_empty is None else (status_of_empty, (), b"")
        if b"seriesId" not in seen.body:  # the request before the run
            return 200, JSON_HEADERS, dumps({"errors": [entry(756)]})
        return None

    with serving(reply) as stub:
        done = judged(stub.url)

    assert (done.status, word_of("one-response", done.text)) == (
        expected,
        "failed" if expected == 1 else "not observed",
    )


def test_the_help_lists_every_option_and_keeps_earlier_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    results = tmp_path / "reports" / "results.json"
    results.parent.mkdir()
    results.write_text("{}", encoding="utf-8")

    with pytest.raises(SystemExit) as end:
        main(["judge", "--help"])

    text = capsys.readouterr().out
    assert (end.value.code, results.exists()) == (0, True)
    assert all(option in text for option in ["--target", "--only", "-k CLAUSE", "--junitxml", *OPTIONS])
