"""The steps of docs/issue-once.md for clients in other languages are those of our own client."""

import json
import re
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

import pytest

from coupon_client import listing
from coupon_client.errors import NotReadable
from coupon_client.exchange import Response
from coupon_client.issuance import Customer
from coupon_client.issue_once import wire_key
from coupon_client.journal_entry import Entry
from coupon_contract import spec
from coupon_contract.paths import ROOT
from scripts import next_steps

PAGE = (ROOT / "docs" / "issue-once.md").read_text(encoding="utf-8")
SECTION = PAGE.partition("## Write it in another language\n")[2].partition("\n## ")[0]
LISTS = spec.outcomes()["lists"]


def page_with(members: dict[str, Any]) -> Response:
    """A customer's list without coupons, with these members besides."""
    entity = {"pagination": {"total": 0, **members}, "customers": []}
    return Response(200, {}, json.dumps({"entity": entity, "warnings": [], "errors": []}).encode())


def test_the_key_of_the_example_is_the_one_that_the_client_sends() -> None:
    (request,) = re.findall(r"^```json\n(.*?)^```", SECTION, re.S | re.M)
    (key,) = re.findall(r"For the key `(.*?)`", SECTION)

    assert json.loads(request)["metadata"] == {"sourceId": wire_key(key)}


def test_what_is_kept_is_what_the_journal_keeps() -> None:
    kept = SECTION.partition("### What is kept")[2].partition("###")[0]

    assert {*re.findall(r"^\| `(\w+)` \|", kept, re.M)} == {*json.loads(Entry("", "").text())} - {"salt"}


@pytest.mark.parametrize("customer", [Customer(mobile="1"), Customer(email="a@b.c"), Customer(external_id="7")])
def test_the_lists_are_asked_for_with_the_parameters_of_the_page(customer: Customer) -> None:
    first, second = (listing.customer_query(customer, newest_first, 0) for newest_first in (False, True))
    (row,) = re.findall(r"^\| 4 \|.*$", SECTION, re.M)

    assert [name for name, _ in first if name not in row] == []
    assert [f"{name}={value}" for name, value in first[1:] if urlencode({name: value}) not in row] == []
    assert dict(second)["sort_order"] == "DESC"


def test_details_are_asked_for_with_the_parameters_of_the_page() -> None:
    (row,) = re.findall(r"^\| 6 \|.*$", SECTION, re.M)
    query = listing.details_query([listing.Listed(1, "A", 1), listing.Listed(2, "B", 1)])

    assert [name for name, _ in query if name not in row] == []
    assert f"at most {LISTS['details']} in a request" in row


def test_the_steps_are_numbered_in_their_order() -> None:
    numbers = [int(number) for number in re.findall(r"^\| (\d) \|", SECTION, re.M)]

    assert numbers[0] == 1
    assert all(after == before + 1 for before, after in pairwise(numbers))


def test_every_outcome_of_the_table_has_a_next_step() -> None:
    assert list(next_steps.AFTER) != []
    assert set(next_steps.AFTER) == {row["outcome"] for row in spec.outcomes()["rows"]}


@pytest.mark.parametrize("name", [*LISTS["continued"], *LISTS["last"], *LISTS["totals"]])
def test_each_member_of_the_lists_makes_a_list_prove_nothing(name: str) -> None:
    value = 0 if name in LISTS["last"] else 7
    page = listing.page_of(page_with({"more": {f"_{name.upper()}": value}}))

    with pytest.raises(NotReadable):
        listing.all_of([page])


@pytest.mark.parametrize("value", [None, False, 0, [], {}, *LISTS["nothing"]])
def test_a_member_whose_value_says_nothing_is_no_mark(value: Any) -> None:
    page = listing.page_of(page_with({"hasMore": value}))

    assert listing.all_of([page]) == ()


@pytest.mark.parametrize("code", LISTS["stale_warnings"])
def test_each_code_of_a_stale_list_makes_it_prove_nothing(code: int) -> None:
    response = page_with({})

    with pytest.raises(NotReadable):
        listing.page_of(Response(200, {"warning": f'{code} proxy "old"'}, response.body))
