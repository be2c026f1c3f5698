"""Runs a program that makes calls and reports their outcomes: calls go in as lines of JSON, and reports come out so.

The program makes each call once, and reports the outcome that it reached. It does not know the expected outcome.
"""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from attrs import frozen

from coupon_contract import isolation

Json = Any
STDERR_LINES = 10
MAY_CARRY_MORE = {
    "outcome-unknown": ("codes", "errors", "warnings"),
    "rejected": ("errors", "warnings"),
    "not-authenticated": ("errors", "warnings"),
}


class ProgramFailed(Exception):
    """The program exited with an error, or wrote something that is not a report."""


@frozen
class Call:
    """A call: the input of the program, and the expected report, key by key (`best`)."""

    name: str
    input: Mapping[str, Json]
    best: Mapping[str, Json]


@frozen
class Verdict:
    """The verdict on a report; `problem` says what is wrong, if anything."""

    problem: str | None = None


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return our own options, and the command after the first `--`."""
    given = list(arguments)
    if "--" not in given:
        return given, []
    position = given.index("--")
    return given[:position], given[position + 1 :]


def named(vector: Mapping[str, Json]) -> dict[str, Json]:
    """Return what the caller must get with a decoding vector: the lists that may not be longer, and others.

    Besides these, outcome-unknown may carry anything, and a status that was believed the reasons of the server.
    """
    lists = {key: vector[key] for key in ("codes", "errors", "warnings")}
    values = {key: vector[key] for key in ("ids", "details") if key in vector}
    longer = MAY_CARRY_MORE.get(vector["end"], ())
    return values | {key: codes for key, codes in lists.items() if codes or key not in longer}


def ask(
    command: Sequence[str],
    calls: Sequence[Call],
    seconds: float,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> dict[str, Json]:
    """Return the program's report for each call, by name. Raises ProgramFailed."""
    lines = "".join(json.dumps({"name": call.name, **call.input}) + "\n" for call in calls)
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=isolation.given(os.environ) if environment is None else environment,
            input=lines.encode(),
            capture_output=True,
            timeout=seconds,
            check=False,
        )
        reports = {report["name"]: report for report in map(json.loads, done.stdout.splitlines())}
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"not done after {seconds:g} s") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProgramFailed(f"{type(error).__name__}: {error}") from None
    if done.returncode:
        last_lines = done.stderr.decode(errors="replace").splitlines()[-STDERR_LINES:]
        raise ProgramFailed("\n".join([f"exit status {done.returncode}", *last_lines]))
    return reports


def _same(reported: Json, right: Json) -> bool:
    """Compare a value of a report; of a mapping, what is right has to be there, and numbers are compared by value."""
    if not isinstance(right, dict):
        return bool(reported == right)
    members = reported or {}
    return all(_comparable(members.get(key)) == _comparable(value) for key, value in right.items())


def _comparable(value: Json) -> Json:
    try:
        return Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        return value


def judge(call: Call, report: Mapping[str, Json] | None) -> Verdict:
    """Compare the report of a call with the expected one."""
    if report is None:
        return Verdict(f"{call.name}: no report")
    seen = {"codes": [], "ids": [], "errors": [], "warnings": [], **report}
    seen["coupons"] = len(set(seen["codes"]))
    wrong = [
        f"{key} is {seen.get(key)!r}, not {right!r}"
        for key, right in call.best.items()
        if not _same(seen.get(key), right)
    ]
    if wrong and "why" in report:
        wrong.append(f"it says: {report['why']}")
    return Verdict(f"{call.name}: {'; '.join(wrong)}" if wrong else None)
