import pytest

from interop import table
from interop.language import Language, languages
from interop.table import BEGIN, END

PAGE = (
    f"# Page\n\n{BEGIN}\n| old |\n|---|\n| [Go](../interop/go) | old |\n| [C](../interop/c) | gone |\n{END}\n\nmore\n"
)


def _lines(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| [")]


def test_a_row_names_generator_and_version() -> None:
    go = languages(["go"])[0]

    assert table.row(go).startswith(f"| [Go](../interop/go) | oapi-codegen | {go.version} | ")


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
def test_the_table_of_the_docs_is_that_of_these_pins(language: Language) -> None:
    assert table.rows(table.PAGE.read_text(encoding="utf-8"))[language.folder] == table.row(language), (
        "run make interop"
    )
