from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.coupon import Coupon
    from ..models.coupon_config import CouponConfig
    from ..models.customer import Customer
    from ..models.issuance_error import IssuanceError
    from ..models.issuance_warning import IssuanceWarning


T = TypeVar("T", bound="IssuanceResponse")


@_attrs_define
class IssuanceResponse:
    """Issued, partly issued or refused. Told apart by `coupons`: there when at least one coupon was issued, absent
    when the request was refused, or when its outcome is unknown (see the operation). One flat object on purpose:
    clients generated from a union read an issued answer
    with one unexpected field as a refusal.

        Attributes:
            errors (list[IssuanceError]): Why nothing, or not everything, was issued. Empty when everything was issued.
            coupons (list[Coupon] | Unset): The coupons that were issued, `successCount` of them. Absent when the request
                was refused.
            coupon_config (CouponConfig | Unset): Configuration of the series. A field that was not filled in is there all
                the same, as 0, false, an empty text or
                an empty object; `x-placeholder` marks these fields.
            total_count (int | Unset): Coupons asked for. Equals the request's `count`, or 1 when it was left out.
            failure_count (int | Unset): Coupons asked for and not issued. Equals `totalCount - successCount`.
            success_count (int | Unset): Coupons issued. Equals the length of `coupons`.
            customer (Customer | Unset): The customer that the coupons belong to, the one that the request identified.
            warnings (list[IssuanceWarning] | Unset): May explain a partial success instead of `errors`. Refusals may leave
                it out; a partial-success code here
                contradicts a refusal.
    """

    errors: list[IssuanceError]
    coupons: list[Coupon] | Unset = UNSET
    coupon_config: CouponConfig | Unset = UNSET
    total_count: int | Unset = UNSET
    failure_count: int | Unset = UNSET
    success_count: int | Unset = UNSET
    customer: Customer | Unset = UNSET
    warnings: list[IssuanceWarning] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        errors = []
        for errors_item_data in self.errors:
            errors_item = errors_item_data.to_dict()
            errors.append(errors_item)

        coupons: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.coupons, Unset):
            coupons = []
            for coupons_item_data in self.coupons:
                coupons_item = coupons_item_data.to_dict()
                coupons.append(coupons_item)

        coupon_config: dict[str, Any] | Unset = UNSET
        if not isinstance(self.coupon_config, Unset):
            coupon_config = self.coupon_config.to_dict()

        total_count = self.total_count

        failure_count = self.failure_count

        success_count = self.success_count

        customer: dict[str, Any] | Unset = UNSET
        if not isinstance(self.customer, Unset):
            customer = self.customer.to_dict()

        warnings: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.warnings, Unset):
            warnings = []
            for warnings_item_data in self.warnings:
                warnings_item = warnings_item_data.to_dict()
                warnings.append(warnings_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "errors": errors,
            }
        )
        if coupons is not UNSET:
            field_dict["coupons"] = coupons
        if coupon_config is not UNSET:
            field_dict["couponConfig"] = coupon_config
        if total_count is not UNSET:
            field_dict["totalCount"] = total_count
        if failure_count is not UNSET:
            field_dict["failureCount"] = failure_count
        if success_count is not UNSET:
            field_dict["successCount"] = success_count
        if customer is not UNSET:
            field_dict["customer"] = customer
        if warnings is not UNSET:
            field_dict["warnings"] = warnings

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.coupon import Coupon  # noqa: PLC0415
        from ..models.coupon_config import CouponConfig  # noqa: PLC0415
        from ..models.customer import Customer  # noqa: PLC0415
        from ..models.issuance_error import IssuanceError  # noqa: PLC0415
        from ..models.issuance_warning import IssuanceWarning  # noqa: PLC0415

        d = dict(src_dict)
        errors = []
        _errors = d.pop("errors")
        for errors_item_data in _errors:
            errors_item = IssuanceError.from_dict(errors_item_data)

            errors.append(errors_item)

        _coupons = d.pop("coupons", UNSET)
        coupons: list[Coupon] | Unset = UNSET
        if _coupons is not UNSET:
            coupons = []
            for coupons_item_data in _coupons:
                coupons_item = Coupon.from_dict(coupons_item_data)

                coupons.append(coupons_item)

        _coupon_config = d.pop("couponConfig", UNSET)
        coupon_config: CouponConfig | Unset
        if isinstance(_coupon_config, Unset):
            coupon_config = UNSET
        else:
            coupon_config = CouponConfig.from_dict(_coupon_config)

        total_count = d.pop("totalCount", UNSET)

        failure_count = d.pop("failureCount", UNSET)

        success_count = d.pop("successCount", UNSET)

        _customer = d.pop("customer", UNSET)
        customer: Customer | Unset
        if isinstance(_customer, Unset):
            customer = UNSET
        else:
            customer = Customer.from_dict(_customer)

        _warnings = d.pop("warnings", UNSET)
        warnings: list[IssuanceWarning] | Unset = UNSET
        if _warnings is not UNSET:
            warnings = []
            for warnings_item_data in _warnings:
                warnings_item = IssuanceWarning.from_dict(warnings_item_data)

                warnings.append(warnings_item)

        issuance_response = cls(
            errors=errors,
            coupons=coupons,
            coupon_config=coupon_config,
            total_count=total_count,
            failure_count=failure_count,
            success_count=success_count,
            customer=customer,
            warnings=warnings,
        )

        issuance_response.additional_properties = d
        return issuance_response

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
