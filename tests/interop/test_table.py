import re
import tomllib

import pytest

from interop import calls, table
from interop.language import Language, languages
from interop.table import BEGIN, END, Observed
from scripts import vectors

SILENT = 2  # answers that do not come
PAGE = (
    f"# Page\n\n{BEGIN}\n| old |\n|---|\n| [Go](../interop/go) | old |\n| [C](../interop/c) | gone |\n{END}\n\nmore\n"
)
SEEN = Observed((15, 15), (140, 141), 6, (15, 15))


def _lines(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| [")]


def test_a_row_says_what_was_observed() -> None:
    go = languages(["go"])[0]

    assert "| 15 of 15 calls of sandboxes; 140 of 141 vectors, 6 of them only safe; " in table.row(go, SEEN)


def test_a_new_row_replaces_the_old_one() -> None:
    assert _lines(table.updated(PAGE, {"go": "| [Go](../interop/go) | new |"}, ["go"])) == [
        "| [Go](../interop/go) | new |"
    ]


def test_a_language_that_was_not_tried_keeps_its_row() -> None:
    page = table.updated(PAGE, {"rust": "| [Rust](../interop/rust) | new |"}, ["go", "rust"])

    assert _lines(page) == ["| [Go](../interop/go) | old |", "| [Rust](../interop/rust) | new |"]


def test_what_stands_around_the_table_stays() -> None:
    page = table.updated(PAGE, {}, [])

    assert (page.startswith("# Page\n\n"), page.endswith("\n\nmore\n")) == (True, True)


def test_a_page_without_the_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="marks"):
        table.rows("# Page\n")


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.folder)
def test_the_table_of_the_docs_is_that_of_these_pins_calls_and_vectors(language: Language) -> None:
    asked = [group["calls"] for group in tomllib.loads(calls.CALLS.read_text(encoding="utf-8"))["sandbox"]]
    sandbox, pairs = sum(map(len, asked)), len(vectors.external_ids())
    played = len(vectors.decoding()) + SILENT
    found = table.rows(table.PAGE.read_text(encoding="utf-8"))[language.folder]
    safe = int(re.findall(r"(\d+) of them only safe", found)[0])

    fresh = Observed((sandbox, sandbox), (played, played), safe, (pairs, pairs))

    assert found == table.row(language, fresh), "run make interop"
