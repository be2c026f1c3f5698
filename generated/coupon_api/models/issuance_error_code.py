from enum import IntEnum


class IssuanceErrorCode(IntEnum):
    COUNT_OUT_OF_RANGE = 677
    CUSTOMER_NOT_FOUND = 701
    SERIES_INVALID = 707
    CUSTOMER_HAS_COUPON = 709
    COUPON_EXPIRED = 713
    MANDATORY_FIELD_MISSING = 756
    SERIES_LIMIT_REACHED = 5001
    CUSTOMER_LIMIT_REACHED = 5002
    ONLY_ONE_COUPON = 5004
    NO_CODES_LEFT = 5005
    SOME_NOT_ISSUED = 5006

    def __str__(self) -> str:
        return str(self.value)
