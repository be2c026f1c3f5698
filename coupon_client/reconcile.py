"""What became of a call whose answer is unknown, judged from what read-back lists. Pure: no I/O, no clock.

Read-back says no time of issue, so new coupons are those that are listed now and were not before. Without a list from
before, only "nothing is there" says anything.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import datetime
from typing import Any, Final, NamedTuple

from coupon_client.errors import NotReadable, OutcomeUnknown
from coupon_client.exchange import Reply
from coupon_client.value import Value


class Found(NamedTuple):
    """One coupon that read-back lists."""

    code: str
    series_id: int

    def __repr__(self) -> str:
        return f"Found(code='…', series_id={self.series_id})"


class ReadBack(Value):
    """All coupons of a customer, as listed `at` (UTC)."""

    __slots__ = __match_args__ = ("customer_id", "coupons", "at")
    hidden = ("customer_id", "coupons")

    def __init__(self, customer_id: int, coupons: tuple[Found, ...], at: datetime) -> None:
        self.customer_id: Final = customer_id
        self.coupons: Final = coupons
        self.at: Final = at

    def codes(self, series_id: int) -> Counter[str]:
        """The codes of one series, and how often each is listed."""
        return Counter(found.code for found in self.coupons if found.series_id == series_id)


class WereIssued(Value):
    """The call issued these codes; `missing` of those asked for were not."""

    __slots__ = __match_args__ = ("codes", "missing")
    hidden = ("codes",)

    def __init__(self, codes: tuple[str, ...], missing: int) -> None:
        self.codes: Final = codes
        self.missing: Final = missing


class NotIssued(Value):
    """The call issued nothing; the same may be asked for again."""

    __slots__ = ()


class CannotTell(Value):
    """Neither is sure, and `why`. A person has to look; do not call again."""

    __slots__ = __match_args__ = ("why",)

    def __init__(self, why: str) -> None:
        self.why: Final = why


Reconciliation = WereIssued | NotIssued | CannotTell


def compare(
    unknown: OutcomeUnknown, before: ReadBack | None, now: ReadBack, generic: bool | None = None
) -> Reconciliation:
    """What a call did, by what is listed `now` and what was listed `before` it. `generic`: is the series one?"""
    asked = unknown.asked
    after = now.codes(asked.series_id)
    if {coupon.code for coupon in unknown.coupons} - set(after):
        return CannotTell("the answer named coupons that are not listed")
    if before is None:
        if not after:
            return NotIssued()
        return CannotTell("coupons of this series are there, and nothing says which were there before; pass before")
    if before.at > asked.at:
        return CannotTell("before was read after the call")
    earlier = before.codes(asked.series_id)
    if earlier - after:
        return CannotTell("coupons that were there before are no longer listed")
    new = tuple((after - earlier).elements())
    if len(new) > asked.count:
        return CannotTell(f"{len(new)} new coupons, {asked.count} asked for: somebody else issues to this customer")
    if new:
        return WereIssued(new, asked.count - len(new))
    if len(earlier) == 1 and generic is not False:
        return CannotTell("the series may be a generic one, whose one code was there before; say generic=False if not")
    return NotIssued()


def found_in(reply: Reply) -> tuple[Found, ...]:
    """The coupons that an answer lists. Raises NotReadable."""
    if reply.status != 200:
        raise NotReadable(f"HTTP {reply.status}")
    try:
        content: Any = json.loads(reply.body, object_pairs_hook=_once)
        data, troubles = content["data"], [content.get("errors"), content.get("warnings")]
        found = tuple(Found(entry["code"], entry["seriesId"]) for entry in data)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise NotReadable("no list of coupons in the answer") from None
    if any(trouble not in (None, []) for trouble in troubles):
        raise NotReadable("the list says that something is wrong with it")
    if not isinstance(data, list) or not all(type(one.code) is str and type(one.series_id) is int for one in found):
        raise NotReadable("a coupon without a readable code or series")
    return found


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object. Raises ValueError when a key stands twice in it."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key stands twice")
    return dict(pairs)
