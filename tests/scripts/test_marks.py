"""What is written between marks is written, or the lost marks are an error."""

import re

import pytest

from scripts import generate, next_steps, outcome_lists
from scripts.marks import replaced

PATTERN = re.compile(r"(?<=begin\n).*?(?=end)", re.DOTALL)


def test_only_the_text_between_the_marks_is_replaced() -> None:
    text = replaced(PATTERN, "a\nbegin\nold\nend\nb", "\\1 new\n", "page.md")

    assert text == "a\nbegin\n\\1 new\nend\nb"


def test_lost_marks_are_an_error_that_names_the_file() -> None:
    with pytest.raises(LookupError, match=r"page\.md has lost its marks"):
        replaced(PATTERN, "a\nold\nb", "new\n", "page.md")


@pytest.mark.parametrize("mark", ["lists, by make generate: begin", "rows, by make generate: end"])
def test_the_page_of_outcomes_without_a_mark_is_an_error(mark: str) -> None:
    with pytest.raises(LookupError, match=r"outcomes\.md"):
        outcome_lists.page(outcome_lists.PAGE.read_text("utf-8").replace(mark, ""))


def test_the_page_of_callers_without_its_marks_is_an_error() -> None:
    with pytest.raises(LookupError, match=r"judge-callers\.md"):
        outcome_lists.callers_page("")


@pytest.mark.parametrize("name", ["vectors", "marks"])
def test_the_page_of_issue_once_without_a_mark_is_an_error(name: str) -> None:
    with pytest.raises(LookupError, match=r"issue-once\.md"):
        next_steps.with_next_steps(next_steps.PAGE.read_text("utf-8").replace(f"{name}, by make generate: begin", ""))


def test_every_file_with_marks_has_them() -> None:
    assert generate.written()
