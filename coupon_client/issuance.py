"""An issuance to request: customer, series, number of coupons, and metadata."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final, Self

from coupon_client.arguments import checked_series_id
from coupon_client.base_errors import InvalidRequest
from coupon_client.contract import COUNT_MAXIMUM, COUNT_MINIMUM, METADATA_LENGTHS
from coupon_client.texts import is_sendable
from coupon_client.value import Hidden, Value


class Customer(Value):
    """A customer by one identifier, or by several that all name the same customer (clause any-identifier).

    Raises InvalidRequest without an identifier, or with one that is empty, not a text, or holds control characters or
    lone surrogates.
    """

    __slots__ = __match_args__ = hidden = ("mobile", "email", "external_id")

    def __init__(self, mobile: str | None = None, email: str | None = None, external_id: str | None = None) -> None:
        given = [value for value in (mobile, email, external_id) if value is not None]
        if not given:
            raise InvalidRequest("a customer needs a mobile, an email or an external_id")
        if not all(isinstance(value, str) and value.strip() for value in given):
            raise InvalidRequest("an identifier of a customer must be a text that is not empty")
        if not all(map(is_sendable, given)):
            raise InvalidRequest("an identifier of a customer must be without lone surrogates and control characters")
        self.mobile: Final = mobile
        self.email: Final = email
        self.external_id: Final = external_id


def Mobile(number: str) -> Customer:
    """Return a customer by mobile number: country code first, digits only, as it was registered."""
    return Customer(mobile=number)


def Email(address: str) -> Customer:
    """Return a customer by e-mail address, as it was registered."""
    return Customer(email=address)


def ExternalId(value: str) -> Customer:
    """Return a customer by the brand's own id; leading zeros are ignored (ledger external-id-padding)."""
    return Customer(external_id=value)


class Metadata(Value):
    """The origin of an issuance, for the brand's own records (ledger metadata).

    Raises InvalidRequest for a text that is too long, or holds lone surrogates or control characters other than tabs
    and line breaks.
    """

    __slots__ = __match_args__ = ("source_type", "source_id", "source_activity", "notes", "reason")
    hidden = __match_args__

    def __init__(
        self,
        source_type: str | None = None,
        source_id: str | None = None,
        source_activity: str | None = None,
        notes: str | None = None,
        reason: str | None = None,
    ) -> None:
        self.source_type: Final = source_type
        self.source_id: Final = source_id
        self.source_activity: Final = source_activity
        self.notes: Final = notes
        self.reason: Final = reason
        for name, longest in METADATA_LENGTHS.items():
            value = getattr(self, name)
            if value is not None and not (isinstance(value, str) and len(value) <= longest):
                raise InvalidRequest(f"metadata.{name} must be a text of at most {longest} characters")
            if value is not None and not is_sendable(value):
                raise InvalidRequest(
                    f"metadata.{name} must be without lone surrogates, and without control characters but tabs and line"
                    " breaks"
                )


class Issuance(Value):
    """One requested issuance: `count` coupons of series `series_id` to `customer`, requested at `at` (UTC).

    Raises InvalidRequest for a series_id that is not a 64-bit integer or a count that is not 1 to 500.
    """

    __slots__ = __match_args__ = ("series_id", "count", "customer", "metadata", "at", "key")

    def __init__(
        self,
        series_id: int,
        count: int,
        customer: Customer,
        metadata: Metadata | None,
        at: datetime,
        key: str | None = None,
    ) -> None:
        if type(count) is not int or not COUNT_MINIMUM <= count <= COUNT_MAXIMUM:
            raise InvalidRequest(f"count must be {COUNT_MINIMUM} to {COUNT_MAXIMUM} coupons; split what is more")
        if metadata is not None and not isinstance(metadata, Metadata):
            raise InvalidRequest("metadata must be a Metadata")
        if not isinstance(at, datetime) or at.tzinfo is None:
            raise InvalidRequest("at must be a datetime with a time zone, such as datetime.now(UTC)")
        if key is not None and not isinstance(key, str):
            raise InvalidRequest("key must be a text")
        self.series_id: Final = checked_series_id(series_id)
        self.count: Final = count
        self.customer: Final = checked_customer(customer)
        self.metadata: Final = metadata
        self.at: Final = at
        self.key: Final = key

    def to_dict(self) -> dict[str, Any]:
        """Return the values in a form that JSON can carry. They identify the customer."""
        own = {name: getattr(self, name) for name in ("series_id", "count", "key")}
        customer = Hidden(_values(self.customer))
        metadata = None if self.metadata is None else Hidden(_values(self.metadata))
        return Hidden(own, at=self.at.isoformat(), customer=customer, metadata=metadata)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        """Return the issuance of `to_dict`."""
        metadata = values["metadata"]
        return cls(
            values["series_id"],
            values["count"],
            Customer(**values["customer"]),
            None if metadata is None else Metadata(**metadata),
            datetime.fromisoformat(values["at"]),
            values["key"],
        )


def checked_customer(customer: Any) -> Customer:
    """Return the customer. Raises InvalidRequest, without the value."""
    if not isinstance(customer, Customer):
        raise InvalidRequest('customer must be a Customer: Mobile("…"), Email("…") or ExternalId("…")')
    return customer


def _values(value: Customer | Metadata) -> dict[str, Any]:
    return {name: getattr(value, name) for name in value.__match_args__}


def request_body(issuance: Issuance) -> bytes:
    """Return the JSON body, with the names of the document. Loads no models: they take longer than the body."""
    fields = {"seriesId": issuance.series_id, "customer": _named(issuance.customer), "count": issuance.count}
    if issuance.metadata is not None:
        fields["metadata"] = _named(issuance.metadata)
    return json.dumps(fields).encode()


def wire_name(field: str) -> str:
    """Return the JSON name of a field: `source_id` as `sourceId`."""
    first, *others = field.split("_")
    return first + "".join(word.capitalize() for word in others)


def _named(value: Customer | Metadata) -> dict[str, str]:
    return {wire_name(name): text for name, text in _values(value).items() if text is not None}
