import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from coupon_contract import spec
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite.exchange import JSON_HEADERS, Headers, dumps
from coupon_contract.suite.permitted import NOT_UTF_8, ROUTES
from qa.with_sandbox import running_sandbox
from tests.cli.judge_process import (
    FEW_SERIES,
    Done,
    judged,
    replying,
    whole,
    word_of,
)
from tests.suite.conftest import Reply, Seen, always, entry, example, serving

DIGEST = hashlib.md5(b"sandbox-password", usedforsecurity=False).hexdigest()
# What the sandbox's target file and the documented answers hold that nobody may see in a report.
PLANTED = [
    *("sandbox-password", DIGEST, "sandbox-secret", "sandbox-key", "sandbox-token-that-expired", "planted-token"),
    *("11223569865", "3873472", "Tomhills@mail.com", "Tomhills@captech.com", "10000000000", "nobody@example.com"),
    *("3084294818", "5686061236", "DECATH10", "Abijith", "Gupta", "555567088"),
]


@pytest.fixture(scope="module")
def sent_in_long_runs() -> list[Seen]:
    """All requests of the two runs, once they are over."""
    return []


@pytest.fixture(scope="module")
def long_runs(tmp_path_factory: pytest.TempPathFactory, sent_in_long_runs: list[Seen]) -> Iterator[list[Done]]:
    """Two runs at the same time: a whole one against a server that refuses everything, and a part, with each failing
    test in full, against a server that always issues the same coupons. Neither has its address on loopback."""
    directory = tmp_path_factory.mktemp("targets")
    part = (
        "-k",
        "test_cases or test_read_back or test_companions or test_revoke or test_authentication",
        "--tb=short",
        "-v",
    )
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


def _declared(seen: Seen) -> Headers:
    framing = seen.headers.get("transfer-encoding")
    return (("Content-Type", seen.headers["content-type"]), *([("Transfer-Encoding", framing)] if framing else []))


def test_the_gate_lets_through_nothing_that_no_run_sends(
    all_refused: Done, always_issued: Done, sent_in_long_runs: list[Seen]
) -> None:
    addresses = [(seen.method, *seen.path.partition("?")[::2]) for seen in sent_in_long_runs]
    parameters = {name for _, _, query in addresses for name, _ in parse_qsl(query)}
    declared = {_declared(seen) for seen in sent_in_long_runs if seen.body or "transfer-encoding" in seen.headers}

    assert {(method, path) for method, path, _ in addresses} == ROUTES.keys()
    # A customer's list by other names, and details and status of coupons that neither server lists.
    others = {"externalId", "id", "coupon_code_case", "includeIssualDetails", "status"}
    assert parameters == {name for route in ROUTES.values() for name in route.parameters} - others
    assert declared == {headers for route in ROUTES.values() for headers in route.headers if headers}
    assert {*NOT_UTF_8.values()} <= {seen.body for seen in sent_in_long_runs}


def test_no_error_of_the_suite_is_shown(all_refused: Done) -> None:
    assert "error of the suite" not in all_refused.text


def planted_in(text: str) -> list[str]:
    """The planted values in a report, without its quotations of the ledger, which has examples of the documentation."""
    rest = re.sub(r'<dl class="ledger".*?</dl>|"ledger": \[\n.*?\n *\]', "", text, flags=re.DOTALL)
    return [planted for planted in PLANTED if planted in rest]


def test_the_report_of_a_whole_run_shows_no_secret(all_refused: Done) -> None:
    assert planted_in(all_refused.text) == []


def test_a_server_that_always_fails_is_not_conformant() -> None:
    with serving(replying(b"", 500)) as stub:
        done = judged(stub.url, "-k", "test_cases")

    assert (done.status, word_of("no-server-error", done.text)) == (1, "failed")


@pytest.mark.parametrize("clause", ["coupon-ids-unique", "codes-unique", "count-too-high", "invalid-issues-nothing"])
def test_a_server_that_always_issues_the_same_coupons_fails(always_issued: Done, clause: str) -> None:
    assert (always_issued.status, word_of(clause, always_issued.text) in ("failed", "not observed")) == (1, True)


def test_a_failing_test_in_full_shows_no_secret(always_issued: Done) -> None:
    assert planted_in(always_issued.text) == []


def test_a_failure_shows_clause_ledger_and_exchange(always_issued: Done) -> None:
    parts = ("count-too-high: answered with ", "677 above 500.", "curl -X POST", "HTTP 200", '"rerun": ')

    assert [part for part in parts if part not in always_issued.text] == []


def test_a_server_that_limits_the_rate_now_and_then_is_never_the_suites_error() -> None:
    refuse = replying({"errors": [entry(707)]})
    with serving(lambda seen: (429, (), b"") if len(stub.seen) % 10 == 9 else refuse(seen)) as stub:
        done = judged(stub.url, "-k", "test_generated")

    assert ("error of the suite" in done.text, word_of("valid-is-processed", done.text)) == (False, "passed")


@pytest.mark.parametrize("fault", ["read-back-forbidden", "never-stored"])
def test_a_read_back_that_lists_nothing_proves_nothing(fault: str) -> None:
    with running_sandbox(["--fault", fault]) as url:
        done = judged(url, "-k", "test_read_back")

    assert (done.status, word_of("refused-leaves-nothing", done.text)) == (1, "not observed")


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
