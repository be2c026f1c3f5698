import pytest

from coupon_contract.suite.exchange import Request
from coupon_contract.suite.expect import expect
from coupon_contract.suite.matchers import any_fits
from coupon_contract.suite.response_reader import Outcome
from tests.suite.conftest import (
    OMIT,
    TARGET,
    body,
    coupons,
    of_series,
    refusal,
    request,
    status,
)
from tests.suite.expectation_helpers import _kinds

CHARSET = (("Content-Type", "application/json; charset=utf-8"),)
BLAMED = {
    "an unknown customer": (request(body()), refusal(701), "any-identifier"),
    "an unknown external id of digits": (
        request(body(customer={"externalId": "3873472"})),
        refusal(701),
        "external-id-unpadded",
    ),
    "an unknown customer of an expired series": (request(of_series("expired")), refusal(701), "any-identifier"),
    "a numeric text as series": (request(body(seriesId="415446")), refusal(707), "series-as-text"),
    "an unknown field": (request(body(colour="blue")), refusal(756), "unknown-request-fields"),
    "too many coupons for an unknown field": (request(body(colour="blue")), coupons(2), "issues-what-was-asked"),
    "an unknown field without a count": (request(body(colour="blue", count=OMIT)), refusal(756), "count-omitted"),
    "a count with a point": (request(body(count=2.0)), refusal(756), "ambiguous-json"),
    "a charset": (request(body(), headers=CHARSET), status(415), "valid-is-processed"),
    "a refusal for an ordinary request": (request(body()), refusal(707), "issues-what-was-asked"),
    "an unknown customer beside another fault": (request(body(count=501)), refusal(701), "count-too-high"),
}


@pytest.mark.parametrize(("asked_for", "answer", "clause"), BLAMED.values(), ids=BLAMED)
def test_a_wrong_answer_is_blamed_on_what_is_special_about_its_request(
    asked_for: Request, answer: Outcome, clause: str
) -> None:
    expectation = expect(asked_for, TARGET)

    assert expectation is not None
    assert expectation.violated(answer) == clause


@pytest.mark.parametrize("declared", ["text/plain", "application/xml", "application/jsonp"])
def test_another_content_type_may_be_answered_with_415_or_400_only(declared: str) -> None:
    matchers = _kinds(request(body(), headers=(("Content-Type", declared),)))
    answers = [coupons(1), refusal(707), status(400), status(415)]

    assert [any_fits(matchers, answer) for answer in answers] == [False, False, True, True]


def test_a_body_that_declares_no_type_may_be_taken_as_json() -> None:
    matchers = _kinds(request(body(), headers=()))
    answers = [coupons(1), coupons(2), refusal(707), status(400), status(415)]

    assert [any_fits(matchers, answer) for answer in answers] == [True, False, False, True, True]


@pytest.mark.parametrize(
    "sent",
    [b'{"seriesId": "\xc3\x28"}', "{}".encode("utf-16"), "{}".encode("utf-16-be"), b"\xef\xbb\xbf{}"],
    ids=["invalid UTF-8", "UTF-16", "UTF-16 without a mark", "byte order mark"],
)
def test_nothing_is_certain_of_another_encoding(sent: bytes) -> None:
    assert expect(request(sent), TARGET) is None


@pytest.mark.parametrize("declared", ["Application/JSON", "application/json; charset=utf-8", "application/json;x=y"])
def test_json_is_declared_in_any_case_and_with_parameters(declared: str) -> None:
    matchers = _kinds(request(body(), headers=(("content-TYPE", declared),)))

    assert [any_fits(matchers, answer) for answer in (coupons(1), status(415))] == [True, False]


@pytest.mark.parametrize("who", ["nobody", "plain-password", "invented-token", "no-access"])
def test_nothing_is_certain_for_callers_without_rights(who: str) -> None:
    assert expect(request(body(), who=who), TARGET) is None


@pytest.mark.parametrize("who", ["caller", "till", "oauth"])
def test_callers_with_rights_are_answered_alike(who: str) -> None:
    assert expect(request(body(), who=who), TARGET) == expect(request(body()), TARGET)


@pytest.mark.parametrize("fields", [{"method": "PUT"}, {"method": "GET"}, {"path": "/v2/coupon"}])
def test_nothing_is_certain_about_other_operations(fields: dict[str, str]) -> None:
    assert expect(request(body(), **fields), TARGET) is None


@pytest.mark.parametrize("depth", [1_000, 100_000])
def test_nothing_is_certain_about_very_deep_nesting(depth: int) -> None:
    assert expect(request(b"[" * depth), TARGET) is None


def test_deep_nesting_in_an_unknown_field_is_processed_or_unusable() -> None:
    deep = b'{"seriesId": 999999999, "x": ' + b"[" * 60 + b"]" * 60 + b', "customer": {"mobile": "11223569865"}}'
    matchers = _kinds(request(deep))

    assert [any_fits(matchers, answer) for answer in (refusal(707), status(400), coupons(1))] == [True, True, False]
