"""What is asked for: to whom, how many coupons of which series, and for what reason."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from coupon_client.contract import COUNT_MAXIMUM, COUNT_MINIMUM, METADATA_LENGTHS
from coupon_client.errors import InvalidRequest

INT64 = range(-(2**63), 2**63)


@dataclass(frozen=True, slots=True)
class Customer:
    """A customer by one identifier or several that name the same one (clause any-identifier).

    Raises InvalidRequest without an identifier, or with one that is no text or empty.
    """

    mobile: str | None = field(default=None, repr=False)
    email: str | None = field(default=None, repr=False)
    external_id: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        given = [value for value in (self.mobile, self.email, self.external_id) if value is not None]
        if not given:
            raise InvalidRequest("a customer needs a mobile, an email or an external_id")
        if not all(isinstance(value, str) and value.strip() for value in given):
            raise InvalidRequest("an identifier of a customer must be a text that is not empty")


def Mobile(number: str) -> Customer:
    """A customer by mobile number: country code first, digits only, as it was registered."""
    return Customer(mobile=number)


def Email(address: str) -> Customer:
    """A customer by e-mail address, as it was registered."""
    return Customer(email=address)


def ExternalId(value: str) -> Customer:
    """A customer by the id in the brand's own systems; leading zeros do not matter (ledger external-id-padding)."""
    return Customer(external_id=value)


@dataclass(frozen=True, slots=True)
class Metadata:
    """Where an issuance came from, for the brand's own records (ledger metadata). Raises InvalidRequest if too long."""

    source_type: str | None = None
    source_id: str | None = None
    source_activity: str | None = None
    notes: str | None = field(default=None, repr=False)
    reason: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        for name, longest in METADATA_LENGTHS.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and len(value) <= longest):
                raise InvalidRequest(f"metadata.{name} must be a text of at most {longest} characters")


@dataclass(frozen=True, slots=True)
class Asked:
    """One issuance as asked for: `count` coupons of series `series_id` to `customer`, at `at` (UTC).

    Raises InvalidRequest for a series_id that is no 64-bit integer or a count that is not 1 to 500.
    """

    series_id: int
    count: int
    customer: Customer
    metadata: Metadata | None
    at: datetime

    def __post_init__(self) -> None:
        if type(self.series_id) is not int or self.series_id not in INT64:
            raise InvalidRequest("series_id must be an integer of 64 bits, the id of one series")
        if type(self.count) is not int or not COUNT_MINIMUM <= self.count <= COUNT_MAXIMUM:
            raise InvalidRequest(f"count must be {COUNT_MINIMUM} to {COUNT_MAXIMUM} coupons; split what is more")
        if not isinstance(self.customer, Customer):
            raise InvalidRequest('customer must be a Customer: Mobile("…"), Email("…") or ExternalId("…")')
        if self.metadata is not None and not isinstance(self.metadata, Metadata):
            raise InvalidRequest("metadata must be a Metadata")
