"""Masks responses: the shape and the words stay, everything that could be a coupon code or an identifier goes."""

import re

LONGEST = 500  # characters shown

_TEXT = r'"((?:[^"\\]|\\.)*+)(?:"|\\?$)(\s*:)?'  # quoted, the last one perhaps cut off; a key if `:` follows
_KEY = r"[A-Za-z_]{1,24}"
_WORD = r"[^\s\"'<>{}\[\](),;:=&?/]+"
_SHORT = 4  # codes of errors and HTTP statuses have up to four digits


def masked(body: bytes) -> str:
    """Return the beginning of a response, masked.

    Quoted values, addresses, and long words with digits or only in capitals become `…`.
    """
    text = body[: 4 * LONGEST].decode("utf-8", "replace")
    text = re.sub(_WORD, _word, re.sub(_TEXT, _quoted, text))
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _quoted(match: re.Match[str]) -> str:
    text, colon = match.groups()
    return f'"{text}"{colon}' if colon and re.fullmatch(_KEY, text) else f'"…"{colon or ""}'


def _word(match: re.Match[str]) -> str:
    word = match.group()
    telling = len(word) > _SHORT and (word.isupper() or any(letter.isdigit() for letter in word))
    return "…" if telling or "@" in word else word
