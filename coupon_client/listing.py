"""A customer's coupons as the platform lists them, accepted only if the list is complete and fresh. No I/O.

Pages come from `GET /v2/customers/coupons`, the key of each coupon from `GET /v2/coupon` with `includeIssualDetails`
(ledger customer-coupons, issual-details).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from coupon_client import list_signs
from coupon_client.contract import (
    LIST_DETAILS,
    LIST_LIMIT_MULTIPLE,
    LIST_LIMIT_POWER,
    LIST_PAGE,
)
from coupon_client.errors import NotReadable
from coupon_client.exchange import Response
from coupon_client.issuance import Customer
from coupon_client.response_reader import not_readable
from coupon_client.texts import counted
from coupon_client.value import Hidden, HiddenPairs

Json = Any

MOST_PAGES = 1000
SMALLEST_LIMIT = 10  # coupons; a list that gives no total may be cut off at any number from here on


class Listed(NamedTuple):
    """A coupon that the platform lists."""

    id: int
    code: str
    series_id: int

    def __repr__(self) -> str:
        return f"Listed(id='…', code='…', series_id={self.series_id})"


class Page(NamedTuple):
    """A page of a customer's coupons, with the total of all pages. `more`: the page says that another one follows."""

    coupons: tuple[Listed, ...]
    total: int
    more: bool


def content_of(reply: Response) -> dict[str, Json]:
    """Return the content of a response to a reading operation. Raises NotReadable if it has none, or may be old."""
    if reply.status != 200:
        raise not_readable(f"HTTP {reply.status}", reply)
    if list_signs.is_old(reply.headers):
        raise NotReadable(list_signs.OLD)
    try:
        content = json.loads(reply.body.decode(), object_pairs_hook=_unique)
    except (ValueError, RecursionError):
        raise NotReadable("the response is not readable JSON") from None
    if not isinstance(content, dict):
        raise NotReadable("the response is not a JSON object")
    if any(content.get(name) not in (None, []) for name in ("errors", "warnings")):
        raise not_readable("the response reports errors or warnings", reply)
    return content


def complete(content: Mapping[str, Json], number: int, reply: Response) -> None:
    """Raise NotReadable for a response with `number` coupons that says that they are not all."""
    if objection := list_signs.objection(content, reply.headers, number):
        raise NotReadable(objection)


def page_of(reply: Response, pages: int = 1) -> Page:
    """Return a page of a customer's coupons, the last of so many that were read. Raises NotReadable."""
    content = content_of(reply)
    try:
        entity = content["entity"]
        total, customers = entity["pagination"]["total"], entity["customers"]
        listed = [coupon for customer in customers for coupon in customer["coupons"]]
        coupons = tuple(Listed(coupon["id"], coupon["code"], coupon["seriesId"]) for coupon in listed)
    except (KeyError, TypeError):
        raise not_readable("no list of a customer's coupons in the response", reply) from None
    if type(total) is not int or total < 0:
        raise NotReadable("the response does not say how many coupons there are")
    if len(customers) > 1 or (not customers and total):
        raise NotReadable("the response lists the coupons of no customer, or of several")
    if not all(_is_listed(coupon) for coupon in coupons):
        raise NotReadable("a coupon without a readable id, code or series")
    pagination = {name: value for name, value in entity["pagination"].items() if name != "offset"}
    rest = Hidden({**content, "entity": {**entity, "pagination": pagination}})
    return Page(coupons, total, bool(list_signs.objection(rest, reply.headers, total, pages)))


def all_of(pages: Sequence[Page]) -> tuple[Listed, ...]:
    """Return the coupons of all pages. Raises NotReadable if they do not add up to the total on each page."""
    coupons = tuple(coupon for page in pages for coupon in page.coupons)
    totals = {page.total for page in pages}
    if len(totals) != 1:
        raise NotReadable("the list changed while it was read")
    if pages[-1].more:
        raise NotReadable("the last page says that there are more coupons")
    if totals != {len(coupons)} or len({coupon.id for coupon in coupons}) != len(coupons):
        raise NotReadable("the pages of the list do not add up to its total")
    return coupons


def proven(oldest_first: Sequence[Listed], newest_first: Sequence[Listed]) -> tuple[Listed, ...]:
    """Return the coupons, read in both orders. Raises NotReadable if the list may end before the last coupon.

    A list of which each order shows the first coupons holds other coupons in the other order. A list that is cut before
    it is sorted does not, so a number of coupons that is a usual limit proves nothing.
    """
    if set(oldest_first) != set(newest_first):
        raise NotReadable("the list is cut off, or changed while it was read")
    if may_be_a_limit(len(oldest_first)):
        raise NotReadable(f"the list ends at {counted(len(oldest_first))}, which may be a limit of the platform")
    return tuple(oldest_first)


def may_be_a_limit(number: int) -> bool:
    """Return True if a platform may end its lists at this many coupons: multiples of 25, and powers of 2 from 64."""
    power = number >= LIST_LIMIT_POWER and number & (number - 1) == 0
    return number > 0 and (number % LIST_LIMIT_MULTIPLE == 0 or power)


def may_be_cut(number: int) -> bool:
    """Return True if a list of this many coupons may be the beginning of a longer one. It gives no total."""
    return number >= SMALLEST_LIMIT


def source_ids(reply: Response, listed: Sequence[Listed], field: str) -> dict[int, str | None]:
    """Return the key field of each requested coupon, by coupon id; None for a coupon issued without one.

    `field` is the name in `couponIssualDetails`. Coupons are paired by id or by code, never by order. Raises
    NotReadable if a coupon is missing, or has no details.
    """
    content = content_of(reply)
    rows = content.get("data")
    complete(content, len(listed), reply)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows) or len(rows) != len(listed):
        raise NotReadable("the details are not those of the coupons that were asked about")
    by_id = {}
    for coupon in listed:
        matching = [row for row in rows if _matches(row, coupon)]
        if len(matching) != 1:
            raise NotReadable("a coupon without details")
        details = matching[0].get("couponIssualDetails")
        if not isinstance(details, dict):
            raise NotReadable("a coupon without issual details")
        value = details.get(field)
        by_id[coupon.id] = value if isinstance(value, str) else None
    return by_id


def batches(coupons: Sequence[Listed]) -> Iterable[Sequence[Listed]]:
    """Return the coupons in groups with distinct codes, so that their details can be told apart."""
    times = Counter(coupon.code.casefold() for coupon in coupons)
    plain = [coupon for coupon in coupons if times[coupon.code.casefold()] == 1]
    yield from (plain[start : start + LIST_DETAILS] for start in range(0, len(plain), LIST_DETAILS))
    yield from ([coupon] for coupon in coupons if times[coupon.code.casefold()] > 1)


def customer_query(customer: Customer, newest_first: bool, offset: int) -> tuple[tuple[str, str], ...]:
    """Return the query for a page of a customer's coupons."""
    names = (("mobile", customer.mobile), ("email", customer.email), ("external_Id", customer.external_id))
    (who, *_) = [(name, value) for name, value in names if value is not None]
    order = "DESC" if newest_first else "ASC"
    place = (("sort_order", order), ("limit", str(LIST_PAGE)), ("offset", str(offset)))
    return HiddenPairs((who, ("coupon_code_case", "AS_IT_IS"), *place))


def details_query(coupons: Sequence[Listed]) -> tuple[tuple[str, str], ...]:
    """Return the query for the issual details of coupons; several ids repeat the parameter."""
    ids = tuple(("couponIds", str(coupon.id)) for coupon in coupons)
    return HiddenPairs((*ids, ("includeIssualDetails", "true"), ("coupon_code_case", "AS_IT_IS")))


def _is_listed(coupon: Listed) -> bool:
    return type(coupon.id) is int and type(coupon.code) is str and bool(coupon.code) and type(coupon.series_id) is int


def _matches(row: Mapping[str, Json], coupon: Listed) -> bool:
    for name in ("id", "couponId"):
        if type(row.get(name)) is int:
            return bool(row[name] == coupon.id)
    code = row.get("code")
    return (
        isinstance(code, str) and code.casefold() == coupon.code.casefold() and row.get("seriesId") == coupon.series_id
    )


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return the pairs as a mapping that is not shown. Raises ValueError for a repeated key."""
    content = Hidden(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key is repeated")
    return content
