import pytest

from interop import table
from interop.language import Language, languages
from interop.resending import ONCE
from interop.table import GENERATORS, OBSERVED, TABLES, Table

PAGE = (
    f"# Page\n\n{GENERATORS.begin}\n| old |\n|---|\n| [Go](../interop/go) | old |\n"
    f"| [C](../interop/c) | gone |\n{GENERATORS.end}\n\nmore\n"
)


def _lines(page: str) -> list[str]:
    return [line for line in page.splitlines() if line.startswith("| [")]


def test_a_row_names_generator_and_version() -> None:
    go = languages(["go"])[0]

    described, _ = table.rows(go, dict.fromkeys(OBSERVED, ONCE))

    assert described.startswith(f"| [Go](../interop/go) | oapi-codegen | {go.version} | ")


def test_a_row_says_what_was_observed_of_the_defaults_and_how_to_send_once() -> None:
    go = languages(["go"])[0]

    _, habits = table.rows(go, {name: f"in {name}" for name in OBSERVED})

    assert habits.split(" | ")[1:] == [*(f"in {name}" for name in OBSERVED), f"{go.once} |"]


def test_a_new_row_replaces_the_old_one() -> None:
    assert _lines(GENERATORS.updated(PAGE, {"go": "| [Go](../interop/go) | new |"}, ["go"])) == [
        "| [Go](../interop/go) | new |"
    ]


def test_a_language_that_was_not_tried_keeps_its_row() -> None:
    page = GENERATORS.updated(PAGE, {"rust": "| [Rust](../interop/rust) | new |"}, ["go", "rust"])

    assert _lines(page) == ["| [Go](../interop/go) | old |", "| [Rust](../interop/rust) | new |"]


def test_what_stands_around_the_table_stays() -> None:
    page = GENERATORS.updated(PAGE, {}, [])

    assert (page.startswith("# Page\n\n"), page.endswith("\n\nmore\n")) == (True, True)


def test_a_page_without_the_marks_is_an_error() -> None:
    with pytest.raises(ValueError, match="marks"):
        GENERATORS.rows("# Page\n")


@pytest.mark.parametrize("language", languages(), ids=lambda language: language.folder)
def test_the_table_of_the_docs_is_that_of_these_pins(language: Language) -> None:
    described, _ = table.rows(language, dict.fromkeys(OBSERVED, ONCE))

    assert GENERATORS.rows(table.PAGE.read_text(encoding="utf-8"))[language.folder] == described, "run make interop"


@pytest.mark.parametrize("part", TABLES, ids=lambda part: part.subject)
def test_each_table_of_the_docs_has_a_row_for_each_language(part: Table) -> None:
    assert set(part.rows(table.PAGE.read_text(encoding="utf-8"))) == {language.folder for language in languages()}
