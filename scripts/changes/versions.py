"""The lowest version that a set of changes allows (RELEASING.md has the rules in words)."""

import re
from collections.abc import Iterable

from scripts.changes import Change

Version = tuple[int, int, int]
FORM = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class NoVersion(Exception):
    """A text that is not a version of the form 1.2.3."""


def parsed(text: str) -> Version:
    """Return a version as numbers. Raises NoVersion."""
    match = FORM.fullmatch(text)
    if not match:
        raise NoVersion(f"{text} is not a version of the form 1.2.3")
    major, minor, patch = map(int, match.groups())
    return major, minor, patch


def text(version: Version) -> str:
    """Return a version as it is written."""
    return ".".join(map(str, version))


def needed(before: Version, changes: Iterable[Change]) -> Version:
    """Return the lowest version that may follow `before` with these changes.

    Before 1.0.0, each kind of change moves one place less.
    """
    kinds = {change.kind for change in changes}
    major, minor, patch = before
    if not kinds:
        return before
    place = 0 if "breaking" in kinds else 1 if "additive" in kinds else 2
    if major == 0:
        place = min(place + 1, 2)
    return ((major + 1, 0, 0), (major, minor + 1, 0), (major, minor, patch + 1))[place]
