"""Runs the program of a language, as `coupon-contract play-vectors … -- PROGRAM` does, and that of its defaults.

The program of the defaults takes its call from the environment, as judge-caller gives it.
"""

import subprocess
from collections.abc import Sequence
from typing import Any

from coupon_contract.cli import program
from coupon_contract.cli.program import Call, ProgramFailed, Verdict, judge
from interop.language import ENVIRONMENT, Language

__all__ = ["Call", "ProgramFailed", "Verdict", "ask", "judge", "run_defaults"]

Json = Any
SECONDS_IN_ALL = 120.0
SECONDS_OF_DEFAULTS = 60.0


def ask(language: Language, calls: Sequence[Call]) -> dict[str, Json]:
    """Return the program's report for each call, by name. Raises ProgramFailed."""
    return program.ask(language.run, calls, SECONDS_IN_ALL, language.directory, ENVIRONMENT)


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
