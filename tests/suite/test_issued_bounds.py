"""Bounds on what was issued: a response that proves nothing leaves open all that its request could issue."""

import gzip
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coupon_client import Issued, OutcomeUnknown
from coupon_contract import spec
from coupon_contract.suite.exchange import JSON_HEADERS, Request, Response, dumps
from coupon_contract.suite.issued_bounds import Bounds, issued_bounds
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.transport import Transport
from tests.client.mutations import answers
from tests.client.test_mutations import in_a_thread
from tests.suite.conftest import always, body, entry, example, request, serving
from tests.suite.transport_helpers import at

Json = Any
ASKED = 500
ISSUED = example("Issued")  # names 2 coupons
TWO = dumps(ISSUED)


def bounds(content: Json, status: int = 200) -> Bounds:
    sent = content if isinstance(content, bytes) else dumps(content)
    return issued_bounds(Request(), Response(status, JSON_HEADERS, sent, 0.0), ASKED)


def test_a_response_that_names_what_it_counts_is_exact() -> None:
    assert bounds(ISSUED) == Bounds(2, 2)


UNREADABLE = {
    "byte order mark": b"\xef\xbb\xbf" + TWO,
    "UTF-16": TWO.decode().encode("utf-16"),
    "HTML around it": b"<html><pre>" + TWO + b"</pre></html>",
    "JSON as a text": dumps({"body": TWO.decode()}),
    "one level down": dumps({"data": ISSUED}),
    "a list": dumps([ISSUED]),
    "another count": dumps(ISSUED | {"successCount": 5}),
    "more behind it": TWO + b"x",
    "a key twice": TWO[:-1] + b', "successCount": 2}',
    "latin-1 in it": TWO[:-1] + b', "note": "\xe9"}',
}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_response_that_cannot_be_believed_names_the_least_and_its_request_is_the_most(content: bytes) -> None:
    assert bounds(content) == Bounds(2, ASKED)


NOTHING = [b"", b"null", b"[]", b"{}", b"oops", gzip.compress(TWO, mtime=0), b"[" * 100_000, b"\xff\xfe"]


@pytest.mark.parametrize("content", NOTHING)
def test_a_response_that_tells_nothing_leaves_everything_open(content: bytes) -> None:
    assert bounds(content) == Bounds(0, ASKED)


def test_a_cut_response_names_at_least_the_coupons_before_the_cut() -> None:
    cut = TWO[: TWO.rindex(b"couponId") - 1]

    assert bounds(cut) == Bounds(1, ASKED)


@pytest.mark.parametrize("status", [500, 502, 503, 302, 404, 201])
def test_another_status_than_a_documented_rejection_proves_nothing(status: int) -> None:
    assert bounds({"errors": [entry(707)]}, status) == Bounds(0, ASKED)


@pytest.mark.parametrize("status", [400, 401, 403, 405, 415, 429])
def test_a_documented_rejection_issued_nothing(status: int) -> None:
    assert bounds({}, status) == Bounds(0, 0)


def test_a_rejection_that_names_coupons_issued_them() -> None:
    assert bounds(ISSUED, 400) == Bounds(2, ASKED)


@given(st.integers(-1, 10_000))
def test_only_a_certain_refusal_proves_that_nothing_was_issued(code: int) -> None:
    most = 0 if code in spec.certain_refusals() else ASKED

    assert bounds({"errors": [entry(code)]}) == Bounds(0, most)
    assert bounds({"errors": [entry(707), entry(code)]}) == Bounds(0, most)


def test_one_code_twice_is_still_a_certain_refusal() -> None:
    assert bounds({"errors": [entry(707), entry(707)]}) == Bounds(0, 0)


@pytest.mark.parametrize("warning", sorted(spec.issued_or_in_doubt()))
def test_a_refusal_beside_a_code_of_issued_coupons_proves_nothing(warning: int) -> None:
    assert bounds({"errors": [entry(707)], "warnings": [entry(warning)]}).at_most == ASKED


@pytest.mark.parametrize("code", [None, "707", True, 707.5, [707]])
def test_a_code_that_is_no_number_proves_nothing(code: Json) -> None:
    assert bounds({"errors": [{"status": False, "code": code, "message": ""}]}).at_most == ASKED


CLAIMS = {
    "success counted": {"errors": [entry(707)], "successCount": 1},
    "success counted as a text": {"errors": [entry(707)], "successCount": "2"},
    "success counted below": {"errors": [entry(707)], "data": {"successCount": 2}},
    "coupons in an object": {"errors": [entry(707)], "coupons": {"A1": {}}},
    "coupons as a number": {"errors": [entry(707)], "data": {"coupons": 2}},
    "empty coupons": {"errors": [entry(707)], "coupons": [{}, {}]},
}


@pytest.mark.parametrize("status", [200, 400, 401, 403, 405, 415, 429])
@pytest.mark.parametrize("content", CLAIMS.values(), ids=CLAIMS)
def test_a_rejection_that_counts_coupons_proves_nothing(content: Json, status: int) -> None:
    assert bounds(content, status) == Bounds(0, ASKED)


@pytest.mark.parametrize(
    "content",
    [
        b"<coupons><coupon><code>A1</code></coupon></coupons>",
        b"<coupon code='A1'/>",
        b'{"coupons": [{"code": "A1"}], "coupons": []}',
        b'{"coupons": [{"code": "A1"',
        '{"coupons": [{"code": "A1"'.encode("utf-16"),
    ],
)
def test_a_rejection_that_speaks_of_coupons_and_cannot_be_read_proves_nothing(content: bytes) -> None:
    assert bounds(content, 400) == Bounds(0, ASKED)


@pytest.mark.parametrize("status", [400, 401, 429])
@pytest.mark.parametrize(
    "content",
    [
        dumps({"errors": [entry(748)]}),
        dumps({"errors": [entry(707), entry("748")]}),
        dumps({"warnings": [entry(678)]}),
        dumps({"code": 5006}),
        dumps({"errors": [entry(748)]}) + b"{}",
        dumps({"body": dumps({"errors": [entry(748)]}).decode()}),
    ],
)
def test_a_rejection_with_a_code_that_proves_no_refusal_proves_nothing(content: bytes, status: int) -> None:
    assert bounds(content, status) == Bounds(0, ASKED)


@pytest.mark.parametrize("content", [dumps({"errors": [entry(400)]}), dumps({"code": "INVALID"}), b"<html>no</html>"])
def test_a_rejection_in_other_words_issued_nothing(content: bytes) -> None:
    assert bounds(content, 400) == Bounds(0, 0)


@pytest.mark.parametrize(
    "contradiction",
    [
        {"failureCount": 0},
        {"totalCount": 1},
        {"errors": [entry(707) | {"status": True}]},
        {"warnings": [{"code": "748"}]},
        {"warnings": {"code": 748}},
    ],
    ids=str,
)
def test_a_refusal_that_contradicts_itself_proves_nothing(contradiction: Json) -> None:
    sent = dumps({"errors": [entry(707)], "totalCount": 3, "failureCount": 3} | contradiction)

    assert issued_bounds(request(body(count=3)), Response(200, JSON_HEADERS, sent, 0.0), 3) == Bounds(0, 3)


@pytest.mark.parametrize(
    ("contradiction", "least"),
    [
        ({"totalCount": 2}, 2),
        ({"failureCount": 0}, 2),
        ({"successCount": 1}, 2),
        ({"coupons": [ISSUED["coupons"][0]] * 2}, 1),
        ({"coupons": [*ISSUED["coupons"], None]}, 2),
        ({"coupons": [{"code": ""}, {"couponId": 4}]}, 2),
    ],
    ids=["another total", "another number of failures", "another count", "one coupon twice", "nothing", "no codes"],
)
def test_coupons_beside_a_contradiction_are_the_least(contradiction: Json, least: int) -> None:
    sent = dumps(ISSUED | {"totalCount": 3, "failureCount": 1} | contradiction)

    assert issued_bounds(request(body(count=3)), Response(200, JSON_HEADERS, sent, 0.0), 3) == Bounds(least, 3)


def test_no_response_that_leaves_the_client_in_doubt_is_exact_here() -> None:
    """Two readings of the same rule (ledger certain-refusals), written apart: neither may believe more."""
    responses = list(answers(3_000, seed=11))
    differing = []
    for answer, end in zip(responses, in_a_thread(responses), strict=True):
        response = Response(answer.status, tuple(answer.headers.items()), answer.body, 0.0)
        bound = issued_bounds(request(body(count=answer.asked)), response, answer.asked)
        if isinstance(end, Issued):
            agree = bound.at_least <= len(end.codes) <= bound.at_most
        elif isinstance(end, OutcomeUnknown):
            agree = bound.at_most >= answer.asked
        else:
            agree = bound.at_least == 0
        if not agree:
            differing.append((bound, end, answer.body))

    assert differing == []


def test_coupons_that_read_back_lists_are_not_counted_again() -> None:
    listed = Response(200, JSON_HEADERS, json.dumps({"coupons": [{}] * 9}).encode(), 0.0)

    assert issued_bounds(Request("GET", spec.READ_BACK_PATH), listed, 0) == Bounds(0, 0)


def test_a_lost_response_leaves_open_what_was_issued() -> None:
    with (
        serving(lambda _: None) as stub,
        Transport(at(stub.url)) as transport,
        pytest.raises(NotObserved, match="no response"),
    ):
        transport.send(request(body(count=5)))

    assert (transport.budget.issued_at_least, transport.budget.issued_at_most) == (0, 5)


def test_a_request_that_reached_nobody_issued_nothing() -> None:
    with serving(always({})) as stub:
        gone = stub.url
    with Transport(at(gone)) as transport, pytest.raises(NotObserved, match="no response"):
        transport.send(request(body(count=5)))

    assert (transport.budget.issued_at_least, transport.budget.issued_at_most) == (0, 0)
