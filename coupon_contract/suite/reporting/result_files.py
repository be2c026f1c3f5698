"""The files that a run leaves behind: removed when a run begins, and put in place whole when it ends.

So the files are those of the last run. One that is killed, or that ends with exit status 4, leaves nothing.
"""

import argparse
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

RESULTS = "results.json"
PAGE = "results.html"
SENDS_NOTHING = ("--plan", "--collect-only", "--co", "--help", "-h", "--version", "-V", "--markers", "--fixtures")


def files(results: str | None, junit: str | None) -> list[Path]:
    """The files of a run with these values of --results and --junitxml."""
    in_directory = [Path(results) / RESULTS, Path(results) / PAGE] if results else []
    return in_directory + ([junit_file(junit)] if junit else [])


def junit_file(argument: str) -> Path:
    """The file that --junitxml names, as pytest reads it."""
    return Path(os.path.expandvars(argument)).expanduser().absolute()


def named_in(arguments: Sequence[str]) -> list[Path]:
    """The files that a command line names; none where it sends nothing, or cannot be read."""
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
    """Remove files of an earlier run. Raises OSError for one that is there and cannot be removed."""
    for file in those:
        try:
            file.unlink(missing_ok=True)
        except NotADirectoryError:  # what should be its directory is a file
            continue


def partial(file: Path) -> Path:
    """The place of a file that is not complete yet: beside it, because only within a directory a rename is atomic."""
    return file.with_name(f".{file.name}.{os.getpid()}")
