"""The records that the store takes and returns."""

from collections.abc import Iterable, Sequence
from string import ascii_lowercase, ascii_uppercase

import msgspec
from attrs import frozen
from msgspec import Struct

from coupon_contract.sandbox.issuing import Identifier, Series

UPPER = str.maketrans(ascii_lowercase, ascii_uppercase)
LOWER = str.maketrans(ascii_uppercase, ascii_lowercase)


@frozen
class SeriesRow:
    """A series to seed; `config` is the JSON text of `couponConfig`, `codes` those uploaded, in order.

    `state` is a word for people.
    """

    series: Series
    code_length: int
    code_alphabet: str
    config: str
    codes: tuple[str, ...] | None
    state: str = ""


@frozen
class SeriesState:
    """A series as it is now; `state` is a word for people, `config` the JSON text of `couponConfig`."""

    series: Series
    state: str
    config: str


def with_identifiers(profile: str, added: Sequence[Identifier]) -> str:
    """Return the JSON text of a response's `customer`, with additional identifiers."""
    customer = msgspec.json.decode(profile)
    more = [{"type": identifier.type, "value": identifier.value} for identifier in added]
    for customer_profile in customer["profiles"]:
        for name in ("identifiers", "identifiersAll"):
            customer_profile[name] = [*customer_profile[name], *more]
    return msgspec.json.encode(customer).decode()


@frozen
class CustomerRow:
    """A customer to seed; `profile` is the JSON text of the response's `customer`."""

    id: int
    profile: str
    identifiers: tuple[Identifier, ...]


class Coupon(Struct, frozen=True, gc=False, rename={"id": "couponId"}):
    """A coupon that was just issued. It is its own wire format, because a response may hold 500 of them."""

    code: str
    id: int


def folded(code: str) -> str:
    """Return what codes are matched by: the code with its ASCII letters in upper case, as SQLite's upper() makes it."""
    return code.translate(UPPER)


@frozen
class CouponRow:
    """An issued coupon with its series, as read-back needs it; times are epoch milliseconds.

    `metadata` is the JSON text of the documented fields that the issuing request sent, empty without any.
    """

    id: int
    code: str
    series_id: int
    customer_id: int
    issued_at: int
    expires_at: int | None
    config: str
    metadata: str


@frozen
class CustomerListing:
    """The choice of a customer's coupons to list; `now` is epoch milliseconds.

    `expired` is None if it does not matter; `redeemed` alone matches nothing, because the sandbox redeems nothing.
    """

    customer_id: int
    newest_first: bool
    limit: int
    offset: int
    now: int
    expired: bool | None = None
    redeemed: bool = False


@frozen
class Wanted:
    """The coupons to read back: those that match a value of every kind; None for a kind without a condition.

    Codes match in any letter case (`letter-case`).
    """

    coupon_ids: tuple[int, ...] | None = None
    customer_ids: tuple[int, ...] | None = None
    codes: tuple[str, ...] | None = None

    def kinds(self) -> Iterable[tuple[str, tuple[int, ...] | tuple[str, ...]]]:
        """Return the kinds with a condition as column and values, the most selective first."""
        codes = self.codes and tuple(map(folded, self.codes))
        columns = (("coupon.id", self.coupon_ids), ("upper(code)", codes), ("customer_id", self.customer_ids))
        return [(column, values) for column, values in columns if values is not None]
