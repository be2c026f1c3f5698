"""The files that users copy have the certain refusals and the codes of issuing of the document."""

import re
from pathlib import Path

import pytest

from coupon_contract import spec
from interop import calls

FOLDER = Path(calls.__file__).parent
FILES = [
    "go/outcome.go",
    "java/src/interop/Outcome.java",
    "kotlin/src/Outcome.kt",
    "rust/src/outcome.rs",
    "typescript/src/outcome.ts",
]


def listed(file: str, name: str) -> list[int]:
    """The numbers of the constant with this name, in whichever case the language writes it."""
    text = (FOLDER / file).read_text(encoding="utf-8")
    (body,) = re.findall(
        rf"\b{name}\b[^=\n]*=[^\n({{\[]*(?:Set\.of|setOf|\[\]int32)?[({{\[]([\d,\s]+)[)}}\]]", text, re.I
    )
    return [int(number) for number in re.findall(r"\d+", body)]


@pytest.mark.parametrize("file", FILES)
def test_certain_refusals_are_those_of_the_document(file: str) -> None:
    assert listed(file, "CERTAIN_?REFUSALS") == sorted(spec.certain_refusals())


@pytest.mark.parametrize("file", FILES)
def test_codes_of_issuing_or_doubt_are_those_of_the_document(file: str) -> None:
    assert listed(file, "ISSUED_?OR_?IN_?DOUBT") == sorted(spec.issued_or_in_doubt())
