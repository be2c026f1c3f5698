"""Texts that a request can carry."""

from __future__ import annotations

import re
from typing import TypeGuard

UNSENDABLE = "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]"  # not in UTF-8 (RFC 3629), or not in XML 1.0 (2.2), or both


def is_sendable(text: object) -> TypeGuard[str]:
    """Return whether this is a text without lone surrogates and without control characters but tabs and line breaks.

    A UnicodeEncodeError in place of the check would carry the text along, which may be a password or an identifier.
    """
    return isinstance(text, str) and re.search(UNSENDABLE, text) is None


def counted(number: int, noun: str = "coupon") -> str:
    """Return a number with its noun, such as "1 coupon" and "2 coupons"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
