"""Which version a set of changes asks for (RELEASING.md has the rules in words)."""

import re
from collections.abc import Iterable

from scripts.changes import Change

Version = tuple[int, int, int]
FORM = re.compile(r"(\d+)\.(\d+)\.(\d+)")


class NoVersion(Exception):
    """Something is not a version of the form 1.2.3."""


def parsed(text: str) -> Version:
    """A version as numbers. Raises NoVersion."""
    found = FORM.fullmatch(text)
    if not found:
        raise NoVersion(f"{text} is no version of the form 1.2.3")
    major, minor, patch = map(int, found.groups())
    return major, minor, patch


def needed(before: Version, changes: Iterable[Change]) -> Version:
    """The lowest version that may follow `before` with these changes. Before 1.0.0, each kind moves one place less."""
    kinds = {change.kind for change in changes}
    major, minor, patch = before
    if not kinds:
        return before
    place = 0 if "breaking" in kinds else 1 if "additive" in kinds else 2
    if major == 0:
        place = min(place + 1, 2)
    return ((major + 1, 0, 0), (major, minor + 1, 0), (major, minor, patch + 1))[place]
