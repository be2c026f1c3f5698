from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RevokedCoupon")


@_attrs_define
class RevokedCoupon:
    """A revoked coupon.

    Attributes:
        coupon_code (str): Code of the coupon.
        coupon_id (int | Unset): Id of the coupon.
        issued_to_user_id (int | Unset): Id of the customer who had the coupon.
    """

    coupon_code: str
    coupon_id: int | Unset = UNSET
    issued_to_user_id: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        coupon_code = self.coupon_code

        coupon_id = self.coupon_id

        issued_to_user_id = self.issued_to_user_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "couponCode": coupon_code,
            }
        )
        if coupon_id is not UNSET:
            field_dict["couponId"] = coupon_id
        if issued_to_user_id is not UNSET:
            field_dict["issuedToUserId"] = issued_to_user_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        coupon_code = d.pop("couponCode")

        coupon_id = d.pop("couponId", UNSET)

        issued_to_user_id = d.pop("issuedToUserId", UNSET)

        revoked_coupon = cls(
            coupon_code=coupon_code,
            coupon_id=coupon_id,
            issued_to_user_id=issued_to_user_id,
        )

        revoked_coupon.additional_properties = d
        return revoked_coupon

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
