"""What may be shown of an answer: its shape and its words, nothing that could be a coupon code or an identifier."""

import re

LONGEST = 500  # characters shown

_VALUE = re.compile(
    r'"(?:[^"\\]|\\.)*+(?:"|\\?$)(?!\s*:)'
)  # a quoted text that is no key, the last one perhaps cut off
_TOKEN = re.compile(r"[^\s\"'<>{}\[\](),;:=&?/]+")
_SHORT = 4  # codes of errors and HTTP statuses have up to four digits
_NAME = 7  # `GENERIC`: messages spell kinds of series in capitals; codes are longer


def masked(body: bytes) -> str:
    """The beginning of an answer; quoted values, addresses, long words with digits or only in capitals stand as `…`."""
    text = body[: 4 * LONGEST].decode("utf-8", "replace")
    text = _TOKEN.sub(_word, _VALUE.sub('"…"', text))
    text = "".join(character if character.isprintable() else " " for character in text)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"


def _word(found: re.Match[str]) -> str:
    word = found.group()
    if "@" in word or (len(word) > _SHORT and any(letter.isdigit() for letter in word)):
        return "…"
    return "…" if len(word) > _NAME and word.isupper() else word
