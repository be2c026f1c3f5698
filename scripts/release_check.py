"""Performs a release, except for the upload: python -m scripts.release_check [DIRECTORY].

Checks that the version is new, that the changelog has a section for it, that the changes since the last release
(spec/releases) allow it, and that publishing works and gives the same bytes twice. Exit status: 0 ready, 1 with a line
per reason against it, 4 usage.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from coupon_contract import spec
from coupon_contract.paths import ROOT
from coupon_contract.progress import Progress
from scripts.changes import __main__ as gate
from scripts.changes import versions
from scripts.publish import FAILURES, bundle, publish

RELEASES = spec.DIRECTORY / "releases"
READY, NOT_READY, USAGE = 0, 1, 4


def version_is_new(version: str, tags: Sequence[str]) -> Iterator[str]:
    """No tag has the version yet."""
    if f"v{version}" in tags:
        yield f"there is a tag v{version}: set info.version in spec/openapi.yaml to the next one"


def changelog_has_it(version: str, changelog: str) -> Iterator[str]:
    """The changelog has a section for the version, which is not empty."""
    section = re.search(rf"^## {re.escape(version)}\b[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.M | re.S)
    if not section or not section[1].strip():
        yield f"CHANGELOG.md has no section {version}, or nothing in it: start from `make diff BASE=<last release>`"


def nothing_is_uncommitted(status: str) -> Iterator[str]:
    """The work tree has no changes besides the commit."""
    if status.strip():
        yield f"there are changes that are not committed:\n{status.rstrip()}"


def changes_allow_it(base: str) -> Iterator[str]:
    """The version fits the changes since a base. Raises NoBase, versions.NoVersion, node.ToolError."""
    old, new, changes = gate.since(base)
    needed = versions.needed(old, changes)
    if new < needed:
        yield f"the changes since {base} need {'.'.join(map(str, needed))} or newer: `make diff BASE={base}` lists them"


def builds_are_equal(first: Path, second: Path) -> Iterator[str]:
    """Publishing twice gives the same bytes."""
    sums = [set((directory / bundle.SUMS).read_text(encoding="utf-8").splitlines()) for directory in (first, second)]
    yield from (f"two builds differ in {line[66:]}" for line in sorted(sums[0] ^ sums[1]))


def last_release(kept: Iterable[str], version: str) -> str | None:
    """Return the newest of the kept versions that is older than `version`, or None. Raises versions.NoVersion."""
    older = [name for name in kept if versions.parsed(name) < versions.parsed(version)]
    return max(older, key=versions.parsed, default=None)


def problems(output: Path) -> Iterator[str]:
    """Yield every reason against the release; the build stays in the directory."""
    version, tags = spec.document()["info"]["version"], _git("tag", "--list").split()
    yield from version_is_new(version, tags)
    yield from changelog_has_it(version, (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"))
    yield from nothing_is_uncommitted(_git("status", "--porcelain"))
    progress = Progress("release-check", steps=3)
    if last := last_release((path.name for path in RELEASES.iterdir()), version):
        with progress.step(f"changes since {last}"):
            reasons = list(changes_allow_it(f"spec/releases/{last}/openapi.yaml"))
        yield from reasons
    with progress.step("first build"):
        publish(output)
    with tempfile.TemporaryDirectory() as scratch:
        with progress.step("second build, which has to be equal"):
            publish(Path(scratch) / "again")
        yield from builds_are_equal(output, Path(scratch) / "again")


def _git(*arguments: str) -> str:
    command = ["git", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def main(arguments: Sequence[str]) -> int:
    """Check, build into the directory that the only argument names (default: dist/), and print the reasons
    against it.
    """
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return USAGE
    output = Path(arguments[0] if arguments else ROOT / "dist").resolve()
    try:
        reasons = list(problems(output))
    except (*FAILURES, gate.NoBase, versions.NoVersion, OSError, subprocess.CalledProcessError) as problem:
        reasons = [str(problem)]
    for reason in reasons:
        print(f"release-check: {reason}", file=sys.stderr)
    print(f"{'not ' if reasons else ''}ready to release {spec.document()['info']['version']}; nothing was uploaded")
    return NOT_READY if reasons else READY


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
