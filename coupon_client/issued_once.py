"""The results of issuing with a key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Self

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
    def asked(self) -> int:
        """The number of coupons that were requested."""
        return len(self.coupons) + self.missing

    @property
    def complete(self) -> bool:
        """True if every requested coupon was issued."""
        return not self.missing

    def to_dict(self) -> dict[str, Any]:
        """Return the values in a form that JSON can carry; `from_dict` reads it. They hold codes."""
        return {name: getattr(self, name) for name in self.__match_args__}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Return the result of `to_dict`, also after it went through JSON."""
        coupons = tuple(Coupon(*entry) for entry in values["coupons"])
        return cls(coupons, values["missing"], tuple(Problem(*entry) for entry in values["errors"]))

    def __bool__(self) -> bool:
        raise TypeError("IssuedOnce has no truth value: ask .complete or .missing")

    def __repr__(self) -> str:
        return f"IssuedOnce({len(self.coupons)} of {counted(self.asked)})"


class Audit(Value):
    """The coupons that carry a key. `surplus` are those beyond what `issue_once` returned: revoke them."""

    __slots__ = __match_args__ = ("coupons", "surplus")
    hidden = __match_args__

    def __init__(self, coupons: tuple[Coupon, ...], surplus: tuple[Coupon, ...]) -> None:
        self.coupons: Final = coupons
        self.surplus: Final = surplus

    def __repr__(self) -> str:
        return f"Audit({counted(len(self.coupons))}, {len(self.surplus)} too many)"
