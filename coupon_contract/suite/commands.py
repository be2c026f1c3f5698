"""The commands that a failure prints: they run its test again, send its request again, or judge its recording again.

They are for the folder in which the run was started: `make` and `.venv` in the root of a checkout, and everywhere else
the program that is running.
"""

import shlex
import shutil
import sys
from pathlib import Path

from coupon_contract.paths import IN_CHECKOUT, ROOT, SANDBOX_TARGET

PROGRAM = "coupon-contract"

WHOLE_RUN = "contract_tests/test_whole_run.py::"  # tests that compare what all other tests left


def named(argument: str) -> str | None:
    """Return the target file or URL to name in a command; None for our own sandbox, which needs none."""
    ours = "://" not in argument and Path(argument).resolve() == SANDBOX_TARGET
    return argument if argument and not ours else None


def in_repository() -> bool:
    """Return True in the root of a checkout, where its Makefile works."""
    return IN_CHECKOUT and Path.cwd() == ROOT


def program() -> str:
    """Return our program as it is called in the current folder: by its name alone only where PATH finds this one."""
    if in_repository():
        return f".venv/bin/{PROGRAM}"
    installed = Path(sys.executable).with_name(PROGRAM)
    if not installed.exists():
        return f"{shlex.quote(sys.executable)} -P -m coupon_contract"
    found = shutil.which(PROGRAM)
    return PROGRAM if found and Path(found).samefile(installed) else shlex.quote(str(installed))


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
    return f"{program()} judge --har {shlex.quote(recording)}"


def replay(case: str, target: str | None) -> str:
    """Return the command that sends the request of a failure again."""
    if in_repository():
        return f"make replay CASE={shlex.quote(case)}" + ("" if target is None else f" TARGET={shlex.quote(target)}")
    return f"{program()} replay {shlex.quote(case)}" + ("" if target is None else f" {shlex.quote(target)}")
