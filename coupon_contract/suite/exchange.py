"""Requests, responses, and pairs of both. Nothing here can send."""

import json
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import Any, Literal
from urllib.parse import urlencode

from attrs import field, frozen

from coupon_contract import spec

Json = Any
Headers = tuple[tuple[str, str], ...]

LONGEST_INTEGER = 400  # digits
LARGE = range(100_000, 2_100_000)  # bytes of a body that is decoded once for several readers
EXACT = 2**53  # every integer up to here has its own float
JSON_HEADERS: Headers = (("Content-Type", "application/json"),)


@frozen
class Request:
    """A request before it is sent.

    `who` names the credentials (see `credentials.headers`); "caller" is the till of the target, or its OAuth client if
    it has no till. The representation has no body and no headers, because test runners print it.
    """

    method: str = "POST"
    path: str = spec.ISSUE_PATH
    query: tuple[tuple[str, str], ...] = ()
    headers: Headers = field(default=JSON_HEADERS, repr=False)
    body: bytes = field(default=b"", repr=False)
    who: str = "caller"

    @property
    def url(self) -> str:
        """The path and the query."""
        return self.path + ("?" + urlencode(self.query) if self.query else "")

    @property
    def issues(self) -> bool:
        """True for a call of the issuing operation."""
        return self.method == "POST" and self.path == spec.ISSUE_PATH


@frozen
class Response:
    """A complete response: status, headers as sent, body, and seconds until it was complete.

    `extra_bytes` counts the bytes that followed it on its connection, and `dropped_bytes` those of a body that was not
    kept once it was judged.
    """

    status: int
    headers: Headers = field(repr=False)
    body: bytes = field(repr=False)
    seconds: float = 0.0
    extra_bytes: int = 0
    dropped_bytes: int = 0

    def header(self, name: str) -> str:
        """Return the first header of that name, in any case; empty if there is none."""
        return next(iter(self.header_values(name)), "")

    @property
    def media_types(self) -> frozenset[str]:
        """The media types that the response declares, in lower case and without parameters."""
        return frozenset(value.partition(";")[0].strip().lower() for value in self.header_values("content-type"))

    def header_values(self, name: str) -> list[str]:
        """Return the values of every header of that name, in any case."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


@frozen
class Exchange:
    """A request as it was sent, and its response; `number` counts from 1 over the run.

    `connection` says how it was sent: on a connection of its `own`, on one that is `kept` for several requests, or in
    `parallel` with others.
    """

    number: int
    request: Request
    response: Response
    connection: Literal["own", "kept", "parallel"] = "own"


class NotJson(ValueError):
    """The bytes are not one JSON value in UTF-8."""


def loads(body: bytes, parse_float: Callable[[str], Json] = float) -> Json:
    """Decode strictly: UTF-8, no NaN or Infinity. The last of duplicate keys wins.

    The value must not be changed, because that of a large body is given to every caller. Raises NotJson, also for
    nesting that is too deep to read; its text holds nothing of the body.
    """
    if len(body) not in LARGE:
        return _decoded(body, parse_float)
    key = (body, parse_float)
    try:
        return _latest[key]
    except KeyError:
        _latest.clear()  # before the next one is decoded, because each may take a hundred megabytes
        return _latest.setdefault(key, _decoded(body, parse_float))


def loads_apart(text: str) -> Json:
    """Decode as the standard library does, while no value of another large body is kept. Raises ValueError or
    RecursionError.
    """
    if len(text) in LARGE:
        _latest.clear()
    return json.loads(text)


def _decoded(body: bytes, parse_float: Callable[[str], Json]) -> Json:
    try:
        return json.loads(
            body.decode("utf-8"),
            parse_constant=_refuse_constant,
            parse_int=bounded_integer,
            parse_float=parse_float,
        )
    except (ValueError, RecursionError):
        raise NotJson from None


# Rules, masking and reports read a response in turn, and one of a million values takes a third of a second each time.
_latest: dict[tuple[bytes, Callable[[str], Json]], Json] = {}


@lru_cache(maxsize=2)  # several rules ask about each request and its response, and large ones take long
def duplicate_keys(body: bytes) -> bool:
    """Return True if any object of this JSON text repeats a key."""
    repeated = False

    def note(pairs: list[tuple[str, Json]]) -> None:
        nonlocal repeated
        repeated = repeated or len({key for key, _ in pairs}) < len(pairs)  # and None: the values would fill the memory

    if len(body) in LARGE:
        _latest.clear()  # at no time are the values of two bodies kept
    try:
        json.loads(body, object_pairs_hook=note, parse_int=bounded_integer)
    except (ValueError, RecursionError):
        return False
    return repeated


def dumps(value: Json) -> bytes:
    """Return compact JSON in UTF-8 for any Python value (lone surrogates stay escaped)."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode("ascii")


def bounded_integer(digits: str) -> int:
    """Return an integer, cut to its first digits if it is very long: then only its size matters.

    Python itself refuses to read thousands of digits.
    """
    return int(digits[:LONGEST_INTEGER])


def exact_float(text: str) -> float | Decimal:
    """Return a number with a point or an exponent; a large one as a Decimal, because a float would change it."""
    number = float(text)
    return Decimal(text) if EXACT <= abs(number) < inf else number


def _refuse_constant(_: str) -> Json:
    raise NotJson
