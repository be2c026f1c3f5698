from enum import IntEnum


class IssuanceWarningCode(IntEnum):
    PARTIAL_SERIES_LIMIT_REACHED = 626
    PARTIAL_CUSTOMER_LIMIT_REACHED = 621
    PARTIAL_ONLY_ONE_COUPON = 679
    PARTIAL_NO_CODES_LEFT = 702
    PARTIAL_SOME_NOT_ISSUED = 678

    def __str__(self) -> str:
        return str(self.value)
