"""Contains all the data models used in inputs/outputs"""

from .access_token import AccessToken
from .coupon import Coupon
from .coupon_config import CouponConfig
from .coupons_of_customer import CouponsOfCustomer
from .custom_properties import CustomProperties
from .customer import Customer
from .customer_coupons import CustomerCoupons
from .customer_coupons_entity import CustomerCouponsEntity
from .customer_coupons_entity_pagination import CustomerCouponsEntityPagination
from .customer_profile import CustomerProfile
from .customer_reference import CustomerReference
from .discount_type import DiscountType
from .found_coupon import FoundCoupon
from .found_coupon_coupon_issual_details import FoundCouponCouponIssualDetails
from .found_coupons import FoundCoupons
from .identifier import Identifier
from .issuance_error import IssuanceError
from .issuance_error_code import IssuanceErrorCode
from .issuance_metadata import IssuanceMetadata
from .issuance_request import IssuanceRequest
from .issuance_response import IssuanceResponse
from .issuance_warning import IssuanceWarning
from .issuance_warning_code import IssuanceWarningCode
from .listed_coupon import ListedCoupon
from .profile_fields import ProfileFields
from .revoke_request import RevokeRequest
from .revoked_coupons import RevokedCoupons
from .revoked_coupons_entity import RevokedCouponsEntity
from .revoked_coupons_entity_failed_to_revoke_item import (
    RevokedCouponsEntityFailedToRevokeItem,
)
from .revoked_coupons_entity_revoked_coupons_item import (
    RevokedCouponsEntityRevokedCouponsItem,
)
from .token_request import TokenRequest
from .token_response import TokenResponse

__all__ = (
    "AccessToken",
    "Coupon",
    "CouponConfig",
    "CouponsOfCustomer",
    "Customer",
    "CustomerCoupons",
    "CustomerCouponsEntity",
    "CustomerCouponsEntityPagination",
    "CustomerProfile",
    "CustomerReference",
    "CustomProperties",
    "DiscountType",
    "FoundCoupon",
    "FoundCouponCouponIssualDetails",
    "FoundCoupons",
    "Identifier",
    "IssuanceError",
    "IssuanceErrorCode",
    "IssuanceMetadata",
    "IssuanceRequest",
    "IssuanceResponse",
    "IssuanceWarning",
    "IssuanceWarningCode",
    "ListedCoupon",
    "ProfileFields",
    "RevokedCoupons",
    "RevokedCouponsEntity",
    "RevokedCouponsEntityFailedToRevokeItem",
    "RevokedCouponsEntityRevokedCouponsItem",
    "RevokeRequest",
    "TokenRequest",
    "TokenResponse",
)
