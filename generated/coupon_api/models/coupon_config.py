from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.custom_properties import CustomProperties


T = TypeVar("T", bound="CouponConfig")


@_attrs_define
class CouponConfig:
    """Configuration of the series. A field that was not filled in is there all the same, as 0, false, an empty text or
    an empty object; `x-placeholder` marks these fields.

        Attributes:
            custom_property_map (CustomProperties | Unset): Custom properties of the series, by name. Empty when there are
                none.
            id (int | Unset): Id of the configuration; 0 when not filled in.
            description (str | Unset): Description of the series, white space as it was entered.
            discount_code (str | Unset): Discount code at the point of sale; `NO_VALUE` when there is none.
            info (str | Unset): Information about the series for the customer, as it was entered.
            discount_upto (float | Unset): Largest discount in the currency of the organisation; 0 when there is no limit.
            discount_value (float | Unset): Discount, in the currency of the organisation for `ABS`, in percent for `PERC`.
            issue_to_loyalty (bool | Unset): Whether coupons go to members of a loyalty programme.
            num_uploaded_non_issued (int | Unset): Uploaded codes that are still to be issued; 0 when not filled in.
            num_uploaded_total (int | Unset): Codes uploaded so far; 0 when not filled in.
            redemption_valid_after_days (int | Unset): Days between issue and the first redemption; 0 for at once.
            owner_id (int | Unset): Id of the owner of the series; 0 when not filled in.
            owner_validity (int | Unset): End of the owner's validity in epoch milliseconds; 0 for never.
            alpha_numeric (bool | Unset): Whether generated codes hold letters as well as digits.
            short_code_length (int | Unset): Length of the short code in characters; 0 when not filled in.
            random_code_length (int | Unset): Length of the random code in characters; 0 when not filled in.
            fixed_expiry_date (int | Unset): When the coupons expire, in epoch milliseconds; 0 for never.
            num_total (int | Unset): Coupons of the series in all; 0 when not filled in.
            latest_issual_time (int | Unset): When a coupon of the series was last issued, in epoch milliseconds; 0 for
                never.
            latest_redemption_time (int | Unset): When a coupon of the series was last redeemed, in epoch milliseconds; 0
                for never.
            discount_on (str | Unset): What the discount applies to, for example the whole bill. Open for values of
                tomorrow.
            discount_type (str | Unset): How to read `discountValue`. `DiscountType` lists the known values; open for more.
            external_issual (bool | Unset): Whether coupons are issued by another system.
            update_product_data (bool | Unset): Whether product data is updated.
    """

    custom_property_map: CustomProperties | Unset = UNSET
    id: int | Unset = UNSET
    description: str | Unset = UNSET
    discount_code: str | Unset = UNSET
    info: str | Unset = UNSET
    discount_upto: float | Unset = UNSET
    discount_value: float | Unset = UNSET
    issue_to_loyalty: bool | Unset = UNSET
    num_uploaded_non_issued: int | Unset = UNSET
    num_uploaded_total: int | Unset = UNSET
    redemption_valid_after_days: int | Unset = UNSET
    owner_id: int | Unset = UNSET
    owner_validity: int | Unset = UNSET
    alpha_numeric: bool | Unset = UNSET
    short_code_length: int | Unset = UNSET
    random_code_length: int | Unset = UNSET
    fixed_expiry_date: int | Unset = UNSET
    num_total: int | Unset = UNSET
    latest_issual_time: int | Unset = UNSET
    latest_redemption_time: int | Unset = UNSET
    discount_on: str | Unset = UNSET
    discount_type: str | Unset = UNSET
    external_issual: bool | Unset = UNSET
    update_product_data: bool | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        custom_property_map: dict[str, Any] | Unset = UNSET
        if not isinstance(self.custom_property_map, Unset):
            custom_property_map = self.custom_property_map.to_dict()

        id = self.id

        description = self.description

        discount_code = self.discount_code

        info = self.info

        discount_upto = self.discount_upto

        discount_value = self.discount_value

        issue_to_loyalty = self.issue_to_loyalty

        num_uploaded_non_issued = self.num_uploaded_non_issued

        num_uploaded_total = self.num_uploaded_total

        redemption_valid_after_days = self.redemption_valid_after_days

        owner_id = self.owner_id

        owner_validity = self.owner_validity

        alpha_numeric = self.alpha_numeric

        short_code_length = self.short_code_length

        random_code_length = self.random_code_length

        fixed_expiry_date = self.fixed_expiry_date

        num_total = self.num_total

        latest_issual_time = self.latest_issual_time

        latest_redemption_time = self.latest_redemption_time

        discount_on = self.discount_on

        discount_type = self.discount_type

        external_issual = self.external_issual

        update_product_data = self.update_product_data

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update({})
        if custom_property_map is not UNSET:
            field_dict["customPropertyMap"] = custom_property_map
        if id is not UNSET:
            field_dict["id"] = id
        if description is not UNSET:
            field_dict["description"] = description
        if discount_code is not UNSET:
            field_dict["discountCode"] = discount_code
        if info is not UNSET:
            field_dict["info"] = info
        if discount_upto is not UNSET:
            field_dict["discountUpto"] = discount_upto
        if discount_value is not UNSET:
            field_dict["discountValue"] = discount_value
        if issue_to_loyalty is not UNSET:
            field_dict["issueToLoyalty"] = issue_to_loyalty
        if num_uploaded_non_issued is not UNSET:
            field_dict["numUploadedNonIssued"] = num_uploaded_non_issued
        if num_uploaded_total is not UNSET:
            field_dict["numUploadedTotal"] = num_uploaded_total
        if redemption_valid_after_days is not UNSET:
            field_dict["redemptionValidAfterDays"] = redemption_valid_after_days
        if owner_id is not UNSET:
            field_dict["ownerId"] = owner_id
        if owner_validity is not UNSET:
            field_dict["ownerValidity"] = owner_validity
        if alpha_numeric is not UNSET:
            field_dict["alphaNumeric"] = alpha_numeric
        if short_code_length is not UNSET:
            field_dict["shortCodeLength"] = short_code_length
        if random_code_length is not UNSET:
            field_dict["randomCodeLength"] = random_code_length
        if fixed_expiry_date is not UNSET:
            field_dict["fixedExpiryDate"] = fixed_expiry_date
        if num_total is not UNSET:
            field_dict["numTotal"] = num_total
        if latest_issual_time is not UNSET:
            field_dict["latestIssualTime"] = latest_issual_time
        if latest_redemption_time is not UNSET:
            field_dict["latestRedemptionTime"] = latest_redemption_time
        if discount_on is not UNSET:
            field_dict["discountOn"] = discount_on
        if discount_type is not UNSET:
            field_dict["discountType"] = discount_type
        if external_issual is not UNSET:
            field_dict["externalIssual"] = external_issual
        if update_product_data is not UNSET:
            field_dict["updateProductData"] = update_product_data

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.custom_properties import CustomProperties  # noqa: PLC0415

        d = dict(src_dict)
        _custom_property_map = d.pop("customPropertyMap", UNSET)
        custom_property_map: CustomProperties | Unset
        if isinstance(_custom_property_map, Unset):
            custom_property_map = UNSET
        else:
            custom_property_map = CustomProperties.from_dict(_custom_property_map)

        id = d.pop("id", UNSET)

        description = d.pop("description", UNSET)

        discount_code = d.pop("discountCode", UNSET)

        info = d.pop("info", UNSET)

        discount_upto = d.pop("discountUpto", UNSET)

        discount_value = d.pop("discountValue", UNSET)

        issue_to_loyalty = d.pop("issueToLoyalty", UNSET)

        num_uploaded_non_issued = d.pop("numUploadedNonIssued", UNSET)

        num_uploaded_total = d.pop("numUploadedTotal", UNSET)

        redemption_valid_after_days = d.pop("redemptionValidAfterDays", UNSET)

        owner_id = d.pop("ownerId", UNSET)

        owner_validity = d.pop("ownerValidity", UNSET)

        alpha_numeric = d.pop("alphaNumeric", UNSET)

        short_code_length = d.pop("shortCodeLength", UNSET)

        random_code_length = d.pop("randomCodeLength", UNSET)

        fixed_expiry_date = d.pop("fixedExpiryDate", UNSET)

        num_total = d.pop("numTotal", UNSET)

        latest_issual_time = d.pop("latestIssualTime", UNSET)

        latest_redemption_time = d.pop("latestRedemptionTime", UNSET)

        discount_on = d.pop("discountOn", UNSET)

        discount_type = d.pop("discountType", UNSET)

        external_issual = d.pop("externalIssual", UNSET)

        update_product_data = d.pop("updateProductData", UNSET)

        coupon_config = cls(
            custom_property_map=custom_property_map,
            id=id,
            description=description,
            discount_code=discount_code,
            info=info,
            discount_upto=discount_upto,
            discount_value=discount_value,
            issue_to_loyalty=issue_to_loyalty,
            num_uploaded_non_issued=num_uploaded_non_issued,
            num_uploaded_total=num_uploaded_total,
            redemption_valid_after_days=redemption_valid_after_days,
            owner_id=owner_id,
            owner_validity=owner_validity,
            alpha_numeric=alpha_numeric,
            short_code_length=short_code_length,
            random_code_length=random_code_length,
            fixed_expiry_date=fixed_expiry_date,
            num_total=num_total,
            latest_issual_time=latest_issual_time,
            latest_redemption_time=latest_redemption_time,
            discount_on=discount_on,
            discount_type=discount_type,
            external_issual=external_issual,
            update_product_data=update_product_data,
        )

        coupon_config.additional_properties = d
        return coupon_config

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
