"""The headers of a response that outcomes carry: the server's id of the request, and Retry-After."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Collection, Mapping
from datetime import UTC, datetime

from coupon_client.arguments import LONGEST
from coupon_client.contract import TOKEN_HEADER
from coupon_client.exchange import Request, Response
from coupon_client.masking import is_usual

REQUEST_IDS = (
    "x-cap-request-id",
    "x-cap-requestid",
    "x-request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "cf-ray",
)
REQUEST_ID = r"[\w.:=/+-]{1,128}"  # a longer or other text might break a log line
WORD = rb'[^"\s,{}\[\]\\<>]{4,}'  # what may be a code or an identifier, wherever it stands, and could be in an id
NUMBER = 7  # digits; shorter numbers are parts of ids by chance
SEARCHED = 1_000_000  # bytes of a response in which codes are looked for
SHORTEST = 4  # characters; shorter texts are parts of ids by chance


def request_id(headers: Mapping[str, str], secrets: Collection[str]) -> str | None:
    """Return the server's id of the request, or None: it is shown, so it must not hold an identifier or a code."""
    for name in REQUEST_IDS:
        value = headers.get(name, "").strip()
        if re.fullmatch(REQUEST_ID, value, re.ASCII):
            folded = value.casefold()
            return None if any(len(word) >= SHORTEST and word.casefold() in folded for word in secrets) else value
    return None


def shown_request_id(request: Request, response: Response) -> str | None:
    """Return the server's id of the request, or None if it holds anything that request or response may keep secret."""
    if not any(name in response.headers for name in REQUEST_IDS):
        return None
    return request_id(response.headers, [*credentials(request.headers), *_values(request, response)])


def credentials(headers: Mapping[str, str]) -> list[str]:
    """Return the secrets of the headers that carry credentials: a token, or a till's pair and the digest in it."""
    signed = (value for name, value in headers.items() if name.lower() in ("authorization", TOKEN_HEADER.lower()))
    words = [value.removeprefix("Basic ") for value in signed]
    return words + [part for word in words for part in _decoded(word).split(":")[1:]]


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return Retry-After in seconds, from a number or a date; None for anything else, or more than a day.

    A date without a zone is of the form of C's asctime, which is UTC and still to be read (RFC 9110, 5.6.7).
    """
    text = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        seconds = float(text)
    else:
        from email.utils import parsedate_to_datetime  # here: few responses have a date

        try:
            date = parsedate_to_datetime(text)
            seconds = max(0.0, ((date if date.tzinfo else date.replace(tzinfo=UTC)) - now).total_seconds())
        except (ValueError, TypeError, IndexError, OverflowError):
            return None
    return seconds if seconds <= LONGEST else None


def _decoded(word: str) -> str:
    try:
        return b64decode(word, validate=True).decode(errors="replace")
    except ValueError:
        return ""


def _values(request: Request, response: Response) -> list[str]:
    words = [value for _, value in request.query]
    for body in (request.body or b"", response.body[:SEARCHED]):
        words += [word.decode(errors="replace").strip(":") for word in re.findall(WORD, body)]
    return [word for word in words if not is_usual(word) and not (word.isdigit() and len(word) < NUMBER)]
