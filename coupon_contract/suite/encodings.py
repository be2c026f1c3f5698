"""The encodings in which a word may come back: plain, in hex, escaped, percent-encoded, or inside base64.

Escapes are decoded before the search for words, so it does not matter which characters of a word are escaped, or how.
docs/security.md lists the encodings that are not recognised.
"""

import base64
import html
import re
from collections.abc import Iterable, Sequence

from attrs import frozen

SHORTEST_IN_BASE64 = 6  # characters; too little of a shorter word can be recognised
SHORTEST_IN_HEX = 4  # bytes; the digits of a shorter word stand in many numbers
DEEPEST = 3  # escapes of escapes that are decoded
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
ESCAPES = re.compile(
    r"(?P<percent>(?:%[0-9A-Fa-f]{2})+)"
    r"|(?P<entity>&(?:\#[xX]0{0,8}[0-9A-Fa-f]{1,6}|\#0{0,8}[0-9]{1,7}|[A-Za-z]{2,8});?)"
    r"|(?P<unit>(?:\\u[0-9A-Fa-f]{4})+)"
    r"|(?P<byte>(?:\\x[0-9A-Fa-f]{2})+)"
    r"""|(?P<short>\\["'\\/bfnrt])"""
)
KINDS = frozenset(ESCAPES.groupindex)
FAMILIES = (frozenset({"percent"}), frozenset({"entity"}), frozenset({"unit", "byte", "short"}))
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_STANDARD = str.maketrans("-_", "+/")


@frozen
class View:
    """Text with escapes decoded. Its character at an index comes from `starts[index]` to `ends[index]` of the text."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "View":
        """Return the view of an undecoded text."""
        return cls(text, range(len(text)), range(1, len(text) + 1))

    def decoded(self, kinds: frozenset[str] = KINDS) -> "View | None":
        """Return the view with one more layer of escapes decoded, or None if there is none."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        rest = 0
        for match in ESCAPES.finditer(self.text):
            if match.lastgroup not in kinds:
                continue
            characters, widths = _decoded(match)
            pieces += (self.text[rest : match.start()], characters)
            starts += self.starts[rest : match.start()]
            ends += self.ends[rest : match.start()]
            place = match.start()
            for width in widths:
                starts.append(self.starts[place])
                ends.append(self.ends[place + width - 1])
                place += width
            rest = match.end()
        if not rest:
            return None
        return View("".join((*pieces, self.text[rest:])), [*starts, *self.starts[rest:]], [*ends, *self.ends[rest:]])


def views(text: str) -> Iterable[View]:
    """Yield the text as it is, with one layer of escapes after the other decoded, and with one kind of them decoded.

    What looks like an escape of one kind may be plain text beside escapes of another: `100%canary&#45;till`.
    """
    plain = View.of(text)
    yield plain
    present = {match.lastgroup or "" for match in ESCAPES.finditer(text)}
    for kinds in (KINDS, *(family for family in FAMILIES if present & family and present - family)):
        view = plain.decoded(kinds) if present else None
        for _ in range(DEEPEST):
            if view is None:
                break
            yield view
            view = view.decoded(kinds)


def _decoded(match: re.Match[str]) -> tuple[str, list[int]]:
    """Return the meaning of an escape, and the number of its characters for each character of the meaning."""
    escape = match[0]
    if match["percent"] or match["byte"]:
        width = 3 if match["percent"] else 4
        raw = bytes(int(escape[at + width - 2 : at + width], 16) for at in range(0, len(escape), width))
        return _of_bytes(escape, raw, width)
    if match["unit"]:
        raw = bytes.fromhex(escape.replace("\\u", ""))
        characters = raw.decode("utf-16-be", "surrogatepass")
        return characters, [12 if character > "\uffff" else 6 for character in characters]
    if match["short"]:
        return SHORT.get(escape[1], escape[1]), [2]
    characters = html.unescape(escape if escape.endswith(";") else f"{escape};")
    if len(characters) != 1:  # no entity, or one of several characters
        return escape, [1] * len(escape)
    return characters, [len(escape)]


def _of_bytes(escape: str, raw: bytes, width: int) -> tuple[str, list[int]]:
    """The text of escaped bytes. A byte that is not UTF-8 is not an escape: a percent sign may stand before a word."""
    characters: list[str] = []
    widths: list[int] = []
    place = 0
    for character in raw.decode("utf-8", "surrogateescape"):
        size = width * len(character.encode("utf-8", "surrogateescape"))
        if "\ud800" <= character <= "\udfff":
            characters += escape[place : place + size]
            widths += [1] * size
        else:
            characters.append(character)
            widths.append(size)
        place += size
    return "".join(characters), widths


def forms(word: str) -> set[str]:
    """Return the word itself, as the query of a URL writes it, and the hex digits of its bytes."""
    plain = word.encode("utf-8", "surrogatepass")
    return {word, word.replace(" ", "+")} | ({plain.hex()} if len(plain) >= SHORTEST_IN_HEX else set())


def cores(word: str) -> set[str]:
    """Return the text that base64 of this word must contain, one per alignment; nothing for short words."""
    plain = word.encode("utf-8", "surrogatepass")
    if len(plain) < SHORTEST_IN_BASE64:
        return set()
    return {_core(plain, before) for before in range(3)}


def _core(plain: bytes, before: int) -> str:
    """Return the base64 characters that depend on the word alone, with `before` bytes ahead of it in its block of
    three.
    """
    text = base64.b64encode(b"\0" * before + plain).decode()
    first = (8 * before + 5) // 6
    return text[first : (8 * (before + len(plain))) // 6]


def present_cores(parts: Iterable[str], text: str) -> list[str]:
    """Return the cores that occur in the text, in either alphabet of base64."""
    standard = text.translate(_STANDARD)
    return [part for part in parts if part in standard]
