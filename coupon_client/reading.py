"""From an answer to one of the ends. Pure: no I/O, no clock.

The rule behind it: coupons that an answer names were issued, whatever else is odd about it; only an answer that names
none, says why, and contradicts itself nowhere is a refusal; everything else is unknown.
"""

from __future__ import annotations

import json
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

from coupon_client.contract import REJECTIONS
from coupon_client.exchange import Reply
from coupon_client.issued import Coupon, Issued, Problem

Json = Any

OK = 200
SERVER_ERROR = 500
UNAUTHENTICATED = 401
DECIDING = ("coupons", "errors", "successCount", "totalCount", "failureCount")
QUOTED = tuple(f'"{name}"'.encode() for name in DECIDING)

_coupon = partial(tuple.__new__, Coupon)
_code_and_id = itemgetter("code", "couponId")


class Refusal(NamedTuple):
    """The answer refuses: nothing was issued."""

    errors: tuple[Problem, ...]


class Rejection(NamedTuple):
    """HTTP 400, 403, 405, 415 or 429: not processed, nothing was issued. `retry_after` is in seconds."""

    status: int
    retry_after: float | None


class NotAuthenticated(NamedTuple):
    """HTTP 401: not processed, nothing was issued."""


class Unknown(NamedTuple):
    """Nothing sure can be read: why, and what the answer names all the same."""

    reason: str
    coupons: tuple[Coupon, ...] = ()
    customer_id: int | None = None


End = Issued | Refusal | Rejection | NotAuthenticated | Unknown


def end(asked: int, reply: Reply) -> End:
    """What the answer to a request for `asked` coupons says."""
    if reply.status >= SERVER_ERROR:
        return Unknown(f"HTTP {reply.status}: the server failed, perhaps after issuing")
    content = _content(reply.body)
    if reply.status in REJECTIONS or reply.status == UNAUTHENTICATED:
        if isinstance(content, dict) and content.get("coupons"):
            return Unknown(f"HTTP {reply.status}, yet the answer names coupons", *_named(content))
        return NotAuthenticated() if reply.status == UNAUTHENTICATED else _rejection(reply)
    if not isinstance(content, dict):
        return Unknown(f"HTTP {reply.status}, and no readable answer")
    if not 200 <= reply.status < 300:
        return Unknown(f"HTTP {reply.status}, which the contract does not know; is the base URL right?")
    return _processed(asked, reply, content)


def _processed(asked: int, reply: Reply, content: dict[str, Json]) -> End:
    named = content.get("coupons")
    if named is None or named == []:
        return _without_coupons(reply.status, content)
    coupons = read_coupons(named)
    if coupons is None:
        return Unknown("the answer names coupons that cannot be read", (), _customer_id(content))
    if contradiction := _contradiction(asked, coupons, content):
        return Unknown(contradiction, coupons, _customer_id(content))
    return Issued(asked, coupons, _problems(content.get("errors")), _problems(content.get("warnings")), content)


def read_coupons(named: Json) -> tuple[Coupon, ...] | None:
    """The coupons of an answer, or None when one of them has no readable code."""
    try:
        coupons = tuple(map(_coupon, map(_code_and_id, named)))  # one pass without a frame per coupon: 500 are common
        codes, ids = zip(*coupons, strict=True)
    except (KeyError, TypeError, IndexError, ValueError):
        return _one_by_one(named)
    return (
        coupons
        if set(map(type, codes)) == {str} and set(map(type, ids)) == {int} and all(codes)
        else _one_by_one(named)
    )


def _one_by_one(named: Json) -> tuple[Coupon, ...] | None:
    if not isinstance(named, list) or not all(isinstance(entry, dict) for entry in named):
        return None
    codes = [entry.get("code") for entry in named]
    if not all(isinstance(code, str) and code for code in codes):
        return None
    return tuple(Coupon(code, _integer(entry.get("couponId"))) for code, entry in zip(codes, named, strict=True))


def _contradiction(asked: int, coupons: tuple[Coupon, ...], content: dict[str, Json]) -> str | None:
    """Why the coupons of an answer cannot be believed; None when its numbers hold or are not there."""
    given = len(coupons)
    if given > asked:
        return f"{asked} coupon(s) asked for, and the answer names {given}"
    for name, value in (("successCount", given), ("totalCount", asked), ("failureCount", asked - given)):
        said = content.get(name)
        if isinstance(said, int | float) and not isinstance(said, bool) and said != value:
            return f"the answer names {given} of {asked} coupon(s) and says {name} {said}"
    codes, ids = zip(*coupons, strict=True)
    if len(set(codes)) != given:
        return "the answer names a coupon twice"
    known = [number for number in ids if number is not None]
    return None if len(set(known)) == len(known) else "the answer gives two coupons one id"


def _without_coupons(status: int, content: dict[str, Json]) -> End:
    errors = _problems(content.get("errors"))
    if status != OK or not errors or any(error.code is None for error in errors):
        return Unknown(f"HTTP {status}, and the answer holds neither coupons nor a readable reason")
    if any(entry.get("status") is True for entry in content["errors"]):
        return Unknown("the answer holds no coupons, and an error that says it is none")
    if content.get("successCount") not in (None, 0, "", "0", False):
        return Unknown("the answer names no coupons and counts some")
    return Refusal(errors)


def _problems(entries: Json) -> tuple[Problem, ...]:
    """Entries of `errors` or `warnings`, however odd; nothing is dropped."""
    if not isinstance(entries, list):
        return ()
    return tuple(_problem(entry) for entry in entries)


def _problem(entry: Json) -> Problem:
    if not isinstance(entry, dict):
        return Problem(None, "")
    message = entry.get("message")
    return Problem(_integer(entry.get("code")), message if isinstance(message, str) else "")


def _integer(value: Json) -> int | None:
    """A JSON integer, `2.0` included (ledger integral-float)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


def _named(content: dict[str, Json]) -> tuple[tuple[Coupon, ...], int | None]:
    return read_coupons(content["coupons"]) or (), _customer_id(content)


def _customer_id(content: dict[str, Json]) -> int | None:
    customer = content.get("customer")
    return _integer(customer.get("id")) if isinstance(customer, dict) else None


def _rejection(reply: Reply) -> Rejection:
    after = reply.headers.get("retry-after", "")
    return Rejection(reply.status, float(after) if after.isascii() and after.isdigit() else None)


def _content(body: bytes) -> Json:
    """The JSON value, or None where there is none or where a key that decides stands twice (ledger duplicate-keys)."""
    try:
        if b"\\u" in body or any(body.count(name) > 1 for name in QUOTED):
            return json.loads(body, object_pairs_hook=_once)
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object. Raises ValueError when a key that decides stands twice in it."""
    deciding = [name for name, _ in pairs if name in DECIDING]
    if len(set(deciding)) != len(deciding):
        raise ValueError("a key stands twice")
    return dict(pairs)
