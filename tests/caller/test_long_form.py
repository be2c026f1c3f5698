"""Losses at every byte, of messages as long as those of the judged program."""

import shlex
import socket
import sys
from pathlib import Path

import pytest

from coupon_contract.__main__ import main
from coupon_contract.caller.cases import Case, cases, cut_at_bytes, selected
from coupon_contract.caller.issue_record import Rehearsal
from coupon_contract.caller.program import MOBILE, Job, run_case
from coupon_contract.caller.report import Run
from coupon_contract.caller.run import judge
from coupon_contract.caller.server import Server
from coupon_contract.suite.verdict import Exit
from tests.caller.programs import program

STUB = str(Path(__file__).parent / "stub_caller.py")
BODY = f'{{"customer": {{"mobile": "{MOBILE}"}}, "count": 2}}'
HEAD = f"POST /v2/coupon/issue/multiple HTTP/1.1\r\nHost: h\r\nContent-Length: {len(BODY)}\r\nConnection: close"
REQUEST = f"{HEAD}\r\n\r\n{BODY}".encode()


def named(name: str, every: int | None = None) -> Case:
    return selected(cases(every=every), [name])[0]


def answer(server: Server, request: bytes) -> bytes:
    """Send bytes and return everything until the end of the connection."""
    host, port = server.url.removeprefix("http://").split(":")
    received = b""
    with socket.create_connection((host, int(port)), timeout=5) as connection:
        connection.sendall(request)
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.parametrize(
    ("name", "length"), [("lost-before", 5), ("cut-close", 4), ("cut-reset", 4), ("killed-within", 4)]
)
def test_a_message_is_cut_behind_each_of_its_bytes_but_the_last(name: str, length: int) -> None:
    long_form = cut_at_bytes([named(name, every=1)], Rehearsal(request=5, response=4))
    assert [case.cut_byte for case in long_form] == list(range(1, length))


def test_every_second_byte_makes_half_of_the_cases() -> None:
    long_form = cut_at_bytes([named("cut-close", every=2)], Rehearsal(response=8))
    assert [case.cut_byte for case in long_form] == [1, 3, 5, 7]


def test_a_rehearsal_measures_the_request_and_its_response() -> None:
    with Server(named("issued"), MOBILE, 5.0) as server:
        response = answer(server, REQUEST)
    assert server.record.rehearsal == Rehearsal(len(REQUEST), len(response), 0)


@pytest.mark.parametrize("position", [1, 20, len(REQUEST) // 2, len(REQUEST) - 1, len(REQUEST)])
def test_a_request_that_is_lost_at_a_byte_issues_nothing_and_is_reset(position: int) -> None:
    case = named(f"lost-before-byte-{position}")
    with Server(case, MOBILE, 5.0, Rehearsal(request=len(REQUEST))) as server, pytest.raises(ConnectionResetError):
        answer(server, REQUEST)
    assert (server.record.issued, server.record.requests) == ([], 1)


@pytest.mark.parametrize("position", [1, 40, 200])
def test_a_response_is_cut_at_its_byte_and_the_coupons_are_issued(position: int) -> None:
    with Server(named(f"cut-close-byte-{position}"), MOBILE, 5.0) as server:
        received = answer(server, REQUEST)
    assert (len(received), len(server.record.issued)) == (position, 2)


def test_the_lost_request_is_that_for_the_customer_of_the_case() -> None:
    proves_keys_first = program('call("1"); call()')
    run = judge(proves_keys_first, selected(cases(), ["lost-before"]), Job(limit=10), complete=False)
    records = [ran.record for ran in run.results]
    assert [(record.for_others, record.requests, record.issued) for record in records] == [(1, 1, [])] * 3


def test_all_keys_are_different_and_of_one_length() -> None:
    tells_its_key = program('print(json.dumps({"end": "unknown", "codes": [os.environ["COUPON_KEY"]]}))')
    reports = [run_case(tells_its_key, named(name), Job(), "run").report for name in ("issued", "lost-before-byte-123")]
    one, other = (report.codes[0] for report in reports if report is not None)
    assert len(one) == len(other)
    assert one != other


def test_a_longer_answer_makes_more_cases() -> None:
    def starts(count: int) -> int:
        run = judge(program("call()"), [named("cut-close", every=200)], Job(count), complete=False)
        return len(run.results)

    assert starts(40) > starts(2)


def test_the_command_that_runs_a_case_of_the_long_form_again_finds_its_failure(tmp_path: Path) -> None:
    run = failing_run()
    command = shlex.split(run.rerun(run.violations[0].case))
    assert Path(command[0]).name == "coupon-contract"
    separator = command.index("--")
    assert main([*command[1:separator], "--results", str(tmp_path), *command[separator:]]) == Exit.NOT_CONFORMANT


def test_the_command_that_runs_a_case_again_keeps_the_options() -> None:
    run = failing_run()
    rerun = run.rerun("cut-close-byte-12")
    assert all(option in rerun for option in ("--count 3", "--limit 8", "--without key", "--case cut-close-byte-12"))


def failing_run() -> Run:
    command = [sys.executable, STUB, "resends"]
    chosen = [named("cut-close-byte-200")]
    return judge(command, chosen, Job(count=3, limit=8), without=["key"], complete=False)


def test_the_list_of_the_long_form_names_its_cases_once(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["judge-caller", "--every-byte", "--list"]) == Exit.CONFORMANT
    lines = capsys.readouterr().out.splitlines()
    assert sum(line.startswith("cut-close-byte-N ") for line in lines) == 1


def test_a_case_of_the_long_form_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="no case issued-byte-3"):
        selected(cases(), ["issued-byte-3"])
