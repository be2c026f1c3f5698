"""Lists the changes since a version of the contract: python -m scripts.changes BASE [--json FILE].

BASE is a tag or commit, or a file with a document, such as spec/releases/0.1.0/openapi.yaml; the clauses.toml beside a
file is compared as well. Prints a draft for the changelog. --json writes the changes to a file, with who must act on
each, as changes.json of the bundle holds them. Exit status: 0 the version allows the changes, 1 it does not, 4 usage.
"""

import json
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts import node
from scripts.changes import KINDS, Change, between, between_clauses, record, versions

Json = Any
SAYS_SO, SAYS_NOT, USAGE = 0, 1, 4
HEADINGS = {
    "breaking": "### Breaking",
    "additive": "### Added",
    "documentation": "### Documentation",
}


class NoBase(Exception):
    """There is nothing to compare with. The text says which BASE to name instead."""


def base(argument: str) -> tuple[Json, Json]:
    """Return document and clauses of a file, tag or commit; the clauses are None for a file without them.

    Raises NoBase.
    """
    path = Path(argument)
    if path.is_file():
        clauses = path.with_name("clauses.toml")
        return _yaml(path.read_text(encoding="utf-8"), argument), _clauses(clauses) if clauses.is_file() else None
    document, listed = (_at(argument, f"spec/{name}") for name in ("openapi.yaml", "clauses.toml"))
    return _yaml(document, argument), tomllib.loads(listed)


def _clauses(path: Path) -> Json:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except ValueError as problem:
        raise NoBase(f"{path}: is not TOML: {problem}") from None


def since(argument: str) -> tuple[versions.Version, versions.Version, list[Change]]:
    """Return the version of a base, our own version, and every change between them.

    Raises NoBase, versions.NoVersion, node.ToolError.
    """
    before, clauses = base(argument)
    after = spec.document()
    changes = between(before, after)
    if clauses is not None:
        changes += between_clauses(clauses, tomllib.loads((spec.DIRECTORY / "clauses.toml").read_text("utf-8")))
    return versions.parsed(before["info"]["version"]), versions.parsed(after["info"]["version"]), changes


def _yaml(text: str, name: str) -> Json:
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as problem:
        raise NoBase(f"{name}: is not YAML: {problem}") from None
    if not isinstance(document, dict) or "openapi" not in document:
        raise NoBase(f"{name}: is not an OpenAPI document")
    return document


def _at(commit: str, path: str) -> str:
    command = ["git", "show", f"{commit}:{path}"]
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        raise NoBase(f"{commit}: neither a file nor a tag or commit with {path}; `git tag` lists the tags") from None


def draft(changes: Sequence[Change], version: str) -> str:
    """Return the changes as a section of the changelog."""
    lines = [f"## {version}", ""]
    for kind in KINDS:
        of_kind = [change for change in changes if change.kind == kind]
        if of_kind:
            lines += [HEADINGS[kind], "", *(f"- {change.text} (`{change.place}`)" for change in of_kind), ""]
    return "\n".join(lines if changes else [*lines, "Nothing changed.", ""])


def main(arguments: Sequence[str]) -> int:
    """Compare, print the draft and the verdict."""
    base_of, *options = arguments or [""]
    if not base_of or base_of.startswith("-") or (options and (options[0] != "--json" or len(options) != 2)):
        print(__doc__, file=sys.stderr)
        return USAGE
    try:
        old, new, changes = since(base_of)
    except (NoBase, versions.NoVersion, node.ToolError) as problem:
        print(f"diff: {problem}", file=sys.stderr)
        return USAGE
    if options:
        written = record.of([(versions.text(old), changes)], versions.text(new))
        Path(options[1]).write_text(json.dumps(written, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(draft(changes, spec.document()["info"]["version"]))
    return _verdict(changes, old, new)


def _verdict(changes: Sequence[Change], old: versions.Version, new: versions.Version) -> int:
    needed = versions.needed(old, changes)
    counts = ", ".join(f"{sum(change.kind == kind for change in changes)} {kind}" for kind in KINDS)
    was, wanted, is_now = map(versions.text, (old, needed, new))
    print(f"{counts}; {was} → {is_now}")
    if new >= needed:
        return SAYS_SO
    print(f"diff: these changes need {wanted} or newer; set info.version in spec/openapi.yaml", file=sys.stderr)
    return SAYS_NOT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
