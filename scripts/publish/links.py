"""Leads the links of a page of the repository to where its files stand in the bundle."""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from coupon_contract.paths import ROOT

LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")
COPIES = "docs/files"  # in the bundle, of files that have no other place there


def relinked(text: str, source: str, target: str, places: Mapping[str, str], copies: dict[str, bytes]) -> str:
    """Return a page with its links for `target`, its path in the bundle; `source` is its path in the repository.

    `places` are the paths in the bundle of files and folders of the repository. A file that has none is added to
    `copies`; a link to a folder that has none becomes a plain name.
    """

    def replaced(link: re.Match[str]) -> str:
        label, anchor = link[1], link[3] or ""
        file = os.path.normpath(Path(source).parent / link[2])
        place = places.get(file)
        if place is None:
            if not (ROOT / file).is_file():
                return label
            place, anchor = f"{COPIES}/{file}" + (".txt" if file.endswith(".md") else ""), ""
            copies[place] = (ROOT / file).read_bytes()
        return f"[{label}]({os.path.relpath(place, Path(target).parent)}{anchor})"

    return LINK.sub(replaced, text)
