"""Pages of docs/ for readers who have no clone of the repository: those of the bundle, and those of the wheel alone.

A page is true for them, but for what stands between these marks, in a line or around lines:

    <!-- repository: begin -->In a clone, `make sandbox` does the same.<!-- repository: end -->
"""

import re
from collections.abc import Callable

BEGIN, END = "<!-- repository: begin -->", "<!-- repository: end -->"
LINES = re.compile(rf"^{BEGIN}\n.*?^{END}\n\n?", re.S | re.M)
PART = re.compile(f"{BEGIN}.*?{END}", re.S)
COMMENT = re.compile(r"^<!--.*?-->\n", re.S | re.M)  # marks of what is generated
LINK = re.compile(r"(?<!!)\[([^\]]+)\]\((?!\w+:)([^)#\s]+)(#[^)\s]*)?\)")


class UnclosedBlock(Exception):
    """A page with a mark of a repository block that has no other end; the text names the page."""


def without_repository(text: str, page: str) -> str:
    """Return a page without the parts that are marked for the repository, and without comments.

    Raises UnclosedBlock.
    """
    text = PART.sub("", LINES.sub("", text))
    if BEGIN in text or END in text:
        raise UnclosedBlock(f"{page}: a repository block does not begin or does not end")
    return COMMENT.sub("", text)


def relinked(text: str, place: Callable[[str, str], str]) -> str:
    """Return a page with other links. `place` is given the target and the anchor of each link to a file.

    It returns the new target with its anchor, or an empty text for a link that becomes its label.
    """

    def replaced(link: re.Match[str]) -> str:
        target = place(link[2], link[3] or "")
        return f"[{link[1]}]({target})" if target else link[1]

    return LINK.sub(replaced, text)
