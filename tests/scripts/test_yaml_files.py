"""Every YAML file means the same to readers of YAML 1.1 and of YAML 1.2."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from coupon_contract import spec
from scripts import node, yaml_files

Json = Any
ROOT = spec.DIRECTORY.parent
SOURCES = sorted(
    path
    for folder in (spec.DIRECTORY, ROOT / "contract_tests", ROOT / "coupon_contract")
    for path in folder.rglob("*.yaml")
    if spec.DIRECTORY / "releases" not in path.parents
)
# Text that some reader takes for a number, a truth value, nothing, a date, a key or a structure when it is not quoted.
TRAPS = [
    *("000003873472", "007", "010", "089", "7", "-7", "+7", "1_000", "0b11", "0o17", "0x1f", "-0x1F", "9" * 30),
    *("1e3", "1E3", "1.5", ".5", "5.", "1.e+3", "-1e-3", ".inf", "-.Inf", "+.INF", ".nan", ".NaN"),
    *("yes", "No", "ON", "off", "y", "N", "true", "False", "TRUE", "null", "Null", "NULL", "~", "", "=", "<<"),
    *("12:30", "1:2:3.4", "2026-11-27", "2026-11-27T10:00:00Z", "2026-11-27 10:00:00 +01:00"),
    *("- a", "? a", "a: b", "a #b", "#a", "&a", "*a", "!a", "!!str 1", "|", ">", "%YAML 1.1", "@a", "`a`", "{a", "[a"),
    *("---", "...", "--- a", "'", '"', "\\", "\\x41", ",", ":", "-", "?", " a", "a ", "\ta", "a\t"),
    *("a\nb", "a\n", "\na", "a\n\n  b\n", "a\r\nb", "a\rb", "a\x85b", "a\u2028b", "a\u2029b", "\ufeffa"),
    *("\0", "\x07", "\x1b", "\x7f", "\x80", "é", "😀", "\ue000", "word " * 60),
]


@pytest.fixture(scope="module")
def trapped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file in which each trap is written as a value, as an item and as a key."""
    path = tmp_path_factory.mktemp("yaml") / "traps.yaml"
    path.write_text(yaml_files.written({"items": TRAPS, "keys": {text: text for text in TRAPS}}), "utf-8", newline="")
    return path


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_written_text_stays_text(trapped: Path, version: str) -> None:
    read = yaml_files.read_as_1_2 if version == "1.2" else lambda path: yaml.safe_load(path.read_bytes())

    assert read(trapped) == {"items": TRAPS, "keys": {text: text for text in TRAPS}}


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_other_values_are_written_as_what_they_are(tmp_path: Path, version: str) -> None:
    path = tmp_path / "values.yaml"
    values: list[Json] = [None, True, False, 0, -7, 2**63 - 1, 1.5, 1e300, 1e-9, [], {}, [[]], {"a": {}}]
    path.write_text(yaml_files.written(values), encoding="utf-8")
    read = yaml_files.read_as_1_2(path) if version == "1.2" else yaml.safe_load(path.read_bytes())

    assert [(type(value), value) for value in read] == [(type(value), value) for value in values]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_source_means_the_same_in_both_versions(source: Path) -> None:
    assert list(yaml_files.differences(source)) == []


@pytest.mark.parametrize(
    "text",
    [
        *("000003873472", "010", "089", "1_000", "0b11", "0o17", "1e3", "yes", "No", "ON", "off"),
        *("12:30", "1:2:3.4", "2026-11-27", "2026-11-27T10:00:00Z"),
    ],
)
@pytest.mark.parametrize("template", ["a: {}\n", "a: [{}]\n", "{}: a\n"])
def test_unquoted_text_that_the_versions_read_differently_is_found(text: str, template: str, tmp_path: Path) -> None:
    path = tmp_path / "odd.yaml"
    path.write_text(template.format(text), encoding="utf-8")

    assert list(yaml_files.differences(path))


def test_a_key_that_stands_there_twice_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "twice.yaml"
    path.write_text("a: 1\na: 2\n", encoding="utf-8")

    with pytest.raises(node.ToolError, match="unique"):
        list(yaml_files.differences(path))
