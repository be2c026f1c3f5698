"""Runs the program of a language: calls go in as lines of JSON, and reports come out as lines of JSON.

The program makes each call with its generated client, once, and reports the outcome that it reached. It does not know
the expected outcome. The program of the defaults takes its call from the environment, as judge-caller gives it.
"""

import json
import subprocess
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from attrs import frozen

from interop.language import ENVIRONMENT, Language

Json = Any
SECONDS_IN_ALL = 120.0
SECONDS_OF_DEFAULTS = 60.0
STDERR_LINES = 10


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


def ask(language: Language, calls: Sequence[Call]) -> dict[str, Json]:
    """Return the program's report for each call, by name. Raises ProgramFailed."""
    lines = "".join(json.dumps({"name": call.name, **call.input}) + "\n" for call in calls)
    try:
        done = subprocess.run(
            language.run,
            cwd=language.directory,
            env=ENVIRONMENT,
            input=lines.encode(),
            capture_output=True,
            timeout=SECONDS_IN_ALL,
            check=False,
        )
        named = {report["name"]: report for report in map(json.loads, done.stdout.splitlines())}
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"not done after {SECONDS_IN_ALL:g} s") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ProgramFailed(f"{type(error).__name__}: {error}") from None
    if done.returncode:
        last_lines = done.stderr.decode(errors="replace").splitlines()[-STDERR_LINES:]
        raise ProgramFailed("\n".join([f"exit status {done.returncode}", *last_lines]))
    return named


def run_defaults(language: Language, url: str, request: Json, calls: int) -> tuple[str, int]:
    """Let the generated client with its defaults make a request so many times, in one process.

    Return its output and exit status. Raises ProgramFailed if it cannot be started, or does not end.
    """
    told = {"URL": url, "USER": "till", "PASSWORD": "secret", "MOBILE": request["customer"]["mobile"]}
    told |= {"SERIES": request["seriesId"], "COUNT": request["count"], "CALLS": calls}
    try:
        done = subprocess.run(
            language.defaults,
            cwd=language.directory,
            env=ENVIRONMENT | {f"COUPON_{name}": str(value) for name, value in told.items()},
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            timeout=SECONDS_OF_DEFAULTS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise ProgramFailed(f"not done after {SECONDS_OF_DEFAULTS:g} s") from None
    except OSError as error:
        raise ProgramFailed(str(error)) from None
    return done.stdout, done.returncode


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
