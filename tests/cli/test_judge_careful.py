import json
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path
from time import sleep

import pytest

from coupon_contract import spec
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.sandbox.seed import DEFAULT_SEED
from coupon_contract.suite.exchange import JSON_HEADERS, dumps
from qa.with_sandbox import running_sandbox
from tests.cli.judge_process import Done, finish, judged, start, word_of
from tests.suite.conftest import Reply, Seen, entry, serving

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
        "calls-apart": "not offered",
        "revoke-only-named": "not offered",
        "revoke-says-what-failed": "not offered",
    }


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

    # This server is wrong: whether a failure was seen before the signal depends on the machine's load.
    assert (done.status in (1, 3), len(stub.seen) - sent, "Traceback" in done.text) == (True, 0, False)
    assert json.loads((tmp_path / "results.json").read_text("utf-8"))["verdict"]["exit_status"] == done.status
