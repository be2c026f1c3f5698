"""The table of docs/upgrade.md: which versions of the packages go with which document."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts.changes import versions
from scripts.marks import replaced

Json = Any
PAGE = ROOT / "docs" / "upgrade.md"
RELEASES = spec.DIRECTORY / "releases"
ROWS = re.compile(
    r"(?<=<!-- versions, by make generate: begin -->\n).*?(?=<!-- versions, by make generate: end -->)", re.S
)
HEADINGS: Mapping[str, str] = {
    "callers": "Callers have to act",
    "implementers": "Implementers have to act",
    "testers": "Testers have to act",
}
NOTHING = "Nothing.\n"


def released() -> list[str]:
    """Return the versions of spec/releases, the newest first."""
    return sorted((path.name for path in RELEASES.iterdir() if path.is_dir()), key=versions.parsed, reverse=True)


def with_versions(text: str) -> str:
    """Return the page with a row for this version and for each that was released."""
    current = spec.document()["info"]["version"]
    names = [current, *(name for name in released() if name != current)]
    rows = [f"| {name} | coupon-client {name} | coupon-contract {name} | coupon-contract {name} |\n" for name in names]
    return replaced(ROWS, text, "".join(rows), PAGE.name)


def with_changes(text: str, record: Json) -> str:
    """Return the page with what each audience has to do since each release of a changes.json."""
    return text + "".join(_since(entry) for entry in record["since"])


def _since(entry: Json) -> str:
    lines = [f"\n## Since {entry['version']}\n"]
    for audience, heading in HEADINGS.items():
        concerned = [change for change in entry["changes"] if audience in change["who"]]
        lines += [
            f"\n### {heading}, since {entry['version']}\n\n",
            *(map(_line, concerned) if concerned else [NOTHING]),
        ]
    left = sum(not change["who"] for change in entry["changes"])
    return "".join([*lines, f"\n{left} further changes ask nothing of anybody; `changes.json` lists them.\n"])


def _line(change: Json) -> str:
    return f"- *{change['kind']}*, `{change['place']}`: {change['text']}\n"


def earlier(kept: Sequence[str], version: str) -> list[str]:
    """Return the versions older than this one, the newest first."""
    return [name for name in kept if versions.parsed(name) < versions.parsed(version)]
