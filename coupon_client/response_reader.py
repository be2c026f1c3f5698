"""Reads a response as one of the outcomes, by the table in spec/outcomes.toml. Pure: no I/O, no clock.

The rule behind it: a response names all its coupons at the top and agrees with itself, or it names none, gives certain
refusals alone as reason and contradicts itself nowhere. Everything else is unknown, with all that it names.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence, Set
from functools import cache
from math import isinf
from typing import Any, NamedTuple

from coupon_client.contract import CERTAIN_REFUSALS, CODE_DIGITS, ID_DIGITS, PROCESSED, REJECTIONS, UNAUTHENTICATED
from coupon_client.coupon_columns import Columns, columns
from coupon_client.errors import NotReadable
from coupon_client.exchange import Response
from coupon_client.masking import shown_code
from coupon_client.response_facts import COUNTS, Facts
from coupon_client.response_text import DEEPEST, read, value
from coupon_client.result import Coupon, Issued, Problem
from coupon_client.texts import counted

Json = Any

MOST_CODES = 5  # in the text of an exception
LIST_OF_COUPONS = rb'(?<!\\)"coupons"[ \t\r\n]*:[ \t\r\n]*\['  # compiled when first used: importing this is kept cheap
JSON_IN_A_TEXT_OR_SURROGATE = rb"\\u(?:00[57][bB]|[dD][89a-fA-F])"  # written as an escape


class Refusal(NamedTuple):
    """The response refuses: nothing was issued. `warnings` are those below its top; one at the top proves nothing."""

    errors: tuple[Problem, ...]
    warnings: tuple[Problem, ...] = ()


class Rejection(NamedTuple):
    """One of REJECTIONS: not processed, nothing was issued."""

    status: int
    errors: tuple[Problem, ...] = ()


class NotAuthenticated(NamedTuple):
    """HTTP 401: not processed, nothing was issued."""

    errors: tuple[Problem, ...] = ()


class Unknown(NamedTuple):
    """No certain outcome: the reason, and everything that the response names nevertheless."""

    reason: str
    coupons: tuple[Coupon, ...] = ()
    customer_id: int | None = None
    errors: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()

    def __repr__(self) -> str:
        return f"Unknown({self.reason!r}, {counted(len(self.coupons), 'coupon')})"


End = Issued | Refusal | Rejection | NotAuthenticated | Unknown


def end(requested: int, response: Response, refusals: Set[int] = CERTAIN_REFUSALS) -> End:
    """Return the outcome of a request for `requested` coupons. `refusals` are the codes that prove a refusal."""
    plain = _plain(requested, response)
    return _decided(requested, response, refusals) if plain is None else plain


def errors_of(response: Response) -> tuple[Problem, ...]:
    """Return the entries of `errors` of a response that is not about coupons, at any depth."""
    return _all_listed(Facts(read(response.body), response.body, 0, CERTAIN_REFUSALS), "errors")


def not_readable(text: str, response: Response) -> NotReadable:
    """Return the exception for a response without the content that was asked for, with the codes that it gives."""
    facts = Facts(read(response.body), response.body, 0, CERTAIN_REFUSALS)
    errors, warnings = _all_listed(facts, "errors"), _all_listed(facts, "warnings")
    codes = dict.fromkeys(shown_code(problem.code) for problem in errors + warnings if problem.code is not None)
    named = f" (code {', '.join(list(codes)[:MOST_CODES])})" if codes else ""
    return NotReadable(text + named, None, errors, warnings)


def _decided(requested: int, response: Response, refusals: Set[int]) -> End:
    """Return the end by the rows of the table, in their order."""
    nodes = read(response.body)
    facts = Facts(nodes, response.body, requested, refusals)
    status, whole = response.status, not response.flaw
    contradicted = facts.speaks_of_coupons or facts.foreign_code
    if whole and status == UNAUTHENTICATED and not contradicted:
        return NotAuthenticated(_all_listed(facts, "errors"))
    if whole and status in REJECTIONS and not contradicted:
        return Rejection(status, _all_listed(facts, "errors"))
    if whole and status == PROCESSED and facts.readable:
        errors, warnings = (
            tuple(entry.problem for entry in facts.listed() if entry.top and entry.list_name == name)
            for name in ("errors", "warnings")
        )
        if facts.coupons_agree():
            codes, ids = zip(*facts.coupons, strict=True)
            return Issued(requested, codes, ids, errors, warnings, value(nodes))
        if not contradicted and facts.refusal_proven():
            return Refusal(errors, _all_listed(facts, "warnings"))
    return _unknown(_reason(response, facts), facts)


def _reason(response: Response, facts: Facts) -> str:
    status = response.status
    if response.flaw:
        return f"HTTP {status}, and {response.flaw}"
    if status in REJECTIONS or status == UNAUTHENTICATED:
        named = "speaks of coupons" if facts.speaks_of_coupons else "has a code that does not prove a refusal"
        return f"HTTP {status}, but the response {named}"
    if status != PROCESSED:
        failed = "the server failed, perhaps after issuing" if status >= 500 else "which proves nothing"
        return f"HTTP {status}: {failed}"
    if not facts.readable:
        return f"HTTP {status}, and the response can be read in more than one way"
    if facts.speaks_of_coupons:
        return "the response mentions coupons, but contradicts itself or the request, or some coupons cannot be read"
    return "the response contains no coupons and does not prove a refusal"


def _unknown(reason: str, facts: Facts) -> Unknown:
    errors, warnings = _all_listed(facts, "errors"), _all_listed(facts, "warnings")
    return Unknown(reason, tuple(facts.coupons), facts.customer_id(), errors, warnings)


def _all_listed(facts: Facts, name: str) -> tuple[Problem, ...]:
    """Return the entries of all lists with this name, at any depth."""
    return tuple(entry.problem for entry in facts.listed() if entry.list_name == name)


# Most answers with coupons have nothing odd about them, and 500 coupons are common. These are recognised with the
# `json` module, many times faster than by reading every node; whatever is not certain to be plain is read in full.


class _NotPlain(Exception):
    """The response has to be read in full."""


def _plain(requested: int, response: Response) -> Issued | None:
    """Return the end of a response that is certain to be issued or partly issued, else None."""
    if response.status != PROCESSED or response.flaw:
        return None
    try:
        inside, content = _parts(response.body)
        alike = columns(inside)
        codes, ids = _checked(*(alike or _listed(inside, content)))
        errors, warnings = _problems(content.get("errors")), _problems(content.get("warnings"))
    except (_NotPlain, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    given = len(codes)
    meant = (given, requested, requested - given)
    agree = all(content.get(name, number) == number for name, number in zip(COUNTS, meant, strict=True))
    if not agree or not 0 < given <= requested or any(type(content.get(name, 0)) is not int for name in COUNTS):
        return None
    return Issued(requested, codes, ids, errors, warnings, content, None, coupons_apart=alike is not None)


def _parts(body: bytes) -> tuple[str, dict[str, Json]]:
    """Return the text within the list of coupons, and the response without it. Raises _NotPlain or ValueError.

    The two are read apart, so that only the few keys outside of the list are looked at one by one.
    """
    match = re.search(LIST_OF_COUPONS, body)
    if match is None:
        raise _NotPlain
    start, close = match.end(), body.find(b"]", match.end())
    inside, rest = body[start:close], body[:start] + body[close:]
    if rest.count(b"[") + rest.count(b"{") > DEEPEST:
        raise _NotPlain
    odd = b'"{' in rest or b'"[' in rest or (b"\\u" in rest and re.search(JSON_IN_A_TEXT_OR_SURROGATE, rest))
    if odd or b"\\" in inside:
        raise _NotPlain
    content = _rest_decoder().decode(rest.decode())
    if type(content) is not dict or content.get("coupons") != []:
        raise _NotPlain
    return inside.decode(), content


def _listed(inside: str, content: dict[str, Json]) -> Columns:
    """Return the coupons of a list whose objects are not all written alike, and put it into the content.

    Raises _NotPlain, ValueError, KeyError or TypeError.
    """
    text = f"[{inside}]"
    listed = json.loads(text)
    if inside.count('"') != 6 * len(listed):  # two keys and a text in each, and so no key twice
        listed = json.loads(text, object_pairs_hook=_coupon, parse_constant=_not_plain, parse_float=_finite)
    content["coupons"] = listed
    return [entry["code"] for entry in listed], [entry["couponId"] for entry in listed]


def _coupon(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return an object of the list. Raises _NotPlain for a repeated key, and for one that may name another coupon."""
    content = dict(pairs)
    names = [name for name in content if name[:6].lower() == "coupon"]
    if len(content) != len(pairs) or names != ["couponId"]:
        raise _NotPlain
    return content


def _without_coupons(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return another object. Raises _NotPlain for a repeated key, and for one that may name coupons."""
    content = dict(pairs)
    if len(content) != len(pairs):
        raise _NotPlain
    for name, entry in pairs:
        if name[:6].lower() == "coupon" and name != "couponConfig" and (name, entry) != ("coupons", []):
            raise _NotPlain
    return content


@cache
def _rest_decoder() -> json.JSONDecoder:
    """Return the decoder of what stands outside of the list; `json.loads` makes a new one for each call."""
    return json.JSONDecoder(object_pairs_hook=_without_coupons, parse_constant=_not_plain, parse_float=_finite)


def _not_plain(_: str) -> Json:
    raise _NotPlain


def _finite(text: str) -> float:
    """Return a number. Raises _NotPlain for one so large that it would become infinite, which JSON cannot carry."""
    number = float(text)
    if isinf(number):
        raise _NotPlain
    return number


def _checked(codes: Sequence[Json], ids: Sequence[Json]) -> tuple[tuple[str, ...], tuple[int | None, ...]]:
    """Return the coupons as columns, checked as a whole. Raises _NotPlain or TypeError."""
    different = set(codes)
    "".join(codes)  # a TypeError unless all are texts
    if "" in different or len(different) != len(codes):
        raise _NotPlain
    if set(map(type, ids)) != {int} or min(ids) < 0 or sum(ids) >= 10**ID_DIGITS:  # so each has at most ID_DIGITS
        raise _NotPlain
    return tuple(codes), tuple(ids)


def _problems(entries: Json) -> tuple[Problem, ...]:
    """Return the entries of `errors` or `warnings`. Raises _NotPlain for odd ones."""
    if entries is not None and type(entries) is not list:
        raise _NotPlain
    return tuple(map(_problem, entries or ()))


def _problem(entry: Json) -> Problem:
    code, message = entry["code"], entry["message"]
    if type(code) is not int or not 0 <= code < 10**CODE_DIGITS or type(message) is not str:
        raise _NotPlain
    return Problem(code, message)
