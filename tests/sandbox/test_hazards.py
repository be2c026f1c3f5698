"""Late answers and 503 on purpose, as the command line says them."""

import argparse
import logging
import subprocess
import sys
import time

import httpx
import pytest

from coupon_contract import spec
from coupon_contract.sandbox.__main__ import main
from coupon_contract.sandbox.hazards import Hazards, NotOnPurpose, latency, rate
from qa.with_sandbox import address_of, running_sandbox
from tests.sandbox.conftest import ABIJITH, BASIC

BODY = {"seriesId": 415446, "count": 2, "customer": ABIJITH}


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [("50ms", (50, 50)), ("50ms-200ms", (50, 200)), ("0.5s", (500, 500)), ("1s-1.5s", (1000, 1500)), ("0ms", (0, 0))],
)
def test_a_latency_is_read(text: str, milliseconds: tuple[float, float]) -> None:
    assert latency(text) == milliseconds


@pytest.mark.parametrize("text", ["50", "ms", "-5ms", "50ms-", "1ms-2ms-3ms", "200ms-50ms", "61s", "5 ms", "1e3ms", ""])
def test_what_is_no_latency_is_told(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write"):
        latency(text)


@pytest.mark.parametrize(("text", "share"), [("0", 0), ("1", 1), ("0.05", 0.05), (".5", 0.5), ("1.0", 1)])
def test_a_rate_is_read(text: str, share: float) -> None:
    assert rate(text) == share


@pytest.mark.parametrize("text", ["5%", "1.5", "-0.1", "nan", "2", "", "0.0.1", "inf"])
def test_what_is_no_rate_is_told(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="write a number from 0 to 1"):
        rate(text)


@pytest.mark.parametrize("arguments", [["--latency", "5"], ["--error-rate", "2"], ["--error-when", "later"]])
def test_a_wrong_option_ends_it_with_our_status(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)

    assert ended.value.code == 4
    assert arguments[0] in capsys.readouterr().err


def test_rates_are_kept_roughly() -> None:
    hazards = Hazards(error_rate=0.25)
    failed = sum(hazards.moment() is not None for _ in range(4_000))

    assert 800 < failed < 1_200


def test_either_is_both() -> None:
    assert {Hazards(error_rate=1).moment() for _ in range(100)} == {"before", "after"}


def test_the_command_line_is_obeyed() -> None:
    options = ["--latency", "120ms-130ms", "--error-rate", "1", "--error-when", "after"]
    with running_sandbox(options) as url:
        start = time.monotonic()
        answer = httpx.post(url + spec.ISSUE_PATH, json=BODY, auth=BASIC)
        seconds = time.monotonic() - start
        found = httpx.get(f"{url}/__sandbox/issued", params={"series_id": 415446}).json()["data"]

    assert (answer.status_code, len(found)) == (503, 2)
    assert seconds >= 0.12


def test_a_connection_is_used_again_after_an_error_before() -> None:
    with running_sandbox(["--error-rate", "1", "--error-when", "before"]) as url, httpx.Client(auth=BASIC) as client:
        statuses = [client.post(url + spec.ISSUE_PATH, json=BODY | {"x": "y" * 300_000}).status_code for _ in range(3)]

    assert statuses == [503] * 3


def test_what_goes_wrong_on_purpose_is_announced() -> None:
    command = [sys.executable, "-m", "coupon_contract.sandbox", "--error-rate", "0.5"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        lines = [process.stdout.readline() for _ in range(2)] if process.stdout else []
        process.terminate()

    assert lines[1] == "going wrong on purpose: 0.5 of them 503, before or after issuing\n"


@pytest.mark.parametrize("failure", ["lost", "half"])
def test_a_response_cut_off_on_purpose_is_no_error_in_the_log(failure: str) -> None:
    command = [sys.executable, "-m", "coupon_contract.sandbox"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        url = address_of(process)
        httpx.put(f"{url}/__sandbox/hazards", json={"failure": failure, "error_rate": 1}).raise_for_status()
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(url + spec.ISSUE_PATH, json=BODY, auth=BASIC)
        process.terminate()
        log = process.communicate()[1]

    assert log == ""


def test_any_other_response_that_never_completes_is_an_error_in_the_log() -> None:
    message = "ASGI callable returned without completing response."
    record = logging.LogRecord("uvicorn.error", logging.ERROR, "", 0, message, None, None)

    assert NotOnPurpose().filter(record)
