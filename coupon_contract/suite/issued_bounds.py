"""Bounds on the coupons that a request has issued, as far as its response tells.

After a response that cannot be read, or that proves nothing, anything from nothing to everything may have been issued.
"""

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.exchange import NotJson, Request, Response, duplicate_keys, loads, loads_apart
from coupon_contract.suite.request_reader import requested_count

Json = Any
ID_IN_TEXT = re.compile(r'\\*"couponId\\*"\s*:\s*([^\s,}\]]{1,100})')
CODE = re.compile(r"-?\d{1,20}(?:\.0+)?")
CODE_IN_TEXT = re.compile(rf'"code\\*"\s*:\s*\\*"?({CODE.pattern})')
COUNTS = ("successCount", "totalCount", "failureCount")
NOTHING: tuple[Json, ...] = (None, [])  # values of a key that name no coupon


@frozen
class Bounds:
    """The fewest and the most coupons that were issued."""

    at_least: int
    at_most: int


def issued_bounds(request: Request, response: Response | None, possible: int) -> Bounds:
    """Return the bounds for one request, by the facts of `spec/outcomes.toml`.

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
    if response.status == spec.outcomes()["statuses"]["processed"] and _names_all(request, body, named):
        return Bounds(named, named)
    return Bounds(named, max(named, possible))


def _texts(body: bytes) -> Iterator[str]:
    """Return the body as text, also for a wrongly declared encoding."""
    yield body.decode("utf-8-sig", "replace")
    if (encoding := json.detect_encoding(body)) not in ("utf-8", "utf-8-sig"):
        yield body.decode(encoding, "replace")


def _named_in(text: str) -> int:
    """Return the length of the longest list of coupons in a JSON text, or else the number of different coupon ids."""
    holders = spec.outcomes()["text"]["code_holders"]
    try:
        members = _members(loads_apart(text))
        listed = max((_different(value) for name, value in members if name.lower() in holders), default=0)
    except (ValueError, RecursionError):
        listed = 0
    return listed or len(set(ID_IN_TEXT.findall(text)))


def _members(value: Json) -> Iterator[tuple[str, Json]]:
    """Yield every name and value of every object, also in JSON inside a text."""
    for each in _objects(value):
        yield from each.items()


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    """Yield every object, also in JSON inside a text.

    Iterative, because a nested response must not end the run.
    """
    left = [value]
    while left:
        value = left.pop()
        if isinstance(value, dict):
            yield value
            left.extend(value.values())
        elif isinstance(value, list):
            left.extend(value)
        elif isinstance(value, str) and value.lstrip()[:1] in ("{", "["):
            with suppress(ValueError, RecursionError):
                left.append(json.loads(value))


def _different(coupons: Json) -> int:
    """Return the number of different coupons in a list, because one that is repeated may have been issued once."""
    if isinstance(coupons, dict):
        return 1 if coupons.get("code") or coupons.get("couponId") else 0
    if not isinstance(coupons, list):
        return 0
    return len({_identity(coupon) for coupon in coupons if coupon})


def _identity(coupon: Json) -> object:
    """Return a value that different coupons do not share: their members without nested ones.

    Nested ones are left out, because lists of coupons within each other would be read once for each level.
    """
    if isinstance(coupon, dict):
        return frozenset((name, repr(value)) for name, value in coupon.items() if not isinstance(value, dict | list))
    return repr(coupon) if not isinstance(coupon, list) else None


def _proves_nothing_was_issued(request: Request, response: Response, body: Json) -> bool:
    """Return True for a rejection and a refusal that nothing in the response contradicts (ledger certain-refusals)."""
    statuses = spec.outcomes()["statuses"]
    if _speaks_of_coupons(response, body) or _has_foreign_code(response, body):
        return False
    if response.status in (*statuses["rejected"], statuses["unauthenticated"]):
        return True
    return (
        response.status == statuses["processed"]
        and isinstance(body, dict)
        and _are_certain_refusals(body.get("errors"))
        and body.get("warnings") in NOTHING
        and _counts_agree(request, body, 0)
    )


def _speaks_of_coupons(response: Response, body: Json) -> bool:
    if body is not None:
        return _names_coupons(body)
    texts = [text.replace("\0", "").lower() for text in _texts(response.body)]
    return any(marker in text for marker in spec.outcomes()["text"]["markers"] for text in texts)


def _names_coupons(body: Json) -> bool:
    """Return True if anything in the body names or counts coupons."""
    keys = {*spec.outcomes()["text"]["naming_keys"], "successcount"}
    return any(
        name.lower() in keys and value not in NOTHING and not (name.lower() == "successcount" and _is_zero(value))
        for name, value in _members(body)
    ) or (isinstance(body, dict) and any(map(_counts_some, _objects(body))))


def _counts_some(each: dict[str, Json]) -> bool:
    """Return True for an object that counts other than as many failures as coupons asked for."""
    total, failed = each.get("totalCount"), each.get("failureCount")
    return _is_number(total) and _is_number(failed) and total != failed


def _has_foreign_code(response: Response, body: Json) -> bool:
    """Return True for a code that is neither a certain refusal nor the status of a rejection."""
    statuses = spec.outcomes()["statuses"]
    known = spec.certain_refusals() | {*statuses["rejected"], statuses["unauthenticated"]}
    if body is None:
        codes: list[Json] = [code for text in _texts(response.body) for code in CODE_IN_TEXT.findall(text)]
    else:
        codes = [value for name, value in _members(body) if name == "code"]
    numbers = [code for code in codes if _is_number(code)]
    numbers += [float(code) for code in codes if isinstance(code, str) and CODE.fullmatch(code)]
    return not known.issuperset(numbers)


def _are_certain_refusals(errors: Json) -> bool:
    return (
        isinstance(errors, list)
        and bool(errors)
        and all(isinstance(entry, dict) and _denies(entry.get("status")) for entry in errors)
        and all(_is_number(entry.get("code")) and entry["code"] in spec.certain_refusals() for entry in errors)
    )


def _denies(status: Json) -> bool:
    """Return True for the status of an error: false, if there is any (ledger error-entry)."""
    return status is None or status is False


def _names_all(request: Request, body: Json, named: int) -> bool:
    """Return True for a processed response that agrees with itself and its request on the coupons that it names."""
    coupons = body.get("coupons") if isinstance(body, dict) else None
    if not isinstance(coupons, list) or len(coupons) != named or not _counts_agree(request, body, named):
        return False
    codes = {coupon.get("code") for coupon in coupons if isinstance(coupon, dict) and _is_text(coupon.get("code"))}
    elsewhere = {name: value for name, value in body.items() if name not in ("coupons", *COUNTS)}
    wanted = requested_count(request)
    return len(codes) == named and not _names_coupons(elsewhere) and (wanted is None or named <= wanted)


def _counts_agree(request: Request, body: dict[str, Json], issued: int) -> bool:
    """Return True if the counts of a response, if it has any, match the number of issued coupons."""
    meant = {"successCount": issued}
    if (wanted := requested_count(request)) is not None:
        meant |= {"totalCount": wanted, "failureCount": wanted - issued}
    return all(
        body.get(name) is None or (_is_number(body[name]) and body[name] == number) for name, number in meant.items()
    )


def _body(response: Response) -> Json:
    """Return the JSON value of a response; None if it has none, or can be read in two ways."""
    if duplicate_keys(response.body):  # first, because each of the two decodes a large body once more
        return None
    try:
        return loads(response.body)
    except NotJson:
        return None


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_zero(value: Json) -> bool:
    return _is_number(value) and not value


def _is_text(value: Json) -> bool:
    return isinstance(value, str) and value != ""
