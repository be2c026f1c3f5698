from enum import StrEnum


class DiscountType(StrEnum):
    ABS = "ABS"
    PERC = "PERC"

    def __str__(self) -> str:
        return str(self.value)
