"""The lists of codes in the document are those of spec/codes.toml."""

import re
from typing import Any

import pytest
import yaml
from attrs import evolve

from coupon_contract import spec
from scripts import generate
from scripts.code_lists import code_lists, with_code_lists

TEXT = spec.DOCUMENT.read_text("utf-8")
PAUSED = evolve(spec.error_table()[0], code=5007, partial_code=680, name="SERIES_PAUSED", when='Paused: "yes"')


def schemas_after(monkeypatch: pytest.MonkeyPatch, *rows: spec.ErrorRow) -> dict[str, Any]:
    """Return the schemas of the document as they are once these rows are documented."""
    monkeypatch.setattr(spec, "error_table", lambda: rows)
    schemas: dict[str, Any] = yaml.safe_load(with_code_lists(TEXT))["components"]["schemas"]
    return schemas


def test_a_row_of_both_columns_comes_into_every_list(monkeypatch: pytest.MonkeyPatch) -> None:
    schemas = schemas_after(monkeypatch, *spec.error_table(), PAUSED)
    errors, warnings = schemas["IssuanceErrorCode"], schemas["IssuanceWarningCode"]
    members = ("enum", "x-enum-varnames", "x-enum-descriptions")

    assert [errors[member][-1] for member in members] == [5007, "SERIES_PAUSED", 'Paused: "yes"']
    assert [warnings[member][-1] for member in members] == [680, "PARTIAL_SERIES_PAUSED", 'Paused: "yes"']
    assert errors["x-error-table"][-1]["partialCode"] == 680


def test_a_row_without_a_partial_code_is_no_warning(monkeypatch: pytest.MonkeyPatch) -> None:
    schemas = schemas_after(monkeypatch, evolve(PAUSED, partial_code=None))

    assert schemas["IssuanceErrorCode"]["enum"] == [5007]
    assert schemas["IssuanceWarningCode"]["enum"] == []


def test_only_the_blocks_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spec, "error_table", lambda: (PAUSED,))
    outside = re.compile(r"# begin.*?# end", re.DOTALL)

    assert outside.sub("", with_code_lists(TEXT)) == outside.sub("", TEXT)


def test_codes_of_one_meaning_share_an_entry() -> None:
    listed = code_lists((), spec.platform_codes())["IssuanceErrorCode"]["x-platform-codes"]

    assert {
        "codes": [700, 731],
        "meaning": "a success text, in the list of errors",
        "withoutCoupons": "issued",
    } in listed


@pytest.mark.parametrize("mark", ["# begin IssuanceErrorCode", "# end IssuanceWarningCode"])
def test_a_lost_mark_is_an_error(mark: str) -> None:
    with pytest.raises(LookupError, match="marks of blocks: expected"):
        with_code_lists(TEXT.replace(mark, "#"))


def test_a_list_that_was_edited_by_hand_is_stale(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    edited = tmp_path / "openapi.yaml"
    edited.write_text(TEXT.replace("- COUNT_OUT_OF_RANGE", "- TOO_MANY"), "utf-8")
    monkeypatch.setattr(generate, "DOCUMENT", edited)

    assert generate.written()[edited] == TEXT
