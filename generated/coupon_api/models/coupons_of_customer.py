from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.listed_coupon import ListedCoupon


T = TypeVar("T", bound="CouponsOfCustomer")


@_attrs_define
class CouponsOfCustomer:
    """A customer with a page of coupons.

    Attributes:
        coupons (list[ListedCoupon]): Coupons of the customer.
        id (int | Unset): Id of the customer.
    """

    coupons: list[ListedCoupon]
    id: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        coupons = []
        for coupons_item_data in self.coupons:
            coupons_item = coupons_item_data.to_dict()
            coupons.append(coupons_item)

        id = self.id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "coupons": coupons,
            }
        )
        if id is not UNSET:
            field_dict["id"] = id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.listed_coupon import ListedCoupon  # noqa: PLC0415

        d = dict(src_dict)
        coupons = []
        _coupons = d.pop("coupons")
        for coupons_item_data in _coupons:
            coupons_item = ListedCoupon.from_dict(coupons_item_data)

            coupons.append(coupons_item)

        id = d.pop("id", UNSET)

        coupons_of_customer = cls(
            coupons=coupons,
            id=id,
        )

        coupons_of_customer.additional_properties = d
        return coupons_of_customer

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
