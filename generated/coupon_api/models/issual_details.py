from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="IssualDetails")


@_attrs_define
class IssualDetails:
    """The `metadata` of the request that issued the coupon, empty without any. Only with `includeIssualDetails`.

    Attributes:
        source_type (str | Unset): Category of the source.
        source_id (str | Unset): Reference of the source; a client can put its key here.
        source_activity (str | Unset): Event at the source.
        notes (str | Unset): Free text.
        reason (str | Unset): Free text.
    """

    source_type: str | Unset = UNSET
    source_id: str | Unset = UNSET
    source_activity: str | Unset = UNSET
    notes: str | Unset = UNSET
    reason: str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        source_type = self.source_type

        source_id = self.source_id

        source_activity = self.source_activity

        notes = self.notes

        reason = self.reason

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if source_type is not UNSET:
            field_dict["sourceType"] = source_type
        if source_id is not UNSET:
            field_dict["sourceId"] = source_id
        if source_activity is not UNSET:
            field_dict["sourceActivity"] = source_activity
        if notes is not UNSET:
            field_dict["notes"] = notes
        if reason is not UNSET:
            field_dict["reason"] = reason

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        source_type = d.pop("sourceType", UNSET)

        source_id = d.pop("sourceId", UNSET)

        source_activity = d.pop("sourceActivity", UNSET)

        notes = d.pop("notes", UNSET)

        reason = d.pop("reason", UNSET)

        issual_details = cls(
            source_type=source_type,
            source_id=source_id,
            source_activity=source_activity,
            notes=notes,
            reason=reason,
        )

        issual_details.additional_properties = d
        return issual_details

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
