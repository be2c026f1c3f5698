"""The texts that the site's search looks through: one for each section of a page."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

Json = Any
HEADINGS = ("h1", "h2", "h3", "h4")
SKIPPED = ("script", "style", "svg", "nav")
# Their rows have pages of their own, and the rest repeats other pages or has no text.
LEFT_OUT = ("ledger.html", "clauses.html", "search.html", "genindex.html", "openapi.html")


class _Sections(HTMLParser):
    """Collects the sections of a page: anchor, title, and text without its subsections."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.sections: list[dict[str, str]] = []
        self.open: list[dict[str, str]] = []
        self.skipped = 0
        self.in_heading = self.in_header_link = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a section, or note that a heading or something to skip begins."""
        given = dict(attrs)
        if tag == "section":
            self.open.append({"anchor": given.get("id") or "", "title": "", "text": ""})
            self.sections.append(self.open[-1])
        elif tag in SKIPPED:
            self.skipped += 1
        elif tag in HEADINGS:
            self.in_heading = True
        elif tag == "a" and "headerlink" in (given.get("class") or ""):
            self.in_header_link = True

    def handle_endtag(self, tag: str) -> None:
        """Close what `handle_starttag` opened. Cells and paragraphs end with a space."""
        if tag == "section" and self.open:
            self.open.pop()
        elif tag in SKIPPED:
            self.skipped -= 1
        elif tag in HEADINGS:
            self.in_heading = False
        elif tag == "a":
            self.in_header_link = False
        if tag in ("p", "li", "td", "th", "pre", "dt", "dd") and self.open:
            self.open[-1]["text"] += " "

    def handle_data(self, data: str) -> None:
        """Add text to the innermost section."""
        if self.open and not self.skipped and not self.in_header_link:
            self.open[-1]["title" if self.in_heading else "text"] += data


def texts(site: Path) -> list[Json]:
    """Return the sections of all pages of a built site: address, title, title of the page, and text."""
    return [section for path in sorted(site.rglob("*.html")) for section in _of_page(path, site)]


def _of_page(path: Path, site: Path) -> Iterator[Json]:
    page = path.relative_to(site).as_posix()
    if page in LEFT_OUT or page.startswith("_"):
        return
    sections = _Sections(path.read_text(encoding="utf-8")).sections
    if "/" in page:  # the page of a clause, a ledger entry or a code is one result
        sections = [sections[0] | {"text": " ".join(f"{item['title']} {item['text']}" for item in sections)}]
    for number, section in enumerate(sections):
        yield {
            "address": page if number == 0 else f"{page}#{section['anchor']}",
            "title": " ".join(section["title"].split()),
            "page": " ".join(sections[0]["title"].split()),
            "text": " ".join(section["text"].split()),
        }


def script(site: Path) -> str:
    """Return the texts as a script, because browsers let a local page load scripts and no other files."""
    content = json.dumps(texts(site), ensure_ascii=False).replace("</", "<\\/")
    return f"const SEARCH_TEXTS = {content};\n"
