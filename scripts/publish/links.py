"""Leads the links of a page of the repository to where its files stand in the bundle."""

import os
from collections.abc import Mapping
from pathlib import Path

from coupon_contract import pages
from coupon_contract.paths import ROOT
from scripts.publish import repository_blocks

COPIES = "docs/files"  # in the bundle, of files that have no other place there


def relinked(text: str, source: str, target: str, places: Mapping[str, str], copies: dict[str, bytes]) -> str:
    """Return a page with its links for `target`, its path in the bundle; `source` is its path in the repository.

    `places` are the paths in the bundle of files and folders of the repository. A file that has none is added to
    `copies`; a link to a folder that has none becomes a plain name.
    """

    def placed(link: str, anchor: str) -> str:
        file = os.path.normpath(Path(source).parent / link)
        place = places.get(file)
        if place is None:
            if not (ROOT / file).is_file():
                return ""
            place, anchor = f"{COPIES}/{file}" + (".txt" if file.endswith(".md") else ""), ""
            copies[place] = _copy(file)
        return f"{os.path.relpath(place, Path(target).parent)}{anchor}"

    return pages.relinked(text, placed)


def _copy(file: str) -> bytes:
    """Return a file of the repository for the bundle; a page without its links, which lead into the repository."""
    content = (ROOT / file).read_bytes()
    if not file.endswith(".md"):
        return content
    page = repository_blocks.dropped(content.decode("utf-8"), file)
    return pages.relinked(page, lambda *_: "").encode("utf-8")
