"""The report of a program, and the results of a run."""

import re
import sys
from pathlib import Path
from typing import Any

import pytest

from coupon_contract import spec
from coupon_contract.__main__ import main
from coupon_contract.caller.cases import cases, cut_at_bytes, selected
from coupon_contract.caller.issue_record import Rehearsal
from coupon_contract.caller.program import report_in
from coupon_contract.suite.reporting import results as results_file
from coupon_contract.suite.verdict import Exit

STUB = str(Path(__file__).parent / "stub_caller.py")


def test_the_last_object_with_an_end_is_the_report() -> None:
    report = report_in(b'starting\n{"end": "unknown"}\n{"end": "issued", "codes": ["A", "B"]}\nbye\n')
    assert report is not None
    assert (report.end, report.codes) == ("issued", ("A", "B"))


def test_output_without_a_report_is_none() -> None:
    assert report_in(b'{"codes": []}\n[1]\nissued\n') is None


@pytest.mark.parametrize(
    "line", [b'{"end": "fine"}', b'{"end": "issued", "codes": ["A", "A"]}', b'{"end": "issued", "codes": [1]}']
)
def test_a_report_that_does_not_fit_the_schema_says_where(line: bytes) -> None:
    report = report_in(line)
    assert report is not None
    assert report.flaw


def test_every_code_of_a_doubtful_case_is_no_certain_refusal() -> None:
    doubtful = {case.code for case in cases() if case.answer == "refused" and case.issues == "all"}
    assert not doubtful & spec.certain_refusals()


def test_every_code_of_a_refusing_case_is_a_certain_refusal() -> None:
    refusing = {
        case.code for case in cases() if case.answer == "refused" and case.status == 200 and case.issues == "none"
    }
    assert refusing <= spec.certain_refusals()


def test_results_fit_the_schema_of_judge_and_hold_no_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["judge-caller", "--results", str(tmp_path), "--case", "issued", "--", sys.executable, STUB, "forgets"]
    assert main(command) == Exit.NOT_CONFORMANT
    content = results_file.load(tmp_path / "results.json")
    assert [failure["clause"] for failure in content["failures"]] == ["caller-never-lost"]
    assert "JUDGED" not in (tmp_path / "results.json").read_text() + capsys.readouterr().out
    assert (tmp_path / "results.html").is_file()


def test_a_clause_that_failed_often_takes_a_few_lines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    selection = ["--case", "no-refusal", "--without", "key", "--results", str(tmp_path)]
    assert main(["judge-caller", *selection, "--", sys.executable, STUB, "trusts"]) == Exit.NOT_CONFORMANT
    printed = capsys.readouterr().out
    failures = printed.partition("verdict ")[0]
    assert len(failures.splitlines()) <= 14
    named = {word.strip(",") for word in failures.replace(":", "").split()}
    assert {case.id for case in selected(cases(), ["no-refusal"])} <= named
    assert [line for line in printed.splitlines() if line != line.rstrip()] == []


def results_of(tmp_path: Path, how: str) -> tuple[dict[str, Any], str]:
    """Return the results of a stub in the cases that refuse nothing, and the text of their page."""
    selection = ["--case", "no-refusal", "--without", "key", "--results", str(tmp_path)]
    main(["judge-caller", *selection, "--", sys.executable, STUB, how])
    return results_file.load(tmp_path / "results.json"), (tmp_path / "results.html").read_text("utf-8")


def test_cases_of_one_finding_are_one_entry_of_the_page_with_all_their_numbers(tmp_path: Path) -> None:
    content, page = results_of(tmp_path, "trusts")
    findings = {(failure["clause"], re.sub(r"\d+", "#", failure["finding"])) for failure in content["failures"]}

    assert len(content["failures"]) > len(findings)
    assert page.count('<details class="problem"') == len(findings)
    assert all(page.count(f'id="failure-{number}"') == 1 for number in range(1, len(content["failures"]) + 1))
    assert all(f"<code>{failure['test']}</code>" in page for failure in content["failures"])


def test_page_terminal_and_results_of_a_program_give_each_case_the_same_number(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content, _ = results_of(tmp_path, "trusts")
    printed = " ".join(capsys.readouterr().out.split())

    for failure in content["failures"]:
        assert f"#{failure['number']} {failure['test']}" in printed


def test_the_page_of_a_program_has_no_text_that_is_about_servers(tmp_path: Path) -> None:
    main(["judge-caller", "--case", "issued", "--results", str(tmp_path), "--", sys.executable, STUB, "forgets"])
    page = (tmp_path / "results.html").read_text("utf-8")

    assert "Run this case again" in page
    assert [
        text for text in ("No single exchange", ">Codes", "commands for a shell", "target file") if text in page
    ] == []


@pytest.mark.parametrize(
    "command", [[], ["--", "no-such-program"], ["--case", "nothing", "--", "true"], ["--limit", "0", "--", "true"]]
)
def test_wrong_usage_exits_with_4(command: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["judge-caller", *command])
    assert ended.value.code == Exit.USAGE


def test_a_name_selects_its_numbered_cases_and_no_case_with_a_longer_name() -> None:
    assert [case.id for case in selected(cases(), ["lost-before"])] == [f"lost-before-{n}" for n in (1, 2, 3)]


def test_progress_is_plain_lines_on_standard_error_where_that_is_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["judge-caller", "--results", str(tmp_path), "--case", "issued", "--", sys.executable, STUB, "none"])
    lines = capsys.readouterr().err.splitlines()

    assert lines[0] == "judging the program: cases …"
    assert re.fullmatch(r"judging the program: cases 1/1 took [\d.]+ s", lines[-1])
    assert "\x1b" not in "".join(lines)


def test_a_command_without_its_dashes_is_told_where_they_go(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["judge-caller", "--without", "key", "node", "x.mjs"])
    assert "judge-caller -- node x.mjs" in capsys.readouterr().err


def test_the_list_without_a_key_has_no_case_that_starts_again(capsys: pytest.CaptureFixture[str]) -> None:
    main(["judge-caller", "--without", "key", "--list"])
    listed = {line.split()[0] for line in capsys.readouterr().out.splitlines()}
    assert listed == {case.id for case in cases() if not case.starts_again}


def test_the_command_of_a_failure_keeps_the_place_and_leaves_out_what_is_usual(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["judge-caller", "--results", str(tmp_path), "--case", "issued", "--", sys.executable, STUB, "forgets"])
    said = capsys.readouterr().out
    again = next(line for line in said.splitlines() if line.startswith("  again:"))
    assert f"judge-caller --results {tmp_path} --case issued -- " in again
    assert "\n1 case: " in said


@pytest.mark.parametrize("every", [None, 7])
def test_no_two_cases_have_the_same_text(every: int | None) -> None:
    listed = cut_at_bytes(cases(every=every), Rehearsal(request=30, response=30))
    assert len({case.text for case in listed}) == len(listed)
    assert not any("{" in case.text for case in listed)
