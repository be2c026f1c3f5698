import gzip
import zlib
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import Any

import pytest

from coupon_contract import spec
from coupon_contract.suite.budget import Budget, most_coupons, series_mentioned
from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.issued_bounds import Bounds
from coupon_contract.suite.skips import NotObserved
from tests.suite.conftest import OMIT, body, request

Json = Any


@pytest.mark.parametrize(
    ("count", "most"),
    [(OMIT, 1), (1, 1), (7, 7), (500, 500), (0, 1), (-5, 1), (None, 1), (True, 1), ("7", 7), (7.0, 7), ([7], 7)],
)
def test_the_count_is_what_a_request_may_issue(count: Json, most: int) -> None:
    assert most_coupons(request(body(count=count))) == most


@pytest.mark.parametrize("count", [501, 501.0, "501", [501], 10**6, 10.0**6, str(10**6), 2**31, 10**30, 1e30])
def test_a_count_too_high_may_issue_as_many_as_a_request_ever_can(count: Json) -> None:
    assert most_coupons(request(body(count=count))) >= 500


def test_a_count_beyond_floats_may_issue_as_many_as_a_request_ever_can() -> None:
    assert most_coupons(request(b'{"seriesId": 1, "count": 1e400, "customer": {"mobile": "1"}}')) >= 500


def test_a_count_below_floats_may_issue_one_coupon() -> None:
    assert most_coupons(request(b'{"seriesId": 1, "count": -1e400, "customer": {"mobile": "1"}}')) == 1


@pytest.mark.parametrize("counts", ['"count": 500, "count": 1', '"count": 1, "count": 500'])
def test_the_larger_of_two_counts_may_be_issued(counts: str) -> None:
    assert most_coupons(request(b'{"seriesId": 1, %s, "customer": {"mobile": "1"}}' % counts.encode())) == 500


ISSUES_500 = {
    "an exponent": b'{"seriesId": 7, "count": 5e2}',
    "a text": b'{"seriesId": 7, "count": "500"}',
    "a text with an exponent": b'{"seriesId": 7, "count": "5e2"}',
    "a text in hexadecimal": b'{"seriesId": 7, "count": "0x1f4"}',
    "a text with spaces": b'{"seriesId": 7, "count": " 500 "}',
    "a text with a sign": b'{"seriesId": 7, "count": "+500"}',
    "a text with an underscore": b'{"seriesId": 7, "count": "5_00"}',
    "a text of escapes": b'{"seriesId": 7, "count": "\\u0035\\u0030\\u0030"}',
    "a text of full-width digits": '{"seriesId": 7, "count": "\uff15\uff10\uff10"}'.encode(),
    "a text of Arabic digits": '{"seriesId": 7, "count": "\u0665\u0660\u0660"}'.encode(),
    "an array": b'{"seriesId": 7, "count": [500]}',
    "arrays that add up": b'{"seriesId": 7, "count": [250, [250]]}',
    "an object": b'{"seriesId": 7, "count": {"value": 500}}',
    "an escaped key": b'{"seriesId": 7, "c\\u006funt": 500}',
    "a key in capitals": b'{"seriesId": 7, "COUNT": 500}',
    "two keys, the second with an exponent": b'{"seriesId": 7, "count": 1, "count": 5e2}',
    "two keys, the first with an exponent": b'{"seriesId": 7, "count": 5e2, "count": 1}',
    "two keys, one with a text": b'{"seriesId": 7, "count": 1, "count": "5e2"}',
    "two keys, one escaped": b'{"seriesId": 7, "count": 1, "\\u0063ount": 5.0e2}',
    "two keys in different cases": b'{"seriesId": 7, "count": 1, "Count": 500}',
    "two keys, one number beyond nine digits": b'{"seriesId": 7, "count": 1, "count": 4294967796}',
    "a number that wraps to 500 in 16 bits": b'{"seriesId": 7, "count": -65036}',
    "a number that wraps to 500 in 32 bits": b'{"seriesId": 7, "count": -4294966796}',
    "a number that wraps to 500 in 64 bits": b'{"seriesId": 7, "count": %d}' % (500 - 2**64),
    "a number that is cut off when it is read": b'{"seriesId": 7, "count": -%s}' % (b"9" * 5_000),
    "a byte order mark": b'\xef\xbb\xbf{"seriesId": 7, "count": 5e2}',
    "UTF-16": '{"seriesId": 7, "count": 5e2}'.encode("utf-16"),
    "UTF-16 without a mark": '{"seriesId": 7, "count": 500}'.encode("utf-16-be"),
    "UTF-32": '{"seriesId": 7, "count": "500"}'.encode("utf-32-le"),
    "gzip": gzip.compress(b'{"seriesId": 7, "count": 500}'),
    "zlib": zlib.compress(b'{"seriesId": 7, "count": 500}'),
    "cut short, with an exponent": b'{"seriesId": 7, "count": 5e2, ',
    "cut short, with an escaped key": b'{"seriesId": 7, "c\\u006funt": 500, ',
    "cut short, with a text": b'{"seriesId": 7, "count": "0500", ',
    "cut short, with escaped digits": b'{"seriesId": 7, "count": "\\u0035\\u0030\\u0030"',
    "cut short, with a key in capitals": b'{"seriesId": 7, "COUNT": 500, ',
    "single quotes": b"{'seriesId': 7, 'count': 500}",
    "no quotes": b"{seriesId: 7, count: 500}",
    "hexadecimal": b"{seriesId: 7, count: 0x1F4}",
    "a comment": b'{"seriesId": 7, "count": /* 1 */ 500}',
    "a comment before the colon": b'{"seriesId": 7, "count" /* : 1 */ : 500}',
    "a form": b"seriesId=7&count=500",
    "a form with two counts": b"count=1&seriesId=7&count=500",
    "a form with an escaped key": b"seriesId=7&c%6Funt=500",
    "a form with escaped digits": b"seriesId=7&count=%35%30%30",
    "a form of an array": b"seriesId=7&count[]=500",
    "XML": b"<r><seriesId>7</seriesId><count>500</count></r>",
    "XML with an attribute": b'<r seriesId="7" count="500"/>',
    "XML with escaped digits": b"<r><seriesId>7</seriesId><count>&#53;&#48;&#48;</count></r>",
    "several requests": b'{"seriesId": 7, "count": 1}\n{"seriesId": 7, "count": 5e2}',
    "YAML": b"seriesId: 7\ncount: 500\n",
    "the default of many series": dumps({"seriesId": [7] * 500}),
    "the default of many series in a text": dumps({"seriesId": ",".join(["7"] * 500)}),
    "the default of many series under two keys": b'{"seriesId": 7, "seriesId": %s}' % dumps([7] * 499),
    "the default of many customers": dumps({"seriesId": 7, "customer": [{"mobile": "1"}] * 500}),
    "the default of many customers, cut short": dumps({"seriesId": 7, "customer": [{"mobile": "1"}] * 500})[:-1],
    "a request in an envelope": dumps({"request": {"seriesId": 7, "count": 500}}),
}


@pytest.mark.parametrize("sent", ISSUES_500.values(), ids=ISSUES_500)
def test_no_way_to_write_500_coupons_is_counted_as_fewer(sent: bytes) -> None:
    assert most_coupons(request(sent)) >= 500


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_a_body_counts_whatever_the_method_is(method: str) -> None:
    assert most_coupons(request(body(count=7), method=method)) == 7


@pytest.mark.parametrize(
    "sent",
    [
        b'{"seriesId": 415446, "count": 2, "customer": {"mobile": "42"}',
        b'{"seriesId": 415446, "count": 2, "customer": {"mobile": "11223569865"}} {}',
        b"seriesId=415446&count=2",
        b"<seriesId>415446</seriesId><count>2</count>",
        b'\xef\xbb\xbf{"seriesId": 415446, "count": 2}',
        b'{"seriesId": 42, "count": "2"}',
        b'{"seriesId": 42, "count": [2]}',
        b'{"seriesId": 42, "count": 1, "count": 2}',
    ],
)
def test_what_is_plainly_written_counts_as_it_says_whatever_other_numbers_are_there(sent: bytes) -> None:
    assert most_coupons(request(sent)) == 2


@pytest.mark.parametrize("part", [b"seriesId", b"count", b"customer[", b'"seriesId"' + b" " * 10, b"&#53;", b"%35"])
def test_counting_takes_no_longer_than_a_large_body_needs(part: bytes) -> None:
    sent = request(part * (1_000_000 // len(part)))
    start = perf_counter()
    most_coupons(sent)

    assert perf_counter() - start < 20


def test_a_body_that_unpacks_to_gigabytes_is_unpacked_to_a_bound() -> None:
    bomb = gzip.compress(gzip.compress(b"0" * 10_000_000)[:1000] + b"0" * 100_000_000)

    assert most_coupons(request(bomb)) >= 1


def test_a_body_cut_short_may_issue_the_count_in_it() -> None:
    assert most_coupons(request(b'{"seriesId": 415446, "count": 30, "customer": {"mobile": "11223569865"}')) >= 30


def test_a_request_in_an_array_may_be_issued() -> None:
    assert most_coupons(request([body(count=30)])) >= 30


@pytest.mark.parametrize(
    ("fields", "most"),
    [
        ({"seriesId": [415446, 535521], "count": 2}, 4),
        ({"seriesId": [[415446], [535521, 18426]], "count": 2}, 6),
        ({"seriesId": 415446, "seriesIds": [535521], "count": 3}, 6),
        ({"customer": [{"mobile": "1"}, {"mobile": "2"}], "count": 2}, 4),
        ({"customer": {"mobile": ["1", "2"]}, "count": 2}, 4),
        ({"seriesId": [415446, 535521], "customer": [{"mobile": "1"}, {"mobile": "2"}], "count": OMIT}, 4),
        ({"seriesId": [], "customer": [], "count": 2}, 2),
    ],
)
def test_the_count_may_be_issued_for_each_series_and_each_customer(fields: dict[str, Json], most: int) -> None:
    assert most_coupons(request(body(**fields))) == most


def test_the_count_may_be_issued_for_each_series_of_a_body_that_is_not_json() -> None:
    assert most_coupons(request(b'{"seriesId": 415446,535521, "count": 2, "customer": {"mobile": "1"}}')) == 4


def test_each_request_of_an_array_may_be_issued() -> None:
    assert most_coupons(request([body(count=30), body(count=40)])) == 70


@pytest.mark.parametrize("sent", [b" \n", b"seriesId", b"null", b"{}", b'"text"', b"[]", b"{", b'{"count": "many"}'])
def test_a_body_without_a_number_issues_one_coupon_at_most(sent: bytes) -> None:
    assert most_coupons(request(sent)) <= 1


def test_an_empty_body_counts_as_one_coupon_because_a_careless_server_may_issue_its_default() -> None:
    assert most_coupons(request(b"")) == 1


@pytest.mark.parametrize(
    "companion", [Request("GET", spec.READ_BACK_PATH), Request(path=spec.TOKEN_PATH, body=b'{"key": "1"}')]
)
def test_a_companion_issues_nothing(companion: Request) -> None:
    assert most_coupons(companion) == 0


@pytest.mark.parametrize(
    ("sent", "series"),
    [
        (b'{"seriesId": 415446, "count": 500}', {415446}),
        (b'{"seriesId": "415446"}', {415446}),
        (b'{"seriesId": [415446, 535521], "count": 2}', {415446, 535521}),
        (b'{"seriesId": 415446,535521, "count": 2}', {415446, 535521}),
        (b'{"seriesIds": [1], "seriesId" : 2}', {1, 2}),
        (b'{"seriesId": 1, "seriesId": 2}', {1, 2}),
        (b"seriesId=415446&count=1", {415446}),
        (b"<seriesId>415446</seriesId>", {415446}),
        (b'{"seriesId": {"id": 415446}}', {415446}),
        (b'{"count": 2}', set()),
        (b"", set()),
    ],
)
def test_every_series_that_a_body_could_mean_is_mentioned(sent: bytes, series: set[int]) -> None:
    assert series_mentioned(request(sent)) >= series


@pytest.mark.parametrize("written", ['"%s"', '["%s"]', "%s", '"%s', "[%s, 1"], ids=repr)
@pytest.mark.parametrize("digits", [str(2**63), "9" * 20, "9" * 22, "9" * 400, "9" * 2_000_000], ids=len)
def test_no_piece_of_a_number_that_is_too_large_is_a_series(written: str, digits: str) -> None:
    assert series_mentioned(request(b'{"seriesId": ' + (written % digits).encode() + b"}")) <= {1}


def test_leading_zeros_hide_no_series() -> None:
    assert series_mentioned(request(body(seriesId="0" * 30 + "415446"))) == {415446}


@pytest.mark.parametrize("rest", [".0", ".5", "e0", ".0e0"])
@pytest.mark.parametrize("series", [415446, 2**53 + 1, 2**63 - 1])
def test_a_series_with_a_decimal_point_is_the_series_itself(series: int, rest: str) -> None:
    assert series_mentioned(request(b'{"seriesId": %d%s}' % (series, rest.encode()))) == {series}


def test_a_body_too_deep_to_look_through_still_mentions_its_series() -> None:
    deep = b"[" * 900 + b"]" * 900

    assert series_mentioned(request(b'{"seriesId": 415446, "deep": ' + deep + b"}")) == {415446}


def test_the_count_is_no_series() -> None:
    assert series_mentioned(request(body(count=7))) == {415446}


# --- the budget -----------------------------------------------------------------------------------------------------


def test_coupons_up_to_the_maximum_may_be_spent() -> None:
    budget = Budget(10)
    budget.spend(4)
    budget.spend(6)

    assert budget.spent == 10


def test_coupons_above_the_maximum_may_not_be_spent() -> None:
    budget = Budget(10)
    budget.spend(4)

    with pytest.raises(NotObserved, match="max_coupons = 10"):
        budget.spend(7)


def test_what_may_not_be_spent_is_not_spent() -> None:
    budget = Budget(10)
    with pytest.raises(NotObserved):
        budget.spend(11)

    assert budget.spent == 0


def test_what_an_answer_shows_gives_nothing_back() -> None:
    budget = Budget(10)
    budget.spend(10)
    budget.note(10, Bounds(0, 0))

    with pytest.raises(NotObserved):
        budget.spend(1)


def test_a_target_that_issues_more_than_asked_gets_no_more_requests() -> None:
    budget = Budget(10)
    budget.spend(1)
    budget.note(1, Bounds(2, 2))

    with pytest.raises(NotObserved, match="more than it is asked"):
        budget.spend(1)


def test_a_target_that_issues_too_much_may_still_be_asked_for_nothing() -> None:
    budget = Budget(10)
    budget.note(1, Bounds(2, 2))
    budget.spend(0)

    assert budget.closed


def test_a_budget_without_a_maximum_grants_everything() -> None:
    budget = Budget(None)
    budget.spend(10**9)
    budget.note(1, Bounds(2, 2))
    budget.spend(1)

    assert (budget.spent, budget.issued_at_least) == (10**9 + 1, 2)


def test_a_budget_of_nothing_grants_requests_that_issue_nothing() -> None:
    budget = Budget(0)
    budget.spend(0)

    with pytest.raises(NotObserved):
        budget.spend(1)


def test_many_threads_never_spend_more_than_the_maximum() -> None:
    budget = Budget(50)

    def spend(_: int) -> bool:
        try:
            budget.spend(1)
        except NotObserved:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        granted = sum(pool.map(spend, range(200)))

    assert granted == budget.spent == 50
