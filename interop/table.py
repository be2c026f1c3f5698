"""The table of docs/interop.md, made from observations; rows of languages that were not tried stay unchanged."""

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from coupon_contract.paths import ROOT
from interop.language import Language

PAGE = ROOT / "docs" / "interop.md"
HEAD = ("language", "generator", "version", "what works", "warnings that fail it")
BEGIN, END = "<!-- made by make interop: begin -->", "<!-- made by make interop: end -->"
BLOCK = re.compile(f"{BEGIN}\n(.*?){END}", re.S)


@frozen
class Observed:
    """Right reports of each kind, with their total; `safe` vectors cost convenience and no money."""

    sandbox: tuple[int, int]
    vectors: tuple[int, int]
    safe: int
    external_ids: tuple[int, int]


def row(language: Language, observed: Observed) -> str:
    """Return a row of the table."""
    works = (
        f"{_of(observed.sandbox)} calls of sandboxes",
        f"{_of(observed.vectors)} vectors, {observed.safe} of them only safe",
        f"{_of(observed.external_ids)} pairs of external ids",
    )
    name = f"[{language.name}](../interop/{language.folder})"
    cells = (name, language.generator, language.version, "; ".join(works), language.warnings)
    return _line(cells)


def rows(page: str) -> dict[str, str]:
    """Return the rows of the page's table, by folder. Raises ValueError for a page without the table's marks."""
    block = BLOCK.search(page)
    if block is None:
        raise ValueError(f"docs/interop.md has lost its marks: {BEGIN} … {END}")
    lines = {re.search(r"\(\.\./interop/([a-z]+)\)", line): line for line in block[1].splitlines()}
    return {match[1]: line for match, line in lines.items() if match}


def updated(page: str, new: Mapping[str, str], folders: Sequence[str]) -> str:
    """Return the page with the new rows, keeping a row for each of these folders."""
    lines = {**rows(page), **new}
    table = [_line(HEAD), "|" + "---|" * len(HEAD), *(lines[folder] for folder in sorted(folders) if folder in lines)]
    return BLOCK.sub(lambda _: "\n".join([BEGIN, *table, END]), page)


def _of(counts: tuple[int, int]) -> str:
    return f"{counts[0]} of {counts[1]}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
