"""The fixtures hold what differs between the two saved revisions of the page, in the form that each was saved in."""

import re
from pathlib import Path

import pytest

from coupon_contract import spec
from scripts.drift import __main__, impact, page
from scripts.drift.page import Drift

HERE = Path(__file__).parent
OLDER, NEWER = ((HERE / name).read_text(encoding="utf-8") for name in ("older.txt", "newer.md"))
FOUND = page.drifts(OLDER, NEWER)
COUNTS = Drift(
    "Response parameters",
    ("customer.profiles | Its profiles.", "customer.profiles.firstName | A name."),
    ("totalCount | All of them.", "failureCount | The failed.", "successCount | The issued."),
)
ARRAY = Drift("Response parameters", ('"seriesId": [415446,535521],',), ('"seriesId": 415446,535521,',))


def resting(drift: Drift) -> impact.Impact:
    return impact.of_drift(drift, spec.ledger(), spec.clauses())


def names(found: impact.Impact) -> list[str]:
    return [entry.id for entry in found.entries]


def test_what_differs_is_found_and_nothing_is_invented() -> None:
    assert [
        Drift("the top of the page", ("post https://{host}/v2/coupon/issue/multiple",), ()),
        Drift("Request body parameters", ('"email": "[email protected]"',), ('"email": "Tomhills@captech.com"',)),
        COUNTS,
        ARRAY,
        Drift("API-specific error and warning codes", ("- | 701 | No customer.",), ("* | 701 | No customer.",)),
    ] == FOUND


@pytest.mark.parametrize("text", [OLDER, NEWER], ids=["as text", "as Markdown"])
def test_a_page_does_not_differ_from_itself(text: str) -> None:
    assert page.drifts(text, text) == []


def test_the_way_back_finds_the_same_places() -> None:
    assert [(one.new, one.old) for one in page.drifts(NEWER, OLDER)] == [(one.old, one.new) for one in FOUND]


def test_front_matter_counts_where_both_pages_have_it() -> None:
    renamed = NEWER.replace("issue-bulk-coupon-with-count-from-series", "issue-multiple")
    (found,) = page.drifts(NEWER, renamed)

    assert names(resting(found)) == ["operation-id"]


def test_a_page_that_becomes_deprecated_is_found() -> None:
    (found,) = page.drifts(NEWER, NEWER.replace("deprecated: false", "deprecated: true"))

    assert found.new == ("deprecated: true",)


def test_titles_of_examples_count_where_both_pages_have_them() -> None:
    (found,) = page.drifts(NEWER, NEWER.replace("json With Email", "json By Email"))

    assert (found.old, found.new) == (("With Email",), ("By Email",))


@pytest.mark.parametrize(
    ("drift", "entries"),
    list(
        zip(
            FOUND,
            (["host"], ["redacted-email"], ["counts-undocumented"], ["series-id-array"], ["partial-column-marker"]),
            strict=True,
        )
    ),
)
def test_the_ledger_entries_that_rest_on_a_difference(drift: Drift, entries: list[str]) -> None:
    assert names(resting(drift)) == entries


def test_the_clauses_and_places_of_the_entries_rest_on_it_too() -> None:
    found = resting(ARRAY)
    entry = spec.ledger()["series-id-array"]

    assert [clause.id for clause in found.clauses] == ["series-not-integer"]
    assert [place.pointer for place in found.places] == list(entry.places)


def test_the_tests_of_the_clauses_rest_on_it_too() -> None:
    assert "case: seriesId as an array of two is unusable" in resting(ARRAY).tests
    assert any(
        re.fullmatch(r"coupon_contract/suite/rules/outcome.py:\d+ counts_add_up", one) for one in resting(COUNTS).tests
    )


def test_a_place_is_named_with_its_line() -> None:
    lines = spec.DOCUMENT.read_text(encoding="utf-8").splitlines()
    for place in resting(COUNTS).places:
        assert lines[place.line - 1].strip() == place.pointer.rpartition("/")[2] + ":"


def test_every_place_of_the_ledger_has_a_line() -> None:
    assert all(impact.line_of(place) > 1 for entry in spec.ledger().values() for place in entry.places)


def test_a_field_that_the_document_lacks_is_named() -> None:
    found = resting(
        Drift("Response parameters", (), ("coupons.expiryDate | When it ends.", "coupons.code | The code."))
    )

    assert (found.unknown, found.entries) == (("expiryDate",), ())


def test_a_word_of_a_sentence_is_not_the_field_of_that_name() -> None:
    assert resting(Drift("", (), ("Ask the customer.",))).entries == ()


def test_what_no_entry_speaks_of_is_to_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    new = tmp_path / "new.md"
    new.write_text(NEWER + "\nCoupons smell of roses.\n", encoding="utf-8")
    status = __main__.main([str(HERE / "newer.md"), str(new)])

    assert status == 1
    assert "no ledger entry quotes or names this" in capsys.readouterr().out


def test_pages_that_say_the_same_end_with_0(capsys: pytest.CaptureFixture[str]) -> None:
    status = __main__.main([str(HERE / "older.txt")] * 2)

    assert (status, capsys.readouterr().out) == (0, "both revisions say the same\n")


@pytest.mark.parametrize("arguments", [[], ["one.md"], ["one.md", ""], ["nowhere.md", "nowhere.md"]])
def test_pages_that_cannot_be_read_are_a_usage_error(arguments: list[str]) -> None:
    assert __main__.main(arguments) == 4
