"""Counts, before each request is sent, how many coupons a run could issue.

The coupons that a request could issue are spent when it is sent and never given back: a faulty implementation may
answer "refused" after it has issued. So no response can make a run cost more than its budget.

The bound holds for every conceivable reader: one that takes the first or the last of two equal keys, ignores case,
reads texts as numbers, wraps integers around, unpacks wrappers and batches, or repairs a broken text. A number is left
out only if its name says that it is an identifier.
"""

import html
import json
import re
import unicodedata
import zlib
from collections.abc import Iterator
from decimal import Decimal
from math import ceil, isfinite, prod
from threading import Lock
from typing import Any, TypeGuard
from urllib.parse import unquote_plus

from attrs import define, field, frozen

from coupon_contract import spec
from coupon_contract.facts import COUNT_MAXIMUM, IDENTIFIERS
from coupon_contract.suite.exchange import LONGEST_INTEGER, Request, bounded_integer, exact_float
from coupon_contract.suite.issued_bounds import Bounds
from coupon_contract.suite.permitted import LARGEST_BODY, is_utf_8
from coupon_contract.suite.problem import counted
from coupon_contract.suite.request_reader import INT32, INT64
from coupon_contract.suite.skips import NotObserved

Json = Any
LONGEST_ID = 19  # digits of a number of 64 bits
WORD_SIZES = 16, 32, 64  # bits of integers that a number may wrap around
ENCODINGS = "latin-1", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"
UNLIMITED = INT32 - 1  # coupons in one request: no server counts further
SERIES, CUSTOMER, COUNT = "seriesid", "customer", "count"  # the roles that a name can have
NAMES_CUSTOMERS = {CUSTOMER, "customerid", *(name.casefold() for name in IDENTIFIERS)}

NUMBER = r"0[xX][0-9a-fA-F]+|\d[\d_]*(?:\.\d*)?(?:[eE][+-]?\d+)?"
NUMBERS = re.compile(NUMBER)
GROUPS = re.compile(r"(?<=\d)(?:[\s,'\u2019]|\.(?=\d{3}(?!\d)))(?=\d)")  # between digits, as people group them
COUNT_NAME = r"(?<!ac)(?<!dis)count(?!ry)"  # in any name except account, discount and country
# The same for texts that are not JSON. All patterns are linear, because such texts may be long.
COUNT_ROLE, NO_LETTER = re.compile(COUNT_NAME), re.compile(r"[\W_]")
COUNT_IN_TEXT = re.compile(rf"(?i){COUNT_NAME}[a-z_]{{0,40}}\W{{1,40}}?({NUMBER})")
SERIES_IN_TEXT = re.compile(r"""(?i)series[a-z_]{0,20}["'>\s:=\[{]*([\d,\s"']*)""")
CUSTOMER_IN_TEXT = re.compile(r"(?i)(?<![/\w])(?:mobile|email|external_?id)\b")
CUSTOMERS_IN_ARRAY = re.compile(r"""(?i)(?:customers?|mobile|email|external_?id)["']?\s*[:=]\s*\[([^\[\]{}]*)""")
# A quoted value that might hold more than an identifier does not count as an identifier.
IDENTIFIER_IN_TEXT = re.compile(
    r"""(?i)(?<![a-z_])(?:mobile|email|[a-z_]{0,40}ids?)\b["']?\s*[:=>]\s*\[?\s*"""
    r"""("[^"'{}:=&<>\n]*"|'[^"'{}:=&<>\n]*'|[^\s"',;&<>{}\[\]]+)"""
)
STRUCTURE = re.compile(r"[{\[<=]")  # for a text that may contain a whole request


@frozen
class Object:
    """A JSON object as written: all of its pairs, also those with equal keys."""

    pairs: list[tuple[str, Json]]


def most_coupons(request: Request) -> int:
    """Return the most coupons that this request could make a server issue, however leniently the server reads it."""
    if request.path != spec.ISSUE_PATH or request.method in ("GET", "HEAD", "OPTIONS"):
        return 0
    return min(UNLIMITED, max(map(_most_in, _texts(request.body))))


def series_mentioned(request: Request) -> set[int]:
    """Return every series id that this request could be read to mean. Each fits into 64 bits."""
    return {number for text in _texts(request.body) for number in _series_in(text)}


# --- texts that a body could be read as -----------------------------------------------------------------------------


def _texts(body: bytes) -> list[str]:
    """Return the text of a body; for bytes that are not UTF-8, the texts that a server could decode."""
    if is_utf_8(body):
        return [body.decode("utf-8-sig")]
    texts = [body.decode(encoding, "replace").removeprefix("\ufeff") for encoding in ENCODINGS]
    return texts + [unpacked.decode("utf-8", "replace") for unpacked in _unpacked(body)]


def _unpacked(body: bytes) -> Iterator[bytes]:
    """Return the body unpacked if it is compressed as zlib or gzip, up to the size of a request of the suite."""
    try:
        yield zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(body, LARGEST_BODY)
    except zlib.error:
        return


def _most_in(text: str) -> int:
    try:
        return _most_of(_parsed(text))
    except (ValueError, RecursionError):
        views = _views(text)
        return max(map(_most_in_broken, views | {GROUPS.sub("", view) for view in views}))


def _series_in(text: str) -> set[int]:
    try:
        body = _parsed(text)
        return set(_integers([*_named(SERIES, body), *_ids_in_texts(body)]))
    except (ValueError, RecursionError):
        return {number for view in _views(text) for number in _ids_in_text(view)}


# --- JSON -----------------------------------------------------------------------------------------------------------


def _parsed(text: str) -> Json:
    """Return the value of a JSON text, parsed as leniently as any JSON reader. Raises ValueError and RecursionError."""
    return json.loads(text, strict=False, parse_int=bounded_integer, parse_float=exact_float, object_pairs_hook=Object)


def _most_of(body: Json) -> int:
    """Return the most coupons of a body: all of its counts, once for each series, customer and item of a batch."""
    if isinstance(body, list):
        return max(1, sum(map(_most_of_item, body)))
    if isinstance(body, Object):
        return max(1, _counted(body)) * _as_many(body)
    return max(1, _counted(body))


def _most_of_item(item: Json) -> int:
    """Return the same for an item of an array, where a number without a name may be a count."""
    if isinstance(item, list | Object):
        return _most_of(item)
    count = max(_quantity(item), _counted(item))
    return count if count <= COUNT_MAXIMUM else 1


def _role(name: str) -> str:
    """Return the role of a name, in any case, width and number, or the plain name if it has no role."""
    # The suite sends objects of 100,000 keys: the usual name takes the short way to the same result.
    plain = name.lower() if name.isascii() else unicodedata.normalize("NFKC", name).casefold()
    plain = plain if plain.isalnum() else NO_LETTER.sub("", plain)
    if "count" in plain and COUNT_ROLE.search(plain):
        return COUNT
    return SERIES if "series" in plain else plain.removesuffix("s")  # the vendor's revoke has couponSeriesId


def _by_role(value: Object) -> dict[str, list[Json]]:
    roles: dict[str, list[Json]] = {}
    for name, item in value.pairs:
        roles.setdefault(_role(name), []).append(item)
    return roles


def _counted(value: Json) -> int:
    """Return the sum of all counts in a value. Of several counts in one object, a reader takes one."""
    if isinstance(value, str):
        return _most_in(value) if "count" in value.casefold() and STRUCTURE.search(value) else 0
    if isinstance(value, list):
        return sum(map(_counted, value))
    if not isinstance(value, Object):
        return 0
    roles = _by_role(value)
    here = max(map(_quantity, roles.pop(COUNT, [0])))
    return here + sum(_counted(item) for items in roles.values() for item in items)


def _quantity(count: Json) -> int:
    """Return the most coupons that a count could mean; a value with several numbers may mean all of them."""
    if isinstance(count, list):
        return sum(map(_quantity, count))
    if isinstance(count, Object):
        return sum(_quantity(item) for _, item in count.pairs)
    if isinstance(count, str):
        return sum(map(_read_number, NUMBERS.findall(GROUPS.sub("", count))))
    return _coupons(count) if _is_number(count) else 0


def _coupons(number: float | Decimal) -> int:
    """Return a number as coupons, rounded up; for a large negative one, its value as an integer of fixed size."""
    if isinstance(number, float) and not isfinite(number):
        return UNLIMITED if number > 0 else 0
    if number > -(2**15):
        return min(UNLIMITED, max(0, ceil(number)))
    if number <= -(10 ** (LONGEST_INTEGER - 2)):  # the digits may have been cut, so any value is possible
        return UNLIMITED
    wrapped = (int(number) % 2**bits for bits in WORD_SIZES)
    return max((coupons for coupons in wrapped if coupons <= COUNT_MAXIMUM), default=0)


def _read_number(written: str) -> int:
    """Return a number in a text as coupons."""
    digits = written.replace("_", "")
    if digits[:2] in ("0x", "0X"):
        return min(UNLIMITED, int(digits, 16))
    return _coupons(bounded_integer(digits) if digits.isdecimal() else float(digits))


def _as_many(value: Json, named: bool = False) -> int:
    """Return how many requests a value could stand for: its series, customers and batch items, multiplied.

    `named` says that the value names series or customers; elsewhere an array of plain values counts as one.
    """
    if isinstance(value, list):
        return max(1, sum(_as_many(item, named) for item in value if named or isinstance(item, list | Object)))
    if isinstance(value, Object):
        return prod(_as_many_of(role, items, named) for role, items in _by_role(value).items() if role != COUNT)
    return 1


def _as_many_of(role: str, items: list[Json], named: bool) -> int:
    if role == SERIES:
        return max(1, sum(max(_as_many(item, named=True), len(list(_integers(item)))) for item in items))
    return max(1, sum(_as_many(item, named or role in NAMES_CUSTOMERS) for item in items))


def _named(role: str, value: Json) -> list[Json]:
    """Return all values whose name has this role, at any depth."""
    if isinstance(value, list):
        return [named for item in value for named in _named(role, item)]
    if not isinstance(value, Object):
        return []
    here = [item for name, item in value.pairs if _role(name) == role]
    return here + [named for _, item in value.pairs for named in _named(role, item)]


def _is_number(value: Json) -> TypeGuard[int | float | Decimal]:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _integers(value: Json) -> Iterator[int]:
    if isinstance(value, list):
        for item in value:
            yield from _integers(item)
    elif isinstance(value, Object):
        yield from _integers([item for _, item in value.pairs])
    elif isinstance(value, str):
        yield from _ids(value)
    elif _is_number(value) and -INT64 < value < INT64:
        yield int(value)


def _ids(text: str) -> Iterator[int]:
    """Return the numbers in a text that could be ids. A number beyond 64 bits is none, and neither is any
    part of it.
    """
    for digits in re.findall(r"\d+", text):
        significant = digits.lstrip("0") or "0"
        if len(significant) <= LONGEST_ID and int(significant) < INT64:
            yield int(significant)


# --- texts that are not JSON ----------------------------------------------------------------------------------------


def _views(text: str) -> set[str]:
    """Yield a text as readers of JSON, of forms and of XML see it."""
    unescaped = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
    return {text, unescaped, unquote_plus(text), html.unescape(text), html.unescape(unquote_plus(unescaped))}


def _most_in_broken(text: str) -> int:
    """Return the most coupons that a broken text could issue through a lenient reader.

    Any number up to 500 may be a count there, unless it is the value of an identifier.
    """
    without_series = SERIES_IN_TEXT.sub(" ", text)
    of_count = sum(map(_read_number, COUNT_IN_TEXT.findall(without_series)))
    rest = map(_read_number, NUMBERS.findall(IDENTIFIER_IN_TEXT.sub(" ", without_series)))
    anywhere = max((number for number in rest if number <= COUNT_MAXIMUM), default=1)
    return max(1, of_count, anywhere) * max(1, len(_ids_in_text(text))) * _customers_in_text(text)


def _ids_in_text(text: str) -> list[int]:
    """Return the series ids in a text, each as often as it occurs."""
    return [number for part in SERIES_IN_TEXT.findall(text) for number in _ids(part)]


def _customers_in_text(text: str) -> int:
    """Return how many customers a text may name: one per identifier."""
    several: int = sum(part.count(",") for part in CUSTOMERS_IN_ARRAY.findall(text))
    return max(1, len(CUSTOMER_IN_TEXT.findall(text))) + several


def _ids_in_texts(value: Json) -> Iterator[int]:
    """Return the series ids in the texts of a JSON value, which may contain whole requests."""
    if isinstance(value, str) and STRUCTURE.search(value):
        yield from (number for view in _views(value) for number in _ids_in_text(view))
    elif isinstance(value, list | Object):
        for item in value if isinstance(value, list) else [item for _, item in value.pairs]:
            yield from _ids_in_texts(item)


@define
class Budget:
    """Counts coupons against a maximum; None means no maximum. Thread-safe.

    `spent` is the number of coupons that the requests so far could have issued; `issued_at_least` and `issued_at_most`
    bound the coupons that were issued, by their responses (issued_bounds).
    """

    most: int | None
    spent: int = 0
    issued_at_least: int = 0
    issued_at_most: int = 0
    closed: bool = False
    _lock: Lock = field(factory=Lock)

    def spend(self, coupons: int) -> None:
        """Spend coupons before a request is sent. Raises NotObserved when the maximum does not allow it."""
        with self._lock:
            if self.closed and coupons:
                raise NotObserved("the target issues more than it is asked for, so no budget can be kept")
            if self.most is not None and self.spent + coupons > self.most:
                raise NotObserved(f"budget: {counted(coupons)} more than max_coupons = {self.most} allows")
            self.spent += coupons

    def note(self, spent: int, issued: Bounds) -> None:
        """Add the bounds of a response. More coupons than were spent close a limited budget, because no bound holds any
        more.
        """
        with self._lock:
            self.issued_at_least += issued.at_least
            self.issued_at_most += issued.at_most
            self.closed = self.closed or (self.most is not None and issued.at_least > spent)
