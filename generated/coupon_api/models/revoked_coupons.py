from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.revocation import Revocation


T = TypeVar("T", bound="RevokedCoupons")


@_attrs_define
class RevokedCoupons:
    """The result of revoking. One documented example lacks `entity` and has its members at the top.

    Attributes:
        entity (Revocation | Unset): The result.
        warnings (list[Any] | Unset): Empty when there is nothing to say; the shape of an item is not documented.
        errors (list[Any] | Unset): Empty when the request was processed; the shape of an item is not documented.
        success (bool | Unset): Whether the request was processed.
    """

    entity: Revocation | Unset = UNSET
    warnings: list[Any] | Unset = UNSET
    errors: list[Any] | Unset = UNSET
    success: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        entity: dict[str, Any] | Unset = UNSET
        if not isinstance(self.entity, Unset):
            entity = self.entity.to_dict()

        warnings: list[Any] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = self.warnings

        errors: list[Any] | Unset = UNSET
        if not isinstance(self.errors, Unset):
            errors = self.errors

        success = self.success

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if entity is not UNSET:
            field_dict["entity"] = entity
        if warnings is not UNSET:
            field_dict["warnings"] = warnings
        if errors is not UNSET:
            field_dict["errors"] = errors
        if success is not UNSET:
            field_dict["success"] = success

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.revocation import Revocation  # noqa: PLC0415

        d = dict(src_dict)
        _entity = d.pop("entity", UNSET)
        entity: Revocation | Unset
        if isinstance(_entity, Unset):
            entity = UNSET
        else:
            entity = Revocation.from_dict(_entity)

        warnings = cast(list[Any], d.pop("warnings", UNSET))

        errors = cast(list[Any], d.pop("errors", UNSET))

        success = d.pop("success", UNSET)

        revoked_coupons = cls(
            entity=entity,
            warnings=warnings,
            errors=errors,
            success=success,
        )

        revoked_coupons.additional_properties = d
        return revoked_coupons

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
