"""Contains all the data models used in inputs/outputs"""

from .access_token import AccessToken
from .coupon import Coupon
from .coupon_config import CouponConfig
from .custom_properties import CustomProperties
from .customer import Customer
from .customer_profile import CustomerProfile
from .customer_reference import CustomerReference
from .discount_type import DiscountType
from .found_coupon import FoundCoupon
from .found_coupons import FoundCoupons
from .identifier import Identifier
from .issuance_error import IssuanceError
from .issuance_error_code import IssuanceErrorCode
from .issuance_metadata import IssuanceMetadata
from .issuance_request import IssuanceRequest
from .issuance_response import IssuanceResponse
from .issuance_warning import IssuanceWarning
from .issuance_warning_code import IssuanceWarningCode
from .profile_fields import ProfileFields
from .token_request import TokenRequest
from .token_response import TokenResponse

__all__ = (
    "AccessToken",
    "Coupon",
    "CouponConfig",
    "Customer",
    "CustomerProfile",
    "CustomerReference",
    "CustomProperties",
    "DiscountType",
    "FoundCoupon",
    "FoundCoupons",
    "Identifier",
    "IssuanceError",
    "IssuanceErrorCode",
    "IssuanceMetadata",
    "IssuanceRequest",
    "IssuanceResponse",
    "IssuanceWarning",
    "IssuanceWarningCode",
    "ProfileFields",
    "TokenRequest",
    "TokenResponse",
)
