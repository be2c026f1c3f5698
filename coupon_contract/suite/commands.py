"""The commands that a failure prints: they run its test again, send its request again, or judge its recording again.

In a checkout they use its Makefile and its environment; from an installed wheel, `coupon-contract`.
"""

import shlex
from pathlib import Path

from coupon_contract.paths import IN_CHECKOUT, SANDBOX_TARGET

WHOLE_RUN = "contract_tests/test_whole_run.py::"  # tests that compare what all other tests left


def named(argument: str) -> str | None:
    """Return the target file or URL to name in a command; None for our own sandbox, which needs none."""
    ours = "://" not in argument and Path(argument).resolve() == SANDBOX_TARGET
    return argument if argument and not ours else None


def program() -> str:
    """Return the name of our program, as it is called from the project's own folder or where it is installed."""
    return f"{'.venv/bin/' if IN_CHECKOUT else ''}coupon-contract"


def rerun(test: str, clause: str, target: str | None) -> str:
    """Return the command that runs one test again, or those of the clause where no test found the failure.

    It runs against the same target, or our own sandbox for None. What a test of the whole run found takes a whole run.
    """
    named = "" if target is None else f" --target {shlex.quote(target)}"
    if test.startswith(WHOLE_RUN):
        return f"{program()} judge{named}"
    chosen = f"--only {shlex.quote(test)}" if "::" in test else f"-k {clause}"
    return f"{program()} judge {chosen}{named}"


def rejudge(recording: str) -> str:
    """Return the command that judges a recording again."""
    return f"{'.venv/bin/' if IN_CHECKOUT else ''}coupon-contract judge --har {shlex.quote(recording)}"


def replay(case: str, target: str | None) -> str:
    """Return the command that sends the request of a failure again."""
    if IN_CHECKOUT:
        return f"make replay CASE={shlex.quote(case)}" + ("" if target is None else f" TARGET={shlex.quote(target)}")
    return f"coupon-contract replay {shlex.quote(case)}" + ("" if target is None else f" {shlex.quote(target)}")
