"""Runs the whole suite against each hostile server: bounded in memory and time, truthful, clean, within its budget."""

import json
import multiprocessing
import os
import resource
import sys
import time
import unicodedata
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from attrs import frozen

from coupon_contract.cli.judge import QUIET, SETTINGS, SUITE
from coupon_contract.cli.sandbox_process import running_sandbox
from tests.suite.hostile_modes import MODES, RIGHT, Mode
from tests.suite.hostile_server import in_front_of

pytestmark = pytest.mark.lengthy
# One of each kind of trouble; `make release-check` makes all of it.
ONE_OF_A_KIND = frozenset(
    {
        *("right", "chunks", "gzip", "idle-connections-closed", "limited-every-40th", "controlling-messages"),
        *("silence-from-the-start", "body-trickle", "read-back-trickle", "header-flood", "body-flood", "gzip-bomb"),
        *("stacked-encodings", "read-back-flood", "closed", "cut-body", "huge-length", "no-http", "second-response"),
        *("bytes-behind", "numbers-for-coupons", "coupons-within-coupons", "deep-nesting", "huge-number", "long-ids"),
        *("server-errors", "redirects", "read-back-of-numbers", "token-that-controls", "limit-that-names-a-coupon"),
    }
)
MOST_MEGABYTES = 150  # more than a run against a right server takes
IMPORTED_BEFORE = ("-W", "ignore::pytest.PytestAssertRewriteWarning")
GRACE_SECONDS = 60  # to start a run, and to write down what it found, on a busy machine
BUDGET = 1_300  # coupons
PRELOADED = [
    "contract_tests.conftest",
    "coupon_contract.suite.reporting.html",
    "coupon_contract.suite.generated_requests",
]
TARGET = """
name = "hostile"
base_url = "{url}"
max_coupons = {budget}
max_seconds = {seconds}
[auth]
till = {{user = "till.sandbox", password = "sandbox-password"}}
oauth = {{key = "sandbox-key", secret = "sandbox-secret"}}
[features]
oauth = true
read-back = true
[customers]
known = [{{mobile = "11223569865", externalId = "3873472"}}, {{mobile = "918028464628", email = "Tomhills@mail.com"}}]
unknown = {{mobile = "10000000000"}}
[series]
ordinary = 415446
uploaded = 535521
expired = 71300
invalid = 999999999
"""


@frozen
class Judged:
    """What a run left: exit status, verdict, what the terminal got, peak of its memory, seconds, coupons issued."""

    status: int
    results: dict[str, object]
    terminal: str
    megabytes: float
    seconds: float
    coupons: int

    def failed(self) -> set[str]:
        """The clauses that failed."""
        clauses = self.results["clauses"]
        assert isinstance(clauses, list)
        return {clause["id"] for clause in clauses if clause["word"] == "failed"}


def judge(arguments: list[str], terminal: str, end: Connection) -> None:
    """Run the suite in this process, which is new and ends with it; send its exit status and the peak of its memory."""
    output = os.open(terminal, os.O_WRONLY | os.O_CREAT)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    status = int(pytest.main(arguments))
    sys.stdout.flush()
    end.send((status, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


@pytest.fixture(scope="module")
def sandbox() -> Iterator[str]:
    with running_sandbox() as url:
        yield url


def run(sandbox: str, mode: Mode, directory: Path) -> Judged:
    """Judge a server of this mode."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(PRELOADED)
    receiving, sending = context.Pipe(duplex=False)
    with in_front_of(sandbox, mode.serve, mode.greet) as front:
        target = directory / "target.toml"
        target.write_text(TARGET.format(url=front.url, budget=BUDGET, seconds=mode.seconds), encoding="utf-8")
        settings = ["-c", str(SETTINGS), "--rootdir", str(SUITE.parent), "--confcutdir", str(SUITE), str(SUITE)]
        options = ["--target", str(target), "--results", str(directory), "-k", mode.only]
        terminal = directory / "terminal.txt"
        process = context.Process(
            target=judge, args=([*QUIET, *IMPORTED_BEFORE, *settings, *options], str(terminal), sending)
        )
        begun = time.monotonic()
        process.start()
        sending.close()
        try:
            status, megabytes = receiving.recv()
        finally:
            process.join(GRACE_SECONDS)
        seconds = time.monotonic() - begun
    results = json.loads((directory / "results.json").read_text(encoding="utf-8"))
    return Judged(status, results, terminal.read_text("utf-8", "replace"), megabytes, seconds, front.coupons)


@pytest.fixture(scope="module")
def megabytes_of_a_right_server(sandbox: str, tmp_path_factory: pytest.TempPathFactory) -> float:
    return run(sandbox, RIGHT["right"], tmp_path_factory.mktemp("right")).megabytes


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in ONE_OF_A_KIND else pytest.mark.thorough) for name in MODES]
)
def test_a_run_survives_and_tells_the_truth(
    sandbox: str, megabytes_of_a_right_server: float, tmp_path: Path, name: str
) -> None:
    mode = MODES[name]
    judged = run(sandbox, mode, tmp_path)
    controls = {character for character in judged.terminal if not is_harmless(character)}

    assert judged.status == mode.status, judged.terminal[-800:]
    assert not mode.clause or mode.clause in judged.failed()
    assert judged.seconds < mode.seconds + GRACE_SECONDS
    assert judged.megabytes - megabytes_of_a_right_server < MOST_MEGABYTES
    assert not controls
    assert max(map(len, judged.terminal.splitlines())) < 10_000
    assert judged.coupons <= BUDGET


def is_harmless(character: str) -> bool:
    """Return True for what a terminal shows and does not obey."""
    return character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp")


def test_the_bench_has_forty_kinds_of_trouble() -> None:
    assert len(MODES.keys() - RIGHT.keys()) >= 40
