"""Runs the suite as a separate process with its own settings, wherever it is installed."""

import argparse
import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from threading import current_thread, main_thread

from coupon_contract import isolation, paths, terminal
from coupon_contract.cli.fixtures import fresh_series
from coupon_contract.cli.sandbox_process import running_sandbox
from coupon_contract.paths import SANDBOX_TARGET
from coupon_contract.suite.options import OPTIONS
from coupon_contract.suite.reporting import clause_pages, result_files
from coupon_contract.suite.target_file import TargetError
from coupon_contract.suite.verdict import Exit

SUITE = paths.CONTRACT_TESTS
SETTINGS = paths.PACKAGE / "suite" / "pytest.ini"
# Without pytest's own header, dots, failures and summary: the report of the suite says it all.
QUIET = ("-q", "-q", "--no-header", "--tb=no", "-rN", "-p", "no:cacheprovider", "-o", "console_output_style=classic")
RESULTS = ("--results", "reports")
LISTS = {"--collect-only", "--co"}  # which list no tests with a second -q
WITHOUT_RESULTS = ("--results", "--plan", "--collect-only", "--co")


def judge(
    target: str,
    options: Sequence[str] = (),
    environment: dict[str, str] | None = None,
    *,
    only: str | None = None,
    quiet: bool = False,
) -> int:
    """Run the suite against a target and return its exit status: 0, 1, 3 or 4.

    `only` names one test as results do; `quiet` drops everything that is printed.
    """
    if wrong := _discard_earlier(options):
        return wrong
    # Whatever pytest and Hypothesis would find where it is started.
    settings = ("-c", str(SETTINGS), "--rootdir", str(SUITE.parent), "--confcutdir", str(SUITE))
    command = [
        *isolation.python(),
        "-m",
        "pytest",
        *(QUIET[1:] if LISTS.intersection(options) else QUIET),
        *settings,
        str(SUITE.parent / only if only else SUITE),
        "--target",
        target,
        *options,
    ]
    output = subprocess.DEVNULL if quiet else None
    with TemporaryDirectory(prefix="coupon-contract-") as scratch:
        variables = isolation.environment(os.environ) | {"HYPOTHESIS_STORAGE_DIRECTORY": scratch} | (environment or {})
        with subprocess.Popen(command, env=variables, stdout=output) as suite, _stopping(suite):
            return _status(suite.wait())


def _status(returned: int) -> int:
    """Return the exit status of a run; a run that a signal such as SIGKILL ended has judged nothing."""
    if returned >= 0:
        return returned
    terminal.write_error(f"could not judge: the run was ended by signal {-returned}, and leaves no results")
    return Exit.COULD_NOT_JUDGE


def _discard_earlier(options: Sequence[str]) -> int:
    """Remove the results of an earlier run, even if this run cannot begin. Return an exit status if that
    fails, or 0.
    """
    try:
        result_files.discard(result_files.named_in(options))
    except OSError as problem:
        terminal.write_error(f"{problem.filename}: cannot be removed ({problem.strerror})")
        return Exit.USAGE
    return 0


@contextmanager
def _stopping(suite: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Pass signals that stop this process on to the run, and wait for its results.

    A terminal sends Ctrl-C to both; a second signal would cut the end of the run short.
    """
    if current_thread() is not main_thread():  # only the main thread can set signal handlers
        yield
        return
    before = {
        signal.SIGINT: signal.signal(signal.SIGINT, signal.SIG_IGN),
        signal.SIGTERM: signal.signal(signal.SIGTERM, lambda *_: suite.terminate()),
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def judge_our_own(options: Sequence[str], *, only: str | None = None) -> int:
    """Start a sandbox, judge it, and return the suite's exit status."""
    if wrong := _discard_earlier(options):
        return wrong
    with running_sandbox() as url:
        return judge(str(SANDBOX_TARGET), options, {"SANDBOX_URL": url}, only=only)


def with_results(options: Sequence[str]) -> list[str]:
    """Return the options with results in reports/, unless they name another place."""
    chosen = any(option.partition("=")[0] in WITHOUT_RESULTS for option in options)
    return [*options] if chosen else [*options, *RESULTS]


def main(arguments: Sequence[str]) -> int:
    """`coupon-contract judge`: judge the target of --target, or our own sandbox."""
    parser = terminal.Parser(
        prog="coupon-contract judge",
        description="Judge an implementation by its URL.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--target", metavar="TOML|URL", help="a target file, or a sandbox's URL (default: our own sandbox)"
    )
    parser.add_argument(
        "--only", metavar="TEST", type=a_test, help="one test, as results name it; keeps earlier results"
    )
    parser.add_argument("--har", metavar="FILE", help="judge the calls in this recording, and send nothing")
    parser.add_argument(
        "--fixtures", action="store_true", help="first ask for fresh series, as [fixtures] in the target file says"
    )
    if not {"-h", "--help"}.isdisjoint(arguments):
        _add_suite_options(parser)
        parser.parse_args(["--help"])
    alone = any(argument.partition("=")[0] == "--only" for argument in arguments)
    # --fixtures is an option of pytest, too, with which it judges nothing; here it goes to the command line alone.
    others = [argument for argument in arguments if argument != "--fixtures"]
    if not alone and (wrong := _discard_earlier(with_results(others))):  # even if the arguments are wrong
        return wrong
    for argument in arguments:
        if not argument.isprintable():  # pytest would repeat it as it is
            parser.error(f"{argument}: holds a control character; no option does")
    try:
        clause_pages.site()
    except ValueError as problem:
        parser.error(str(problem))
    known, options = parser.parse_known_args(list(arguments))
    options = options if known.only else with_results(options)
    if known.target is None:
        if known.fixtures:
            parser.error("--fixtures: needs --target; our own sandbox has fresh series each time")
        return judge_our_own(options, only=known.only)
    if known.fixtures:
        try:
            with fresh_series(known.target) as series:
                return judge(known.target, [*options, "--series", series], only=known.only)
        except TargetError as problem:
            parser.error(str(problem))
    return judge(known.target, options, only=known.only)


def _add_suite_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that the suite reads itself, for the help text."""
    group = parser.add_argument_group("options of the suite", "Results go to reports/ unless --results says otherwise.")
    group.add_argument("-k", metavar="CLAUSE", help="run the tests of this clause only")
    group.add_argument("--collect-only", action="store_true", help="list the tests, and run none")
    group.add_argument("--junitxml", metavar="FILE", help="another place for junit.xml")
    for name, settings in OPTIONS.items():
        group.add_argument(name, **settings)


def a_test(name: str) -> str:
    """Return the name of a test of the suite, such as contract_tests/test_http.py::test_another_method."""
    if (SUITE.parent / name.partition("::")[0]).is_file() and name.startswith(f"{SUITE.name}/"):
        return name
    raise argparse.ArgumentTypeError(f"the suite has no test {name}; results name them at each failure, as rerun")
