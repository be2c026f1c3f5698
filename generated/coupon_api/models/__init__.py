"""Contains all the data models used in inputs/outputs"""

from .access_token import AccessToken
from .coupon import Coupon
from .coupon_config import CouponConfig
from .coupons_of_customer import CouponsOfCustomer
from .custom_properties import CustomProperties
from .customer import Customer
from .customer_coupons import CustomerCoupons
from .customer_coupons_page import CustomerCouponsPage
from .customer_profile import CustomerProfile
from .customer_reference import CustomerReference
from .discount_type import DiscountType
from .failed_revocation import FailedRevocation
from .found_coupon import FoundCoupon
from .found_coupons import FoundCoupons
from .identifier import Identifier
from .issual_details import IssualDetails
from .issuance_error import IssuanceError
from .issuance_error_code import IssuanceErrorCode
from .issuance_metadata import IssuanceMetadata
from .issuance_request import IssuanceRequest
from .issuance_response import IssuanceResponse
from .issuance_warning import IssuanceWarning
from .issuance_warning_code import IssuanceWarningCode
from .listed_coupon import ListedCoupon
from .pagination import Pagination
from .profile_fields import ProfileFields
from .revocation import Revocation
from .revoke_request import RevokeRequest
from .revoked_coupon import RevokedCoupon
from .revoked_coupons import RevokedCoupons
from .token_request import TokenRequest
from .token_response import TokenResponse

__all__ = (
    "AccessToken",
    "Coupon",
    "CouponConfig",
    "CouponsOfCustomer",
    "Customer",
    "CustomerCoupons",
    "CustomerCouponsPage",
    "CustomerProfile",
    "CustomerReference",
    "CustomProperties",
    "DiscountType",
    "FailedRevocation",
    "FoundCoupon",
    "FoundCoupons",
    "Identifier",
    "IssualDetails",
    "IssuanceError",
    "IssuanceErrorCode",
    "IssuanceMetadata",
    "IssuanceRequest",
    "IssuanceResponse",
    "IssuanceWarning",
    "IssuanceWarningCode",
    "ListedCoupon",
    "Pagination",
    "ProfileFields",
    "Revocation",
    "RevokedCoupon",
    "RevokedCoupons",
    "RevokeRequest",
    "TokenRequest",
    "TokenResponse",
)
