from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="FailedRevocation")


@_attrs_define
class FailedRevocation:
    """A reason and its codes. Two documented examples misspell `errorCode`.

    Attributes:
        error_code (int | Unset): Reason of the codes: 682 coupon not found, 404 code not found, 405 code redeemed.
        error_message (str | Unset): Text of the reason.
        coupon_codes (list[str] | Unset): Codes that were not revoked.
    """

    error_code: int | Unset = UNSET
    error_message: str | Unset = UNSET
    coupon_codes: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        error_code = self.error_code

        error_message = self.error_message

        coupon_codes: list[str] | Unset = UNSET
        if not isinstance(self.coupon_codes, Unset):
            coupon_codes = self.coupon_codes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if error_code is not UNSET:
            field_dict["errorCode"] = error_code
        if error_message is not UNSET:
            field_dict["errorMessage"] = error_message
        if coupon_codes is not UNSET:
            field_dict["couponCodes"] = coupon_codes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        error_code = d.pop("errorCode", UNSET)

        error_message = d.pop("errorMessage", UNSET)

        coupon_codes = cast(list[str], d.pop("couponCodes", UNSET))

        failed_revocation = cls(
            error_code=error_code,
            error_message=error_message,
            coupon_codes=coupon_codes,
        )

        failed_revocation.additional_properties = d
        return failed_revocation

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
