"""The suite's command line options, as a plugin, so that pytest knows them from any directory."""

from typing import Any

import pytest

from coupon_contract.suite.reporting import result_files
from coupon_contract.terminal import for_terminal

# Of `coupon-contract judge`, too, which lists them in its help and passes them on.
OPTIONS: dict[str, dict[str, Any]] = {
    "--plan": {"action": "store_true", "help": "print what a run would send and could cost, and send nothing"},
    "--first-failure": {"action": "store_true", "help": "stop at the first MUST clause that fails"},
    "--results": {"metavar": "DIR", "help": "write results.json, results.html and junit.xml there"},
    "--generated": {
        "type": int,
        "default": 150,
        "metavar": "N",
        "help": "requests to generate per property (default: 150)",
    },
    "--seed": {"type": int, "default": 0, "metavar": "N", "help": "seed of the generated requests (default: 0)"},
    "--series": {"metavar": "FILE", "help": "JSON file of series that replace those of the target file, by state"},
    "--show-clauses": {"action": "store_true", "help": "with --collect-only: list the clauses that tests cite"},
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the suite."""
    group = parser.getgroup("contract", "judging an implementation")
    group.addoption(
        "--target", metavar="URL|TOML", help="the implementation to judge: a target file, or a sandbox's URL"
    )
    for name, settings in OPTIONS.items():
        group.addoption(name, **settings)


def pytest_configure(config: pytest.Config) -> None:
    """Register the markers of contract tests."""
    for marker in (
        "clause(id): the clause of spec/clauses.toml that the test asserts",
        "sends(requests, coupons): what the test sends and could issue at most; numbers, or functions of the target; "
        "plan.GENERATED requests for as many as --generated says, plan.OPEN coupons where only max_coupons bounds them",
        "disposable: the test may fill the target up or touch strangers, so the target must be disposable",
        "claims(state, …): the test uses up its series in these states, which no other test may name in a request",
        "opens_the_run: comes before every other test",
        "closes_the_run: comes after every other test, but for logs_in_wrongly",
        "logs_in_wrongly: comes last on a target that is not disposable, which may lock who does that",
    ):
        config.addinivalue_line("markers", marker)


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(args: list[str]) -> None:
    """Remove the results of an earlier run before any error can end this one. Raises pytest.UsageError."""
    try:
        result_files.discard(result_files.named_in(args))
    except OSError as problem:
        raise pytest.UsageError(for_terminal(f"{problem.filename}: cannot be removed ({problem.strerror})")) from None
