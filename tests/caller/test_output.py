"""The output of a judged program, as `judge-caller --show-output` shows it."""

import sys
from pathlib import Path

import pytest

from coupon_contract.__main__ import main
from coupon_contract.caller.issue_record import IssueRecord
from coupon_contract.caller.output import KEPT, SHOWN, Output, mask, shown
from coupon_contract.caller.program import MOBILE, Job
from coupon_contract.suite.verdict import Exit
from tests.caller.programs import program

STUB = str(Path(__file__).parent / "stub_caller.py")
TALKS = """
password = os.environ["COUPON_PASSWORD"]
response = call()
sys.stderr.write("cal" "ling with %s for %s\\n" % (password, os.environ["COUPON_MOBILE"]))
sys.stderr.write("the database takes %s\\n" % os.environ["SHOP_DB_PASSWORD"])
sys.stderr.write("\\x1b[31mred\\n")
print("I got JUDGED" "00001Q")
print(json.dumps({"end": "unknown"}))
"""


def judged(tmp_path: Path, command: list[str], *options: str) -> int:
    return main(["judge-caller", "--case", "issued", "--results", str(tmp_path), *options, "--", *command])


@pytest.fixture
def said(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The terminal's text after a program that talks and fails."""
    monkeypatch.setenv("SHOP_DB_PASSWORD", "hunter22hunter22")
    assert judged(tmp_path, program(TALKS), "--show-output") == Exit.NOT_CONFORMANT
    return capsys.readouterr().out


def test_both_streams_of_a_failed_case_are_shown(said: str) -> None:
    assert "it printed on standard output:" in said
    assert '| {"end": "unknown"}' in said
    assert "it printed on standard error:" in said
    assert "| calling with <secret " in said


@pytest.mark.parametrize("secret", ["Pw-", MOBILE, "JUDGED00001Q", "hunter22", "\x1b"])
def test_no_secret_code_customer_or_escape_is_shown(said: str, secret: str) -> None:
    assert secret not in said


def test_no_output_is_shown_without_the_option(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    judged(tmp_path, [sys.executable, STUB, "forgets"])

    assert "it printed" not in capsys.readouterr().out


def test_no_results_file_holds_any_output(said: str, tmp_path: Path) -> None:
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.iterdir()]

    assert len(texts) == 3
    assert [text for text in texts if "calling with" in text] == []


def test_the_output_of_a_program_that_calls_nobody_is_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = program("sys.exit('no module named shop')")

    assert judged(tmp_path, command, "--show-output") == Exit.COULD_NOT_JUDGE
    assert "| no module named shop" in capsys.readouterr().out


def test_a_program_that_prints_nothing_is_said_to(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert judged(tmp_path, ["true"], "--show-output") == Exit.COULD_NOT_JUDGE
    assert "it printed nothing" in capsys.readouterr().out


def test_both_starts_of_a_case_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--case", "started-twice", "--results", str(tmp_path), "--show-output"]
    main(["judge-caller", *options, "--", sys.executable, STUB, "restarts"])
    said = capsys.readouterr().out

    assert "on standard output of start 1" in said
    assert "on standard output of start 2" in said


def lines_of(content: bytes) -> list[str]:
    job = Job()
    return list(shown((Output.of("standard output", content),), mask(job.secrets(), MOBILE, IssueRecord())))


def test_the_last_lines_are_shown() -> None:
    lines = lines_of(b"".join(b"%d\n" % number for number in range(100)))

    assert lines == [
        "it printed on standard output, at the end:",
        *(f"  | {number}" for number in range(100 - SHOWN, 100)),
    ]


def test_a_line_that_was_cut_off_at_its_beginning_is_left_out() -> None:
    assert lines_of(b"x" * KEPT + b"y\nz\n") == ["it printed on standard output, at the end:", "  | z"]
