"""The command, and its reading of pages in both saved forms.

older.txt and newer.md hold what differs between the two saved revisions of the page, in the form of each.
"""

from pathlib import Path

import pytest

from coupon_contract import spec
from scripts.drift import __main__, differences, impact, page, statements
from scripts.drift.differences import Fact

HERE = Path(__file__).parent
OLDER, NEWER = ((HERE / name).read_text(encoding="utf-8") for name in ("older.txt", "newer.md"))


def between(old: str, new: str) -> list[differences.Difference]:
    return differences.between(*statements.of_pages(old, new))


def entries(difference: differences.Difference) -> list[str]:
    return [entry.id for entry in impact.of_difference(difference).entries]


def test_the_saved_revisions_differ_in_what_is_known() -> None:
    found = between(OLDER, NEWER)

    assert [(difference.fact, entries(difference)[-1:]) for difference in found] == [
        (Fact("text", "post https://{host}/v2/coupon/issue/multiple", ""), ["host"]),
        (Fact("example", '"[email protected]"', '"Tomhills@captech.com"', field="email"), ["redacted-email"]),
        *((Fact("field", "", name), entries(found[at])[-1:]) for at, name in ((2, "totalCount"),)),
        (Fact("field", "customer.profiles", ""), ["counts-undocumented"]),
        (Fact("field", "", "failureCount"), entries(found[4])[-1:]),
        (Fact("field", "", "successCount"), entries(found[5])[-1:]),
        (Fact("example", "[415446,535521]", "415446,535521", field="seriesId"), ["series-id-array"]),
        (Fact("partial code", "-", "*"), ["partial-column-marker"]),
    ]
    assert all("counts-undocumented" in entries(found[at]) for at in (2, 3, 4, 5))


@pytest.mark.parametrize("text", [OLDER, NEWER], ids=["as text", "as Markdown"])
def test_a_page_does_not_differ_from_itself(text: str) -> None:
    assert between(text, text) == []


def test_the_way_back_finds_the_same_lines() -> None:
    there, back = between(OLDER, NEWER), between(NEWER, OLDER)

    assert {(item.new, item.old) for item in back} == {(item.old, item.new) for item in there}


def test_front_matter_counts_where_both_pages_have_it() -> None:
    (found,) = between(NEWER, NEWER.replace("issue-bulk-coupon-with-count-from-series", "issue-multiple"))

    assert entries(found) == ["operation-id"]


def test_a_page_that_becomes_deprecated_is_found() -> None:
    (found,) = between(NEWER, NEWER.replace("deprecated: false", "deprecated: true"))

    assert found.new == ("deprecated: true",)


def test_titles_of_examples_count_where_both_pages_have_them() -> None:
    (found,) = between(NEWER, NEWER.replace("json With Email", "json By Email"))

    assert (found.old, found.new) == (("example: With Email",), ("example: By Email",))


def test_a_place_is_named_with_its_line() -> None:
    lines = spec.DOCUMENT.read_text(encoding="utf-8").splitlines()
    (found,) = between(NEWER, NEWER.replace("failureCount", "failedCount"))
    places = impact.of_difference(found).places

    assert places
    assert all(lines[place.line - 1].strip() == place.pointer.rpartition("/")[2] + ":" for place in places)


def test_every_place_of_the_ledger_has_a_line() -> None:
    assert all(impact.line_of(place) > 1 for entry in spec.ledger().values() for place in entry.places)


def test_a_word_of_a_sentence_is_not_the_field_of_that_name() -> None:
    (found,) = between(NEWER, NEWER + "\nAsk the customer.\n")

    assert entries(found) == []


def test_a_page_saved_in_another_form_says_the_same() -> None:
    marked, plain = "| a | b |\n| --- | :-- |\n| c\\* | **d** |\n", "a | b |\n---|---|\nc* | d |\n"

    assert list(page.lines(marked, head=False, titles=False)) == list(page.lines(plain, head=False, titles=False))


def test_what_nothing_names_is_to_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.md"
    new.write_text(NEWER + "\nCoupons smell of roses.\n", encoding="utf-8")
    status = __main__.main([str(HERE / "newer.md"), str(new)])

    assert status == 1
    assert "nothing in the repository names this" in capsys.readouterr().out


def test_pages_that_say_the_same_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    status = __main__.main([str(HERE / "older.txt")] * 2)

    assert (status, capsys.readouterr().out) == (0, "both revisions say the same\n")


@pytest.mark.parametrize("arguments", [[], ["one.md"], ["one.md", ""], ["nowhere.md", "nowhere.md"]])
def test_pages_that_cannot_be_read_are_a_usage_error(arguments: list[str]) -> None:
    assert __main__.main(arguments) == 4
