"""The signs in a response that its list of coupons is old, incomplete, or the list of a request that failed. No I/O.

None of them is documented for reading back. The words that helpers of every language know are in the contract; this
client knows more of those that servers, gateways and caches use. A list that says so proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from coupon_client.contract import LIST_NOTHING, LIST_STALE_WARNINGS

Json = Any

OLD = "the response comes from a cache and may be old"
MORE = "the response says that there are more coupons"
TOTAL = "the number of coupons in the response differs from the total that it states"
FAILED = "the response says that reading failed"

STALE_WARNING = re.compile(rf"\b(?:{'|'.join(map(str, LIST_STALE_WARNINGS))})\b")  # RFC 9111
CACHE_HIT = re.compile(r"hit\b|\b(?:stale|updating|revalidated)\b", re.I)  # RFC 9211, Akamai, Cloudflare, nginx, Squid
CACHED = frozenset({"from-cache", "x-from-cache", "x-cached", "x-is-cached"})

# Names of members and of headers, in lower case and letters only; those of the contract are among them.
_UNITS = "(?:elements?|items?|records?|results?|coupons?|rows?|entries|hits|matches)"
CONTINUED = re.compile(
    "(?:odata|paging|page|pagination)?(?:has|is|are|thereis|thereare)?(?:next|more)"
    f"(?:pages?|{_UNITS}|links?|ur[il]|href|cursor|token|key|offset|marker|batch|start|number|index|data|available)*+"
    f"|(?:end)?cursor|scrollid|continuation(?:token)?|continue|resum(?:ption|e)token|marker|lastevaluatedkey|bookmark"
    f"|(?:is)?(?:truncated|partial|incomplete){_UNITS}?|remaining{_UNITS}?|limit(?:reached|exceeded)|offset|skip"
    "|(?:is|was|from)?cached|fromcache|(?:is)?stale|(?:is)?outdated"
)
LAST = re.compile("(?:is)?(?:last|final)(?:page)?|(?:is)?complete|islast|(?:is)?exhausted")
TOTALS = re.compile(
    f"(?:grand|overall)?(?:num(?:ber)?(?:of)?)?totals?(?:num(?:ber)?(?:of)?)?(?:{_UNITS}|count|size|found|available)*+"
    f"|{_UNITS}total|num(?:ber)?(?:of)?(?:found|{_UNITS})"
)
COUNTS = re.compile(f"{_UNITS}?count")
PAGES = re.compile("(?:total|num(?:ber)?(?:of)?)?pages?(?:count|total)?")
SUCCESS = re.compile("(?:is)?(?:success|successful|ok)")
FAILURES = frozenset({False, "error", "fail", "failed", "failure", "incomplete", "partial", "stale", "timeout"})
NONE_LEFT: tuple[Json, ...] = (None, False, 0, [], {}, "no", *LIST_NOTHING)
NO = (False, "false", "no", 0, "0")


def is_old(headers: Mapping[str, str]) -> bool:
    """Return whether the headers say that a response comes from a cache."""
    if headers.get("age", "0").strip() not in ("", "0") or STALE_WARNING.search(headers.get("warning", "")):
        return True
    if len(headers.get("x-varnish", "").split()) > 1:  # the second number is that of the request that filled the cache
        return True
    return any(_is_hit(name, value) for name, value in headers.items())


def objection(content: Mapping[str, Json], headers: Mapping[str, str], number: int, pages: int = 1) -> str:
    """Return why the list of `number` coupons on so many pages is not all that there is; nothing if nothing says so."""
    total = _total_of_range(headers.get("content-range", ""))
    if _has_next_link(headers.get("link", "")) or total not in (None, number):
        return MORE
    stated = ((name.removeprefix("x-"), value) for name, value in headers.items() if "ratelimit" not in name)
    for name, value in (*_members(content), *stated):
        word = re.sub("[^a-z]", "", name.lower())
        plain = value.strip().lower() if isinstance(value, str) else value
        if (found := _objection_to(word, plain, number, pages)) != "":
            return found
    return ""


def _objection_to(word: str, plain: Json, number: int, pages: int) -> str:
    if CONTINUED.fullmatch(word) and plain not in NONE_LEFT:
        return MORE
    if (LAST.fullmatch(word) and plain in NO) or (word == "rel" and plain == "next"):
        return MORE
    if PAGES.fullmatch(word) and _exceeds(plain, pages):
        return MORE
    if COUNTS.fullmatch(word) and _exceeds(plain, number):
        return TOTAL
    if TOTALS.fullmatch(word) and plain is not None and str(plain) != str(number):
        return TOTAL
    if (SUCCESS.fullmatch(word) and plain in NO) or (word == "status" and _is_failure(plain)):
        return FAILED
    return ""


def _is_hit(name: str, value: str) -> bool:
    if "cache" not in name or name == "cache-control":
        return False
    if name in CACHED:
        return value.strip().lower() not in NONE_LEFT
    if name.endswith("hits"):
        return re.search("[1-9]", value) is not None
    return CACHE_HIT.search(value) is not None


def _is_failure(plain: Json) -> bool:
    return isinstance(plain, str | bool) and plain in FAILURES


def _exceeds(plain: Json, number: int) -> bool:
    text = str(plain)
    return not isinstance(plain, bool) and text.isdecimal() and (len(text) > 15 or int(text) > number)


def _has_next_link(value: str) -> bool:
    """Return whether a Link header names a next page (RFC 8288)."""
    for parameter in re.split("[;,]", value):
        name, _, text = parameter.partition("=")
        if name.strip().lower() == "rel" and "next" in text.strip(" \t\"'").lower().split():
            return True
    return False


def _total_of_range(value: str) -> int | None:
    """Return the total of a Content-Range header, such as `items 0-9/57`; None without a number."""
    total = value.rpartition("/")[2].strip()
    return int(total) if re.fullmatch("[0-9]{1,15}", total) else None


def _members(content: Json) -> Iterable[tuple[str, Json]]:
    """Yield the members of objects, nested ones included, but not those of coupons in lists."""
    if isinstance(content, list):
        for entry in content:
            yield from _members(entry)
    if isinstance(content, dict):
        for name, value in content.items():
            yield name, value
            if name not in ("data", "coupons"):  # what a coupon has may bear any name
                yield from _members(value)
