"""`coupon-contract judge --har`: judges the calls in a recording, and sends nothing (docs/recordings.md)."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import pytest

from coupon_contract import terminal
from coupon_contract.suite.har import HarError
from coupon_contract.suite.problem import counted
from coupon_contract.suite.recorded_run import UNKNOWN, Judged, judge_recording
from coupon_contract.suite.reporting import clause_pages
from coupon_contract.suite.reporting.terminal import print_verdict
from coupon_contract.suite.reporting.writer import Recorder
from coupon_contract.suite.target_file import TargetError, load
from coupon_contract.suite.verdict import Exit, Verdict, Word

NOTHING = "could not judge: the recording has no call of the operation that shows anything"


def main(arguments: Sequence[str]) -> int:
    """Judge a recording, and return the exit status: 0 nothing fails, 1 a MUST clause does, 3 no call, 4 usage."""
    options = _parser().parse_args(arguments)
    try:
        clause_pages.site()
        recorder = Recorder(options.results, options.target or "", 0)
        target = load(options.target) if options.target else UNKNOWN
        judged = judge_recording(Path(options.har), target)
    except (TargetError, HarError, pytest.UsageError, ValueError) as problem:
        terminal.write_error(str(problem))
        return Exit.USAGE
    verdict = judged.verdict()
    print_verdict(verdict, judged.run, terminal.write)
    _print_counts(judged, verdict)
    if wrong := recorder.write(judged.run, verdict, verdict.exit_status, {}, "" if judged.judged else NOTHING):
        terminal.write_error(wrong)
        return Exit.USAGE
    terminal.write(f"results: {recorder.page}")
    return verdict.exit_status


def _print_counts(judged: Judged, verdict: Verdict) -> None:
    copies = f", {judged.copies} of them copies of others" if judged.copies else ""
    if missing := sum(entry.word is Word.NOT_OBSERVED for entry in verdict.clauses):
        terminal.write(f"not observed: {counted(missing, 'clause')}, because the recording does not show them")
    total = judged.judged + judged.copies + judged.left_out.total()
    terminal.write(f"{counted(total, 'call')} recorded{copies}; {judged.judged} judged, and nothing sent")
    for reason, times in judged.left_out.most_common():
        terminal.write(f"left out {times}: {reason}")
    if not judged.judged:
        terminal.write_error(NOTHING)


def _parser() -> argparse.ArgumentParser:
    parser = terminal.Parser(
        prog="coupon-contract judge --har",
        description="Judge the calls in a recording, and send nothing.",
        epilog="A recording holds credentials, codes and customers; docs/recordings.md says how to make and keep one.",
        allow_abbrev=False,
    )
    parser.add_argument("--har", metavar="FILE", required=True, help="the recording, in the HAR format")
    parser.add_argument("--target", metavar="TOML", help="the target file with the series and customers in it")
    parser.add_argument("--results", default="reports", metavar="DIR", help="place of the results (default: reports)")
    return parser
