"""Fuzzing, in short: that the sandbox survives it, and that it would be seen if not."""

import argparse
import random

import pytest

from qa import fuzz
from qa.fuzz import Findings, damaged, main, page, whole_requests

SHORT = ["--requests", "300", "--broken", "600"]


def test_the_sandbox_survives_fuzzed_requests(capsys: pytest.CaptureFixture[str]) -> None:
    status = main(SHORT)

    assert "Troubles: none." in capsys.readouterr().out
    assert status == 0


@pytest.mark.parametrize(
    ("status", "body", "trouble"),
    [(500, b"", "HTTP 500"), (503, b"", "HTTP 503"), (400, b"Traceback (most", "a stack trace in a response")],
)
def test_what_should_not_come_back_is_seen(status: int, body: bytes, trouble: str) -> None:
    findings = Findings()
    findings.see(status, body)

    assert findings.troubles == {trouble: 1}


def test_troubles_decide_the_exit_status(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    findings = Findings()
    findings.see(500, b"")
    monkeypatch.setattr(fuzz, "fuzz", lambda _: findings)

    assert main(SHORT) == 1
    assert "1 times HTTP 500" in capsys.readouterr().out


def test_memory_that_grows_is_told() -> None:
    findings = Findings(memory=[40.0, 300.0, 200.0])
    told = page(argparse.Namespace(seed=1, requests=1, broken=1, decoder=0), findings, [], 1, "abc")

    assert findings.growth == 260
    assert "40 MB after the first tenth, then at most 300 MB, 200 MB at the end" in told


def test_damage_is_done_and_repeatable() -> None:
    whole = whole_requests()[0]
    one, same = (damaged(whole, random.Random(5)) for _ in range(2))  # noqa: S311 - damage, not secrets

    assert one == same != whole
