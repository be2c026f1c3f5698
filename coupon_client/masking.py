"""Masks responses: the shape and usual words stay, everything that could be a code or an identifier goes."""

import re
from collections.abc import Iterable, Set
from functools import cache, partial
from http import HTTPStatus

from coupon_client.contract import CERTAIN_REFUSALS, FIELD_NAMES, ISSUED_OR_IN_DOUBT

LONGEST = 500  # characters shown

_TEXT = r'"((?:[^"\\]|\\.)*+)(?:"|\\?$)(\s*:)?'  # quoted, the last one perhaps cut off; a key if `:` follows
_WORD = r"[^\s\"'<>{}\[\](),;:=&?/]+"
_MARKS = "!.…-"  # around words
# Codes may be words of any letters, so a word is shown only if it is one of those that servers and proxies say.
_USUAL = """
    a again an and are at been by cannot client cloudflare connection could did down due error exception failed failure
    for from gateway has http https in internal invalid is it later limit maintenance moment no not nginx occurred of on
    or page perform please proxy request response retry server site sorry temporarily temporary that the this time timed
    timeout to try unable unexpected unknown upstream was we were while with you your
    body br center code div doctype h1 h2 head hr href html html5 id lang message meta p pre span status success title
    true false null utf-8 version xml encoding
"""


def masked(body: bytes, secrets: Iterable[str] = ()) -> str:
    """Return the beginning of a response, masked.

    These become `…`: quoted values, keys that are not fields of the document, unusual words, numbers of more than three
    digits that are not documented codes, and whatever else is a word of one of the secrets.
    """
    hidden = {word.strip(_MARKS) for secret in secrets for word in re.findall(_WORD, secret)}
    text = body[: 4 * LONGEST].decode("utf-8", "replace")
    text = re.sub(_WORD, partial(_word, hidden), re.sub(_TEXT, partial(_quoted, hidden), text))
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def shown_code(code: int | None) -> str:
    """Return the code of an error for a representation: what is longer than documented codes may be an identifier."""
    return str(code) if code is None or 0 <= code < 10_000 else "…"


def is_usual(word: str) -> bool:
    """Return whether a word is a field of the document, or one that servers and proxies say."""
    return word in FIELD_NAMES or (word in (word.lower(), word.capitalize()) and word.lower() in _words())


def _quoted(hidden: Set[str], match: re.Match[str]) -> str:
    text, colon = match.groups()
    return f'"{text}"{colon}' if colon and text in FIELD_NAMES and text not in hidden else f'"…"{colon or ""}'


def _word(hidden: Set[str], match: re.Match[str]) -> str:
    word = match.group()
    bare = word.strip(_MARKS)
    if bare in hidden:
        return "…"
    if bare.isascii() and bare.isdigit():
        return word if len(bare) < 4 or int(bare) in CERTAIN_REFUSALS | ISSUED_OR_IN_DOUBT else "…"
    return word if is_usual(bare) or not bare else "…"


@cache
def _words() -> frozenset[str]:
    """Return the words of the usual messages and of the phrases of HTTP statuses, in lower case."""
    phrases = " ".join(status.phrase for status in HTTPStatus)
    return frozenset(f"{_USUAL} {phrases}".lower().split())
