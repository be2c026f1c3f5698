from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.failed_revocation import FailedRevocation
    from ..models.revoked_coupon import RevokedCoupon


T = TypeVar("T", bound="Revocation")


@_attrs_define
class Revocation:
    """The result.

    Attributes:
        total_count (int | Unset): How many coupons were asked for.
        failed_count (int | Unset): How many of these coupons were not revoked.
        revoked_coupons (list[RevokedCoupon] | Unset): Coupons that were revoked.
        failed_to_revoke (list[FailedRevocation] | Unset): Codes that were not revoked, by reason.
    """

    total_count: int | Unset = UNSET
    failed_count: int | Unset = UNSET
    revoked_coupons: list[RevokedCoupon] | Unset = UNSET
    failed_to_revoke: list[FailedRevocation] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        total_count = self.total_count

        failed_count = self.failed_count

        revoked_coupons: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.revoked_coupons, Unset):
            revoked_coupons = []
            for revoked_coupons_item_data in self.revoked_coupons:
                revoked_coupons_item = revoked_coupons_item_data.to_dict()
                revoked_coupons.append(revoked_coupons_item)

        failed_to_revoke: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.failed_to_revoke, Unset):
            failed_to_revoke = []
            for failed_to_revoke_item_data in self.failed_to_revoke:
                failed_to_revoke_item = failed_to_revoke_item_data.to_dict()
                failed_to_revoke.append(failed_to_revoke_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if total_count is not UNSET:
            field_dict["totalCount"] = total_count
        if failed_count is not UNSET:
            field_dict["failedCount"] = failed_count
        if revoked_coupons is not UNSET:
            field_dict["revokedCoupons"] = revoked_coupons
        if failed_to_revoke is not UNSET:
            field_dict["failedToRevoke"] = failed_to_revoke

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.failed_revocation import FailedRevocation  # noqa: PLC0415
        from ..models.revoked_coupon import RevokedCoupon  # noqa: PLC0415

        d = dict(src_dict)
        total_count = d.pop("totalCount", UNSET)

        failed_count = d.pop("failedCount", UNSET)

        _revoked_coupons = d.pop("revokedCoupons", UNSET)
        revoked_coupons: list[RevokedCoupon] | Unset = UNSET
        if _revoked_coupons is not UNSET:
            revoked_coupons = []
            for revoked_coupons_item_data in _revoked_coupons:
                revoked_coupons_item = RevokedCoupon.from_dict(
                    revoked_coupons_item_data
                )

                revoked_coupons.append(revoked_coupons_item)

        _failed_to_revoke = d.pop("failedToRevoke", UNSET)
        failed_to_revoke: list[FailedRevocation] | Unset = UNSET
        if _failed_to_revoke is not UNSET:
            failed_to_revoke = []
            for failed_to_revoke_item_data in _failed_to_revoke:
                failed_to_revoke_item = FailedRevocation.from_dict(
                    failed_to_revoke_item_data
                )

                failed_to_revoke.append(failed_to_revoke_item)

        revocation = cls(
            total_count=total_count,
            failed_count=failed_count,
            revoked_coupons=revoked_coupons,
            failed_to_revoke=failed_to_revoke,
        )

        revocation.additional_properties = d
        return revocation

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
