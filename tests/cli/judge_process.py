import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from attrs import evolve, frozen

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.suite.exchange import JSON_HEADERS, dumps
from coupon_contract.suite.reporting.results import load
from tests.suite.conftest import Reply, Seen

Json = Any
SECONDS = 120
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTEST_ADDOPTS"} | {"COLUMNS": "200"}
TOKEN = {"data": {"accessToken": "planted-token", "ttlSeconds": 600}, "errors": None}
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
    """The word for a clause in results.json, or in the table of a run without failures."""
    written = re.search(rf'"id": "{clause}",\s*"text": .*?"word": "([^"]+)"', text, re.DOTALL)
    found = written or re.search(rf"^(\S.*?)  +(?:MUST|SHOULD|MAY) +{clause}\b", text, re.MULTILINE)
    return found[1] if found else ""
