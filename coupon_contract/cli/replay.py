"""Sends one failed request again: coupon-contract replay CASE [TARGET] [--yes].

CASE is the number of a failure in reports/results.json of the current folder, or another file and number:
results.json#3. TARGET is a target file, or the URL of a sandbox; without it our own sandbox is started. Exit status:
0 the response no longer shows the failure, 1 it does, 3 there is no response, or one response cannot decide, 4 usage.

One request is sent, on a connection of its own. A failure that takes several requests needs its test.
"""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

from coupon_contract import terminal
from coupon_contract.cli.sandbox_process import running_sandbox
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite.budget import most_coupons
from coupon_contract.suite.credentials import WITH_TOKEN
from coupon_contract.suite.exchange import Request
from coupon_contract.suite.oracle import Finding
from coupon_contract.suite.problem import counted
from coupon_contract.suite.reporting.curl import curl
from coupon_contract.suite.reporting.results import DEFAULT_FILE, ResultsError, load
from coupon_contract.suite.run import Run
from coupon_contract.suite.skips import Defect, NotObserved, NotOffered
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_file import TargetError
from coupon_contract.suite.target_file import load as load_target
from coupon_contract.suite.template import Template, TemplateError
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import Exit

Json = Any
REFUSED_CREDENTIALS = (401, 403)
NOT_ALONE = {  # why one response decides nothing, by what proves the failure
    "exchange": "only its test can tell whether this response is right; run it",
    "test": "this response alone does not show it; the failure needs the whole test",
    "connection": "the failure was seen on a connection that carried several requests, not on a new one; run its test",
    "parallel": "the failure was seen among requests sent at the same time, and this one was sent alone; run its test",
}
LONGEST_NUMBER = 9  # digits


class Usage(Exception):
    """Nothing was sent; the text says why."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Usage(f"{message}\n{self.format_usage().strip()}")


def main(arguments: Sequence[str]) -> int:
    """Send the request of a failure again, and print the problems of the response."""
    try:
        options = _options(arguments)
        failure, name = _failure(options.case)
        with _target(options.target) as target:
            return replay(failure, name, target, yes=options.yes)
    except (Usage, ResultsError, TargetError, TemplateError, NotOffered, Defect) as problem:
        terminal.write_error(f"replay: {problem}")
        return Exit.USAGE


def replay(failure: Mapping[str, Json], recorded: str, target: Target, *, yes: bool) -> int:
    """Send the request of a failure to a target, after printing its possible cost.

    `recorded` is the name of the target that the results are about. Raises Usage, TemplateError and NotOffered.
    """
    template = Template.from_json(failure["request"])
    request = template.request_for(target)
    with Transport(target) as transport:
        transport.forbid(request)  # checked here before the price is printed, and again by the gate
        run = Run.against(target, transport)
        problem = terminal.in_a_line(failure["problem"], terminal.LONGEST_TEXT)
        terminal.write(f"failure {failure['number']}, {failure['level']} {failure['clause']}: {problem}")
        origin = terminal.in_a_line(recorded)
        terminal.write(f"recorded from {origin}, sent to {run.mask.text(target.place)}:\n")
        terminal.write_whole(f"{curl(template, target)}\n")
        terminal.write(_price(request, target))
        _confirm(yes)
        return _send(failure, template, request, run)


def _send(failure: Mapping[str, Json], template: Template, request: Request, run: Run) -> int:
    try:
        exchange = run.exchange(request)
    except NotObserved as problem:
        terminal.write(f"\nno answer to judge: {problem}")
        return Exit.COULD_NOT_JUDGE
    findings = run.oracle.judge(exchange)[1] if request.issues else []
    wrong = [finding for finding in findings if finding.problem]
    terminal.write(f"\n{run.mask.response(exchange.response)}\n")
    for finding in wrong:
        text = terminal.in_a_line(run.mask.text(finding.problem or ""), terminal.LONGEST_TEXT)
        terminal.write(f"{finding.clause}: {text}")
    holds = any(finding.clause == failure["clause"] and not finding.problem for finding in findings)
    return _verdict(failure, exchange.response.status, wrong, holds=holds)


def _verdict(failure: Mapping[str, Json], status: int, wrong: Sequence[Finding], *, holds: bool) -> int:
    if wrong:
        terminal.write(
            "\nstill wrong"
            if any(finding.clause == failure["clause"] for finding in wrong)
            else "\nwrong in another way"
        )
        return Exit.NOT_CONFORMANT
    recorded = failure["exchange"]["status"] if failure["exchange"] else None
    if status in REFUSED_CREDENTIALS and status != recorded:
        terminal.write("the target refuses the credentials, so the response proves nothing")
        return Exit.COULD_NOT_JUDGE
    if not failure["alone"]:
        terminal.write(f"{NOT_ALONE[failure.get('proof', 'test')]}:\n  {failure['rerun']}")
        return Exit.COULD_NOT_JUDGE
    if not holds:
        terminal.write(f"this response does not show {failure['clause']}; its test may:\n  {failure['rerun']}")
        return Exit.COULD_NOT_JUDGE
    terminal.write(f"this response is right; to see whether its test passes:\n  {failure['rerun']}")
    return Exit.CONFORMANT


def _price(request: Request, target: Target) -> str:
    coupons = most_coupons(request)
    token = " and one for a token" if request.who in WITH_TOKEN or "till" not in target.auth else ""
    costs = f"issues at most {coupons} coupon{'s' * (coupons != 1)}" if coupons else "issues no coupon"
    return f"This sends 1 request{token}, once, as {request.who}. It {costs}."


def _confirm(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise Usage("nothing was sent: there is no terminal to ask; say --yes (with make: ARGS=--yes)")
    try:
        answer = input("Send it? [y/N] ")
    except EOFError:
        answer = ""
    if answer.strip().lower() not in ("y", "yes"):
        raise Usage("nothing was sent")


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="coupon-contract replay", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("case", metavar="CASE")
    parser.add_argument("target", metavar="TARGET", nargs="?")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args([argument for argument in arguments if argument])


def _failure(case: str) -> tuple[dict[str, Json], str]:
    """Return the failure that CASE names, and the name of the target of the results."""
    file, _, number = case.rpartition("#")
    if not number.isdecimal() or len(number) > LONGEST_NUMBER:
        raise Usage(f"{case}: write the number of a failure, or results.json#number")
    path = Path(file) if file else DEFAULT_FILE
    results = load(path)
    failure = next((failure for failure in results["failures"] if failure["number"] == int(number)), None)
    if failure is None:
        numbers = counted(len(results["failures"]), "failure") if results["failures"] else "no failure"
        raise Usage(f"{path}: has {numbers}, and none with the number {number}")
    if failure["request"] is None:
        again = failure["rerun"]
        raise Usage(f"{path}: failure {number}: no single request shows this failure; run its test again:\n  {again}")
    return failure, results["target"]["name"]


@contextmanager
def _target(argument: str | None) -> Iterator[Target]:
    if argument:
        yield load_target(argument)
        return
    with running_sandbox() as url:
        yield load_target(str(SANDBOX_TARGET), {**os.environ, "SANDBOX_URL": url})
