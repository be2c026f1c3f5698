"""The results of issuing with a key."""

from __future__ import annotations

from typing import Final

from coupon_client.result import Coupon, Problem
from coupon_client.texts import counted
from coupon_client.value import Value


class IssuedOnce(Value):
    """All coupons that were issued for a key; `missing` requested ones were refused, for the reasons in `errors`.

    It has no truth value: ask `complete` or `missing`.
    """

    __slots__ = __match_args__ = ("coupons", "missing", "errors")
    hidden = ("coupons",)

    def __init__(self, coupons: tuple[Coupon, ...], missing: int = 0, errors: tuple[Problem, ...] = ()) -> None:
        self.coupons: Final = coupons
        self.missing: Final = missing
        self.errors: Final = errors

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes of the coupons."""
        return tuple(coupon.code for coupon in self.coupons)

    @property
    def complete(self) -> bool:
        """True if every requested coupon was issued."""
        return not self.missing

    def __bool__(self) -> bool:
        raise TypeError("IssuedOnce has no truth value: ask .complete or .missing")

    def __repr__(self) -> str:
        return f"IssuedOnce({len(self.coupons)} of {counted(len(self.coupons) + self.missing)})"


class Audit(Value):
    """The coupons that carry a key. `surplus` are those beyond what `issue_once` returned: revoke them."""

    __slots__ = __match_args__ = ("coupons", "surplus")
    hidden = __match_args__

    def __init__(self, coupons: tuple[Coupon, ...], surplus: tuple[Coupon, ...]) -> None:
        self.coupons: Final = coupons
        self.surplus: Final = surplus

    def __repr__(self) -> str:
        return f"Audit({counted(len(self.coupons))}, {len(self.surplus)} too many)"
