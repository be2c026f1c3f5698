"""Writes and checks YAML that readers of version 1.1 (PyYAML, SnakeYAML) and 1.2 (Go, JavaScript) read alike.

The versions read unquoted text differently: `yes`, `12:30` and `0o17` are text in one and something else in the other.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from scripts import node

Json = Any


class _QuotedDumper(yaml.SafeDumper):
    """A dumper that quotes all text, keys included, so that every reader takes it for text."""

    def ignore_aliases(self, _: Any) -> bool:
        return True


def _quoted(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')


_QuotedDumper.add_representer(str, _quoted)


def written(value: Json) -> str:
    """Return a JSON value as YAML."""
    return yaml.dump(value, Dumper=_QuotedDumper, sort_keys=False, allow_unicode=True, width=float("inf"))


def read_as_1_2(path: Path) -> Json:
    """Return the value of a file for a reader of YAML 1.2. Raises node.ToolError, also for a duplicate key."""
    return json.loads(node.script("read_yaml.mjs", path.resolve()))


def differences(path: Path) -> Iterator[str]:
    """Yield a line for each value that the two versions of YAML read differently, or that JSON does not have.

    Raises yaml.YAMLError, node.ToolError.
    """
    older = yaml.safe_load(path.read_text(encoding="utf-8"))
    yield from _between(older, read_as_1_2(path), "")


def _between(older: Json, newer: Json, place: str) -> Iterator[str]:
    if isinstance(older, dict) and isinstance(newer, dict):
        yield from (f"{place}/{key}: is a key for one version of YAML only; quote it" for key in older.keys() ^ newer)
        for key in older.keys() & newer:
            yield from _between(older[key], newer[key], f"{place}/{key}")
    elif isinstance(older, list) and isinstance(newer, list) and len(older) == len(newer):
        for index, (left, right) in enumerate(zip(older, newer, strict=True)):
            yield from _between(left, right, f"{place}/{index}")
    elif _kind(older) is not _kind(newer) or older != newer:
        yield f"{place}: is {older!r} in YAML 1.1 and {newer!r} in YAML 1.2; quote it"


def _kind(value: Json) -> type:
    """Return the JSON type of a value; there is one for all numbers."""
    return float if type(value) is int else type(value)
