"""The commands that a failure names: what runs its test again, and what sends its request again.

In the work tree they are those of its Makefile and its environment; where the suite is installed, `coupon-contract`'s.
"""

import shlex

import spec

IN_WORK_TREE = (spec.DIRECTORY.parent / "Makefile").exists()


def rerun(test: str, target: str | None) -> str:
    """What runs one test again, against the target as it was named, or our own sandbox where that is None."""
    named = "" if target is None else f" --target {shlex.quote(target)}"
    return f"{'.venv/bin/' if IN_WORK_TREE else ''}coupon-contract judge --only {shlex.quote(test)}{named}"


def replay(case: str, target: str | None) -> str:
    """What sends the request of a failure again."""
    if IN_WORK_TREE:
        return f"make replay CASE={shlex.quote(case)}" + ("" if target is None else f" TARGET={shlex.quote(target)}")
    return f"coupon-contract replay {shlex.quote(case)}" + ("" if target is None else f" {shlex.quote(target)}")
