from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.customer_reference import CustomerReference
    from ..models.issuance_metadata import IssuanceMetadata


T = TypeVar("T", bound="IssuanceRequest")


@_attrs_define
class IssuanceRequest:
    """One issuance. Fields that are not listed here are ignored or refused with HTTP 400.

    Attributes:
        series_id (int): Id of the one coupon series to issue from. Series that are externally managed or belong to a
            third party
            count as invalid (707). The documentation's table calls the field `seriesIds`; that name is the sibling
            operation's, and here it means that `seriesId` is missing.
        customer (CustomerReference): The customer, by at least one identifier.
        count (int | Unset): How many coupons to issue, 1 to 500. When left out, 1.
        metadata (IssuanceMetadata | Unset): Tracking and auditing information, for the brand's own records.
    """

    series_id: int
    customer: CustomerReference
    count: int | Unset = UNSET
    metadata: IssuanceMetadata | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        series_id = self.series_id

        customer = self.customer.to_dict()

        count = self.count

        metadata: dict[str, Any] | Unset = UNSET
        if not isinstance(self.metadata, Unset):
            metadata = self.metadata.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "seriesId": series_id,
                "customer": customer,
            }
        )
        if count is not UNSET:
            field_dict["count"] = count
        if metadata is not UNSET:
            field_dict["metadata"] = metadata

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.customer_reference import CustomerReference  # noqa: PLC0415
        from ..models.issuance_metadata import IssuanceMetadata  # noqa: PLC0415

        d = dict(src_dict)
        series_id = d.pop("seriesId")

        customer = CustomerReference.from_dict(d.pop("customer"))

        count = d.pop("count", UNSET)

        _metadata = d.pop("metadata", UNSET)
        metadata: IssuanceMetadata | Unset
        if isinstance(_metadata, Unset):
            metadata = UNSET
        else:
            metadata = IssuanceMetadata.from_dict(_metadata)

        issuance_request = cls(
            series_id=series_id,
            customer=customer,
            count=count,
            metadata=metadata,
        )

        issuance_request.additional_properties = d
        return issuance_request

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
