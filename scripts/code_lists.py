"""The lists of codes in openapi.yaml, written from spec/codes.toml between marks."""

import re
from itertools import groupby
from typing import Any

import yaml

from coupon_contract import spec
from coupon_contract.spec import ErrorRow, PlatformCode

Json = Any
BLOCK = re.compile(
    r"^(?P<indent> *)# begin (?P<list>\w+): written by `make generate` from codes\.toml\n"
    r".*?"
    r"^(?P=indent)# end (?P=list)\n",
    re.DOTALL | re.MULTILINE,
)
WIDTH = 120  # columns
PARTIAL = "PARTIAL_"  # of names in the second column: Go has one name space for the values of all lists


class _Numbers(list[int]):
    """A list that is written on one line."""


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, indentless=False)


_Dumper.add_representer(
    _Numbers, lambda dumper, numbers: dumper.represent_sequence("tag:yaml.org,2002:seq", numbers, flow_style=True)
)


def with_code_lists(text: str) -> str:
    """Return the text of the document with its lists of codes as codes.toml has them.

    Raises LookupError for a block of a list that does not exist, or a list without a block.
    """
    lists = code_lists(spec.error_table(), spec.platform_codes())
    blocks = [block["list"] for block in BLOCK.finditer(text)]
    if sorted(blocks) != sorted(lists):
        raise LookupError(f"openapi.yaml: blocks of codes: expected {sorted(lists)}, has {sorted(blocks)}")
    return BLOCK.sub(lambda block: _block(block, lists[block["list"]]), text)


def code_lists(rows: tuple[ErrorRow, ...], others: tuple[PlatformCode, ...]) -> dict[str, Json]:
    """Return the generated members of each schema of codes, by its name."""
    partial = [(row, row.partial_code) for row in rows if row.partial_code is not None]
    return {
        "IssuanceErrorCode": {
            "enum": _Numbers(row.code for row in rows),
            "x-enum-varnames": [row.name for row in rows],
            "x-enum-descriptions": [row.when for row in rows],
            "x-error-table": [_documented(row) for row in rows],
            "x-platform-codes": [
                {"codes": _Numbers(other.code for other in group), "meaning": meaning, "withoutCoupons": proof}
                for (meaning, proof), group in groupby(others, lambda other: (other.meaning, other.without_coupons))
            ],
        },
        "IssuanceWarningCode": {
            "enum": _Numbers(code for _, code in partial),
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


def _block(block: re.Match[str], members: Json) -> str:
    indent = block["indent"]
    first, *_, last = block[0].splitlines(keepends=True)
    written = yaml.dump(members, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH - len(indent))
    return first + "".join(indent + line for line in written.splitlines(keepends=True)) + last
