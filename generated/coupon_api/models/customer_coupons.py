from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.customer_coupons_page import CustomerCouponsPage


T = TypeVar("T", bound="CustomerCoupons")


@_attrs_define
class CustomerCoupons:
    """A page of a customer's coupons.

    Attributes:
        entity (CustomerCouponsPage): The page.
        warnings (list[Any] | Unset): Empty when there is nothing to say; the shape of an item is not documented.
        errors (list[Any] | Unset): Empty when all went well; the shape of an item is not documented.
    """

    entity: CustomerCouponsPage
    warnings: list[Any] | Unset = UNSET
    errors: list[Any] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        entity = self.entity.to_dict()

        warnings: list[Any] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = self.warnings

        errors: list[Any] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = self.errors

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "entity": entity,
            }
        )
        if warnings is not UNSET:
            field_dict["warnings"] = warnings
        if errors is not UNSET:
            field_dict["errors"] = errors

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.customer_coupons_page import CustomerCouponsPage  # noqa: PLC0415

        d = dict(src_dict)
        entity = CustomerCouponsPage.from_dict(d.pop("entity"))

        warnings = cast(list[Any], d.pop("warnings", UNSET))

        errors = cast(list[Any], d.pop("errors", UNSET))

        customer_coupons = cls(
            entity=entity,
            warnings=warnings,
            errors=errors,
        )

        customer_coupons.additional_properties = d
        return customer_coupons

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
