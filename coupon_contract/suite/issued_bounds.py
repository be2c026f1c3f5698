"""Bounds on the coupons that a request has issued, as far as its response tells.

After a response that cannot be read, or that proves nothing, anything from nothing to everything may have been issued.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.exchange import NotJson, Request, Response, duplicate_keys, loads

Json = Any
NAMED_IN_TEXT = re.compile(r'\\*"couponId\\*"\s*:')
BYTE_ORDER_MARKS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


@frozen
class Bounds:
    """The fewest and the most coupons that were issued."""

    at_least: int
    at_most: int


def issued_bounds(request: Request, response: Response | None, possible: int) -> Bounds:
    """Return the bounds for one request.

    `possible` is the most that the request could issue (budget.most_coupons); a `response` of None never came. Never
    raises.
    """
    if request.path != spec.ISSUE_PATH:  # read-back lists coupons that were issued before
        return Bounds(0, 0)
    if response is None:
        return Bounds(0, possible)
    named = coupons_named(response)
    if _proves_nothing_was_issued(response, named):
        return Bounds(0, 0)
    if _names_all(response, named):
        return Bounds(named, named)
    return Bounds(named, max(named, possible))


def coupons_named(response: Response) -> int:
    """The number of coupons that a response names, in whatever way."""
    return max(map(_named_in, _texts(response.body)))


def _texts(body: bytes) -> Iterator[str]:
    """Return the body as text, also for a wrongly declared encoding."""
    yield body.decode("utf-8-sig", "replace")
    if encoding := BYTE_ORDER_MARKS.get(body[:2]):
        yield body.decode(encoding, "replace")


def _named_in(text: str) -> int:
    """Return the length of the longest list of coupons in a JSON text, or else the number of its coupon ids."""
    try:
        listed = _longest(json.loads(text))
    except (ValueError, RecursionError):
        listed = 0
    return listed or len(NAMED_IN_TEXT.findall(text))


def _longest(value: Json) -> int:
    """Return the length of the longest list of coupons. Iterative, because a nested response must not end the run."""
    longest, left = 0, [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            coupons = value.get("coupons")
            longest = max(longest, len(coupons) if isinstance(coupons, list) else 0)
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
    return longest


def _proves_nothing_was_issued(response: Response, named: int) -> bool:
    """Return True for a documented rejection, and for a refusal with certain codes alone (ledger certain-refusals)."""
    if named:
        return False
    if response.status in _rejections():
        return True
    body = _object(response)
    if body is None or response.status != 200 or body.get("successCount") or body.get("coupons"):
        return False
    errors, warnings = _codes(body.get("errors")), _codes(body.get("warnings"))
    return bool(errors) and errors <= spec.certain_refusals() and warnings.isdisjoint(spec.issued_or_in_doubt())


def _names_all(response: Response, named: int) -> bool:
    """Return True for a processed response whose own count agrees with the coupons that it names."""
    body = _object(response)
    if body is None or response.status != 200 or not named:
        return False
    coupons = body.get("coupons")
    return isinstance(coupons, list) and len(coupons) == named and body.get("successCount") in (named, None)


def _object(response: Response) -> dict[str, Json] | None:
    try:
        body = loads(response.body)
    except NotJson:
        return None
    return body if isinstance(body, dict) and not duplicate_keys(response.body) else None


def _codes(entries: Json) -> set[Json]:
    """Return the codes of errors or warnings; a code that is no number stays, and matches none."""
    if not isinstance(entries, list):
        return set()
    codes = [entry.get("code") if isinstance(entry, dict) else None for entry in entries]
    return {code if isinstance(code, int) and not isinstance(code, bool) else repr(code) for code in codes}


@cache
def _rejections() -> frozenset[int]:
    """Return the documented statuses of requests that were not processed."""
    responses = spec.document()["paths"][spec.ISSUE_PATH]["post"]["responses"]
    return frozenset(int(status) for status in responses if status.startswith("4"))
