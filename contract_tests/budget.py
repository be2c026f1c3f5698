"""How many coupons a run may issue, counted before each request is sent.

What a request could issue is spent when it goes out and never given back: an answer that says "refused" is exactly what
a faulty implementation sends after it has issued. So no answer can make a run cost more than its budget.
"""

import html
import json
import re
import zlib
from collections.abc import Iterator
from decimal import Decimal
from math import ceil, prod
from threading import Lock
from typing import Any
from urllib.parse import unquote_plus

from attrs import define, field, frozen

import spec
from contract_tests.exchange import LONGEST_INTEGER, Request, bounded_integer, exact_float
from contract_tests.outcomes import NotObserved
from contract_tests.permitted import LARGEST_BODY, is_utf_8
from contract_tests.reading import INT32, INT64, MOST

Json = Any
LONGEST_ID = 19  # digits of a number of 64 bits
WORD_SIZES = 16, 32, 64  # bits of integers that a number may wrap around
ENCODINGS = "latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"
COUNT = frozenset({"count"})
SERIES = frozenset({"seriesid", "seriesids"})
CUSTOMER = frozenset({"customer", "customers"})


def most_coupons(request: Request) -> int:
    """The most coupons that this request could make a server issue, also one that reads it too kindly.

    What is read in one way only is counted as it says; a count that may be read in several ways is the largest of them,
    and one that is written in no plain way is the maximum of the contract.
    """
    if request.path != spec.ISSUE_PATH or request.method in ("GET", "HEAD", "OPTIONS"):
        return 0
    return max(_most_of_text(text) for text in _texts(request.body))


def series_mentioned(request: Request) -> set[int]:
    """Every series id that this request could be read to mean: each fits into 64 bits."""
    return {number for text in _texts(request.body) for number in _series_of_text(text)}


# --- the texts that a body could be taken for ------------------------------------------------------------------------


def _texts(body: bytes) -> list[str]:
    """The text of a body; of bytes that are not UTF-8, the texts that a server could make of them."""
    if is_utf_8(body):
        return [body.decode("utf-8-sig")]
    texts = [body.decode(encoding, "replace").removeprefix("\ufeff") for encoding in ENCODINGS]
    return texts + [unpacked.decode("utf-8", "replace") for unpacked in _unpacked(body)]


def _unpacked(body: bytes) -> Iterator[bytes]:
    """The body unpacked, where it is compressed as zlib or gzip: as much of it as a request of the suite may have."""
    try:
        yield zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, LARGEST_BODY)
    except zlib.error:
        return


def _most_of_text(text: str) -> int:
    try:
        return _most_of(_parsed(text))
    except (ValueError, RecursionError):
        return max(_most_of_view(view) for view in _views(text))


def _series_of_text(text: str) -> set[int]:
    try:
        return set(_integers(_named(_parsed(text), SERIES)))
    except (ValueError, RecursionError):
        return {number for view in _views(text) for number in _ids_in_view(view)}


# --- JSON ------------------------------------------------------------------------------------------------------------


@frozen
class _Object:
    """An object of JSON with all its members: readers differ in which of two equal keys they take."""

    members: tuple[tuple[str, Json], ...]

    @property
    def values(self) -> list[Json]:
        return [value for _, value in self.members]


def _parsed(text: str) -> Json:
    """The JSON value of a text. Raises ValueError or RecursionError."""
    return json.loads(
        text,
        object_pairs_hook=lambda pairs: _Object(tuple(pairs)),
        parse_int=bounded_integer,
        parse_float=exact_float,
        parse_constant=_refuse,
    )


def _refuse(constant: str) -> Json:
    raise ValueError(constant)


def _most_of(body: Json) -> int:
    """The most that a body could issue: its count, once for each series and each customer that it names."""
    if isinstance(body, list):
        return max(1, sum(_most_of(item) for item in body))
    counts = [_most_of_count(count) for count in _named(body, COUNT)]
    series = sum(_as_many_series(value) for value in _named(body, SERIES))
    customers = sum(_as_many(value) for value in _named(body, CUSTOMER))
    return max((1, *counts)) * max(1, series) * max(1, customers)


def _named(value: Json, names: frozenset[str]) -> list[Json]:
    """What stands under one of these names, wherever that is. Some readers take a name in any case, or with hyphens."""
    if isinstance(value, list):
        return [named for item in value for named in _named(item, names)]
    if not isinstance(value, _Object):
        return []
    here = [item for name, item in value.members if re.sub(r"[\W_]", "", name.casefold()) in names]
    return here + [named for item in value.values for named in _named(item, names)]


def _most_of_count(count: Json) -> int:
    if isinstance(count, list | _Object):
        return max(1, sum(_most_of_count(item) for item in (count if isinstance(count, list) else count.values)))
    if isinstance(count, str):
        if re.fullmatch(r"\s*[+-]?\d+\s*", count, re.ASCII):
            return _most_of_number(bounded_integer(count.strip()))
        return MOST if any(character.isnumeric() for character in count) else 1
    return 1 if isinstance(count, bool | None) else _most_of_number(count)


def _most_of_number(number: int | float | Decimal) -> int:
    """A number as a count: also as what is left of a negative one in an integer of fixed size."""
    if number > 1:
        return MOST if number >= INT32 else ceil(number)
    if number >= -(2**15) or number == float("-inf"):
        return 1
    if number <= -(10 ** (LONGEST_INTEGER - 2)):  # which may have been cut, so that nobody can tell
        return MOST
    wrapped = (int(number) % 2**bits for bits in WORD_SIZES)
    return max(1, *(left if left <= MOST else 1 for left in wrapped))


def _as_many(value: Json) -> int:
    """How many an array holds, with those of the arrays inside it; whatever holds no array is one."""
    if isinstance(value, list):
        return max(1, sum(_as_many(item) for item in value))
    return prod(_as_many(item) for item in value.values) if isinstance(value, _Object) else 1


def _as_many_series(value: Json) -> int:
    """The same for series, of which a text may name several."""
    if isinstance(value, list):
        return max(1, sum(_as_many_series(item) for item in value))
    if isinstance(value, _Object):
        return prod(_as_many_series(item) for item in value.values)
    return max(1, len(re.findall(r"\d+", value))) if isinstance(value, str) else 1


def _integers(value: Json) -> Iterator[int]:
    if isinstance(value, list | _Object):
        for item in value.values if isinstance(value, _Object) else value:
            yield from _integers(item)
    elif isinstance(value, str):
        yield from _ids(value)
    elif isinstance(value, int | float | Decimal) and not isinstance(value, bool) and -INT64 < value < INT64:
        yield int(value)


def _ids(text: str) -> Iterator[int]:
    """The numbers in a text that could be ids. One that needs more than 64 bits is none, and no piece of it is."""
    for digits in re.findall(r"\d+", text):
        significant = digits.lstrip("0") or "0"
        if len(significant) <= LONGEST_ID and int(significant) < INT64:
            yield int(significant)


# --- text that is not JSON -------------------------------------------------------------------------------------------

_ESCAPE = re.compile(r"\\u([0-9A-Fa-f]{4})")
_BORDER = r"(?<![A-Za-z0-9]){}(?![A-Za-z0-9])"
_COUNT_KEY = re.compile(_BORDER.format("count"), re.IGNORECASE)
_SERIES_KEY = re.compile(_BORDER.format("series_?ids?"), re.IGNORECASE)
_CUSTOMER_KEY = re.compile(_BORDER.format("customers?"), re.IGNORECASE)
_PLAIN_COUNT = re.compile(
    r"""["'>\s]*+[:=]?[\s"'\[]*+(?:([+-]?[0-9]{1,15})|[A-Za-z]++|(?=<)|$)["'\s]*+(?:[,}\]&<]|$)""", re.ASCII
)
_PLAIN_IDS = re.compile(r"""["'>\s:=\[{]*+([\d,\s"'.+-]*+)(?:[\]}<&]|$|(?<=["'])[A-Za-z])""", re.ASCII)


def _views(text: str) -> set[str]:
    """A text that is not JSON, as it stands and with the escapes of JSON, of forms and of XML resolved."""
    unescaped = _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)
    return {text, unescaped, unquote_plus(text), html.unescape(text), html.unescape(unquote_plus(unescaped))}


def _most_of_view(text: str) -> int:
    counts = [_count_after(text, match.end()) for match in _COUNT_KEY.finditer(text)]
    customers = 1
    if (match := _CUSTOMER_KEY.search(text)) and "[" in text[match.end() :]:
        customers += text.count(",", match.end())
    return max((1, *counts)) * max(1, len(_ids_in_view(text))) * customers


def _count_after(text: str, start: int) -> int:
    match = _PLAIN_COUNT.match(text, start)
    return MOST if match is None else _most_of_number(int(match[1] or 1))


def _ids_in_view(text: str) -> list[int]:
    """The series ids of a text, each as often as it stands there; all its numbers where these are not plain."""
    ids: list[int] = []
    for key in _SERIES_KEY.finditer(text):
        match = _PLAIN_IDS.match(text, key.end())
        if match is None:
            return list(_ids(text))
        ids += _ids(match[1])
    return ids


@define
class Budget:
    """Counts coupons against a maximum; None means no maximum. Safe to use from several threads.

    `spent` is what the requests sent so far could have issued at most, `issued` what their answers showed.
    """

    most: int | None
    spent: int = 0
    issued: int = 0
    closed: bool = False
    _lock: Lock = field(factory=Lock)

    def spend(self, coupons: int) -> None:
        """Spend coupons before a request is sent. Raises NotObserved when the maximum does not allow it."""
        with self._lock:
            if self.closed and coupons:
                raise NotObserved("the target issues more than it is asked for, so no budget can be kept")
            if self.most is not None and self.spent + coupons > self.most:
                raise NotObserved(f"budget: {coupons} coupon(s) more than max_coupons = {self.most} allows")
            self.spent += coupons

    def note(self, spent: int, issued: int) -> None:
        """Note what an answer shows. More than was spent closes a limited budget: nobody can tell what comes next."""
        with self._lock:
            self.issued += issued
            self.closed = self.closed or (self.most is not None and issued > spent)
