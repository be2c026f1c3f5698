"""The short form of the differential, and that its judge can find something."""

import logging

import pytest

from qa.differential import Case, Report, compare, falsely_none, lost, responses

NAMED = b'{"coupons": [{"code": "A1", "couponId": 1}], "errors": []}'
ENDS = {"issued", "partly-issued", "refused", "rejected", "not-authenticated", "outcome-unknown"}


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "coupon_client")


def told(end: str, *codes: str) -> Report:
    return Report(end, codes, (None,) * len(codes), (), (), 0)


def test_clients_agree_believe_nothing_false_and_lose_no_code() -> None:
    figures, ends, examples = compare(list(responses(1_500, 7)), [])

    assert set(figures.values()) == {0}, examples
    assert set(ends) == ENDS


def test_responses_are_the_same_for_the_same_seed() -> None:
    assert list(responses(50, 1)) == list(responses(50, 1)) != list(responses(50, 2))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, NAMED),
        (400, NAMED),
        (200, b'{"successCount": 1, "errors": []}'),
        (400, b'{"errors": [{"code": 748}]}'),
        (500, b"{}"),
        (200, b'{"a": "{\\"code\\": \\"A1\\"}"}'),
    ],
)
def test_a_false_nothing_was_issued_is_found(status: int, body: bytes) -> None:
    assert falsely_none(Case(("A1",), 1, status, body), told("refused"))


def test_a_refusal_of_a_server_that_issued_nothing_is_right() -> None:
    assert not falsely_none(Case((), 1, 200, b'{"errors": [{"code": 707}]}'), told("refused"))


def test_a_lost_code_is_found() -> None:
    case = Case(("A1", "B2"), 2, 200, NAMED)

    assert lost(case, told("outcome-unknown")) == ["A1"]
    assert lost(case, told("outcome-unknown", "A1")) == []
