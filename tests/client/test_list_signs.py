"""A list that says that it is old, incomplete or that of a failure is not believed, in the words that servers use."""

from typing import Any

import pytest

from coupon_client import NotReadable
from coupon_client.contract import LIST_CONTINUED, LIST_LAST, LIST_TOTALS
from coupon_client.list_signs import FAILED, MORE, OLD, TOTAL, objection
from coupon_client.testing import answered
from tests.client.conftest import ABIJITH, client_of

Json = Any
ROW = {"code": "A", "seriesId": 415446, "next": "x", "total": 7, "hasMore": True}

OLD_HEADERS = [
    ("Age", "1"),
    ("age", "0, 5"),
    ("age", "-1"),
    ("warning", '110 - "Response is Stale"'),
    ("warning", '199 - "x", 111 - "y"'),
    ("cache-status", "edge; hit; ttl=30"),
    ("Cache-Status", "origin; fwd=miss, edge;hit"),
    ("x-cache", "HIT"),
    ("x-cache", "Hit from cloudfront"),
    ("x-cache", "RefreshHit from cloudfront"),
    ("x-cache", "MISS, HIT"),
    ("x-cache", "TCP_MEM_HIT from a1-2-3-4.deploy.akamaitechnologies.com (AkamaiGHost/1.2)"),
    ("x-cache-hits", "0, 3"),
    ("x-cache-status", "STALE"),
    ("x-cache-status", "UPDATING"),
    ("x-proxy-cache", "HIT"),
    ("cf-cache-status", "REVALIDATED"),
    ("x-varnish", "32770 3"),
    ("x-from-cache", "1"),
]
FRESH_HEADERS = [
    ("age", "0"),
    ("cache-control", "no-store, max-stale=0"),
    ("cache-status", 'edge; fwd=miss; detail="white"'),
    ("x-cache", "MISS from cache.example.com"),
    ("x-cache", "Miss from cloudfront"),
    ("x-cache", "TCP_MISS from a1-2-3-4.deploy.akamaitechnologies.com"),
    ("x-cache-hits", "0, 0"),
    ("x-cache-status", "BYPASS"),
    ("cf-cache-status", "DYNAMIC"),
    ("x-varnish", "32770"),
    ("x-from-cache", "0"),
    ("warning", '299 - "this API is deprecated"'),
    ("link", '</a?page=1>; rel="first", </a?rel=next>; rel="self"'),
    ("x-total-count", "1"),
    ("content-range", "items 0-0/1"),
    ("content-range", "items 0-0/*"),
    ("x-ratelimit-remaining", "99"),
    ("x-request-count", "12345"),
    ("x-next", ""),
]
MORE_HEADERS = [
    ("link", '</a?page=2>; rel="next"'),
    ("link", "</a?page=2>; rel=next"),
    ("Link", '</a?page=0>; rel="prev", </a?page=2>; REL="NEXT"'),
    ("link", '</a?page=2>; rel="last next"'),
    ("link", "</a?page=2>; rel = next"),
    ("x-total-count", "2"),
    ("x-total", "0"),
    ("x-next-page", "2"),
    ("x-has-more", "true"),
    ("x-total-pages", "3"),
    ("content-range", "items 0-0/57"),
]
MORE_MEMBERS = [
    *({name: value} for name in ("hasMore", "has_next", "moreResults", "more", "hasMoreItems") for value in (True, 1)),
    *({name: "abc"} for name in ("nextPageToken", "next_page_url", "@odata.nextLink", "nextCursor", "nextUri")),
    *({name: "abc"} for name in ("next", "nextToken", "next_marker", "continuationToken", "scroll_id", "cursor")),
    *({name: True} for name in ("truncated", "isTruncated", "partial", "incomplete_results", "limitExceeded")),
    *({name: True} for name in ("stale", "cached", "fromCache", "isOutdated")),
    *({name: 2} for name in ("remaining", "remainingCoupons", "totalPages", "page_count", "pages", "numberOfPages")),
    *({name: 9} for name in ("total", "totalCount", "total_records", "numFound", "recordsTotal", "count", "itemCount")),
    *({name: "9"} for name in ("totalElements", "count", "totalPages")),
    *({name: False} for name in ("last", "isLastPage", "complete", "success", "ok", "status")),
    *({"status": value} for value in ("error", "FAILED", "Partial")),
    {"_links": {"next": {"href": "/x"}}},
    {"paging": {"cursors": {"after": "x"}, "next": "/x"}},
    {"links": [{"rel": "self"}, {"rel": "Next", "href": "/x"}]},
    {"meta": [{"page": {"total": 5}}]},
]
WHOLE_MEMBERS = [
    {"hasMore": False, "nextPageToken": "", "next": None, "cursor": "null", "truncated": False, "remaining": 0},
    {"total": 1, "totalCount": "1", "count": 1, "totalPages": 1, "page": 1, "pages": "1", "numFound": 1},
    {"last": True, "isLastPage": "true", "complete": True, "success": True, "status": "success"},
    {"status": {"status": True, "code": 200, "message": "SUCCESS"}, "totalPoints": 500, "nextTier": "Gold"},
    {"_links": {"self": {"href": "/x"}}, "links": [{"rel": "self"}], "limit": "100", "offset": "0", "more": "no"},
]


def listed(more: dict[str, Json], *headers: tuple[str, str]) -> Any:
    """A response that lists one coupon."""
    body = {"data": [ROW], "warnings": [], "errors": [], **more}
    return answered(200, body, {"content-type": "application/json", **dict(headers)})


@pytest.mark.parametrize("header", [*OLD_HEADERS, *MORE_HEADERS], ids=": ".join)
def test_a_list_whose_headers_say_that_it_is_old_or_not_all_is_not_believed(header: tuple[str, str]) -> None:
    client, _ = client_of(listed({}, header))
    reason = OLD if header in OLD_HEADERS else f"{MORE}|{TOTAL}"
    with pytest.raises(NotReadable, match=reason):
        client.read_back(1)


@pytest.mark.parametrize("header", FRESH_HEADERS, ids=": ".join)
def test_a_list_whose_headers_say_nothing_of_the_kind_is_believed(header: tuple[str, str]) -> None:
    client, _ = client_of(listed({}, header))

    assert len(client.read_back(1).coupons) == 1


@pytest.mark.parametrize("more", MORE_MEMBERS, ids=str)
@pytest.mark.parametrize("place", [lambda more: more, lambda more: {"pagination": more}], ids=["top", "below"])
def test_a_list_that_says_that_there_is_more_or_that_it_failed_is_not_believed(more: Json, place: Any) -> None:
    client, _ = client_of(listed(place(more)))
    with pytest.raises(NotReadable, match=f"{MORE}|{TOTAL}|{FAILED}"):
        client.read_back(1)


@pytest.mark.parametrize("more", WHOLE_MEMBERS, ids=str)
def test_a_list_that_says_that_it_is_all_there_is_is_believed(more: Json) -> None:
    client, _ = client_of(listed(more))

    assert len(client.read_back(1).coupons) == 1


def page(more: dict[str, Json], number: int, total: int, header: tuple[str, str] = ("age", "0"), first: int = 0) -> Any:
    """A page of the customer's coupons that holds `number` of `total`."""
    coupons = [{"code": f"C{nth}", "id": nth, "seriesId": 415446} for nth in range(first, first + number)]
    entity = {"pagination": {"total": total, **more}, "customers": [{"id": 9, "coupons": coupons}]}
    return answered(200, {"entity": entity, "errors": [], "warnings": []}, dict([header]))


@pytest.mark.parametrize("more", [*MORE_MEMBERS[:14], {"totalPages": 2}, {"status": "error"}], ids=str)
def test_a_last_page_that_says_that_there_is_more_is_not_believed(more: Json, no_waiting: list[float]) -> None:
    client, _ = client_of(*[page(more, 1, 1)] * 6)
    with pytest.raises(NotReadable, match="says that there are more coupons"):
        client.find("order-1", ABIJITH)


@pytest.mark.parametrize("header", [("x-cache", "HIT"), ("age", "9")])
def test_a_page_from_a_cache_is_not_believed(header: tuple[str, str], no_waiting: list[float]) -> None:
    client, _ = client_of(*[page({}, 1, 1, header)] * 6)
    with pytest.raises(NotReadable, match="comes from a cache"):
        client.find("order-1", ABIJITH)


def test_pages_may_say_how_many_there_are_and_which_they_are(no_waiting: list[float]) -> None:
    first, second = (page({"totalPages": 2, "page": number, "count": 1}, 1, 2, first=number) for number in (1, 2))
    details = answered(200, {"data": [{"id": n, "code": f"C{n}", "couponIssualDetails": {}} for n in (1, 2)]})
    client, _ = client_of(first, second, first, second, details)

    assert client.find("order-1", ABIJITH) == ()


def test_the_words_that_the_contract_has_for_every_language_are_known() -> None:
    assert {objection({word: 9}, {}, 1) for word in LIST_CONTINUED} == {MORE}
    assert {objection({word: False}, {}, 1) for word in LIST_LAST} == {MORE}
    assert {objection({word: 9}, {}, 1) for word in LIST_TOTALS} == {TOTAL}


@pytest.mark.parametrize("name", ["next" + "items" * 5000 + "x", "total" + "results" * 5000 + "x", "x" * 100_000])
def test_a_name_of_any_length_is_judged_at_once(name: str) -> None:
    assert objection({name: True}, {"link": "rel=" * 20_000}, 1) == ""
