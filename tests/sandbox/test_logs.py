"""`coupon-contract sandbox logs`: the requests of a running sandbox in a terminal."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from msgspec.structs import replace

from coupon_contract import spec, terminal
from coupon_contract.sandbox import __main__ as sandbox
from coupon_contract.sandbox.admin.access import KEY_VARIABLE
from coupon_contract.sandbox.logs import STOPPED, line
from qa.with_sandbox import running_sandbox, started_sandbox
from tests.sandbox.conftest import ABIJITH, BASIC, PATIENCE, issue_at
from tests.sandbox.request_views import VIEW

KEY = "a control key"


@contextmanager
def following(url: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "coupon_contract.sandbox", "logs", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def next_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def logged(url: str, *options: str) -> int:
    return sandbox.main(["logs", url, "--no-follow", *options])


def test_a_line_has_the_outcome_and_the_rule_that_decided() -> None:
    text = "08:00:00.250  refused 713    2 of series 71300                   1,234.5 ms"

    assert line(VIEW) == f"{text}  issuance.check_expiry (series-expired): the series has expired"


def test_a_line_names_what_was_on_on_purpose() -> None:
    text = line(replace(VIEW, behaviour="coupon-id-as-text", hazard="503 after it was processed"))

    assert text.endswith("; on purpose: coupon-id-as-text; on purpose: 503 after it was processed")


@pytest.mark.parametrize("text", ["\x1b[2J", "\n08:00", "\u202e"])
def test_a_line_is_plain_text(text: str) -> None:
    written = line(replace(VIEW, words=text, method=text, path=text))

    assert written == terminal.in_a_line(written, terminal.LONGEST_TEXT)
    assert text not in written


def test_neither_customers_nor_coupons_are_printed(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    answer = issue_at(url, seriesId=415446).json()
    secrets = [*ABIJITH.values(), answer["coupons"][0]["code"], str(answer["customer"]["id"])]
    for path in (spec.READ_BACK_PATH, spec.CUSTOMER_COUPONS_PATH, f"/v2/{secrets[0]}"):
        httpx.get(url + path, params={"issuedToIds": secrets[2], "couponCodes": secrets[1]}, auth=BASIC)
    logged(url)
    printed = capsys.readouterr().out

    assert printed.count("\n") == 4
    assert [secret for secret in secrets if secret in printed] == []


def test_the_requests_so_far_come_first_to_last(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    issue_at(url, seriesId=71300)
    issue_at(url, seriesId=415446, count=2)

    assert logged(url) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert ("refused 713" in first, "issued 2" in second) == (True, True)


def test_each_request_is_followed_once_until_ctrl_c(url: str) -> None:
    with following(url) as process:
        lines = []
        for series in (415446, 71300, 50050):
            issue_at(url, seriesId=series)
            lines.append(next_line(process))
        process.send_signal(signal.SIGINT)
        rest, errors = process.communicate(timeout=PATIENCE)

    assert [text.split("  ")[1] for text in lines] == ["issued 1", "refused 713", "refused 5005"]
    assert (process.returncode, rest, errors) == (0, "", "")


def test_a_sandbox_that_ends_is_told_with_a_status() -> None:
    with started_sandbox() as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[-1]
        issue_at(url, seriesId=415446)
        with following(url) as process:
            next_line(process)
            server.terminate()
            _, errors = process.communicate(timeout=PATIENCE)

    assert process.returncode == STOPPED
    assert errors.startswith(f"sandbox logs: {url}: no response; name the address")


def test_an_address_where_nothing_answers_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert logged("http://127.0.0.1:9") == terminal.USAGE
    assert "no response" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "127.0.0.1:8000", "ftp://127.0.0.1", "http://"])
def test_an_address_without_scheme_or_host_is_a_usage_error(text: str) -> None:
    with pytest.raises(SystemExit) as raised:
        logged(text)

    assert raised.value.code == terminal.USAGE


def test_the_control_key_comes_from_the_environment_or_an_option(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_sandbox(["--control-key", KEY]) as url:
        statuses = [logged(url), logged(url, "--control-key", KEY)]
        monkeypatch.setenv(KEY_VARIABLE, KEY)
        statuses.append(logged(url))

    assert statuses == [terminal.USAGE, 0, 0]
    assert "HTTP 401, Send the control key" in capsys.readouterr().err


def test_lines_can_be_cut_off_by_another_program(url: str) -> None:
    for _ in range(3):
        issue_at(url, seriesId=415446)
    command = f"{sys.executable} -m coupon_contract.sandbox logs {url} --no-follow | head -n 1"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True, env=os.environ)  # noqa: S603

    assert (done.stdout.count("\n"), done.stderr) == (1, "")
