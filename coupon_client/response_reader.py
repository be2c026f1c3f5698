"""From an answer to one of the ends. Pure: no I/O, no clock.

The rule behind it: coupons that an answer names were issued, whatever else is odd about it; only an answer that names
none, gives certain refusals alone as reason, and contradicts itself nowhere is a refusal; everything else is unknown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Set
from typing import Any, NamedTuple

from coupon_client.contract import CERTAIN_REFUSALS, ISSUED_OR_IN_DOUBT, REJECTIONS
from coupon_client.exchange import Reply
from coupon_client.result import Coupon, Issued, Problem

Json = Any

OK = 200
SERVER_ERROR = 500
UNAUTHENTICATED = 401
DECIDING = ("coupons", "errors", "warnings", "code", "status", "successCount", "totalCount", "failureCount")
QUOTED = tuple(f'"{name}"'.encode() for name in DECIDING)
BOOLEANS = {False, True}  # equal 0 and 1, so that ids of 0 and 1 are looked at more closely
COUPONS_IN_TEXT = rb"(?i)<coupons?[\s>]|[\"']coupons?[\"']"  # in what is no JSON
LIST_OF_COUPONS = rb'"coupons"\s*:\s*\['  # both compiled when first used: importing this package is kept cheap


class Columns(NamedTuple):
    """The coupons of an answer, the i-th code beside the i-th id; `twice` says which of them stands there twice."""

    codes: tuple[str, ...]
    ids: tuple[int | None, ...]
    twice: str | None = None


class Refusal(NamedTuple):
    """The answer refuses: nothing was issued."""

    errors: tuple[Problem, ...]


class Rejection(NamedTuple):
    """HTTP 400, 403, 405, 415 or 429: not processed, nothing was issued. `retry_after` is in seconds."""

    status: int
    retry_after: float | None


class NotAuthenticated:
    """HTTP 401: not processed, nothing was issued."""


class Unknown(NamedTuple):
    """Nothing sure can be read: why, and what the answer names all the same."""

    reason: str
    coupons: tuple[Coupon, ...] = ()
    customer_id: int | None = None
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


End = Issued | Refusal | Rejection | NotAuthenticated | Unknown


def end(asked: int, reply: Reply, refusals: Set[int] = CERTAIN_REFUSALS) -> End:
    """Return what the answer to a request for `asked` coupons says. `refusals` are the codes that prove a refusal."""
    result = _end(asked, reply, refusals)
    return _with_names(result.reason, reply.body) if isinstance(result, Unknown) else result


def _end(asked: int, reply: Reply, refusals: Set[int]) -> End:
    if reply.status >= SERVER_ERROR:
        return Unknown(f"HTTP {reply.status}: the server failed, perhaps after issuing")
    content = _content(reply.body)
    if reply.status in REJECTIONS or reply.status == UNAUTHENTICATED:
        if _claims_coupons(content) or (content is None and re.search(COUPONS_IN_TEXT, reply.body)):
            return Unknown(f"HTTP {reply.status}, yet the answer speaks of coupons")
        return NotAuthenticated() if reply.status == UNAUTHENTICATED else _rejection(reply)
    if not isinstance(content, dict):
        return Unknown(f"HTTP {reply.status}, and no readable answer")
    if not 200 <= reply.status < 300:
        return Unknown(f"HTTP {reply.status}, which the contract does not know; is the base URL right?")
    return _processed(asked, reply, content, refusals)


def _processed(asked: int, reply: Reply, content: dict[str, Json], refusals: Set[int]) -> End:
    named = content.get("coupons")
    if named is None or named == []:
        return _without_coupons(asked, reply.status, content, refusals)
    columns = read_coupons(named)
    if columns is None:
        return Unknown("the answer names coupons that cannot be read")
    if contradiction := _contradiction(asked, len(columns.codes), content) or columns.twice:
        return Unknown(contradiction)
    errors, warnings = _problems(content.get("errors")), _problems(content.get("warnings"))
    return Issued(asked, columns.codes, columns.ids, errors, warnings, content)


def read_coupons(named: Json) -> Columns | None:
    """The coupons of an answer, or None when one of them has no readable code."""
    if not isinstance(named, list):
        return None
    return _at_once(named) or _one_by_one(named)


def _at_once(named: list[Json]) -> Columns | None:
    """Coupons with nothing odd about them, or None. Quick, because 500 are common: columns, checked as a whole."""
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


def _contradiction(asked: int, given: int, content: dict[str, Json]) -> str | None:
    """Why `given` coupons cannot be believed; None when the answer's numbers hold or are not there."""
    if given > asked:
        return f"{asked} coupon(s) asked for, and the answer names {given}"
    for name, value in (("successCount", given), ("totalCount", asked), ("failureCount", asked - given)):
        said = content.get(name)
        if isinstance(said, int | float) and not isinstance(said, bool) and said != value:
            return f"the answer names {given} of {asked} coupon(s) and says {name} {said}"
    return None


def _without_coupons(asked: int, status: int, content: dict[str, Json], refusals: Set[int]) -> End:
    errors = _problems(content.get("errors"))
    if status != OK or not errors or any(error.code is None for error in errors):
        return Unknown(f"HTTP {status}, and the answer holds neither coupons nor a readable reason")
    if any(entry.get("status") is True for entry in content["errors"]):
        return Unknown("the answer holds no coupons, and an error that says it is none")
    if _claims_coupons(content) or not _counts_none(asked, content):
        return Unknown("the answer names no coupons where they belong, and speaks of some all the same")
    if not all(error.code in refusals for error in errors):
        return Unknown("the answer holds no coupons, and an error that does not prove a refusal")
    if _contradicts_a_refusal(content.get("warnings")):
        return Unknown("the answer holds no coupons, and a warning that contradicts a refusal")
    return Refusal(errors)


def _contradicts_a_refusal(warnings: Json) -> bool:
    """Whether a warning has a code of answers with coupons or in doubt, or a code that cannot be read.

    L: warnings occur when the primary activity succeeded (ledger certain-refusals).
    """
    entries = warnings if isinstance(warnings, list) else [warnings]
    codes = [entry["code"] for entry in entries if isinstance(entry, dict) and entry.get("code") is not None]
    return any(number is None or number in ISSUED_OR_IN_DOUBT for number in map(_integer, codes))


def _counts_none(asked: int, content: dict[str, Json]) -> bool:
    """Whether the numbers of an answer, where it has any, say that nothing of what was asked for was issued."""
    meant = {"successCount": 0, "totalCount": asked, "failureCount": asked}
    return all(content.get(name) in (None, number) for name, number in meant.items())


def _claims_coupons(value: Json) -> bool:
    """Whether anything in the value, wherever it stands, names or counts coupons."""
    if isinstance(value, list):
        return any(map(_claims_coupons, value))
    if not isinstance(value, dict):
        return False
    claims = value.get("coupons") or value.get("successCount")
    return bool(claims) or any(map(_claims_coupons, value.values()))


def _problems(entries: Json) -> tuple[Problem, ...]:
    """Entries of `errors` or `warnings`, however odd; nothing is dropped."""
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
    """A JSON integer, `2.0` included (ledger integral-float)."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value if type(value) is int else None


class _Pairs(tuple[tuple[str, Json], ...]):
    """A JSON object with every pair of it, also those of a repeated key."""


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
    """Every name and value of every object in the content. No recursion: an answer may nest as deep as it likes."""
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, _Pairs):
            yield from value
            waiting += [entry for _, entry in reversed(value)]
        elif isinstance(value, list):
            waiting += reversed(value)


def _named(coupons: Json) -> Iterator[Coupon]:
    """The coupons with a readable code; a text in the list is taken for a code."""
    for entry in _entries(coupons):
        if isinstance(entry, str) and entry:
            yield Coupon(entry, None)
    for entry in _objects(coupons):
        number = _integer(dict(entry).get("couponId"))
        yield from (Coupon(code, number) for name, code in entry if name == "code" and isinstance(code, str) and code)


def _objects(value: Json) -> list[_Pairs]:
    return [entry for entry in _entries(value) if isinstance(entry, _Pairs)]


def _entries(value: Json) -> list[Json]:
    """The entries of a list; an object in place of the list counts as its one entry."""
    return value if isinstance(value, list) else [value] if isinstance(value, _Pairs) else []


def _rejection(reply: Reply) -> Rejection:
    after = reply.headers.get("retry-after", "")
    return Rejection(reply.status, float(after) if after.isascii() and after.isdigit() else None)


def _content(body: bytes) -> Json:
    """The JSON value, or None where there is none or where a key that decides stands twice (ledger duplicate-keys)."""
    try:
        return json.loads(body, object_pairs_hook=_once if _may_repeat(body) else None)
    except (ValueError, RecursionError):
        return None


def _may_repeat(body: bytes) -> bool:
    """Whether a key that decides may stand twice: only then is every key looked at, which takes twice as long."""
    if found := re.search(LIST_OF_COUPONS, body):  # its own keys decide nothing; they end before the first `]`
        body = body[: found.end()] + body[body.find(b"]", found.end()) :]
    return b"\x00" in body or (b"\\" in body and b"\\u" in body) or any(body.count(name) > 1 for name in QUOTED)


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """An object. Raises ValueError when a key that decides stands twice in it."""
    deciding = [name for name, _ in pairs if name in DECIDING]
    if len(set(deciding)) != len(deciding):
        raise ValueError("a key stands twice")
    return dict(pairs)
