"""A class for each documented refusal. Written by `make generate` from spec/openapi.yaml; nothing by hand."""

from typing import ClassVar

from coupon_client.errors import Refused


class CountOutOfRange(Refused):
    """677: The count is above 500, or below 1."""

    documented_code: ClassVar[int | None] = 677
    meaning: ClassVar[str] = "The count is above 500, or below 1."


class CustomerNotFound(Refused):
    """701: No customer has that mobile, e-mail or external id."""

    documented_code: ClassVar[int | None] = 701
    meaning: ClassVar[str] = "No customer has that mobile, e-mail or external id."


class SeriesInvalid(Refused):
    """707: There is no such series, or it is managed externally."""

    documented_code: ClassVar[int | None] = 707
    meaning: ClassVar[str] = "There is no such series, or it is managed externally."


class CustomerHasCoupon(Refused):
    """709: The series allows one coupon per customer, and this customer has it."""

    documented_code: ClassVar[int | None] = 709
    meaning: ClassVar[str] = "The series allows one coupon per customer, and this customer has it."


class CouponExpired(Refused):
    """713: The series, or the coupon, has expired."""

    documented_code: ClassVar[int | None] = 713
    meaning: ClassVar[str] = "The series, or the coupon, has expired."


class MandatoryFieldMissing(Refused):
    """756: A mandatory field is missing, or the count is below 1."""

    documented_code: ClassVar[int | None] = 756
    meaning: ClassVar[str] = "A mandatory field is missing, or the count is below 1."


class SeriesLimitReached(Refused):
    """5001: The series has reached its maximum number of coupons."""

    documented_code: ClassVar[int | None] = 5001
    meaning: ClassVar[str] = "The series has reached its maximum number of coupons."


class CustomerLimitReached(Refused):
    """5002: The customer has reached the maximum number of coupons per customer."""

    documented_code: ClassVar[int | None] = 5002
    meaning: ClassVar[str] = "The customer has reached the maximum number of coupons per customer."


class OnlyOneCoupon(Refused):
    """5004: More than one coupon was asked of a generic series, or of a series with one coupon per customer."""

    documented_code: ClassVar[int | None] = 5004
    meaning: ClassVar[str] = (
        "More than one coupon was asked of a generic series, or of a series with one coupon per customer."
    )


class NoCodesLeft(Refused):
    """5005: The queue of codes for the series is empty."""

    documented_code: ClassVar[int | None] = 5005
    meaning: ClassVar[str] = "The queue of codes for the series is empty."


BY_CODE: dict[int, type[Refused]] = {
    677: CountOutOfRange,
    701: CustomerNotFound,
    707: SeriesInvalid,
    709: CustomerHasCoupon,
    713: CouponExpired,
    756: MandatoryFieldMissing,
    5001: SeriesLimitReached,
    5002: CustomerLimitReached,
    5004: OnlyOneCoupon,
    5005: NoCodesLeft,
}
