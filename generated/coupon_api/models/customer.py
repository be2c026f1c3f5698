from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.customer_profile import CustomerProfile


T = TypeVar("T", bound="Customer")


@_attrs_define
class Customer:
    """The customer that the coupons belong to, the one that the request identified.

    Attributes:
        id (int): Id of the customer, the one that `GET /v2/coupon` takes in `issuedToIds`.
        profiles (list[CustomerProfile]): Profiles of the customer, one per account.
    """

    id: int
    profiles: list[CustomerProfile]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        profiles = []
        for profiles_item_data in self.profiles:
            profiles_item = profiles_item_data.to_dict()
            profiles.append(profiles_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "profiles": profiles,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.customer_profile import CustomerProfile  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        profiles = []
        _profiles = d.pop("profiles")
        for profiles_item_data in _profiles:
            profiles_item = CustomerProfile.from_dict(profiles_item_data)

            profiles.append(profiles_item)

        customer = cls(
            id=id,
            profiles=profiles,
        )

        customer.additional_properties = d
        return customer

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
