"""The forms in which a word may come back: as it is, escaped, percent-encoded, or inside base64."""

import base64
import html
import json
import re
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

SHORTEST_IN_BASE64 = 6  # characters; of a shorter word too little is left to be recognised
BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_STANDARD = str.maketrans("-_", "+/")


def forms(word: str) -> set[str]:
    """The word itself and as JSON, HTML and addresses write it."""
    plain = word.encode("utf-8", "surrogatepass")
    escaped = json.dumps(word)[1:-1], json.dumps(word, ensure_ascii=False)[1:-1], html.escape(word)
    encoded = [quote(plain, safe=safe) for safe in ("", "/", "@", "+", "@+")]
    return {word, *escaped, escaped[1].replace("/", "\\/"), *encoded, quote_plus(plain)} - {""}


def cores(word: str) -> set[str]:
    """What any base64 text that holds this word must contain; nothing for short words."""
    plain = word.encode("utf-8", "surrogatepass")
    if len(plain) < SHORTEST_IN_BASE64:
        return set()
    return {_core(plain, before) for before in range(3)}


def _core(plain: bytes, before: int) -> str:
    """The characters that depend on nothing but the word, when `before` bytes stand before it in its block of three."""
    text = base64.b64encode(b"\0" * before + plain).decode()
    first = (8 * before + 5) // 6
    return text[first : (8 * (before + len(plain))) // 6]


def held(parts: Iterable[str], text: str) -> list[str]:
    """Those of the cores that stand in the text, in either alphabet of base64."""
    standard = text.translate(_STANDARD)
    return [part for part in parts if part in standard]
