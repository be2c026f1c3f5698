"""Planted secrets, customers and codes, echoed by the server in every way, must be in no artefact of a run."""

import base64
import hashlib
import html
import json
import os
import re
import subprocess
import sys
import zlib
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from attrs import frozen

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.suite.exchange import JSON_HEADERS, dumps
from coupon_contract.suite.reporting.results import schema
from tests.suite.conftest import Reply, Seen, serving

Json = Any

USER, PASSWORD = "canary-till", 'canary-"pässword/+%'
DIGEST = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
CODE, TOKEN, NAME = "CANARYCODE0001", "canary-granted-token", "Canarina"
CANARIES = {
    "till": USER,
    "password": PASSWORD,
    "digest": DIGEST,
    "digest of a wrong password": hashlib.md5(f"{PASSWORD}-wrong".encode(), usedforsecurity=False).hexdigest(),
    "key": "canary-key",
    "secret": "canary-secret",
    "expired token": "canary-expired-token",
    "granted token": TOKEN,
    "mobile": "4915100047110",
    "mobile but for its end": "491510004711",
    "email": "canary+tag@example.com",
    "external id": "canary-external",
    "unknown mobile": "4915100047119",
    "code": CODE,
    "first name": NAME,
}
HOSTILE = ("-rA", "--tb=long", "--showlocals", "--log-level=DEBUG", "-o", "junit_logging=all", "-o", "log_cli=true")


def target_file(url: str) -> str:
    return f"""
name = "canaries"
base_url = "{url}"
disposable = true
[auth]
till = {{user = "{USER}", password = '{PASSWORD}'}}
oauth = {{key = "canary-key", secret = "canary-secret"}}
expired-token = "canary-expired-token"
[features]
oauth = true
read-back = true
[customers]
known = [
    {{mobile = "4915100047110", email = "canary+tag@example.com", externalId = "canary-external"}},
    {{mobile = "4915100047111"}},
]
unknown = {{mobile = "4915100047119"}}
[series]
ordinary = 415446
generic = 18426
expired = 71300
"""


def _said(seen: Seen, number: int) -> str:
    """What was sent, and every canary, in one way or another; short enough to be shown."""
    sent = f"{seen.path} {seen.headers.get('authorization', '')} {seen.body[:300].decode('utf-8', 'replace')}"
    sent += f" {' '.join(CANARIES.values())}"
    ways: list[Callable[[str], str]] = [str, str.upper, quote, quote_plus, json.dumps, html.escape, _base64]
    return ways[number % len(ways)](sent)[:990]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def echo() -> Any:
    """A reply that holds all it was sent, in one way after the other."""
    numbers = count()

    def reply(seen: Seen) -> Reply:
        if seen.path == spec.TOKEN_PATH:
            return 200, JSON_HEADERS, dumps({"data": {"accessToken": TOKEN, "ttlSeconds": 60}, "errors": None})
        number = next(numbers)
        said = _said(seen, number)
        message = f"nobody got {CODE}: {said}"
        coupons = [{"code": CODE, "couponId": 7}, {"code": CODE, "couponId": 8, "note": f"the code is {CODE}"}]
        profile = {"firstName": NAME, "identifiers": [{"type": "mobile", "value": "4915100047110"}], NAME: NAME}
        issued = {"coupons": coupons, "customer": {"profiles": [profile], "hello": f"{NAME}!"}, said[:200]: said}
        issued["note"] = f"the code is {CODE}"
        text = (("Content-Type", f"text/plain; {quote(CANARIES['email'])}; {USER}; {DIGEST.upper()}"),)
        answers: list[Reply] = [
            (200, JSON_HEADERS, dumps(issued)),
            (200, JSON_HEADERS, dumps({"errors": [{"status": False, "code": 1, "message": message}]})),
            (500, text, said.encode()),
            (200, text, dumps(issued)),
            (418, JSON_HEADERS, dumps([said, {said: 1}])),
        ]
        return answers[number % len(answers)]

    return reply


@frozen
class Artefacts:
    """Everything that a run left behind: what it printed, and its files by name."""

    printed: str
    files: dict[str, str]
    results: Json


@pytest.fixture(scope="module")
def artefacts(tmp_path_factory: pytest.TempPathFactory) -> Artefacts:
    place = tmp_path_factory.mktemp("run")
    kept = place / "kept"
    with serving(echo()) as stub:
        target = tmp_path_factory.mktemp("target") / "canaries.toml"
        target.write_text(target_file(stub.public_url), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", *HOSTILE, str(ROOT / "contract_tests"), "--target", str(target)]
        command += ["--results", str(kept), "--junitxml", str(kept / "junit.xml"), "-p", "no:cacheprovider"]
        done = subprocess.run(  # noqa: S603 - our own suite
            command, cwd=place, capture_output=True, check=False, env=os.environ | {"PYTHONPATH": str(ROOT)}
        )
    assert done.returncode == 1, done.stdout[-2000:].decode()
    files = {str(path.relative_to(place)): path for path in sorted(place.rglob("*")) if path.is_file()}
    read = {name: path.read_bytes().decode("utf-8", "replace") for name, path in files.items()}
    return Artefacts((done.stdout + done.stderr).decode(), read, json.loads(read["kept/results.json"]))


def unpacked(results: Json) -> Iterator[str]:
    """The bodies of the recorded requests that results.json holds compressed or in base64."""
    for failure in results["failures"]:
        body = (failure["request"] or {"body": {"encoding": "text"}})["body"]
        if body["encoding"] == "zlib":
            yield zlib.decompress(base64.b64decode(body["content"])).decode()
        if body["encoding"] == "base64":
            yield base64.b64decode(body["content"]).decode("latin-1").replace("\0", "")


def disguised(word: str) -> set[str]:
    """The word as it might still be read."""
    escaped = json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1], html.escape(word)
    return {form.lower() for form in (word, *escaped, quote(word, safe=""), quote_plus(word), quote(word, safe="/@"))}


def decoded(text: str) -> Iterator[str]:
    """Whatever in the text can be read as base64."""
    for run in set(re.findall(r"[A-Za-z0-9+/_-]{8,}", text)):
        for start in range(4):
            part = run[start : start + (len(run) - start) // 4 * 4]
            yield base64.b64decode(part.translate(str.maketrans("-_", "+/"))).decode("utf-8", "replace")


@pytest.mark.parametrize("word", CANARIES.values(), ids=CANARIES)
def test_no_canary_is_printed(artefacts: Artefacts, word: str) -> None:
    printed = artefacts.printed.lower()

    assert not [form for form in disguised(word) if form in printed]


@pytest.mark.parametrize("word", CANARIES.values(), ids=CANARIES)
def test_no_canary_is_in_any_file(artefacts: Artefacts, word: str) -> None:
    texts = {name: text.lower() for name, text in artefacts.files.items()}

    assert not [(name, form) for name, text in texts.items() for form in disguised(word) if form in text]


@pytest.mark.parametrize("word", CANARIES.values(), ids=CANARIES)
def test_no_canary_is_in_a_packed_body(artefacts: Artefacts, word: str) -> None:
    assert not [text for text in unpacked(artefacts.results) if any(form in text.lower() for form in disguised(word))]


def test_no_canary_is_in_base64(artefacts: Artefacts) -> None:
    texts = [artefacts.printed, *(text for name, text in artefacts.files.items() if name.startswith("kept"))]
    read = "\n".join(part for text in texts for part in decoded(text)).lower()

    assert not [name for name, word in CANARIES.items() if word.lower() in read]


def test_the_four_artefacts_are_there(artefacts: Artefacts) -> None:
    assert {"kept/results.json", "kept/results.html", "kept/junit.xml"} <= artefacts.files.keys()
    assert "not conformant" in artefacts.printed


def test_such_results_fit_their_schema(artefacts: Artefacts) -> None:
    assert [error.message for error in schema().iter_errors(artefacts.results)] == []


def test_equal_codes_have_equal_masks(artefacts: Artefacts) -> None:
    bodies = [one["exchange"]["body"] for one in artefacts.results["failures"] if one["exchange"]]
    masks = {mask for body in bodies for mask in re.findall(r'"code": "(<code \w+>)"', body)}

    assert len(masks) == 1
    assert any(f"the code is {mask}" in body for mask in masks for body in bodies)
