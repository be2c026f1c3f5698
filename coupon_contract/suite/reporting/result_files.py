"""The files of a run: removed when a run begins, and moved into place complete when it ends.

So the files always belong to the last run. A run that is killed, or that ends with exit status 4, leaves none.
"""

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

RESULTS = "results.json"
PAGE = "results.html"
JUNIT = "junit.xml"
SENDS_NOTHING = ("--plan", "--collect-only", "--co", "--help", "-h", "--version", "-V", "--markers", "--fixtures")


def files(results: str | None, junit: str | None) -> list[Path]:
    """Return the files of a run with these values of --results and --junitxml."""
    in_directory = [Path(results) / RESULTS, Path(results) / PAGE] if results else []
    path = junit_path(results, junit)
    return in_directory + ([path] if path else [])


def junit_path(results: str | None, junit: str | None) -> Path | None:
    """Return the JUnit file: the one that --junitxml names, read as pytest does, or else the one with the others."""
    if junit:
        return Path(os.path.expandvars(junit)).expanduser().absolute()
    return Path(results) / JUNIT if results else None


def named_in(arguments: Sequence[str]) -> list[Path]:
    """Return the files that a command line names; none if it sends nothing, or cannot be parsed."""
    parser = _Parser(add_help=False, allow_abbrev=False)
    parser.add_argument("--results")
    parser.add_argument("--junitxml", "--junit-xml")
    parser.add_argument(*SENDS_NOTHING, action="store_true", dest="sends_nothing")
    try:
        known, _ = parser.parse_known_args(list(arguments))
    except ValueError:
        return []
    return [] if known.sends_nothing else files(known.results, known.junitxml)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ValueError(message)


def discard(those: Iterable[Path]) -> None:
    """Remove files of an earlier run. Raises OSError if one exists and cannot be removed."""
    for file in those:
        try:
            file.unlink(missing_ok=True)
        except NotADirectoryError:  # its parent is a file
            continue


def partial(file: Path) -> Path:
    """Return the place of an incomplete file: beside the final one, because a rename is atomic only within
    a directory.
    """
    return file.with_name(f".{file.name}.{os.getpid()}")
