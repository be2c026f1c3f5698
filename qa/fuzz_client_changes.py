"""The ways in which qa.fuzz_client changes responses, and in which lists say that they are incomplete or old."""

from collections.abc import Callable
from random import Random
from typing import Any

from qa import differential
from qa.differential import Fields, Written

Json = Any
MOBILE, EMAIL = "5550001112223", "canary.person@example.org"

INCOMPLETE_OR_OLD: dict[str, Callable[[Random, int], dict[str, Json]]] = {
    "more": lambda random, _: {random.choice(("hasMore", "has_next", "hasNextPage")): random.choice((True, "true", 1))},
    "next": lambda random, _: {
        random.choice(("nextPage", "next_cursor", "next")): random.choice((2, "abc", "/x?page=2"))
    },
    "total": lambda random, total: {
        "pagination": {"total": random.choice((total + random.randint(1, 99), str(total + 1), "many", -1, 1.5))}
    },
    "offset": lambda random, _: {"pagination": {"offset": random.choice((1, "100"))}},
    "last": lambda random, _: {random.choice(("last", "isLastPage")): random.choice((False, "false"))},
    "links": lambda random, _: {"links": [{"rel": "self"}, {"rel": "next", "href": "/x"}]},
    "header": lambda random, _: random.choice(
        (
            {"age": random.choice(("1", "86400", "0, 5", "-1", "old"))},
            {"warning": random.choice(('110 - "Response is Stale"', '112 x "y"', '199 - "x", 111 - "y"'))},
            {"cache-status": random.choice(("edge; hit", "a; fwd=miss, b;hit;ttl=3"))},
            {"link": '</v2/coupon?page=2>; rel="next"'},
            {"Link": "</v2/coupon?page=2>; REL=next"},
            {random.choice(("x-cache", "X-Cache-Status", "cf-cache-status")): random.choice(("HIT", "STALE, MISS"))},
            {"X-Cache": random.choice(("Hit from cloudfront", "TCP_MEM_HIT from a.example (x)", "MISS, HIT"))},
            {random.choice(("x-next-page", "X-Has-More", "x-total-pages")): "2"},
            {"content-range": "items 0-1/2000"},
        )
    ),
    "token": lambda random, _: {
        random.choice(("nextPageToken", "@odata.nextLink", "continuationToken", "next_url", "scrollId")): "abc"
    },
    "count": lambda random, total: {random.choice(("count", "numFound", "total_records", "itemCount")): total + 9},
    "pages": lambda random, _: {random.choice(("totalPages", "page_count", "numberOfPages")): random.choice((2, "7"))},
    "flag": lambda random, _: {
        random.choice(("isTruncated", "partial", "incomplete_results", "stale", "cached")): True
    },
    "failure": lambda random, _: random.choice(({"success": False}, {"status": "error"}, {"status": "Partial"})),
}


def huge_id(random: Random, body: Json) -> Json:
    """An id or a number of the response has thousands of digits, an exponent or a fraction."""
    top = random.choice(differential.objects(body) or [Fields()])
    digits = Written("9" * random.choice((20, 41, 400, 4_500)))
    value = random.choice((digits, Written("1e999"), Written("1E-999"), Written("-0"), Written(f"{digits}.5")))
    top.put(random.choice(("couponId", "id", "code", "totalCount", "x")), value)
    return body


def partial_warning(random: Random, body: Json) -> Json:
    """A warning has the code of a partial success, beside whatever there is."""
    code = random.choice((621, 626, 678, 679, 702, 5006))
    entry = Fields([("status", random.choice((False, True))), ("code", code), ("message", f"for {MOBILE} {EMAIL}")])
    (differential.objects(body) or [Fields()])[0].put("warnings", [entry])
    return body


def drop_coupon(random: Random, body: Json) -> Json:
    """A coupon is not named any more, or the counts are not those of the coupons named."""
    coupons = (differential.objects(body) or [Fields()])[0].get("coupons")
    if isinstance(coupons, list) and coupons:
        del coupons[random.randrange(len(coupons))]
    return body


def deep(random: Random, body: Json) -> Json:
    """An unknown field is nested deeply."""
    levels = random.choice((1, 50, 99, 101, 300))  # the judge reads by recursion
    (differential.objects(body) or [Fields()])[0].put("x", Written("[" * levels + "]" * levels))
    return body


def named_by_key(random: Random, body: Json) -> Json:
    """The codes stand as keys, as gateways that log by code have them."""
    top = (differential.objects(body) or [Fields()])[0]
    coupons = top.get("coupons")
    if isinstance(coupons, list) and random.random() < 0.2:
        codes = [entry.get("code") for entry in coupons if isinstance(entry, Fields)]
        top.put("byCode", Fields([(code, True) for code in codes if isinstance(code, str)]))
    return body


CHANGES: tuple[Callable[[Random, Json], Json], ...] = (huge_id, partial_warning, drop_coupon, deep, named_by_key)
