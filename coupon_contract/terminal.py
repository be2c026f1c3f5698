"""The only writer to the terminal, for the suite and the sandbox.

Text of a target, of a results file or of a seed may hold anything. Characters that would control the terminal or
reorder its output (Unicode categories Cc, Cf, Zl, Zp and everything else that `str.isprintable` denies) are written as
escapes, and values of any length are cut, so that nothing can hide, imitate or flood the output.
"""

import argparse
import logging
import os
import sys
from typing import IO, NoReturn, TextIO

LONGEST_LINE = 8_000  # characters; longer than any command that is shown to be copied
LONGEST_VALUE = 500  # characters of one value of a target, such as a header
LONGEST_TEXT = 1_000  # characters of a message about a target
USAGE = 4  # the exit status of a usage error


def printable(text: str) -> str:
    """Return text with control characters escaped; line breaks stay."""
    if text.isascii() and text.replace("\n", "").isprintable():
        return text
    return "".join(
        character if character.isprintable() or character == "\n" else ascii(character)[1:-1] for character in text
    )


def in_a_line(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return the beginning of a text as a value within a line: its line breaks begin no line that looks like ours."""
    return shortened(printable(text).replace("\n", r"\n"), longest)


def shortened(text: str, longest: int = LONGEST_VALUE) -> str:
    """Return the first characters of a long text with its length; a shorter text unchanged."""
    return text if len(text) <= longest else f"{text[:longest]}… <{len(text)} characters>"


def for_terminal(text: str) -> str:
    """Return text as it may be written to a terminal: printable, no line longer than LONGEST_LINE characters."""
    return "\n".join(shortened(line, LONGEST_LINE) for line in printable(text).split("\n"))


def write(text: str = "", file: TextIO | None = None) -> None:
    """Write text and a line break to standard output, or to `file`."""
    emit(for_terminal(text), file or sys.stdout)


def write_whole(text: str) -> None:
    """Write text of any length, such as commands to be copied, and a line break to standard output."""
    emit(printable(text), sys.stdout)


def emit(text: str, file: TextIO, end: str = "\n") -> None:
    """Print to a stream; to nowhere from now on if its reader has gone, because the exit status still has to tell.

    The text is printed as it is: the caller has escaped it.
    """
    try:
        print(text, end=end, file=file, flush=True)
    except BrokenPipeError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, file.fileno())
        os.close(nowhere)


def write_error(text: str) -> None:
    """Write text and a line break to standard error."""
    write(text, sys.stderr)


class Parser(argparse.ArgumentParser):
    """argparse with the exit status of the project, and with arguments escaped in its messages."""

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")

    def _print_message(self, message: str, file: IO[str] | None = None) -> None:  # type: ignore[override]
        super()._print_message(for_terminal(message), file)


class Formatter(logging.Formatter):
    """Formats records of a log, tracebacks included, for a terminal."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record as escaped text."""
        return for_terminal(super().format(record))
