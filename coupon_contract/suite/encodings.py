"""The encodings in which a word may appear in a text: plain, escaped, percent-encoded, or inside base64."""

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

SHORTEST_IN_BASE64 = 6  # characters; too little of a shorter word can be recognised
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_STANDARD = str.maketrans("-_", "+/")


def forms(word: str) -> set[str]:
    """Return the word itself and as JSON, HTML and URLs write it."""
    plain = word.encode("utf-8", "surrogatepass")
    escaped = json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1], html.escape(word)
    encoded = [quote(plain, safe=safe) for safe in ("", "/", "@", "+", "@+")]
    return {word, *escaped, escaped[1].replace("/", "\\/"), *encoded, quote_plus(plain)} - {""}


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
