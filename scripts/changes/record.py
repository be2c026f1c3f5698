"""The changes since earlier releases, as changes.json of the bundle and the page on upgrades hold them."""

from collections.abc import Iterable, Sequence
from typing import Any

from scripts.changes import Change
from scripts.changes.words import without_host

Json = Any


def of(since: Iterable[tuple[str, Sequence[Change]]], version: str) -> Json:
    """Return the content of changes.json: the changes of `version` since each of these earlier ones."""
    return {
        "version": version,
        "since": [{"version": earlier, "changes": list(map(_entry, changes))} for earlier, changes in since],
    }


def _entry(change: Change) -> Json:
    """Return a change without the host of the vendor's live system, which no published file may offer to a program."""
    return {"kind": change.kind, "place": change.place, "text": without_host(change.text), "who": list(change.who)}
