"""The table of docs/interop.md: a row for each language that passed; rows of languages that were not tried stay."""

import re
from collections.abc import Mapping, Sequence

from coupon_contract.paths import ROOT
from interop.language import Language

PAGE = ROOT / "docs" / "interop.md"
HEAD = ("language", "generator", "version", "warnings that fail it")
BEGIN, END = "<!-- made by make interop: begin -->", "<!-- made by make interop: end -->"
BLOCK = re.compile(f"{BEGIN}\n(.*?){END}", re.S)


def row(language: Language) -> str:
    """Return the row of a language."""
    name = f"[{language.name}](../interop/{language.folder})"
    return _line((name, language.generator, language.version, language.warnings))


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


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
