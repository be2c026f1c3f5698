"""Checks a target file against its target: coupon-contract check-target [TARGET].

TARGET is a target file, or the URL of a sandbox; without it our own sandbox is started. Each id is asked about in at
most two requests for one coupon, counted against max_coupons. Exit status: 0 no id is wrong, 3 the target cannot be
asked, 4 an id is wrong, or the file cannot be used.
"""

import argparse
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from coupon_contract import terminal
from coupon_contract.cli.sandbox_process import running_sandbox
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite.plan import PER_ID
from coupon_contract.suite.preflight import reason_not_to_judge
from coupon_contract.suite.problem import counted
from coupon_contract.suite.run import Run
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_check import CheckedId, IdWord, check_ids
from coupon_contract.suite.target_file import TargetError, load
from coupon_contract.suite.transport import Transport
from coupon_contract.suite.verdict import Exit

MOST = 10_000 * PER_ID  # requests; the size of a target file ends before that


def main(arguments: Sequence[str]) -> int:
    """`coupon-contract check-target`: print what the target says about each id of its file."""
    parser = terminal.Parser(
        prog="coupon-contract check-target",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="TARGET", nargs="?")
    parser.add_argument("--target", metavar="TOML|URL", help="the same, as `judge` has it")
    options = parser.parse_args([argument for argument in arguments if argument])
    try:
        with _target(options.file or options.target) as target:
            return check(target)
    except TargetError as problem:
        terminal.write_error(f"check-target: {problem}")
        return Exit.USAGE


def check(target: Target) -> int:
    """Check the ids of a target, print them, and return the exit status."""
    with Transport(target) as transport:
        run = Run.against(target, transport)
        if reason := reason_not_to_judge(run):
            terminal.write_error(f"cannot be checked: {reason}")
            return Exit.COULD_NOT_JUDGE
        checked = check_ids(run, MOST)
    for entry in checked:
        terminal.write(f"{entry.word:<12}{entry}")
    issued = transport.budget.issued_at_least
    terminal.write(
        f"\n{target.name}: {_sentence(checked)}; {counted(transport.sent, 'request')}, {counted(issued)} issued"
    )
    return Exit.USAGE if any(entry.word is IdWord.WRONG for entry in checked) else Exit.CONFORMANT


def _sentence(checked: Sequence[CheckedId]) -> str:
    counts = {word: sum(entry.word is word for entry in checked) for word in IdWord}
    words = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    if counts[IdWord.WRONG]:
        return f"{words}. Correct the wrong ones, or leave them out"
    if counts[IdWord.DOUBTFUL]:
        return f"{words}. A doubtful one is wrong here, or the target is: a judgement says which clauses that fails"
    return words


@contextmanager
def _target(argument: str | None) -> Iterator[Target]:
    if argument:
        yield load(argument)
        return
    with running_sandbox() as url:
        yield load(str(SANDBOX_TARGET), {**os.environ, "SANDBOX_URL": url})
