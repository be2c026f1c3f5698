"""Writes a target file: coupon-contract init --url URL [options].

On a terminal it asks for what no option gives. Credentials are never options: they come from the environment, as
TILL_USER with TILL_PASSWORD and OAUTH_KEY with OAUTH_SECRET, and the file refers to these variables; or they are asked
for, and the file, which then holds them, can be read by its owner alone. The ids are checked as by `check-target`, with
its exit statuses: 0 no id is wrong, 3 the target cannot be asked, 4 an id or an option is wrong.
"""

import argparse
import getpass
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from coupon_contract import terminal
from coupon_contract.cli.check_target import check
from coupon_contract.cli.target_text import CREDENTIALS, Answers, holds_secrets, target_text
from coupon_contract.facts import IDENTIFIERS
from coupon_contract.suite.states import STATES, State
from coupon_contract.suite.target import FEATURES
from coupon_contract.suite.target_file import VARIABLE, TargetError, described, load
from coupon_contract.suite.verdict import Exit

MAX_COUPONS = 1400  # enough for a run against a target that describes everything


def main(arguments: Sequence[str]) -> int:
    """`coupon-contract init`: ask, write a target file, and check its ids."""
    parser = _parser()
    options = parser.parse_args(list(arguments))
    answers = Answers(
        url=options.url or "",
        name=options.name or "",
        disposable=options.disposable,
        max_coupons=options.max_coupons,
        credentials={name: pair for name, pair in CREDENTIALS.items() if all(map(os.environ.get, pair.variables))},
        known=options.known,
        unknown=dict(pair for customer in options.unknown for pair in customer.items()),
        series=dict(options.series),
        features=options.feature,
    )
    try:
        if not options.no_input and sys.stdin.isatty():
            _ask(answers)
        if not answers.url:
            parser.error("--url is missing: give the address of the target, without /v2")
        _demand_usable(answers, options.output)
        _write(answers, Path(options.output), replace=options.force)
        terminal.write(f"{options.output}: written\n")
        return check(load(options.output))
    except FileExistsError:
        parser.error(f"{options.output}: is there already; name another --output, or replace it with --force")
    except OSError as problem:
        parser.error(f"{options.output}: cannot be written ({problem.strerror})")
    except EOFError:
        terminal.write_error("init: the input has ended; nothing was written")
    except TargetError as problem:
        terminal.write_error(f"init: {problem}")
    return Exit.USAGE


def _demand_usable(answers: Answers, file: str) -> None:
    """Raise TargetError if the file could not be used; a variable that is not set yet is no reason."""
    text = target_text(answers)
    unset = {name: "unset" for name in VARIABLE.findall(text) if name not in os.environ}
    try:
        described(text, file, {**os.environ, **unset})
    except TargetError as problem:
        raise TargetError(f"{problem}; nothing was written, and --help names the options") from None


def _write(answers: Answers, file: Path, *, replace: bool) -> None:
    """Write the file, for its owner alone if it holds secrets. Raises OSError."""
    if replace:
        file.unlink(missing_ok=True)
    mode = 0o600 if holds_secrets(answers) else 0o666
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as opened:  # of a terminal's bytes
        opened.write(target_text(answers))


# --- questions --------------------------------------------------------------------------------------------------------


def _ask(answers: Answers) -> None:
    """Ask for what is missing. Raises EOFError."""
    answers.url = answers.url or _line("Address of the target: scheme, host, port and what stands before /v2")
    if not answers.credentials:
        for name, pair in CREDENTIALS.items():
            terminal.write(
                f"\n{pair.title}. An answer may be a variable of the environment, such as ${{{pair.variables[0]}}}."
            )
            if first := _line(f"{pair.keys[0]} (Enter: none)"):
                answers.credentials[name] = pair.with_values(first, getpass.getpass(f"{pair.keys[1]}: "))
    if not answers.known:
        answers.known = list(_customers())
    if not answers.unknown:
        terminal.write("\nIdentifiers that no customer has.")
        answers.unknown = _identifiers()
    if not answers.series:
        terminal.write("\nThe ids of series in each state, with Enter for none.")
        asked = [state for state in STATES.values() if answers.disposable or not state.claimed]
        answers.series = dict(map(_series, asked))


def _customers() -> Iterator[dict[str, str]]:
    terminal.write("\nA customer that exists, by as many identifiers as there are.")
    while customer := _identifiers():
        yield customer
        terminal.write("\nAnother one.")


def _identifiers() -> dict[str, str]:
    asked = ((kind, _line(f"{kind} (Enter: none)")) for kind in IDENTIFIERS)
    return {kind: text for kind, text in asked if text}


def _series(state: State) -> tuple[str, tuple[int, int | None]]:
    terminal.write(f"\nseries.{state.name}. {state.recipe}")
    if (series_id := _number("id (Enter: none)")) is None:
        return state.name, (0, None)
    return state.name, (series_id, _number(state.number_key) if state.number_key else None)


def _line(question: str) -> str:
    return input(f"{question}: ").strip()


def _number(question: str) -> int | None:
    while text := _line(question):
        if text.isascii() and text.isdigit():
            return int(text)
        terminal.write("Write a whole number.")
    return None


# --- options ----------------------------------------------------------------------------------------------------------


def _parser() -> argparse.ArgumentParser:
    parser = terminal.Parser(
        prog="coupon-contract init",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--url", help="the address of the target, without /v2")
    parser.add_argument("--output", default="target.toml", metavar="FILE", help="the file (default: target.toml)")
    parser.add_argument("--force", action="store_true", help="replace a file that is there")
    parser.add_argument("--no-input", action="store_true", help="never ask")
    parser.add_argument("--name", help="the name of the target in results")
    parser.add_argument("--disposable", action="store_true", help="the target may fill up with coupons")
    parser.add_argument(
        "--max-coupons",
        type=_whole,
        default=MAX_COUPONS,
        metavar="N",
        help=f"coupons of a run (default: {MAX_COUPONS})",
    )
    for option, meaning in (("--known", "a customer that exists"), ("--unknown", "identifiers that no customer has")):
        named = f"{meaning}, such as mobile=11223569865,email=ann@example.com"
        parser.add_argument(option, type=_customer, action="append", default=[], metavar="TYPE=TEXT,…", help=named)
    parser.add_argument(
        "--series",
        type=_series_option,
        action="append",
        default=[],
        metavar="STATE=ID[:NUMBER]",
        help="a series, such as ordinary=415446 or limited-per-customer=50020:5",
    )
    parser.add_argument("--feature", choices=FEATURES, action="append", default=[], help="a companion that is offered")
    return parser


def _whole(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise argparse.ArgumentTypeError(f"{text}: write a whole number")
    return int(text)


def _customer(text: str) -> dict[str, str]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(kind in IDENTIFIERS and value for kind, _, value in pairs):
        # The text holds identifiers of customers, which are not shown.
        raise argparse.ArgumentTypeError(f"write {', '.join(f'{kind}=…' for kind in IDENTIFIERS)}, with commas between")
    return {kind: value for kind, _, value in pairs}


def _series_option(text: str) -> tuple[str, tuple[int, int | None]]:
    state, _, value = text.partition("=")
    series_id, _, number = value.partition(":")
    if state not in STATES:
        raise argparse.ArgumentTypeError(f"{state}: is no state; write one of {', '.join(STATES)}")
    return state, (_whole(series_id), _whole(number) if number else None)
