"""Text between marks, which `make generate` writes into files that people write too."""

import re


def replaced(pattern: re.Pattern[str], text: str, new: str, file: str) -> str:
    """Return the text with `new` between the marks that the pattern looks for.

    Raises LookupError if the marks are lost: otherwise the file would stay as it is, and --check would find it fresh.
    """
    if not pattern.search(text):
        raise LookupError(f"{file} has lost its marks: write them back as {pattern.pattern!r} expects them")
    return pattern.sub(lambda _: new, text)
