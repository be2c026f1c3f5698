"""The tables of docs/interop.md: a row for each language that passed; rows of languages that were not tried stay."""

import re
from collections.abc import Mapping, Sequence

from attrs import frozen

from coupon_contract.paths import ROOT
from interop.language import Language
from interop.large_ids import IDS
from interop.resending import SITUATIONS

PAGE = ROOT / "docs" / "interop.md"


@frozen
class Table:
    """A table between two marks of the page."""

    subject: str
    head: Sequence[str]

    @property
    def begin(self) -> str:
        """The mark before it."""
        return f"<!-- {self.subject}, made by make interop: begin -->"

    @property
    def end(self) -> str:
        """The mark behind it."""
        return f"<!-- {self.subject}, made by make interop: end -->"

    def rows(self, page: str) -> dict[str, str]:
        """Return the rows of the table, by folder. Raises ValueError for a page without its marks."""
        block = self._block().search(page)
        if block is None:
            raise ValueError(f"docs/interop.md has lost its marks: {self.begin} … {self.end}")
        lines = {re.search(r"\(\.\./interop/([a-z-]+)\)", line): line for line in block[1].splitlines()}
        return {match[1]: line for match, line in lines.items() if match}

    def updated(self, page: str, new: Mapping[str, str], folders: Sequence[str]) -> str:
        """Return the page with the new rows, keeping a row for each of these folders."""
        lines = {**self.rows(page), **new}
        kept = [lines[folder] for folder in sorted(folders) if folder in lines]
        text = "\n".join([self.begin, _line(self.head), "|" + "---|" * len(self.head), *kept, self.end])
        return self._block().sub(lambda _: text, page)

    def _block(self) -> re.Pattern[str]:
        return re.compile(f"{self.begin}\n(.*?){self.end}", re.S)


OBSERVED = (*SITUATIONS, *IDS)
GENERATORS = Table("generators", ("language", "generator", "version", "warnings that fail it", "text of a response"))
DEFAULTS = Table("defaults", ("generated client", *OBSERVED, "to send once"))
TABLES = (GENERATORS, DEFAULTS)


def rows(language: Language, observed: Mapping[str, str]) -> tuple[str, str]:
    """Return the rows of a language, in the order of TABLES, with what was observed of its defaults."""
    link = f"[{language.name}](../interop/{language.folder})"
    described = _line((link, language.generator, language.version, language.warnings, language.text))
    return described, _line((link, *(observed[name] for name in OBSERVED), language.once))


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
