"""The table of outcomes: its rows, its facts, and what they rest on."""

import pytest

from coupon_contract import spec
from qa.outcome_table import Facts, decide, named_codes
from scripts import outcome_lists

TABLE = spec.outcomes()
NAMES = {fact.removeprefix("not ") for row in TABLE["rows"] for fact in row["when"]}


def test_rows_use_every_fact_and_no_other() -> None:
    assert set(TABLE["facts"]) == NAMES


def test_the_last_row_decides_whatever_is_left() -> None:
    last = TABLE["rows"][-1]

    assert (last["outcome"], last["when"]) == ("outcome-unknown", [])


@pytest.mark.parametrize("row", TABLE["rows"], ids=lambda row: row["outcome"])
def test_a_row_says_what_the_caller_does_and_calls_again_only_where_nothing_was_issued(row: dict[str, str]) -> None:
    nothing = row["outcome"] in ("not-authenticated", "rejected", "refused")

    assert row["then"]
    assert ("nothing was issued" in row["then"]) is nothing


@pytest.mark.parametrize("row", TABLE["rows"], ids=lambda row: row["outcome"])
def test_a_row_rests_on_an_entry_of_the_ledger(row: dict[str, str]) -> None:
    assert row["because"] in spec.ledger()


@pytest.mark.parametrize("fact", sorted(NAMES))
def test_a_fact_can_be_asked_for_and_denied(fact: str) -> None:
    facts = Facts(1, 200, b"{}", whole=True)

    assert facts.holds(fact) is not facts.holds(f"not {fact}")


def test_the_rejecting_statuses_are_those_of_the_document() -> None:
    documented = set(spec.document()["paths"][spec.ISSUE_PATH]["post"]["responses"])
    statuses = TABLE["statuses"]

    assert {str(status) for status in (*statuses["rejected"], statuses["unauthenticated"])} <= documented


def test_keys_that_are_compared_without_case_are_written_in_lower_case() -> None:
    for name in ("naming_keys", "code_holders"):
        assert [key.lower() for key in TABLE["text"][name]] == TABLE["text"][name]


def test_the_page_has_each_certain_refusal() -> None:
    text = outcome_lists.page(outcome_lists.PAGE.read_text(encoding="utf-8"))

    assert all(f"`{code}`" in text for code in spec.certain_refusals())


def test_codes_are_found_at_any_depth_and_in_texts() -> None:
    text = b'{"a": [{"b": {"coupons": [{"code": "A1"}]}}, "[{\\"code\\": \\"B2\\", \\"couponId\\": 2}]"]}'

    assert named_codes(text) == ["A1", "B2"]


def test_no_code_but_a_certain_refusal_or_a_status_lets_a_rejection_stand() -> None:
    believed = {
        code
        for code in range(-1, 10_001)
        if decide(1, 400, b'{"errors": [{"status": false, "code": %d}]}' % code) == "rejected"
    }

    assert believed == spec.certain_refusals() | {400, 401, 403, 405, 415, 429}
