import base64
import io
import json
import os
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any, Literal

import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.cli.replay import main
from coupon_contract.paths import ROOT
from coupon_contract.suite.exchange import JSON_HEADERS, Request
from tests.suite.conftest import Reply, Seen, always, body, entry, example, exchange, serving
from tests.suite.reporting.test_results import TOO_MANY, VERDICTS, VerdictCase, found, run

Json = Any
RIGHT = {"errors": [entry(677)]}
WRONG = {"errors": [entry(756)]}
DISPOSABLE = "disposable = true\n"
TILL = '[auth]\ntill = {user = "till", password = "planted-password"}\n'


def results(tmp_path: Path, seen: Any = None) -> Path:
    file = tmp_path / "results.json"
    file.write_text(json.dumps(found(seen or run(TOO_MANY))), encoding="utf-8")
    return file


def number(file: Path, clause: str = "count-too-high") -> str:
    failures = json.loads(file.read_text(encoding="utf-8"))["failures"]
    return f"{file}#{next(one['number'] for one in failures if one['clause'] == clause)}"


def target(tmp_path: Path, url: str, more: str = DISPOSABLE) -> str:
    file = tmp_path / "target.toml"
    known = '[customers]\nknown = [{mobile = "4711815"}]\n'
    file.write_text(f'base_url = "{url}"\n{more}{TILL}{known}[series]\nordinary = 7\n', encoding="utf-8")
    return str(file)


def replayed(
    tmp_path: Path, answer: Any, *options: str, seen: Any = None, more: str = DISPOSABLE, clause: str = ""
) -> tuple[int, list[Seen]]:
    file = results(tmp_path, seen)
    with serving(answer) as stub:
        case = number(file, clause or "count-too-high")
        return main([case, target(tmp_path, stub.url, more), *options]), stub.seen


@pytest.mark.parametrize(
    ("answer", "status"), [(RIGHT, 0), (WRONG, 1), (b"<no>", 1), ({"errors": [entry(677) | {"x": 1}]}, 0)]
)
def test_the_exit_status_says_whether_it_is_still_wrong(tmp_path: Path, answer: Json, status: int) -> None:
    assert replayed(tmp_path, always(answer), "--yes")[0] == status


def test_the_request_is_sent_once_with_the_target_s_own_values(tmp_path: Path) -> None:
    _, seen = replayed(tmp_path, always(RIGHT), "--yes")

    assert [(one.method, one.path, one.body) for one in seen] == [
        ("POST", spec.ISSUE_PATH, b'{"seriesId":7,"count":501,"customer":{"mobile":"4711815"}}')
    ]


def test_what_is_sent_and_what_it_may_cost_is_said_first(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    replayed(tmp_path, always(RIGHT), "--yes")
    said = capsys.readouterr().out

    assert said.index("curl -X POST") < said.index("issues at most 501 coupons") < said.index("HTTP 200")


def test_nothing_of_a_target_that_is_not_disposable_is_printed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def echo(seen: Seen) -> Reply:
        return 200, JSON_HEADERS, json.dumps({"errors": [entry(677, message=f"{seen.headers} {seen.body!r}")]}).encode()

    replayed(tmp_path, echo, "--yes", more="max_coupons = 600\n")
    said = "".join(capsys.readouterr())

    assert not [word for word in ("planted-password", "4711815", "Basic dGlsb") if word in said]


def test_without_a_terminal_nothing_is_sent(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    status, seen = replayed(tmp_path, always(RIGHT))

    assert (status, seen) == (4, [])
    assert "--yes" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("answer", "status", "sent"), [("y\n", 0, 1), ("YES\n", 0, 1), ("\n", 4, 0), ("n\n", 4, 0), ("", 4, 0)]
)
def test_on_a_terminal_it_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, status: int, sent: int
) -> None:
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr("sys.stdin", terminal)
    got, seen = replayed(tmp_path, always(RIGHT))

    assert (got, len(seen)) == (status, sent)


def test_the_budget_applies(tmp_path: Path) -> None:
    status, seen = replayed(tmp_path, always(RIGHT), "--yes", more="max_coupons = 500\n")

    assert (status, seen) == (3, [])


@pytest.mark.parametrize("answer", [lambda _: None, always({}, 429)])
def test_no_answer_cannot_be_judged(tmp_path: Path, answer: Any) -> None:
    assert replayed(tmp_path, answer, "--yes")[0] == 3


def test_a_right_answer_does_not_clear_a_failure_that_took_the_whole_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    issued = exchange(body(), example("Issued"))
    good = example("Issued") | {"totalCount": 1, "successCount": 1, "failureCount": 0, "errors": [], "warnings": []}
    good["coupons"] = good["coupons"][:1]
    good["customer"]["profiles"][0]["identifiers"] = [{"type": "mobile", "value": "4711815"}]
    status, _ = replayed(tmp_path, always(good), "--yes", seen=run(issued, issued), clause="coupon-ids-unique")

    assert (status, "needs the whole test" in capsys.readouterr().out) == (3, True)


@pytest.mark.parametrize(
    ("sent", "words"), [("kept", "carried several requests"), ("parallel", "sent at the same time")]
)
def test_a_right_answer_does_not_clear_a_failure_seen_among_other_requests(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], sent: Literal["kept", "parallel"], words: str
) -> None:
    status, _ = replayed(tmp_path, always(RIGHT), "--yes", seen=run(evolve(TOO_MANY, connection=sent)))
    output = capsys.readouterr().out

    assert (status, words in output, "judge --only" in output) == (3, True, True)


def test_a_wrong_answer_shows_a_failure_seen_among_other_requests(tmp_path: Path) -> None:
    assert replayed(tmp_path, always(WRONG), "--yes", seen=run(evolve(TOO_MANY, connection="kept")))[0] == 1


def test_a_right_answer_leaves_what_only_the_test_judges_to_its_test(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    seen = run()
    sent = seen.exchanges = seen.judged = 1
    seen.observe("metadata-too-long", "answered with coupons", TOO_MANY)
    status, requests = replayed(tmp_path, always(RIGHT), "--yes", seen=seen, clause="metadata-too-long")

    assert (status, len(requests)) == (3, sent)
    assert "only its test can tell" in capsys.readouterr().out


def test_a_request_of_a_companion_is_sent_and_left_to_its_test(tmp_path: Path) -> None:
    seen = run()
    asked = Request("GET", spec.READ_BACK_PATH, (("issuedToIds", "$none"),), ())
    seen.observe("read-back-shape", "no list", evolve(TOO_MANY, request=evolve(asked, query=())))
    status, sent = replayed(tmp_path, always({}), "--yes", seen=seen, clause="read-back-shape")

    assert (status, [one.path for one in sent]) == (3, [spec.READ_BACK_PATH])


def complaint(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(arguments) == 4
    return capsys.readouterr().err


@pytest.mark.parametrize("case", ["", "x", "1", "nowhere.json#1", "#", "#x", "9" * 5_000, "-1", "#1e3"])
def test_a_case_that_is_none_is_a_complaint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    monkeypatch.setattr("coupon_contract.cli.replay.DEFAULT_FILE", tmp_path / "none.json")

    assert complaint(capsys, case).startswith("replay: ")


def test_a_number_that_no_failure_has_is_a_complaint(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = results(tmp_path)

    assert f"{file}: has 1 failure, and none with the number 99" in complaint(capsys, f"{file}#99")


def test_a_number_alone_is_of_the_results_in_the_current_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "reports").mkdir()
    results(tmp_path / "reports")
    monkeypatch.chdir(tmp_path)

    assert "reports/results.json: has 1 failure, and none with the number 99" in complaint(capsys, "99")


@pytest.mark.parametrize("case", VERDICTS.values(), ids=VERDICTS)
def test_results_of_every_verdict_are_read(
    case: VerdictCase, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "has no failure, and none with the number 1" in complaint(capsys, f"{case.written(tmp_path)}#1")


def test_results_that_are_nested_beyond_reason_are_a_complaint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "deep.json"
    file.write_text("[" * 200_000, encoding="utf-8")

    assert "is not JSON" in complaint(capsys, f"{file}#1")


def test_a_request_that_the_target_file_does_not_allow_is_a_complaint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = results(tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace("$series.ordinary", "4242"), encoding="utf-8")
    with serving(always(RIGHT)) as stub:
        careful = target(tmp_path, stub.url, "max_coupons = 600\n")
        said = complaint(capsys, number(file), careful, "--yes")

    assert ("names series 4242" in said, stub.seen) == (True, [])


BOMB = base64.b64encode(zlib.compress(b" " * 100_000_000)).decode()
PLANTED: dict[str, Json] = {
    **{
        f"path {path!r}": {"path": path}
        for path in (
            "/v2/coupon/issue/mult%69ple",
            f"{spec.ISSUE_PATH}?x=1",
            f"{spec.ISSUE_PATH}#x",
            f"/x/..{spec.ISSUE_PATH}",
            "/v2/coupon/issue/./multiple",
            "/__sandbox/reset",
            "/$auth.till.password",
            "/$known.0.mobile",
        )
    },
    "the query": {"query": [["count", "500"]]},
    "the method": {"method": "M-SEARCH"},
    "the caller": {"who": "root"},
    "the headers": {"headers": [["Content-Type", "application/json"], ["Host", "elsewhere.invalid"]]},
    "credentials in a header": {"headers": [["Authorization", "Basic $auth.till.password"]]},
    "credentials in the body": {"body": {"encoding": "text", "content": "$auth.till.password"}},
    "a body that is not held": {"body": {"encoding": "withheld", "content": ""}},
    "a body of gigabytes": {"body": {"encoding": "zlib", "content": BOMB}},
}


@pytest.mark.parametrize("more", [DISPOSABLE, "max_coupons = 0\n", "max_coupons = 600\n"])
@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_request_that_no_test_sends_is_a_complaint_before_anything_is_said_of_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], planted: Json, more: str
) -> None:
    file = results(tmp_path)
    content = json.loads(file.read_text(encoding="utf-8"))
    for failure in content["failures"]:
        failure["request"] |= planted
    file.write_text(json.dumps(content), encoding="utf-8")
    with serving(always(RIGHT)) as stub:
        status = main([number(file), target(tmp_path, stub.url, more), "--yes"])
    said = capsys.readouterr()

    assert (status, stub.seen, said.out) == (4, [], "")
    assert said.err.startswith("replay: ")
    assert "planted-password" not in said.err


def test_a_failure_whose_exchange_is_missing_is_sent_all_the_same(tmp_path: Path) -> None:
    file = results(tmp_path)
    content = json.loads(file.read_text(encoding="utf-8"))
    content["failures"] = [one | {"exchange": None} for one in content["failures"]]
    file.write_text(json.dumps(content), encoding="utf-8")
    with serving(always(RIGHT)) as stub:
        assert main([number(file), target(tmp_path, stub.url), "--yes"]) == 0


def test_results_do_not_control_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = results(tmp_path)
    content = json.loads(file.read_text(encoding="utf-8"))
    content["target"]["name"] = "\x1b[2J\u202e\r"
    content["failures"] = [one | {"problem": "\x1b[8m\x9b8m"} for one in content["failures"]]
    file.write_text(json.dumps(content), encoding="utf-8")
    with serving(always(RIGHT)) as stub:
        main([number(file), target(tmp_path, stub.url), "--yes"])
    said = capsys.readouterr().out

    assert not {"\x1b", "\x9b", "\u202e", "\r"} & {*said}
    assert r"\x1b[8m" in said


def test_no_text_of_results_begins_a_line_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = results(tmp_path)
    content = json.loads(file.read_text(encoding="utf-8"))
    content["target"]["name"] = "staging\nthis response is right"
    content["failures"] = [one | {"problem": "wrong\nthis response is right"} for one in content["failures"]]
    file.write_text(json.dumps(content), encoding="utf-8")
    with serving(always(WRONG)) as stub:
        main([number(file), target(tmp_path, stub.url), "--yes"])

    assert "this response is right" not in capsys.readouterr().out.splitlines()


def test_a_target_that_lacks_what_the_request_needs_is_a_complaint(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = results(tmp_path, run(exchange(body(seriesId=71300), {"errors": [entry(707)]})))
    said = complaint(capsys, number(file, "series-expired"), target(tmp_path, "http://127.0.0.1:1"), "--yes")

    assert "the target has no series.expired" in said


def test_a_failure_without_a_request_names_its_test(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seen = run()
    seen.observe("limits-in-parallel", "6 coupons where 5 are the limit")
    file = results(tmp_path, seen)

    assert "coupon-contract judge --only" in complaint(capsys, number(file, "limits-in-parallel"), "--yes")


def test_without_a_target_our_own_sandbox_is_started(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "coupon_contract", "replay", number(results(tmp_path)), "", "--yes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, env=os.environ)  # noqa: S603

    assert (done.returncode, done.stderr) == (0, "")
    assert "this response is right" in done.stdout
