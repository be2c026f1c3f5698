from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.issual_details import IssualDetails


T = TypeVar("T", bound="FoundCoupon")


@_attrs_define
class FoundCoupon:
    """A coupon that was issued.

    Attributes:
        code (str): Code of the coupon, in the letter case of `coupon_code_case`; in upper case by default.
        series_id (int): Id of the series that the coupon was issued from.
        description (str | Unset): Description of the series.
        discount_code (str | Unset): Discount code at the point of sale.
        valid_till (str | Unset): When the coupon expires, in no certain form: Indian servers write
            `2025-12-16T00:00:00Z+05:30`, which is not
            RFC 3339.
        discount_type (str | Unset): How to read `discountValue`; `ABS`, `PERC`, open for more.
        discount_value (float | Unset): Discount, in the currency of the organisation for `ABS`, in percent for `PERC`.
        discount_upto (float | Unset): Largest discount in the currency of the organisation; 0 when there is no limit.
        discount_on (str | Unset): What the discount applies to, for example the whole bill.
        detailed_info (str | Unset): More about the coupon, for people.
        coupon_issual_details (IssualDetails | Unset): The `metadata` of the request that issued the coupon, empty
            without any. Only with `includeIssualDetails`.
    """

    code: str
    series_id: int
    description: str | Unset = UNSET
    discount_code: str | Unset = UNSET
    valid_till: str | Unset = UNSET
    discount_type: str | Unset = UNSET
    discount_value: float | Unset = UNSET
    discount_upto: float | Unset = UNSET
    discount_on: str | Unset = UNSET
    detailed_info: str | Unset = UNSET
    coupon_issual_details: IssualDetails | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        code = self.code

        series_id = self.series_id

        description = self.description

        discount_code = self.discount_code

        valid_till = self.valid_till

        discount_type = self.discount_type

        discount_value = self.discount_value

        discount_upto = self.discount_upto

        discount_on = self.discount_on

        detailed_info = self.detailed_info

        coupon_issual_details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.coupon_issual_details, Unset):
            coupon_issual_details = self.coupon_issual_details.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "code": code,
                "seriesId": series_id,
            }
        )
        if description is not UNSET:
            field_dict["description"] = description
        if discount_code is not UNSET:
            field_dict["discountCode"] = discount_code
        if valid_till is not UNSET:
            field_dict["validTill"] = valid_till
        if discount_type is not UNSET:
            field_dict["discountType"] = discount_type
        if discount_value is not UNSET:
            field_dict["discountValue"] = discount_value
        if discount_upto is not UNSET:
            field_dict["discountUpto"] = discount_upto
        if discount_on is not UNSET:
            field_dict["discountOn"] = discount_on
        if detailed_info is not UNSET:
            field_dict["detailedInfo"] = detailed_info
        if coupon_issual_details is not UNSET:
            field_dict["couponIssualDetails"] = coupon_issual_details

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.issual_details import IssualDetails  # noqa: PLC0415

        d = dict(src_dict)
        code = d.pop("code")

        series_id = d.pop("seriesId")

        description = d.pop("description", UNSET)

        discount_code = d.pop("discountCode", UNSET)

        valid_till = d.pop("validTill", UNSET)

        discount_type = d.pop("discountType", UNSET)

        discount_value = d.pop("discountValue", UNSET)

        discount_upto = d.pop("discountUpto", UNSET)

        discount_on = d.pop("discountOn", UNSET)

        detailed_info = d.pop("detailedInfo", UNSET)

        _coupon_issual_details = d.pop("couponIssualDetails", UNSET)
        coupon_issual_details: IssualDetails | Unset
        if isinstance(_coupon_issual_details, Unset):
            coupon_issual_details = UNSET
        else:
            coupon_issual_details = IssualDetails.from_dict(_coupon_issual_details)

        found_coupon = cls(
            code=code,
            series_id=series_id,
            description=description,
            discount_code=discount_code,
            valid_till=valid_till,
            discount_type=discount_type,
            discount_value=discount_value,
            discount_upto=discount_upto,
            discount_on=discount_on,
            detailed_info=detailed_info,
            coupon_issual_details=coupon_issual_details,
        )

        found_coupon.additional_properties = d
        return found_coupon

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
