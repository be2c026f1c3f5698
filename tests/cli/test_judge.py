"""The suite from the outside: what a run says of servers that are wrong, absent or right, and how it exits."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import sleep
from typing import Any
from urllib.parse import parse_qsl

import pytest
from attrs import evolve, frozen

from coupon_contract import spec
from coupon_contract.cli.judge import QUIET
from coupon_contract.paths import ROOT, SANDBOX_TARGET
from coupon_contract.sandbox.seed import DEFAULT_SEED
from coupon_contract.suite.exchange import JSON_HEADERS, dumps
from coupon_contract.suite.permitted import NOT_UTF_8, ROUTES
from coupon_contract.suite.reporting.results import load
from qa.with_sandbox import running_sandbox
from tests.suite.conftest import Reply, Seen, always, entry, example, serving

Json = Any

SECONDS = 120
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"} | {"COLUMNS": "200"}
TOKEN = {"data": {"accessToken": "planted-token", "ttlSeconds": 600}, "errors": None}

DIGEST = hashlib.md5(b"sandbox-password", usedforsecurity=False).hexdigest()

# What the sandbox's target file and the documented answers hold that nobody may see in a report.
PLANTED = [
    *("sandbox-password", DIGEST, "sandbox-secret", "sandbox-key", "sandbox-token-that-expired", "planted-token"),
    *("11223569865", "3873472", "Tomhills@mail.com", "Tomhills@captech.com", "10000000000", "nobody@example.com"),
    *("3084294818", "5686061236", "DECATH10", "Abijith", "Gupta", "555567088"),
]

FEW_SERIES = """
base_url = "${SANDBOX_URL}"
disposable = false
max_coupons = 3000
[auth]
till = {user = "till.sandbox", password = "sandbox-password"}
[customers]
known = [{mobile = "11223569865"}]
unknown = {mobile = "10000000000"}
[series]
ordinary = 415446
expired = 71300
invalid = 999999999
"""


@frozen
class Done:
    """A run that is over."""

    status: int
    text: str


def finish(process: subprocess.Popen[str]) -> Done:
    try:
        output, _ = process.communicate(timeout=SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Done(process.returncode, output)


JUDGE = ("-m", "coupon_contract", "judge")


def start(
    *arguments: str,
    command: tuple[str, ...] = JUDGE,
    environment: dict[str, str] | None = None,
    own_group: bool = False,
) -> subprocess.Popen[str]:
    if command is JUDGE and arguments and not arguments[0].startswith("-"):
        arguments = ("--target", *arguments)
    return subprocess.Popen(  # noqa: S603 - ours
        [sys.executable, *command, *arguments],
        cwd=ROOT,
        env=ENVIRONMENT | (environment or {}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=own_group,
    )


def judged(*arguments: str) -> Done:
    """What `coupon-contract judge` says, and what it writes into its results."""
    with tempfile.TemporaryDirectory() as results:
        done = finish(start(*arguments, "--results", results))
        written = [path.read_text("utf-8") for path in sorted(Path(results).iterdir())]
        if (file := Path(results) / "results.json").exists():
            load(file)  # whatever the verdict, results fit their own schema
    return evolve(done, text="\n".join([done.text, *written]))


def replying(got: Json, number: int = 200) -> Any:
    """The same reply to every request but those for a token, which is granted."""

    def reply(seen: Seen) -> Reply:
        if seen.path == spec.TOKEN_PATH:
            return 200, JSON_HEADERS, dumps(TOKEN)
        return number, JSON_HEADERS, got if isinstance(got, bytes) else dumps(got)

    return reply


def whole(done: Done) -> Done:
    """A run that came to its verdict; what it does not say would mean nothing otherwise."""
    assert "coupons issued" in done.text, done.text[-300:]
    return done


def word_of(clause: str, text: str) -> str:
    """The word of the table for a clause."""
    found = re.search(rf"^(\S.*?)  +(?:MUST|SHOULD|MAY) +{clause} ", text, re.MULTILINE)
    return found[1] if found else ""


# --- nothing to judge -----------------------------------------------------------------------------------------------


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


# --- wrong servers --------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sent_in_long_runs() -> list[Seen]:
    """All requests of the two runs, once they are over."""
    return []


@pytest.fixture(scope="module")
def long_runs(tmp_path_factory: pytest.TempPathFactory, sent_in_long_runs: list[Seen]) -> Iterator[list[Done]]:
    """Two runs at the same time: a whole one against a server that refuses everything, and a part, with each failing
    test in full, against a server that always issues the same coupons. Neither has its address on loopback."""
    directory = tmp_path_factory.mktemp("targets")
    part = ("-k", "test_cases or test_read_back or test_authentication", "--tb=short", "-v")
    with (
        serving(replying({"errors": [entry(707)]})) as refusing,
        serving(replying(example("Issued"))) as issuing,
        ThreadPoolExecutor() as pool,
    ):
        files = [directory / "refusing.toml", directory / "issuing.toml"]
        for file, stub in zip(files, (refusing, issuing), strict=True):
            text = SANDBOX_TARGET.read_text("utf-8").replace("${SANDBOX_URL}", stub.public_url)
            file.write_text(text, encoding="utf-8")
        runs = [(str(files[0]),), (str(files[1]), *part)]
        done = [whole(done) for done in pool.map(lambda run: judged(*run), runs)]
        sent_in_long_runs.extend([*refusing.seen, *issuing.seen])
        yield done


@pytest.fixture(scope="module")
def all_refused(long_runs: list[Done]) -> Done:
    return long_runs[0]


@pytest.fixture(scope="module")
def always_issued(long_runs: list[Done]) -> Done:
    return long_runs[1]


def test_a_server_that_refuses_everything_is_not_conformant(all_refused: Done) -> None:
    assert (all_refused.status, re.search(r": (\w+ ?conformant)$", all_refused.text, re.MULTILINE)[1]) == (  # type: ignore[index]
        1,
        "not conformant",
    )


@pytest.mark.parametrize("clause", ["series-unknown", "error-shape", "documented-code", "never-partial"])
def test_a_server_that_refuses_everything_passes_what_it_gets_right(all_refused: Done, clause: str) -> None:
    assert word_of(clause, all_refused.text) in ("passed", "not observed")


@pytest.mark.parametrize(
    "clause", ["issues-what-was-asked", "count-too-high", "unusable-body", "credentials-missing", "token-granted"]
)
def test_a_server_that_refuses_everything_fails_the_clauses_it_breaks(all_refused: Done, clause: str) -> None:
    assert word_of(clause, all_refused.text) == "failed"


@pytest.mark.parametrize("clause", ["coupon-shape", "counts-add-up", "coupon-ids-unique", "customer-answered"])
def test_what_a_server_that_refuses_everything_never_shows_is_not_observed(all_refused: Done, clause: str) -> None:
    assert word_of(clause, all_refused.text) == "not observed"


def test_every_clause_has_its_line(all_refused: Done) -> None:
    assert [clause for clause in spec.clauses() if not word_of(clause, all_refused.text)] == []


def test_the_gate_lets_through_nothing_that_no_run_sends(
    all_refused: Done, always_issued: Done, sent_in_long_runs: list[Seen]
) -> None:
    addresses = [(seen.method, *seen.path.partition("?")[::2]) for seen in sent_in_long_runs]
    parameters = {name for _, _, query in addresses for name, _ in parse_qsl(query)}
    declared = {(("Content-Type", seen.headers["content-type"]),) for seen in sent_in_long_runs if seen.body}

    assert {(method, path) for method, path, _ in addresses} == ROUTES.keys()
    assert parameters == {name for route in ROUTES.values() for name in route.parameters}
    assert declared == {headers for route in ROUTES.values() for headers in route.headers if headers}
    assert {*NOT_UTF_8.values()} <= {seen.body for seen in sent_in_long_runs}


def test_no_error_of_the_suite_is_shown(all_refused: Done) -> None:
    assert "error of the suite" not in all_refused.text


def test_the_report_of_a_whole_run_shows_no_secret(all_refused: Done) -> None:
    assert [planted for planted in PLANTED if planted in all_refused.text] == []


def test_a_server_that_always_fails_is_not_conformant() -> None:
    with serving(replying(b"", 500)) as stub:
        done = judged(stub.url, "-k", "test_cases")

    assert (done.status, word_of("no-server-error", done.text)) == (1, "failed")


@pytest.mark.parametrize("clause", ["coupon-ids-unique", "codes-unique", "count-too-high", "invalid-issues-nothing"])
def test_a_server_that_always_issues_the_same_coupons_fails(always_issued: Done, clause: str) -> None:
    assert (always_issued.status, word_of(clause, always_issued.text) in ("failed", "not observed")) == (1, True)


def test_a_failing_test_in_full_shows_no_secret(always_issued: Done) -> None:
    assert [planted for planted in PLANTED if planted in always_issued.text] == []


def test_a_failure_shows_clause_ledger_and_exchange(always_issued: Done) -> None:
    parts = ("MUST count-too-high: ", "ledger:  count-too-high: 677 above 500.", "curl -X POST", "HTTP 200", "again: ")

    assert [part for part in parts if part not in always_issued.text] == []


def test_a_server_that_limits_the_rate_now_and_then_is_never_the_suites_error() -> None:
    refuse = replying({"errors": [entry(707)]})
    with serving(lambda seen: (429, (), b"") if len(stub.seen) % 10 == 9 else refuse(seen)) as stub:
        command = ("-m", "pytest", *QUIET, "contract_tests/test_generated.py")
        done = finish(start("--target", stub.url, command=command))

    assert ("error of the suite" in done.text, word_of("valid-is-processed", done.text)) == (False, "not observed")


# --- plugins that repeat or distribute tests -------------------------------------------------------------------------


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


def test_a_run_in_which_tests_would_be_repeated_is_a_usage_error(repeater: str) -> None:
    with serving(replying({"errors": [entry(707)]})) as stub:
        pytest_itself = ("-m", "pytest", *QUIET, "contract_tests", "--reruns", "2")
        done = finish(start("--target", stub.url, command=pytest_itself, environment={"PYTHONPATH": repeater}))

    assert (done.status, "reruns = 2" in done.text, stub.seen) == (4, True, [])


@pytest.mark.parametrize("name", ["PYTEST_ADDOPTS", "PYTEST_PLUGINS"])
def test_what_the_environment_tells_pytest_is_no_part_of_a_judgement(repeater: str, name: str) -> None:
    told = {"PYTEST_ADDOPTS": "-p repeater --reruns 2", "PYTEST_PLUGINS": "repeater"}[name]
    with serving(always({})) as stub:
        done = finish(start(stub.url, "--plan", environment={"PYTHONPATH": repeater, name: told}))

    assert (done.status, "repeater" in done.text) == (0, False)


@pytest.mark.parametrize("fault", ["read-back-forbidden", "never-stored"])
def test_a_read_back_that_lists_nothing_proves_nothing(fault: str) -> None:
    with running_sandbox(["--fault", fault]) as url:
        done = judged(url, "-k", "test_read_back")

    assert (done.status, word_of("refused-leaves-nothing", done.text)) == (1, "not observed")


# --- running a part -------------------------------------------------------------------------------------------------


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


# --- a target that is not disposable --------------------------------------------------------------------------------

# A right server is conformant whatever its ids are: here one beyond what floats hold, and small numbers that might be
# taken for a count.
AWKWARD = [("415446", "9007199254740993"), ("535521", "42"), ('{mobile = "11223569865"', '{email = "qa7@example.com"')]


def awkward(file: Path) -> str:
    """A seed or a target file of the sandbox, with awkward ids."""
    text = file.read_text("utf-8")
    for usual, odd in AWKWARD:
        text = text.replace(usual, odd)
    return text


@pytest.fixture(scope="module")
def careful(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Done]:
    """A whole run with the budget that its plan asks for."""
    directory = tmp_path_factory.mktemp("careful")
    seed, file = directory / "seed.toml", directory / "target.toml"
    seed.write_text(awkward(DEFAULT_SEED), encoding="utf-8")

    def judged_within(max_coupons: int, *arguments: str) -> Done:
        limit = f"disposable = false\nmax_coupons = {max_coupons}"
        text = awkward(SANDBOX_TARGET).replace("disposable = true", limit).replace("${SANDBOX_URL}", url)
        file.write_text(text, encoding="utf-8")
        return judged(str(file), *arguments)

    with running_sandbox(["--seed", str(seed)]) as url:
        plan = judged_within(0, "--plan")
        enough = re.search(r"Set max_coupons = (\d+) to observe everything", plan.text)
        assert enough, plan.text[-300:]
        yield judged_within(int(enough[1]))


def test_a_right_server_that_is_not_disposable_is_conformant(careful: Done) -> None:
    assert careful.status == 0, careful.text[-2000:]


def test_all_clauses_but_those_that_use_a_target_up_are_observed_on_one_that_is_not_disposable(careful: Done) -> None:
    words = {clause: word_of(clause, careful.text) for clause in spec.clauses()}

    assert {clause: word for clause, word in words.items() if word != "passed"} == {
        "limits-in-parallel": "not offered",
        "history-adds-up": "not offered",
    }


# --- what says nothing, and what is no answer -----------------------------------------------------------------------


def described(tmp_path: Path, url: str, series: str) -> str:
    """A target file with one more series."""
    file = tmp_path / "target.toml"
    text = FEW_SERIES.replace("${SANDBOX_URL}", url).replace("false\nmax_coupons = 3000", "true")
    known = 'known = [{mobile = "11223569865", email = "a@example.com"}, {mobile = "11223569866"}]'
    text = text.replace('known = [{mobile = "11223569865"}]', known)
    file.write_text(f"{text}{series}\n", encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("clause", "series"),
    [
        ("limit-per-customer", "limited-per-customer = {id = 500500, limit = 600}"),
        ("codes-running-out", "few-codes-left = {id = 500500, left = 600}"),
        ("history-adds-up", "limited-per-customer = {id = 500500, limit = 600}"),
    ],
)
def test_a_limit_that_no_run_reaches_is_not_offered(tmp_path: Path, clause: str, series: str) -> None:
    with serving(replying({"errors": [entry(677)]})) as stub:
        done = judged(described(tmp_path, stub.url, series), "-k", clause)

    assert word_of(clause, done.text) == "not offered"


def test_calls_at_the_same_time_that_issue_nothing_say_nothing(tmp_path: Path) -> None:
    with serving(replying({}, 400)) as stub:
        series = "race-in-all = {id = 500500, left = 5}"
        done = judged(described(tmp_path, stub.url, series), "-k", "limits-in-parallel")

    assert word_of("limits-in-parallel", done.text) == "not observed"


def test_generated_requests_that_say_nothing_are_no_violation() -> None:
    with serving(replying({"errors": [entry(707)]})) as stub:
        done = judged(stub.url, "-k", "test_generated", "--generated", "1")

    assert (done.status, "error of the suite" in done.text) == (3, False)


def test_no_generated_requests_at_all_are_a_usage_error() -> None:
    with serving(always({})) as stub:
        done = judged(stub.url, "--generated", "0")

    assert (done.status, stub.seen) == (4, [])


def test_a_server_that_ends_at_a_small_body_fails_and_one_that_ends_at_a_large_body_is_not_observed() -> None:
    def reply(seen: Seen) -> Reply | None:
        refusal: Reply = (200, JSON_HEADERS, dumps({"errors": [entry(756)]}))
        return None if seen.body.count(b"[") > 900 or len(seen.body) > 100_000 else refusal

    with serving(reply) as stub:
        small = judged(stub.url, "-k", "deep_nesting and 1000-arrays")
        large = judged(stub.url, "-k", "a_huge_body")

    assert [word_of("hostile-body", done.text) for done in (small, large)] == ["failed", "not observed"]


# --- stopping -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_run_that_is_told_to_end_ends_and_says_what_it_saw(tmp_path: Path, number: signal.Signals) -> None:
    def slow(_: Seen) -> Reply:
        sleep(0.05)
        return 200, JSON_HEADERS, dumps({"errors": [entry(707)]})

    with serving(slow) as stub:
        run = start(stub.url, "--results", str(tmp_path), own_group=True)
        while len(stub.seen) < 5:
            sleep(0.05)
        if number is signal.SIGINT:  # as a terminal does, which tells everybody
            os.killpg(run.pid, number)
        else:
            run.send_signal(number)
        done = finish(run)
        sent = len(stub.seen)
        sleep(0.3)

    assert (done.status, len(stub.seen) - sent, "Traceback" in done.text) == (3, 0, False)
    assert json.loads((tmp_path / "results.json").read_text("utf-8"))["verdict"]["exit_status"] == 3


# --- our own sandbox ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


def test_a_selection_that_passes_is_no_verdict_on_the_whole_contract(sandbox: str) -> None:
    done = judged(sandbox, "-k", "count-too-high")

    assert (done.status, "no verdict on the whole contract" in done.text) == (0, True)


def test_without_a_target_our_own_sandbox_is_judged() -> None:
    done = judged("-k", "count-omitted")

    assert (done.status, "sandbox: the selected clauses passed" in done.text) == (0, True)


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
