"""The coupons of a successful call."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from coupon_client.arguments import is_customer_id
from coupon_client.masking import shown_code
from coupon_client.texts import counted

if TYPE_CHECKING:
    from coupon_api.models import CouponConfig
    from coupon_api.models import Customer as AnsweredCustomer

Json = Any


class Coupon(NamedTuple):
    """A coupon. `id` is None if the response gives no readable one; the customer redeems the code."""

    code: str
    id: int | None

    def __repr__(self) -> str:
        return f"Coupon(code='…', id={None if self.id is None else '…'})"


_coupon = partial(tuple.__new__, Coupon)  # half the time of Coupon(…)


def as_coupons(codes: tuple[str, ...], ids: tuple[int | None, ...]) -> tuple[Coupon, ...]:
    """Return the i-th code and the i-th id as the i-th coupon."""
    return tuple(map(_coupon, zip(codes, ids, strict=True)))


class Problem(NamedTuple):
    """An entry of `errors` or `warnings`. `code` is None if the response gives no readable one."""

    code: int | None
    message: str

    def __repr__(self) -> str:
        return f"Problem(code={shown_code(self.code)}, message='…')"


class Issued:
    """Coupons were issued: all that were requested, or fewer. `missing` says how many, `errors` and `warnings` why.

    Its truth value is undefined, because `if issued:` would hide a partial success; read `complete` or `missing`.
    `codes` are in the order of the response. `asked` is the number of coupons that were requested. Two are equal if all
    of it is.
    """

    __slots__ = ("_apart", "_coupons", "_ids", "_raw", "asked", "codes", "errors", "request_id", "warnings")

    def __init__(
        self,
        asked: int,
        codes: tuple[str, ...],
        ids: tuple[int | None, ...],
        errors: tuple[Problem, ...],
        warnings: tuple[Problem, ...],
        raw: Mapping[str, Json],
        request_id: str | None = None,
        *,
        coupons_apart: bool = False,
    ) -> None:
        """Take the values; with `coupons_apart`, `raw` has an empty list of coupons, which codes and ids fill."""
        self.asked = asked
        self.codes = codes
        self._ids = ids
        self._coupons: tuple[Coupon, ...] | None = None
        self.errors = errors
        self.warnings = warnings
        self._raw = raw
        self._apart = coupons_apart
        self.request_id = request_id

    @property
    def raw(self) -> Mapping[str, Json]:
        """The whole response as JSON, with fields that this version does not know, down to 100 levels."""
        if self._apart:  # made on demand, as `coupons` are
            listed = [{"code": code, "couponId": id} for code, id in zip(self.codes, self._ids, strict=True)]
            self._raw = {**self._raw, "coupons": listed}
            self._apart = False
        return self._raw

    @property
    def coupons(self) -> tuple[Coupon, ...]:
        """The coupons, in the order of the response."""
        if self._coupons is None:  # made on demand: most callers want only the codes, and 500 objects take time
            self._coupons = as_coupons(self.codes, self._ids)
        return self._coupons

    @property
    def missing(self) -> int:
        """The number of requested coupons that were not issued."""
        return self.asked - len(self.codes)

    @property
    def complete(self) -> bool:
        """True if every requested coupon was issued."""
        return not self.missing

    @property
    def customer_id(self) -> int | None:
        """The id of the customer, as `read_back` takes it; None if the response gives none that it takes."""
        customer = self._raw.get("customer")
        value = customer.get("id") if isinstance(customer, dict) else None
        return value if is_customer_id(value) else None

    @property
    def customer(self) -> AnsweredCustomer | None:
        """The customer of the response; None if it is missing or unreadable (see `raw`)."""
        from coupon_api.models import Customer  # here: the models cost time that few callers need

        customer: AnsweredCustomer | None = _read(Customer, self._raw.get("customer"))
        return customer

    @property
    def config(self) -> CouponConfig | None:
        """The configuration of the series; None if it is missing or unreadable (see `raw`)."""
        from coupon_api.models import CouponConfig

        config: CouponConfig | None = _read(CouponConfig, self._raw.get("couponConfig"))
        return config

    def to_dict(self) -> dict[str, Json]:
        """Return the values in a form that JSON can carry; `from_dict` reads it. They hold codes and the customer."""
        names = ("asked", "codes", "errors", "warnings", "raw", "request_id")
        return {name: getattr(self, name) for name in names} | {"ids": self._ids}

    @classmethod
    def from_dict(cls, values: Mapping[str, Json]) -> Self:
        """Return the result of `to_dict`, also after it went through JSON."""
        errors, warnings = (tuple(Problem(*entry) for entry in values[name]) for name in ("errors", "warnings"))
        codes, ids = tuple(values["codes"]), tuple(values["ids"])
        return cls(values["asked"], codes, ids, errors, warnings, values["raw"], values["request_id"])

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self).from_dict, (self.to_dict(),)

    def __eq__(self, other: object) -> bool:
        return self.to_dict() == other.to_dict() if isinstance(other, Issued) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.asked, self.codes, self._ids))

    def __bool__(self) -> bool:
        raise TypeError("Issued has no truth value: coupons were issued; ask .complete or .missing")

    def __repr__(self) -> str:
        return f"Issued({len(self.codes)} of {counted(self.asked)})"


def _read(kind: Any, value: Json) -> Any:
    """Return a generated model of the value, or None: an odd configuration must never hide the coupons beside it."""
    try:
        return kind.from_dict(value)
    except Exception:  # the generated reader may raise any exception
        return None
