from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="ListedCoupon")


@_attrs_define
class ListedCoupon:
    """A coupon of a customer.

    Attributes:
        id (int): Id of the coupon.
        code (str): Code of the coupon, in the letter case of `coupon_code_case`.
        series_id (int): Id of the series that the coupon was issued from.
        created_date (str | Unset): When the coupon was issued, in no certain form.
    """

    id: int
    code: str
    series_id: int
    created_date: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        code = self.code

        series_id = self.series_id

        created_date = self.created_date

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "code": code,
                "seriesId": series_id,
            }
        )
        if created_date is not UNSET:
            field_dict["createdDate"] = created_date

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        code = d.pop("code")

        series_id = d.pop("seriesId")

        created_date = d.pop("createdDate", UNSET)

        listed_coupon = cls(
            id=id,
            code=code,
            series_id=series_id,
            created_date=created_date,
        )

        listed_coupon.additional_properties = d
        return listed_coupon

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
