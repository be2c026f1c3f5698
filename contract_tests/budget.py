"""How many coupons a run may issue, counted before each request is sent.

What a request could issue is spent when it goes out and never given back: an answer that says "refused" is exactly what
a faulty implementation sends after it has issued. So no answer can make a run cost more than its budget.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from math import ceil, prod
from threading import Lock
from typing import Any

from attrs import define, field

import spec
from contract_tests.exchange import NotJson, Request, duplicate_keys, exact_float, loads
from contract_tests.outcomes import NotObserved
from contract_tests.reading import INT32, INT64, MOST

Json = Any
LONGEST_ID = 19  # digits of a number of 64 bits


def most_coupons(request: Request) -> int:
    """The most coupons that this request could make a server issue, also one that reads it too kindly."""
    if request.path != spec.ISSUE_PATH or request.method in ("GET", "HEAD", "OPTIONS"):
        return 0
    try:
        return _most_of(_one_reading(request.body), request.body)
    except (NotJson, RecursionError):
        return _largest_number(request.body) * max(1, len(_ids_in_text(request.body)))


def series_mentioned(request: Request) -> set[int]:
    """Every series id that this request could be read to mean: each fits into 64 bits."""
    try:
        return set(_integers(_named_series(_one_reading(request.body))))
    except (NotJson, RecursionError):
        return set(_ids_in_text(request.body))


def _one_reading(body: bytes) -> Json:
    """What the body says where all readers agree. Raises NotJson."""
    if duplicate_keys(body):
        raise NotJson
    return loads(body, parse_float=exact_float)


def _most_of(body: Json, text: bytes) -> int:
    """The most that a body could issue: its count, once for each series and each customer that it names."""
    if isinstance(body, list):
        return max(_largest_number(text), sum(_most_of(one, text) for one in body))
    if not isinstance(body, dict):
        return 1
    return _most_of_count(body.get("count", 1), text) * _as_many(_named_series(body)) * _as_many(body.get("customer"))


def _most_of_count(count: Json, text: bytes) -> int:
    if isinstance(count, bool) or not isinstance(count, int | float | Decimal):
        return _largest_number(text)
    if count >= INT32:
        return MOST
    return ceil(count) if count > 1 else 1


def _as_many(value: Json) -> int:
    """How many an array holds, with those of the arrays inside it; whatever holds no array is one."""
    if isinstance(value, list):
        return max(1, sum(_as_many(item) for item in value))
    if isinstance(value, dict):
        return prod(_as_many(item) for item in value.values())
    return 1


def _named_series(value: Json) -> list[Json]:
    """What stands under seriesId or seriesIds, wherever that is."""
    if isinstance(value, list):
        return [found for item in value for found in _named_series(item)]
    if not isinstance(value, dict):
        return []
    here = [item for key, item in value.items() if key in ("seriesId", "seriesIds")]
    return here + [found for item in value.values() for found in _named_series(item)]


def _integers(value: Json) -> Iterator[int]:
    if isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
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


def _ids_in_text(text: bytes) -> list[int]:
    """The series ids in a text that is not JSON, or that is read in several ways; each as often as it stands there."""
    after_key = re.findall(rb"""seriesIds?["'>\s:=\[{]*([\d,\s"']*)""", text)
    return [number for part in after_key for number in _ids(part.decode("ascii"))]


def _largest_number(text: bytes) -> int:
    """The largest number in the text that could be a count, at least 1: any up to 500, and any where a count stands."""
    anywhere = [number for number in map(int, re.findall(rb"(?<!\d)\d{1,9}(?!\d)", text)) if number <= MOST]
    of_count = map(int, re.findall(rb'count"?\s*[:=]\s*[\["]*(\d{1,9})(?!\d)', text))
    return max((1, *anywhere, *of_count))


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
