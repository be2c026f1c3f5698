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
from coupon_contract.suite.request_reader import requested_count

Json = Any
ID_IN_TEXT = re.compile(r'\\*"couponId\\*"\s*:\s*([^\s,}\]]{1,100})')
COUPONS_IN_TEXT = re.compile(r"""(?i)<coupons?[\s>]|["']coupons?\\*["']""")


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
    named = max(map(_named_in, _texts(response.body)))
    body = _body(response)
    if not named and _proves_nothing_was_issued(request, response, body):
        return Bounds(0, 0)
    if response.status == 200 and _names_all(request, body, named):
        return Bounds(named, named)
    return Bounds(named, max(named, possible))


def _texts(body: bytes) -> Iterator[str]:
    """Return the body as text, also for a wrongly declared encoding."""
    yield body.decode("utf-8-sig", "replace")
    if (encoding := json.detect_encoding(body)) not in ("utf-8", "utf-8-sig"):
        yield body.decode(encoding, "replace")


def _named_in(text: str) -> int:
    """Return the length of the longest list of coupons in a JSON text, or else the number of different coupon ids."""
    try:
        listed = max((_different(value) for name, value in _members(json.loads(text)) if name == "coupons"), default=0)
    except (ValueError, RecursionError):
        listed = 0
    return listed or len(set(ID_IN_TEXT.findall(text)))


def _members(value: Json) -> Iterator[tuple[str, Json]]:
    """Yield every name and value of every object. Iterative, because a nested response must not end the run."""
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            yield from value.items()
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)


def _different(coupons: Json) -> int:
    """Return the number of different coupons in a list, because one that is repeated may have been issued once."""
    if not isinstance(coupons, list):
        return 0
    try:
        return len({json.dumps(coupon, sort_keys=True) for coupon in coupons if coupon})
    except RecursionError:
        return 1


def _proves_nothing_was_issued(request: Request, response: Response, body: Json) -> bool:
    """Return True for a documented rejection, and for a refusal with certain codes alone (ledger certain-refusals).

    Both only while they speak of no coupons, wherever in them and however counted.
    """
    if response.status in _rejections():
        return not (any(map(COUPONS_IN_TEXT.search, _texts(response.body))) if body is None else _claims_coupons(body))
    if response.status != 200 or not isinstance(body, dict) or body.get("coupons") not in (None, []):
        return False
    if _claims_coupons(body) or not _counts_agree(request, body, 0):
        return False
    errors, warnings = body.get("errors"), body.get("warnings")
    return _are_certain_refusals(errors) and _contradict_no_refusal(warnings)


def _are_certain_refusals(errors: Json) -> bool:
    if not isinstance(errors, list) or not errors:
        return False
    return all(
        isinstance(entry, dict)
        and entry.get("status") is not True  # which says that it is no error
        and _is_integer(entry.get("code"))
        and entry["code"] in spec.certain_refusals()
        for entry in errors
    )


def _contradict_no_refusal(warnings: Json) -> bool:
    """Return False for a warning with a code of responses with coupons or in doubt, or with an unreadable one."""
    entries = warnings if isinstance(warnings, list) else [warnings]
    codes = [entry["code"] for entry in entries if isinstance(entry, dict) and entry.get("code") is not None]
    return all(_is_integer(code) and code not in spec.issued_or_in_doubt() for code in codes)


def _claims_coupons(body: Json) -> bool:
    """Return True where anything in the body names or counts coupons."""
    return any(name in ("coupons", "successCount") and value for name, value in _members(body))


def _names_all(request: Request, body: Json, named: int) -> bool:
    """Return True for a processed response whose own counts agree with the different coupons that it names."""
    coupons = body.get("coupons") if isinstance(body, dict) else None
    if not isinstance(coupons, list) or len(coupons) != named or not _counts_agree(request, body, named):
        return False
    codes = [coupon.get("code") if isinstance(coupon, dict) else None for coupon in coupons]
    return all(isinstance(code, str) and code for code in codes)


def _counts_agree(request: Request, body: dict[str, Json], issued: int) -> bool:
    """Return True where the counts of a response, if it has any, are those of so many issued coupons."""
    meant = {"successCount": issued}
    if (wanted := requested_count(request)) is not None:
        meant |= {"totalCount": wanted, "failureCount": wanted - issued}
    return all(body.get(name) in (None, number) for name, number in meant.items())


def _body(response: Response) -> Json:
    """Return the JSON value of a response; None where it has none, or where it can be read in two ways."""
    try:
        body = loads(response.body)
    except NotJson:
        return None
    return None if duplicate_keys(response.body) else body


def _is_integer(value: Json) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


@cache
def _rejections() -> frozenset[int]:
    """Return the documented statuses of requests that were not processed."""
    statuses = spec.outcomes()["statuses"]
    return frozenset((statuses["unauthenticated"], *statuses["rejected"]))
