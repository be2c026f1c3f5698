from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.coupons_of_customer import CouponsOfCustomer
    from ..models.pagination import Pagination


T = TypeVar("T", bound="CustomerCouponsPage")


@_attrs_define
class CustomerCouponsPage:
    """The page.

    Attributes:
        pagination (Pagination): Where the page stands.
        customers (list[CouponsOfCustomer]): The customer.
    """

    pagination: Pagination
    customers: list[CouponsOfCustomer]
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        pagination = self.pagination.to_dict()

        customers = []
        for customers_item_data in self.customers:
            customers_item = customers_item_data.to_dict()
            customers.append(customers_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "pagination": pagination,
                "customers": customers,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coupons_of_customer import CouponsOfCustomer  # noqa: PLC0415
        from ..models.pagination import Pagination  # noqa: PLC0415

        d = dict(src_dict)
        pagination = Pagination.from_dict(d.pop("pagination"))

        customers = []
        _customers = d.pop("customers")
        for customers_item_data in _customers:
            customers_item = CouponsOfCustomer.from_dict(customers_item_data)

            customers.append(customers_item)

        customer_coupons_page = cls(
            pagination=pagination,
            customers=customers,
        )

        customer_coupons_page.additional_properties = d
        return customer_coupons_page

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
