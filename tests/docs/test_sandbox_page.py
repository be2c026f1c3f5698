"""The table of failures on purpose in docs/sandbox.md holds every field of the hazards, with its values."""

import re
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from msgspec import Struct

from coupon_contract.paths import ROOT
from coupon_contract.sandbox.hazards import Hazards, Lists

PAGE = ROOT / "docs" / "sandbox.md"


def rows() -> dict[str, str]:
    """Return the values of each field, by its name in the table."""
    section = PAGE.read_text(encoding="utf-8").partition("### Failures on purpose")[2].partition("\n###")[0]
    table = re.findall(r"^\| (`[^|]*) \| ([^|]*) \| [^|]+ \|$", section, re.M)
    return {name: values for names, values in table for name in re.findall("`([^`]*)`", names)}


def literals(kind: Any) -> set[str]:
    """Return the texts that a type allows, also as one of several types."""
    if get_origin(kind) is Literal:
        return {value for value in get_args(kind) if value is not None}
    return set().union(*map(literals, get_args(kind)))


def fields(kind: type[Struct], prefix: str = "") -> dict[str, set[str]]:
    hints = get_type_hints(kind, include_extras=True)
    return {f"{prefix}{name}": literals(hints[name]) for name in kind.__struct_fields__}


FIELDS = fields(Hazards) | fields(Lists, "lists.")


def test_every_field_is_in_the_table_and_no_other() -> None:
    assert set(rows()) == set(FIELDS)


@pytest.mark.parametrize("name", [name for name, values in FIELDS.items() if values])
def test_every_value_of_a_field_is_in_its_row_and_no_other(name: str) -> None:
    assert set(re.findall("`([^`]*)`", rows()[name])) == FIELDS[name]
