from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.identifier import Identifier
    from ..models.profile_fields import ProfileFields


T = TypeVar("T", bound="CustomerProfile")


@_attrs_define
class CustomerProfile:
    """One profile. A field that was not filled in is there all the same, as an empty text, list or object;
    `x-placeholder` marks these fields.

        Attributes:
            identifiers (list[Identifier]): Identifiers of this profile, among them the one of the request.
            first_name (str | Unset): First name. Nothing is known about how a missing one is written.
            last_name (str | Unset): Last name. Nothing is known about how a missing one is written.
            fields (ProfileFields | Unset): Custom fields of the profile, by name. Empty when there are none.
            all_fields (ProfileFields | Unset): Custom fields of the profile, by name. Empty when there are none.
            comm_channels (list[Any] | Unset): Communication channels. Empty in every documented example, so the shape of an
                item is open.
            user_id (int | Unset): User id of this profile.
            account_id (str | Unset): Account id of this profile, possibly empty.
            auto_update_time (str | Unset): When the profile was last updated automatically: an RFC 3339 date-time with any
                offset. A plain text for
                readers, so that an odd date never hides the coupons beside it.
            identifiers_all (list[Identifier] | Unset): All identifiers of the customer.
    """

    identifiers: list[Identifier]
    first_name: str | Unset = UNSET
    last_name: str | Unset = UNSET
    fields: ProfileFields | Unset = UNSET
    all_fields: ProfileFields | Unset = UNSET
    comm_channels: list[Any] | Unset = UNSET
    user_id: int | Unset = UNSET
    account_id: str | Unset = UNSET
    auto_update_time: str | Unset = UNSET
    identifiers_all: list[Identifier] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        identifiers = []
        for identifiers_item_data in self.identifiers:
            identifiers_item = identifiers_item_data.to_dict()
            identifiers.append(identifiers_item)

        first_name = self.first_name

        last_name = self.last_name

        fields: dict[str, Any] | Unset = UNSET
        if not isinstance(self.fields, Unset):
            fields = self.fields.to_dict()

        all_fields: dict[str, Any] | Unset = UNSET
        if not isinstance(self.all_fields, Unset):
            all_fields = self.all_fields.to_dict()

        comm_channels: list[Any] | Unset = UNSET
        if not isinstance(self.comm_channels, Unset):
            comm_channels = self.comm_channels

        user_id = self.user_id

        account_id = self.account_id

        auto_update_time = self.auto_update_time

        identifiers_all: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.identifiers_all, Unset):
            identifiers_all = []
            for identifiers_all_item_data in self.identifiers_all:
                identifiers_all_item = identifiers_all_item_data.to_dict()
                identifiers_all.append(identifiers_all_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "identifiers": identifiers,
            }
        )
        if first_name is not UNSET:
            field_dict["firstName"] = first_name
        if last_name is not UNSET:
            field_dict["lastName"] = last_name
        if fields is not UNSET:
            field_dict["fields"] = fields
        if all_fields is not UNSET:
            field_dict["allFields"] = all_fields
        if comm_channels is not UNSET:
            field_dict["commChannels"] = comm_channels
        if user_id is not UNSET:
            field_dict["userId"] = user_id
        if account_id is not UNSET:
            field_dict["accountId"] = account_id
        if auto_update_time is not UNSET:
            field_dict["autoUpdateTime"] = auto_update_time
        if identifiers_all is not UNSET:
            field_dict["identifiersAll"] = identifiers_all

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.identifier import Identifier  # noqa: PLC0415
        from ..models.profile_fields import ProfileFields  # noqa: PLC0415

        d = dict(src_dict)
        identifiers = []
        _identifiers = d.pop("identifiers")
        for identifiers_item_data in _identifiers:
            identifiers_item = Identifier.from_dict(identifiers_item_data)

            identifiers.append(identifiers_item)

        first_name = d.pop("firstName", UNSET)

        last_name = d.pop("lastName", UNSET)

        _fields = d.pop("fields", UNSET)
        fields: ProfileFields | Unset
        if isinstance(_fields, Unset):
            fields = UNSET
        else:
            fields = ProfileFields.from_dict(_fields)

        _all_fields = d.pop("allFields", UNSET)
        all_fields: ProfileFields | Unset
        if isinstance(_all_fields, Unset):
            all_fields = UNSET
        else:
            all_fields = ProfileFields.from_dict(_all_fields)

        comm_channels = cast(list[Any], d.pop("commChannels", UNSET))

        user_id = d.pop("userId", UNSET)

        account_id = d.pop("accountId", UNSET)

        auto_update_time = d.pop("autoUpdateTime", UNSET)

        _identifiers_all = d.pop("identifiersAll", UNSET)
        identifiers_all: list[Identifier] | Unset = UNSET
        if _identifiers_all is not UNSET:
            identifiers_all = []
            for identifiers_all_item_data in _identifiers_all:
                identifiers_all_item = Identifier.from_dict(identifiers_all_item_data)

                identifiers_all.append(identifiers_all_item)

        customer_profile = cls(
            identifiers=identifiers,
            first_name=first_name,
            last_name=last_name,
            fields=fields,
            all_fields=all_fields,
            comm_channels=comm_channels,
            user_id=user_id,
            account_id=account_id,
            auto_update_time=auto_update_time,
            identifiers_all=identifiers_all,
        )

        customer_profile.additional_properties = d
        return customer_profile

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
