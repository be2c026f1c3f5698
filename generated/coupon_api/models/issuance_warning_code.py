from enum import IntEnum


class IssuanceWarningCode(IntEnum):
    SERIES_LIMIT_REACHED = 626
    CUSTOMER_LIMIT_REACHED = 621
    ONLY_ONE_COUPON = 679
    NO_CODES_LEFT = 702
    SOME_NOT_ISSUED = 678

    def __str__(self) -> str:
        return str(self.value)
