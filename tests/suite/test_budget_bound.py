"""The bound on what a request may issue: above every reader, exact for a request that is well formed, and the same for
all ids of series and customers."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract_tests import test_hostile, test_read_back
from coupon_contract.suite import cases
from coupon_contract.suite.budget import most_coupons, series_mentioned
from coupon_contract.suite.exchange import dumps
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries
from tests.suite.conftest import TARGET, request

Json = Any
STATES = sorted(TARGET.series)
CASES = cases.load()
EXAMPLES = settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
IDS = st.integers(1, 10**6)
DIGITS = st.integers(1, 10**6).map(str)
TEXTS = DIGITS | st.from_regex(r"[a-z]{1,5}[0-9]{1,3}@[a-z]{1,5}\.com", fullmatch=True)


# --- the same for all ids -------------------------------------------------------------------------------------------


def with_ids(ids: list[int], identifiers: list[str] | None = None) -> Target:
    """The sandbox's target with other series ids, and with other identifiers of its customers."""
    series = {state: evolve(TARGET.series[state], id=number) for state, number in zip(STATES, ids, strict=True)}
    if identifiers is None:
        return evolve(TARGET, series=series)
    others = iter(identifiers)
    known = tuple({name: next(others) for name in customer} for customer in TARGET.known)
    return evolve(TARGET, series=series, known=known)


def plan_of(target: Target) -> dict[str, int]:
    """The coupons of each request whose cost is worked out from its bytes."""
    offered = OfferedSeries(target), OfferedCustomers(target)
    made = [test_hostile._deep_in_an_unknown_field(target), test_hostile._behind_a_byte_order_mark(target)]
    plan = {f"hostile {place}": most_coupons(one) for place, one in enumerate(made)}
    plan |= {name: most_coupons(refusal(*offered, "a-key")) for name, refusal in test_read_back.REFUSALS.items()}
    return plan | {case.name: case.coupons(target) for case in CASES}


USUAL = plan_of(TARGET)


def test_the_plan_is_the_same_for_any_series_ids_up_to_a_million() -> None:
    dice = random.Random(7)  # noqa: S311 - a repeatable choice, not a secret
    low = [list(range(first, first + len(STATES))) for first in (1, 86, 100, 486, 493, 501)]
    drawn = [dice.sample(range(1, 10**6 + 1), len(STATES)) for _ in range(60)]
    differing = [ids for ids in [*low, *drawn] if plan_of(with_ids(ids)) != USUAL]

    assert differing == []


@EXAMPLES
@given(
    st.lists(IDS, min_size=len(STATES), max_size=len(STATES), unique=True),
    st.lists(TEXTS, min_size=30, max_size=30, unique=True),
)
def test_the_plan_is_the_same_for_any_ids_of_series_and_customers(ids: list[int], identifiers: list[str]) -> None:
    assert plan_of(with_ids(ids, identifiers)) == USUAL


@EXAMPLES
@given(IDS, st.integers(1, 500), st.dictionaries(st.sampled_from(["mobile", "email", "externalId"]), TEXTS, min_size=1))
def test_a_well_formed_request_costs_its_count(series: int, count: int, customer: dict[str, str]) -> None:
    metadata = {"sourceId": "499", "notes": "17 of 300"}
    sent = {"seriesId": series, "count": count, "customer": customer, "metadata": metadata}

    assert most_coupons(request(sent)) == count


# --- above every reader ---------------------------------------------------------------------------------------------


READERS: dict[str, tuple[bytes, int]] = {
    "the key in another case": (b'{"seriesId": 1, "Count": 500, "customer": {"mobile": "1"}}', 500),
    "the key in capitals beside the key": (
        b'{"seriesId": 1, "count": 1, "COUNT": 500, "customer": {"mobile": "1"}}',
        500,
    ),
    "the key with a separator": (b'{"seriesId": 1, "coupon_count": 500, "customer": {"mobile": "1"}}', 500),
    "the key escaped": (b'{"seriesId": 1, "\\u0063ount": 500, "customer": {"mobile": "1"}}', 500),
    "the key with a long s": ('{"\u017feriesId": [1, 2], "count": 30, "customer": {"mobile": "1"}}'.encode(), 60),
    "the key in full width": ('{"seriesId": 1, "\uff43\uff4f\uff55\uff4e\uff54": 500}'.encode(), 500),
    "series under another name": (b'{"couponSeriesId": [1, 2], "count": 50}', 100),
    "series under two names": (b'{"seriesId": 1, "series": {"id": 2}, "count": 50}', 100),
    "identifiers under a plural": (b'{"seriesId": 1, "count": 50, "mobiles": ["1", "2"]}', 100),
    "customers by their ids": (b'{"seriesId": 1, "count": 50, "customerIds": [1, 2]}', 100),
    "the first of three": (b'{"seriesId": 1, "count": 500, "count": 2, "count": 1}', 500),
    "both series of two equal keys": (b'{"seriesId": 1, "seriesId": 2, "count": 40}', 80),
    "both customers of two equal keys": (
        b'{"seriesId": 1, "count": 40, "customer": {"email": "a"}, "customer": {}}',
        80,
    ),
    "a text with a plus": (b'{"seriesId": 1, "count": "+500"}', 500),
    "a text with spaces": (b'{"seriesId": 1, "count": " 500 "}', 500),
    "a text with an exponent": (b'{"seriesId": 1, "count": "5e2"}', 500),
    "a text with groups": (b'{"seriesId": 1, "count": "1,000"}', 1000),
    "a text with groups of spaces": ('{"seriesId": 1, "count": "4\u00a0500"}'.encode(), 4500),
    "a text with groups and apostrophes": (b'{"seriesId": 1, "count": "4\'500"}', 4500),
    "a text with groups and full stops": (b'{"seriesId": 1, "count": "4.500"}', 4500),
    "a text with groups of two digits": (b'{"seriesId": 1, "count": "5 00"}', 500),
    "a text with underscores": (b'{"seriesId": 1, "count": "5_00"}', 500),
    "a text in hexadecimal": (b'{"seriesId": 1, "count": "0x1F4"}', 500),
    "a text of other digits": ('{"seriesId": 1, "count": "५००"}'.encode(), 500),
    "a large text": (b'{"seriesId": 1, "count": "10000000000"}', 500),
    "a text of an array": (b'{"seriesId": 1, "count": "[250, 250]"}', 500),
    "an object": (b'{"seriesId": 1, "count": {"value": "500"}}', 500),
    "in metadata": (b'{"seriesId": 1, "count": 1, "metadata": {"count": 500}}', 500),
    "in the customer": (b'{"seriesId": 1, "count": 1, "customer": {"mobile": "1", "count": 500}}', 500),
    "in the series": (b'{"seriesId": {"id": 1, "count": 500}, "customer": {"mobile": "1"}}', 500),
    "in a wrapper": (b'{"data": {"seriesId": 1, "count": 500, "customer": {"mobile": "1"}}}', 500),
    "in a batch": (b'{"requests": [{"seriesId": 1, "count": 30}, {"seriesId": 2, "count": 40}]}', 70),
    "in a batch for one series": (b'{"seriesId": 1, "requests": [{"count": 30}, {"count": 40}]}', 70),
    "inherited by a batch": (b'{"seriesId": 1, "count": 50, "requests": [{"email": "a"}, {"email": "b"}]}', 100),
    "left out by one of a batch": (b'{"seriesId": 1, "requests": [{"count": 5}, {}]}', 6),
    "series in a text": (b'{"seriesId": "1,2", "count": 50}', 100),
    "customers under their own name": (
        b'{"seriesId": 1, "count": 50, "customers": [{"email": "a"}, {"email": "b"}]}',
        100,
    ),
    "by place": (b'[1, 450, {"mobile": "1"}]', 450),
    "JSON within JSON": (json.dumps('{"seriesId": 1, "count": 500}').encode(), 500),
    "JSON within a field": (dumps({"payload": '{"seriesId": 1, "count": 500}'}), 500),
    "wrapped around 32 bits": (b'{"seriesId": 1, "count": 4294972296}', 5000),
    "wrapped around 32 bits from below": (b'{"seriesId": 1, "count": -4294967291}', 5),
    "above 32 bits": (b'{"seriesId": 1, "count": 2147483653}', 5000),
    "infinite": (b'{"seriesId": 1, "count": Infinity}', 500),
    "of hundreds of digits": (b'{"seriesId": 1, "count": %s}' % (b"9" * 399), 500),
    "behind a byte order mark": (b'\xef\xbb\xbf{"seriesId": 1, "count": 500}', 500),
    "in UTF-16": ('{"seriesId": 1, "count": 500}'.encode("utf-16"), 500),
    "in UTF-16 without a mark": ('{"seriesId": 1, "count": 500}'.encode("utf-16-be"), 500),
    "in UTF-32": ('{"seriesId": 1, "count": 500}'.encode("utf-32"), 500),
    "in Latin-1": ('{"seriesId": 1, "count": 500, "customer": {"email": "é"}}'.encode("latin-1"), 500),
    "cut short": (b'{"seriesId": 1, "count": 500, "customer": {"mobile"', 500),
    "cut short, in another case": (b'{"seriesId": 1, "Count": 700, "customer"', 700),
    "cut short, escaped": (b'{"seriesId": 1, "\\u0063ount": 700, "customer"', 700),
    "cut short, as a text with an exponent": (b'{"seriesId": 1, "count": "7e2", "customer"', 700),
    "cut short, twice": (b'{"seriesId": 1, "count": 1, "count": 700, "customer"', 700),
    "cut short, as a text with groups": (b'{"seriesId": 1, "count": "4 500", "customer"', 4500),
    "cut short, for two series under another name": (b'{"couponSeriesIds": [1, 2], "count": 40, "customer"', 80),
    "cut short, for two series": (b'{"seriesId": 1, "seriesId": 2, "count": 40, "customer"', 80),
    "cut short, for two customers": (b'{"seriesId": 1, "count": 40, "customer": [{"email": "a"}, {"email": "b"}', 80),
    "cut short, for two numbers": (b'{"seriesId": 1, "count": 40, "customer": {"mobile": ["1", "2"]', 80),
    "cut short, two different customers": (
        b'{"count": 40, "customer": {"email": "a"}, "customer": {"mobile": "2"}',
        80,
    ),
    "with a comma too many": (b'{"seriesId": 1, "count": 500,}', 500),
    "with a comment": (b'{"seriesId": 1, "count": /* customer id */ 450}', 450),
    "with single quotes": (b"{'seriesId': 1, 'count': 700}", 700),
    "without quotes": (b"{seriesId: 1, count: 700}", 700),
    "behind an identifier that is not closed": (b'{"seriesId": 1, "customer": {"mobile": "1}, "count": 700}', 700),
    "as a form": (b"seriesId=1&count=700&mobile=2", 700),
    "as a form, percent-encoded": (b"seriesId=1&%63ount=700", 700),
    "as a form of parts": (b'--x\r\nContent-Disposition: form-data; name="count"\r\n\r\n700\r\n--x--', 700),
    "as XML": (b"<r><seriesId>1</seriesId><count>700</count><mobile>2</mobile></r>", 700),
    "as attributes": (b'<r seriesId="1" count="700"/>', 700),
    "as XML, escaped": (b"<r><seriesId>1</seriesId><count>&#55;00</count></r>", 700),
    "as YAML": (b"seriesId: 1\ncount: 700\ncustomer:\n  mobile: 2\n", 700),
    "as lines": (b"count\n450\n", 450),
}


@pytest.mark.parametrize(("sent", "issued"), READERS.values(), ids=READERS)
def test_no_reader_issues_more_than_was_counted(sent: bytes, issued: int) -> None:
    assert most_coupons(request(sent)) >= issued


@pytest.mark.parametrize(
    "sent",
    [
        b'{"SeriesID": 4711}',
        b'{"series_id": 4711}',
        b'{"couponSeriesId": 4711}',
        b'{"series": [{"id": 4711}]}',
        b'{"couponSeriesId": 4711',
        '{"\uff53eriesId": 4711}'.encode(),
        b'\xef\xbb\xbf{"seriesId": 4711}',
        '{"seriesId": 4711}'.encode("utf-16"),
        b'{"SERIESID": 4711',
        b'{"\\u0073eriesId": 4711',
        b"%73eriesId=4711",
        json.dumps('{"seriesId": 4711}').encode(),
    ],
)
def test_a_series_is_mentioned_however_it_is_written(sent: bytes) -> None:
    assert series_mentioned(request(sent)) == {4711}


# Requests of parts, and what a reader could issue at most of each: the largest count for every series and customer.

KEYS = st.sampled_from(["count", "Count", "COUNT", "couponCount", "coupon-count"])
COUNTS: list[Callable[[int], Json]] = [int, float, str, lambda n: [n], lambda n: {"value": n}, lambda n: f" {n}.0"]
DAMAGE: dict[str, Callable[[str], bytes]] = {
    "none": str.encode,
    "cut short": lambda text: text[:-1].encode(),
    "text behind": lambda text: f"{text} {{}}".encode(),
    "a comma too many": lambda text: f"{text[:-1]},}}".encode(),
    "byte order mark": lambda text: text.encode("utf-8-sig"),
    "UTF-16": lambda text: text.encode("utf-16"),
    "single quotes": lambda text: text.replace('"', "'").encode(),
    "in an array": lambda text: f"[{text}]".encode(),
    "in a wrapper": lambda text: f'{{"data": {text}}}'.encode(),
    "in a text": lambda text: json.dumps(text).encode(),
}


@st.composite
def odd_requests(draw: st.DrawFn) -> tuple[bytes, int]:
    """A body that holds its parts in any order, perhaps damaged, and the most that a reader could make of it."""
    counts = draw(st.lists(st.integers(1, 500), min_size=1, max_size=3))
    series = draw(st.lists(IDS, min_size=1, max_size=3))
    customers = [{draw(st.sampled_from(["mobile", "email"])): draw(TEXTS)} for _ in range(draw(st.integers(1, 2)))]
    pairs = [(draw(KEYS), draw(st.sampled_from(COUNTS))(count)) for count in counts]
    pairs.append(("seriesId", series if len(series) > 1 else series[0]))
    pairs.append(("customer", customers if len(customers) > 1 else customers[0]))
    written = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in draw(st.permutations(pairs))]
    damaged = DAMAGE[draw(st.sampled_from(sorted(DAMAGE)))]("{" + ", ".join(written) + "}")
    return damaged, max(counts) * len(series) * len(customers)


@settings(EXAMPLES, max_examples=1500)
@given(odd_requests())
def test_no_reader_issues_more_than_was_counted_of_any_request(drawn: tuple[bytes, int]) -> None:
    sent, issued = drawn

    assert most_coupons(request(sent)) >= issued
