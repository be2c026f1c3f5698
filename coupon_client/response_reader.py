"""Reads a response as one of the outcomes. Pure: no I/O, no clock.

Coupons that a response names were issued, whatever else is odd about it. A response is a refusal only if it names no
coupons, gives certain refusals alone as reason, and contradicts itself nowhere. Every other outcome is unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Set
from typing import Any, NamedTuple

from coupon_client.contract import CERTAIN_REFUSALS, ISSUED_OR_IN_DOUBT, REJECTIONS
from coupon_client.exchange import Response
from coupon_client.result import Coupon, Issued, Problem

Json = Any

OK = 200
SERVER_ERROR = 500
UNAUTHENTICATED = 401
DECIDING = ("coupons", "errors", "warnings", "code", "status", "successCount", "totalCount", "failureCount")
QUOTED = tuple(f'"{name}"'.encode() for name in DECIDING)
BOOLEANS = {False, True}  # equal to 0 and 1, so ids of 0 and 1 take the slow path
COUPONS_IN_TEXT = rb"(?i)<coupons?[\s>]|[\"']coupons?[\"']"  # for bodies that are not JSON
LIST_OF_COUPONS = rb'"coupons"\s*:\s*\['  # both are compiled on first use, to keep the import cheap


class Columns(NamedTuple):
    """The coupons of a response, the i-th code beside the i-th id; `twice` describes a repeated code or id."""

    codes: tuple[str, ...]
    ids: tuple[int | None, ...]
    twice: str | None = None


class Refusal(NamedTuple):
    """The server refused the request; nothing was issued."""

    errors: tuple[Problem, ...]


class Rejection(NamedTuple):
    """HTTP 400, 403, 405, 415 or 429: not processed, nothing was issued. `retry_after` is in seconds."""

    status: int
    retry_after: float | None


class NotAuthenticated:
    """HTTP 401: not processed, nothing was issued."""


class Unknown(NamedTuple):
    """No certain outcome: the reason, and everything that the response names nevertheless."""

    reason: str
    coupons: tuple[Coupon, ...] = ()
    customer_id: int | None = None
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


End = Issued | Refusal | Rejection | NotAuthenticated | Unknown


def end(requested: int, response: Response, refusals: Set[int] = CERTAIN_REFUSALS) -> End:
    """Return the outcome of a request for `requested` coupons. `refusals` are the codes that prove a refusal."""
    result = _end(requested, response, refusals)
    return _with_names(result.reason, response.body) if isinstance(result, Unknown) else result


def _end(requested: int, response: Response, refusals: Set[int]) -> End:
    if response.status >= SERVER_ERROR:
        return Unknown(f"HTTP {response.status}: the server failed, perhaps after issuing")
    content = _content(response.body)
    if response.status in REJECTIONS or response.status == UNAUTHENTICATED:
        if _claims_coupons(content) or (content is None and re.search(COUPONS_IN_TEXT, response.body)):
            return Unknown(f"HTTP {response.status}, yet the answer speaks of coupons")
        return NotAuthenticated() if response.status == UNAUTHENTICATED else _rejection(response)
    if not isinstance(content, dict):
        return Unknown(f"HTTP {response.status}, and no readable answer")
    if not 200 <= response.status < 300:
        return Unknown(f"HTTP {response.status}, which the contract does not know; is the base URL right?")
    return _processed(requested, response, content, refusals)


def _processed(requested: int, response: Response, content: dict[str, Json], refusals: Set[int]) -> End:
    named = content.get("coupons")
    if named is None or named == []:
        return _without_coupons(requested, response.status, content, refusals)
    columns = read_coupons(named)
    if columns is None:
        return Unknown("the answer names coupons that cannot be read")
    if contradiction := _contradiction(requested, len(columns.codes), content) or columns.twice:
        return Unknown(contradiction)
    errors, warnings = _problems(content.get("errors")), _problems(content.get("warnings"))
    return Issued(requested, columns.codes, columns.ids, errors, warnings, content)


def read_coupons(named: Json) -> Columns | None:
    """Return the coupons of a response, or None if any of them has no readable code."""
    if not isinstance(named, list):
        return None
    return _at_once(named) or _one_by_one(named)


def _at_once(named: list[Json]) -> Columns | None:
    """Return coupons without any oddity, or None. Checks whole columns: 500 coupons are common, and this is fast."""
    try:
        codes = tuple([entry["code"] for entry in named])  # lists, because a generator takes twice as long
        ids = tuple([entry["couponId"] for entry in named])
        "".join(codes)  # a TypeError unless all are texts
        total = sum(ids)  # a TypeError unless all are numbers, a float unless all are integers
    except (KeyError, TypeError):
        return None
    different, numbers = set(codes), set(ids)
    plain = type(total) is int and not numbers & BOOLEANS and "" not in different
    return Columns(codes, ids) if plain and len(different) == len(numbers) == len(named) else None


def _one_by_one(named: list[Json]) -> Columns | None:
    if not all(isinstance(entry, dict) for entry in named):
        return None
    codes = tuple(entry.get("code") for entry in named)
    if not all(isinstance(code, str) and code for code in codes):
        return None
    ids = tuple(_integer(entry.get("couponId")) for entry in named)
    return Columns(codes, ids, _twice(codes, ids))


def _twice(codes: tuple[str, ...], ids: tuple[int | None, ...]) -> str | None:
    if len(set(codes)) < len(codes):
        return "the answer names a coupon twice"
    known = [number for number in ids if number is not None]
    return "the answer gives two coupons one id" if len(set(known)) < len(known) else None


def _contradiction(requested: int, given: int, content: dict[str, Json]) -> str | None:
    """Return why `given` coupons cannot be believed, or None if the numbers of the response agree or are missing."""
    if given > requested:
        return f"{requested} coupon(s) asked for, and the answer names {given}"
    for name, value in (("successCount", given), ("totalCount", requested), ("failureCount", requested - given)):
        stated = content.get(name)
        if isinstance(stated, int | float) and not isinstance(stated, bool) and stated != value:
            return f"the answer names {given} of {requested} coupon(s) and says {name} {stated}"
    return None


def _without_coupons(requested: int, status: int, content: dict[str, Json], refusals: Set[int]) -> End:
    errors = _problems(content.get("errors"))
    if status != OK or not errors or any(error.code is None for error in errors):
        return Unknown(f"HTTP {status}, and the answer holds neither coupons nor a readable reason")
    if any(entry.get("status") is True for entry in content["errors"]):
        return Unknown("the answer holds no coupons, and an error that says it is none")
    if _claims_coupons(content) or not _counts_none(requested, content):
        return Unknown("the answer names no coupons where they belong, and speaks of some all the same")
    if not all(error.code in refusals for error in errors):
        return Unknown("the answer holds no coupons, and an error that does not prove a refusal")
    if _contradicts_a_refusal(content.get("warnings")):
        return Unknown("the answer holds no coupons, and a warning that contradicts a refusal")
    return Refusal(errors)


def _contradicts_a_refusal(warnings: Json) -> bool:
    """Return True if a warning has a code that contradicts a refusal, or a code that cannot be read.

    The documentation: warnings occur when the primary activity succeeded (ledger certain-refusals).
    """
    entries = warnings if isinstance(warnings, list) else [warnings]
    codes = [entry["code"] for entry in entries if isinstance(entry, dict) and entry.get("code") is not None]
    return any(number is None or number in ISSUED_OR_IN_DOUBT for number in map(_integer, codes))


def _counts_none(requested: int, content: dict[str, Json]) -> bool:
    """Return True if every count that the response has says that nothing was issued."""
    meant = {"successCount": 0, "totalCount": requested, "failureCount": requested}
    return all(content.get(name) in (None, number) for name, number in meant.items())


def _claims_coupons(value: Json) -> bool:
    """Return True if anything in the value, at any depth, names or counts coupons."""
    if isinstance(value, list):
        return any(map(_claims_coupons, value))
    if not isinstance(value, dict):
        return False
    claims = value.get("coupons") or value.get("successCount")
    return bool(claims) or any(map(_claims_coupons, value.values()))


def _problems(entries: Json) -> tuple[Problem, ...]:
    """Return every entry of `errors` or `warnings`, however odd."""
    if not isinstance(entries, list):
        return ()
    return tuple(_problem(entry) for entry in entries)


def _problem(entry: Json) -> Problem:
    if isinstance(entry, _Pairs):
        entry = dict(entry)
    if not isinstance(entry, dict):
        return Problem(None, entry if isinstance(entry, str) else "")
    message = entry.get("message")
    return Problem(_integer(entry.get("code")), message if isinstance(message, str) else "")


def _integer(value: Json) -> int | None:
    """Return a JSON integer, `2.0` included (ledger integral-float), or None."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


class _Pairs(tuple[tuple[str, Json], ...]):
    """A JSON object with all of its pairs, also those of a repeated key."""


def _with_names(reason: str, body: bytes) -> Unknown:
    """Return an unknown end with all readable coupons, errors and warnings of the body, wherever they stand in it."""
    try:
        members = list(_members(json.loads(body, object_pairs_hook=_Pairs)))
    except (ValueError, RecursionError):
        return Unknown(reason)
    coupons = [coupon for name, value in members if name == "coupons" for coupon in _named(value)]
    customers = {
        _integer(dict(entry).get("id")) for name, value in members if name == "customer" for entry in _objects(value)
    }
    number = customers.pop() if len(customers) == 1 else None  # of two customers, neither is certain
    errors, warnings = (
        [_problem(entry) for name, value in members if name == list_name for entry in _entries(value)]
        for list_name in ("errors", "warnings")
    )
    return Unknown(reason, tuple(coupons), number, tuple(errors), tuple(warnings))


def _members(content: Json) -> Iterator[tuple[str, Json]]:
    """Yield every name and value of every object in the content. Iterative, because a response may nest deeply."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, _Pairs):
            yield from value
            waiting += [entry for _, entry in reversed(value)]
        elif isinstance(value, list):
            waiting += reversed(value)


def _named(coupons: Json) -> Iterator[Coupon]:
    """Yield the coupons with a readable code; a text in the list counts as a code."""
    for entry in _entries(coupons):
        if isinstance(entry, str) and entry:
            yield Coupon(entry, None)
    for entry in _objects(coupons):
        number = _integer(dict(entry).get("couponId"))
        yield from (Coupon(code, number) for name, code in entry if name == "code" and isinstance(code, str) and code)


def _objects(value: Json) -> list[_Pairs]:
    return [entry for entry in _entries(value) if isinstance(entry, _Pairs)]


def _entries(value: Json) -> list[Json]:
    """Return the entries of a list; an object in place of the list is its only entry."""
    return value if isinstance(value, list) else [value] if isinstance(value, _Pairs) else []


def _rejection(response: Response) -> Rejection:
    after = response.headers.get("retry-after", "")
    return Rejection(response.status, float(after) if after.isascii() and after.isdigit() else None)


def _content(body: bytes) -> Json:
    """Return the JSON value, or None if there is none or if a deciding key is repeated (ledger duplicate-keys)."""
    try:
        return json.loads(body, object_pairs_hook=_once if _may_repeat(body) else None)
    except (ValueError, RecursionError):
        return None


def _may_repeat(body: bytes) -> bool:
    """Return True if a deciding key may be repeated. Only then is every key checked, which takes twice as long."""
    if match := re.search(LIST_OF_COUPONS, body):  # its own keys decide nothing; they end before the first `]`
        body = body[: match.end()] + body[body.find(b"]", match.end()) :]
    return b"\x00" in body or (b"\\" in body and b"\\u" in body) or any(body.count(name) > 1 for name in QUOTED)


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return the pairs as a dict. Raises ValueError for a repeated deciding key."""
    deciding = [name for name, _ in pairs if name in DECIDING]
    if len(set(deciding)) != len(deciding):
        raise ValueError("a key stands twice")
    return dict(pairs)
