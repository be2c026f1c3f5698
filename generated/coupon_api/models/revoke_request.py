from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="RevokeRequest")


@_attrs_define
class RevokeRequest:
    """Coupons to revoke.

    Attributes:
        coupon_codes (list[str]): Codes of the coupons.
        coupon_series_id (int | Unset): Id of the series of the coupons; needed for more than one code.
    """

    coupon_codes: list[str]
    coupon_series_id: int | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        coupon_codes = self.coupon_codes

        coupon_series_id = self.coupon_series_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "couponCodes": coupon_codes,
            }
        )
        if coupon_series_id is not UNSET:
            field_dict["couponSeriesId"] = coupon_series_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        coupon_codes = cast(list[str], d.pop("couponCodes"))

        coupon_series_id = d.pop("couponSeriesId", UNSET)

        revoke_request = cls(
            coupon_codes=coupon_codes,
            coupon_series_id=coupon_series_id,
        )

        revoke_request.additional_properties = d
        return revoke_request

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
