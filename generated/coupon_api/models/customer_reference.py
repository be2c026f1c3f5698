from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CustomerReference")


@_attrs_define
class CustomerReference:
    """The customer, by at least one identifier.

    Attributes:
        mobile (str | Unset): Mobile number with country code, digits only, as it was registered.
        email (str | Unset): E-mail address as it was registered.
        external_id (str | Unset): Id of the customer in the brand's own systems. May come back padded with leading
            zeros; compare after
            stripping them.
    """

    mobile: str | Unset = UNSET
    email: str | Unset = UNSET
    external_id: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        mobile = self.mobile

        email = self.email

        external_id = self.external_id

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if mobile is not UNSET:
            field_dict["mobile"] = mobile
        if email is not UNSET:
            field_dict["email"] = email
        if external_id is not UNSET:
            field_dict["externalId"] = external_id

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        mobile = d.pop("mobile", UNSET)

        email = d.pop("email", UNSET)

        external_id = d.pop("externalId", UNSET)

        customer_reference = cls(
            mobile=mobile,
            email=email,
            external_id=external_id,
        )

        customer_reference.additional_properties = d
        return customer_reference

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
