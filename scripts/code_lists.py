"""The lists of codes in openapi.yaml, written from spec/codes.toml between marks."""

from itertools import groupby
from typing import Any

from coupon_contract import spec
from coupon_contract.spec import ErrorRow, PlatformCode
from scripts.yaml_blocks import OnOneLine, with_blocks

Json = Any
PARTIAL = "PARTIAL_"  # of names in the second column: Go has one name space for the values of all lists


def with_code_lists(text: str) -> str:
    """Return the text of the document with its lists of codes as codes.toml has them. Raises LookupError."""
    return with_blocks(text, code_lists(spec.error_table(), spec.platform_codes()))


def code_lists(rows: tuple[ErrorRow, ...], others: tuple[PlatformCode, ...]) -> dict[str, Json]:
    """Return the generated members of each schema of codes, by its name."""
    partial = [(row, row.partial_code) for row in rows if row.partial_code is not None]
    return {
        "IssuanceErrorCode": {
            "enum": OnOneLine(row.code for row in rows),
            "x-enum-varnames": [row.name for row in rows],
            "x-enum-descriptions": [row.when for row in rows],
            "x-error-table": [_documented(row) for row in rows],
            "x-platform-codes": [
                {"codes": OnOneLine(other.code for other in group), "meaning": meaning, "withoutCoupons": proof}
                for (meaning, proof), group in groupby(others, lambda other: (other.meaning, other.without_coupons))
            ],
        },
        "IssuanceWarningCode": {
            "enum": OnOneLine(code for _, code in partial),
            "x-enum-varnames": [PARTIAL + row.name for row, _ in partial],
            "x-enum-descriptions": [row.when for row, _ in partial],
        },
    }


def _documented(row: ErrorRow) -> Json:
    return {
        "code": row.code,
        "partialCode": row.partial_code,
        "withoutCoupons": row.without_coupons,
        "name": row.name,
        "when": row.when,
        "messages": list(row.messages),
    }
