"""The commands that a failure names: what runs its test again, and what sends its request again.

In the work tree they are those of its Makefile and its environment; where the suite is installed, `coupon-contract`'s.
"""

import shlex
from pathlib import Path

from coupon_contract.paths import IN_CHECKOUT, SANDBOX_TARGET


def named(argument: str) -> str | None:
    """The target file or URL to name in a command; None for our own sandbox, which needs none."""
    ours = "://" not in argument and Path(argument).resolve() == SANDBOX_TARGET
    return argument if argument and not ours else None


def rerun(test: str, target: str | None) -> str:
    """What runs one test again, against the target as it was named, or our own sandbox where that is None."""
    named = "" if target is None else f" --target {shlex.quote(target)}"
    return f"{'.venv/bin/' if IN_CHECKOUT else ''}coupon-contract judge --only {shlex.quote(test)}{named}"


def replay(case: str, target: str | None) -> str:
    """What sends the request of a failure again."""
    if IN_CHECKOUT:
        return f"make replay CASE={shlex.quote(case)}" + ("" if target is None else f" TARGET={shlex.quote(target)}")
    return f"coupon-contract replay {shlex.quote(case)}" + ("" if target is None else f" {shlex.quote(target)}")
