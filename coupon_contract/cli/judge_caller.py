"""`coupon-contract judge-caller`: judges a program that issues coupons, in any language (docs/judge-callers.md)."""

import argparse
import shlex
import shutil
from collections.abc import Sequence
from pathlib import Path

from coupon_contract import spec, terminal
from coupon_contract.caller import cases, starter
from coupon_contract.caller.program import Job
from coupon_contract.caller.report import PLACE, Run, print_run, write_files
from coupon_contract.caller.run import judge
from coupon_contract.cli.program import split
from coupon_contract.progress import Progress
from coupon_contract.suite.reporting import clause_pages, result_files
from coupon_contract.suite.verdict import Exit

FEATURES = ("key", "report")
PROTOCOL = """\
The program is started once for each case, with these environment variables:

  COUPON_URL                         address to send POST {path} to
  COUPON_USER, COUPON_PASSWORD       credentials; any use of them is accepted
  COUPON_SERIES, COUPON_MOBILE       series id, and mobile of the customer
  COUPON_COUNT                       number of coupons
  COUPON_KEY                         key of the order, the same when it is started again
  COUPON_STATE                       directory that stays between two starts
  COUPON_TIME_LIMIT                  seconds after which it is killed

It prints one line of JSON: {{"end": "issued", "codes": ["A1B2", "C3D4"]}}. The ends are issued, partly-issued,
nothing-issued (certainly) and unknown.

Exit status: 0 conformant, 1 not conformant, 3 could not judge, 4 usage.
"""


def main(arguments: Sequence[str]) -> int:
    """Judge the program after `--`, and return the exit status: 0 conformant, 1 not, 3 could not judge, 4 usage."""
    ours, command = split(arguments)
    parser = _parser()
    options, behind = parser.parse_known_args(ours)
    if behind and not behind[0].startswith("-"):
        parser.error(f"give the command after --, such as: judge-caller -- {shlex.join(behind)}")
    if behind:
        parser.error(f"unrecognized arguments: {shlex.join(behind)}")
    if options.adapters:
        return _write_adapters(Path(options.adapters))
    chosen = cases.cases(options.seed, every=options.every_byte)
    if options.list:
        for case in chosen:
            if case.starts_again and "key" in options.without:
                continue
            name = f"{case.id}-byte-N" if case.every else case.id
            terminal.write(f"{name:<28}{case.text}")
        return Exit.CONFORMANT
    if not command:
        parser.error("give the command after --, such as: judge-caller -- python adapter.py")
    if shutil.which(command[0]) is None:
        parser.error(f"{command[0]}: no such program")
    try:
        clause_pages.site()
        selection = cases.selected(chosen, options.case) if options.case else chosen
    except ValueError as problem:
        parser.error(str(problem))
    try:
        result_files.discard(result_files.files(options.results, None))
        run = _judged(command, selection, options)
        write_files(run, Path(options.results))
    except OSError as problem:
        terminal.write_error(f"judge-caller: {problem.filename or command[0]}: {problem.strerror}")
        return Exit.USAGE
    page = Path(options.results) / result_files.PAGE
    print_run(run, page, with_output=options.show_output)
    terminal.write(f"results: {page}")
    return run.verdict.exit_status


def _write_adapters(directory: Path) -> int:
    """Write the page with its adapters and all that it links to, and say where it begins."""
    try:
        starter.write(directory)
    except OSError as problem:
        terminal.write_error(f"judge-caller: {problem.filename or directory}: {problem.strerror}")
        return Exit.USAGE
    terminal.write(f"written: {directory / starter.PAGE}")
    return Exit.CONFORMANT


def _judged(command: Sequence[str], selection: Sequence[cases.Case], options: argparse.Namespace) -> Run:
    job = Job(options.count, options.limit)
    # How many cases there are is known once the first start has shown how long the messages of the program are.
    with Progress("judging the program").step("cases") as step:

        def count(total: int) -> None:
            step.total = total
            step.advance()

        return judge(
            command,
            selection,
            job,
            seed=options.seed,
            jobs=options.jobs,
            without=options.without,
            complete=not options.case,
            place=options.results,
            on_case=count,
        )


def _parser() -> argparse.ArgumentParser:
    parser = terminal.Parser(
        prog="coupon-contract judge-caller",
        usage="%(prog)s [options] -- COMMAND…",
        description="Judge a program that issues coupons, by starting it against a server that goes wrong.",
        epilog=PROTOCOL.format(path=spec.ISSUE_PATH),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--case",
        action="append",
        default=[],
        metavar="ID",
        help="Run this case alone, or all cases whose id is this one and a number. May be repeated.",
    )
    parser.add_argument(
        "--list", action="store_true", help="Print the id and the text of each case, and start nothing."
    )
    parser.add_argument(
        "--adapters",
        metavar="DIR",
        help="Write the guide, an adapter in each language with its helper, and what the guide links to, into a new "
        "directory; start nothing.",
    )
    parser.add_argument(
        "--show-output",
        action="store_true",
        help="Show what the program printed in the failed cases that are named, the last lines of each stream, masked.",
    )
    parser.add_argument(
        "--without",
        action="append",
        default=[],
        choices=FEATURES,
        help="Leave out what the program does not offer: `key` if it does not use COUPON_KEY, `report` if it prints no "
        "line of JSON and is to be judged by its requests alone. May be repeated.",
    )
    parser.add_argument(
        "--every-byte",
        nargs="?",
        type=_positive,
        const=1,
        metavar="N",
        help="Lose requests and responses at every byte, or at every Nth: the long form, of several hundred starts.",
    )
    parser.add_argument(
        "--count", type=_positive, default=2, metavar="N", help="Coupons to issue, 1 to 500 (default: 2)."
    )
    parser.add_argument(
        "--limit",
        type=_seconds,
        default=20.0,
        metavar="SECONDS",
        help="Kill the program in a case after so many seconds, 1 to 600 (default: 20).",
    )
    parser.add_argument(
        "--jobs", type=_positive, default=4, metavar="N", help="Run so many cases at a time (default: 4)."
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="Cut messages at places that this number draws (default: 0)."
    )
    parser.add_argument(
        "--results", default=PLACE, metavar="DIR", help="Write the results to this directory (default: reports)."
    )
    return parser


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= 500:
        raise argparse.ArgumentTypeError(f"{text}: give a number from 1 to 500")
    return int(text)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1 <= value <= 600:
        raise argparse.ArgumentTypeError(f"{text}: give seconds from 1 to 600")
    return value
