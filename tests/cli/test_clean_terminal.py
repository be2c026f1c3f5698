"""Whatever a target, a target file or a results file holds, it cannot control the terminal, and cannot flood it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from attrs import frozen

from coupon_contract.suite.exchange import dumps
from tests.suite.conftest import Reply, Seen, serving

EVIL = "\x1b[2J\x1b[32mconformant\x1b[0m\x9b31m\u202e\u2028\u2029\u200f\ufeff\x07\r"
HEADER = EVIL.encode("latin-1", "ignore").decode("latin-1").replace("\r", "")
LONG = "text/" + "x" * 60_000
ONE = "count-too-high"

TARGET = """
name = "staging"
base_url = "{url}"
max_coupons = 2000
auth.till = {{user = "till", password = "planted"}}
customers.known = [{{mobile = "4711815"}}]
series.ordinary = 7
"""


@frozen
class Shown:
    """What a command wrote, on both streams, and its exit status."""

    text: str
    status: int

    def controls(self) -> set[str]:
        return {character for character in self.text if character != "\n" and not character.isprintable()}


def run(*arguments: str, folder: Path) -> Shown:
    command = [sys.executable, "-P", "-m", "coupon_contract", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603
    return Shown((done.stdout + done.stderr).decode(), done.returncode)


def judged(folder: Path, reply: Reply, more: Sequence[str] = ("-k", ONE)) -> Shown:
    def answer(_: Seen) -> Reply:
        return reply

    with serving(answer) as stub:
        (folder / "t.toml").write_text(TARGET.format(url=stub.url), encoding="utf-8")
        return run("judge", "--target", "t.toml", "--results", "r", *more, folder=folder)


def coupon(text: str) -> object:
    return {"coupons": [{"code": "A", "couponId": 1, text: text}], "errors": [{"code": 1, "message": text, text: 1}]}


REPLIES: dict[str, Reply] = {
    "a header": (200, (("Content-Type", HEADER),), b"{}"),
    "a long header": (200, (("Content-Type", LONG),), b"{}"),
    "names and texts of a body": (200, (("Content-Type", "application/json"),), dumps(coupon(EVIL))),
    "long names and texts of a body": (200, (("Content-Type", "application/json"),), dumps(coupon(EVIL * 3_000))),
    "the first line of a firewall": (403, (), EVIL.encode()),
    "a redirect": (302, (("Location", HEADER),), EVIL.encode()),
}


@pytest.mark.parametrize("reply", REPLIES.values(), ids=REPLIES)
def test_judge_writes_nothing_that_controls_or_floods_the_terminal(tmp_path: Path, reply: Reply) -> None:
    shown = judged(tmp_path, reply)

    assert shown.status in (1, 3), shown.text
    assert not shown.controls()
    assert len(shown.text) < 50_000


def test_replay_and_compare_write_nothing_that_controls_or_floods_the_terminal(tmp_path: Path) -> None:
    judged(tmp_path, REPLIES["names and texts of a body"])
    file = tmp_path / "r" / "results.json"
    results = json.loads(file.read_text(encoding="utf-8"))
    results["target"]["name"] = results["failures"][0]["problem"] = results["failures"][0]["rerun"] = EVIL * 3_000
    results["clauses"][0]["notes"] = [EVIL * 3_000]
    results["clauses"][0]["word"] = "error"
    (tmp_path / "evil.json").write_text(json.dumps(results), encoding="utf-8")
    reply = REPLIES["a header"]
    with serving(lambda _: reply) as stub:
        (tmp_path / "t.toml").write_text(TARGET.format(url=stub.url), encoding="utf-8")
        replayed = run("replay", "evil.json#1", "t.toml", "--yes", folder=tmp_path)
    compared = run("compare", "evil.json", str(file), folder=tmp_path)

    assert (replayed.status in (1, 3), compared.status) == (True, 1), replayed.text + compared.text
    assert [shown.controls() for shown in (replayed, compared)] == [set(), set()]
    assert max(len(shown.text) for shown in (replayed, compared)) < 50_000


BAD = {
    "judge": ("judge", "--target", f"no{EVIL}where.toml"),
    "judge with an option": ("judge", f"--{EVIL}"),
    "replay": ("replay", f"no{EVIL}where.json#1"),
    "compare": ("compare", f"no{EVIL}where.json", "other.json"),
}


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
def test_a_usage_error_writes_nothing_that_controls_the_terminal(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    shown = run(*arguments, folder=tmp_path)

    assert (shown.status, shown.controls()) == (4, set())
