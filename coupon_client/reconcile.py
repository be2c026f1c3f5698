"""Reconciles a call whose outcome is unknown with the coupons that read-back lists. Pure: no I/O, no clock.

Read-back says no time of issue, so new coupons are those that are listed now and were not before. Without a list from
before, only "nothing is there" says anything.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Final, NamedTuple, TypeGuard

from coupon_client.errors import CannotTell, NotReadable, OutcomeUnknown
from coupon_client.exchange import Response
from coupon_client.texts import counted
from coupon_client.value import Value


class ListedCoupon(NamedTuple):
    """A coupon that read-back lists."""

    code: str
    series_id: int

    def __repr__(self) -> str:
        return f"ListedCoupon(code='…', series_id={self.series_id})"


class ReadBack(Value):
    """All coupons of a customer, as listed `at` (UTC)."""

    __slots__ = __match_args__ = ("customer_id", "coupons", "at")
    hidden = ("customer_id", "coupons")

    def __init__(self, customer_id: int, coupons: tuple[ListedCoupon, ...], at: datetime) -> None:
        self.customer_id: Final = customer_id
        self.coupons: Final = coupons
        self.at: Final = at

    def __repr__(self) -> str:
        return f"ReadBack({counted(len(self.coupons))}, at={self.at!r})"

    def codes(self, series_id: int) -> Counter[str]:
        """Return the codes of a series, and how often each is listed."""
        return Counter(coupon.code for coupon in self.coupons if coupon.series_id == series_id)


def is_read_back(value: object) -> TypeGuard[ReadBack]:
    """Return whether this is a list of coupons that can be compared with another."""
    return (
        isinstance(value, ReadBack)
        and type(value.customer_id) is int
        and isinstance(value.at, datetime)
        and value.at.tzinfo is not None
        and isinstance(value.coupons, tuple)
        and all(isinstance(coupon, ListedCoupon) for coupon in value.coupons)
    )


class WereIssued(Value):
    """The call issued these codes; `missing` requested coupons were not issued."""

    __slots__ = __match_args__ = ("codes", "missing")
    hidden = ("codes",)

    def __init__(self, codes: tuple[str, ...], missing: int) -> None:
        self.codes: Final = codes
        self.missing: Final = missing

    def __repr__(self) -> str:
        return f"WereIssued({counted(len(self.codes), 'code')}, missing={self.missing})"


class NotIssued(Value):
    """The call issued nothing; it is safe to call again."""

    __slots__ = ()


Reconciliation = WereIssued | NotIssued | CannotTell


def compare(
    unknown: OutcomeUnknown,
    before: ReadBack | None,
    now: ReadBack,
    generic: bool | None = None,
    exclusive: bool = False,
) -> Reconciliation:
    """Return the verdict on a call from the coupons listed `now` and `before` it.

    `generic` says whether the series is generic, `exclusive` that nobody else issues to this customer.
    """
    from coupon_client import listing  # here, because a program that only issues does not need it

    issuance = unknown.asked
    after = now.codes(issuance.series_id)
    if {coupon.code.casefold() for coupon in unknown.coupons} - {code.casefold() for code in after}:
        return CannotTell("the response contained coupons that are not listed")
    if before is None:
        if not after:
            return NotIssued()
        return CannotTell("coupons of this series are there, and nothing says which were there before; pass before")
    if before.at > issuance.at:
        return CannotTell("before was read after the call")
    earlier = before.codes(issuance.series_id)
    if earlier - after:
        return CannotTell("coupons that were there before are no longer listed")
    new = tuple((after - earlier).elements())
    if len(new) > issuance.count:
        return CannotTell(f"{len(new)} new coupons, {issuance.count} asked for: another caller issues to this customer")
    if len(new) < issuance.count and listing.may_be_cut(len(now.coupons)):
        return CannotTell(f"the list ends at {counted(len(now.coupons))} and gives no total, so that it may be cut off")
    if new and not exclusive:
        return CannotTell(
            "new coupons are listed, and others may have issued them; issue with a key, or pass exclusive"
        )
    if new:
        return WereIssued(new, issuance.count - len(new))
    if len(earlier) == 1 and generic is not False:
        return CannotTell("the series may be a generic one, whose one code was there before; say generic=False if not")
    return NotIssued()


def found_in(response: Response) -> tuple[ListedCoupon, ...]:
    """Return the coupons that a response lists. Raises NotReadable."""
    from coupon_client import listing

    content = listing.content_of(response)
    try:
        data = content["data"]
        listing.complete(content, len(data), response)
        coupons = tuple(ListedCoupon(entry["code"], entry["seriesId"]) for entry in data)
    except (KeyError, TypeError):
        raise NotReadable("no list of coupons in the response") from None
    if not isinstance(data, list) or not all(
        type(coupon.code) is str and type(coupon.series_id) is int for coupon in coupons
    ):
        raise NotReadable("a coupon without a readable code or series")
    return coupons
