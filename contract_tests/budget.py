"""How many coupons a run may issue, counted before each request is sent.

What a request could issue is spent when it goes out and never given back: an answer that says "refused" is exactly what
a faulty implementation sends after it has issued. So no answer can make a run cost more than its budget.
"""

import re
from collections.abc import Iterator
from math import ceil
from threading import Lock
from typing import Any

from attrs import define, field

import spec
from contract_tests.exchange import NotJson, Request, duplicate_keys, loads
from contract_tests.outcomes import NotObserved
from contract_tests.reading import INT32, INT64, MOST

Json = Any


def most_coupons(request: Request) -> int:
    """The most coupons that this request could make a server issue, also one that reads it too kindly."""
    if request.path != spec.ISSUE_PATH or request.method in ("GET", "HEAD", "OPTIONS"):
        return 0
    try:
        body = loads(request.body)
    except NotJson:
        return _largest_number(request.body)
    if not isinstance(body, dict):
        return _largest_number(request.body) if isinstance(body, list) else 1
    if "count" not in body:
        return 1
    if duplicate_keys(request.body):
        return _largest_number(request.body)
    return _most_of(body["count"], request.body)


def _most_of(count: Json, body: bytes) -> int:
    if isinstance(count, bool) or not isinstance(count, int | float):
        return _largest_number(body)
    if count >= INT32:
        return MOST
    return ceil(count) if count > 1 else 1


def series_mentioned(request: Request) -> set[int]:
    """Every series id that this request could be read to mean."""
    try:
        body = loads(request.body)
        if duplicate_keys(request.body):
            raise NotJson
    except NotJson:
        after_key = re.findall(rb"""seriesIds?["'>\s:=\[{]*([\d,\s"']*)""", request.body)
        return {int(digits) for part in after_key for digits in re.findall(rb"\d{1,19}", part)}
    return set(_integers(_named_series(body)))


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
        yield from map(int, re.findall(r"\d{1,19}", value))
    elif isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < INT64:
        yield int(value)


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
