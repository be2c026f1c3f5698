"""Reads saved revisions of the documentation page as plain lines.

Pages come as the text of a browser or as Markdown with HTML tables. Two pages that say the same give the same lines.
"""

import re
from collections.abc import Iterator
from html import unescape

FRONT_MATTER = re.compile(r"\A---\n(.*?)\n---\n", re.S)
SAID_BY_FRONT_MATTER = re.compile(r"^\s*(title|operationId): *([^'\s].*)$|^(deprecated: true)$", re.M)
FENCE = re.compile(r"^```\w*[ \t]*(.*)$", re.M)
HTML_ROW = re.compile(r"<tr>(.*?)</tr>", re.S)
HTML_CELL = re.compile(r"<t[hd]>(.*?)</t[hd]>", re.S)
HTML_TABLE = re.compile(r"<Table\b.*?</Table>", re.S | re.I)
LINK = re.compile(r"\[([^\]\[]*)\]\(https?://[^)]*\)")
RULER = re.compile(r"[\s|:-]*-{3}[\s|:-]*")
ESCAPED = "\x00"
TITLE = "example: "  # in front of the title of an example


def comparable(old: str, new: str) -> tuple[list[str], list[str]]:
    """Return the lines of two pages, without front matter and titles of examples unless both pages have them."""
    kept = all(FRONT_MATTER.match(page) for page in (old, new))
    titles = all(any(FENCE.findall(page)) for page in (old, new))
    first, second = (list(lines(page, head=kept, titles=titles)) for page in (old, new))
    return first, second


def lines(page: str, *, head: bool, titles: bool) -> Iterator[str]:
    """Return the lines of a page without formatting.

    Front matter and titles of examples are left out on demand: a browser's text has lost both.
    """
    front = FRONT_MATTER.match(page)
    if front and head:
        for name, value, deprecated in SAID_BY_FRONT_MATTER.findall(front[1]):
            yield deprecated or f"{name}: {value.strip()}"
    body = HTML_TABLE.sub(_rows, page[front.end() :] if front else page)
    body = FENCE.sub(lambda fence: f"{TITLE}{fence[1]}" if titles and fence[1] else "", body)
    for line in body.splitlines():
        plain = _plain(line)
        if plain:
            yield plain


def _rows(table: re.Match[str]) -> str:
    bare = re.sub(r"(?<!\\)\*", r"\\*", table[0])  # a star in a cell is not emphasis
    rows = (HTML_CELL.findall(row) for row in HTML_ROW.findall(bare))
    return "\n".join(" | ".join(" ".join(cell.split()) for cell in cells) for cells in rows)


def _plain(line: str) -> str:
    """Return a line without Markdown, with single spaces; a row of a table as its cells."""
    if RULER.fullmatch(line):
        return ""
    text = LINK.sub(r"\1", unescape(line)).replace("\\*", ESCAPED)
    text = re.sub(r"^\s*(?:>\s*)*(?:#+\s+|[-*]\s+(?!\|))?", "", text)
    text = re.sub(r"\*\*|^`(.*)`$", r"\1", text).replace(ESCAPED, "*")
    text = re.sub(r"\*{2,}", "*", re.sub(r"[\U0001F300-\U0001FAFF]", "", text))
    cells = [" ".join(cell.split()) for cell in text.split("|")] if " |" in text or text.startswith("|") else [text]
    return " | ".join(cell for cell in cells if cell) if len(cells) > 1 else " ".join(text.split())
