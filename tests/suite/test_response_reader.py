from typing import Any

import pytest

from coupon_contract.suite.response_reader import Outcome, read
from tests.suite.conftest import body, coupons, entry, example, exchange, refusal, status

ISSUED = ["Issued", "IssuedGeneric", "PartlyIssued"]
REFUSED = ["RefusedSeriesInvalid", "RefusedGenericOnlyOne", "RefusedCouponExpired"]


def _read(got: Any, number: int = 200) -> Outcome:
    return read(exchange(body(), got, number))


@pytest.mark.parametrize("name", ISSUED)
def test_documented_answers_with_coupons_are_read_as_coupons(name: str) -> None:
    answer = _read(example(name))

    assert (answer.kind, len(answer.coupons)) == ("coupons", len(example(name)["coupons"]))


@pytest.mark.parametrize("name", REFUSED)
def test_documented_refusals_are_read_as_refused(name: str) -> None:
    answer = _read(example(name))

    assert answer.refused_with(example(name)["errors"][0]["code"])


def test_a_partial_answer_has_coupons_and_codes() -> None:
    answer = _read(example("PartlyIssued"))

    assert (answer.kind, answer.errors) == ("coupons", (5004,))


def test_coupons_beside_errors_are_never_a_refusal() -> None:
    answer = coupons(1, 707)

    assert not answer.refused_with(707)


@pytest.mark.parametrize("got", [b"", b"<html>", b"[]", b"null", {}, {"errors": []}, {"coupons": [], "errors": []}])
def test_a_200_with_neither_coupons_nor_errors_is_unclear(got: Any) -> None:
    answer = _read(got)

    assert answer.kind == "unclear"


@pytest.mark.parametrize("nothing", [[], None, {}, "", 0])
def test_coupons_that_are_none_do_not_hide_a_refusal(nothing: Any) -> None:
    answer = _read({"coupons": nothing, "errors": [entry(707)]})

    assert answer.refused_with(707)


def test_a_response_of_another_success_status_is_read_as_one_with_200() -> None:
    answer = _read(example("Issued"), 201)

    assert (answer.issued(2), answer.status) == (True, 201)


def test_a_success_status_without_coupons_or_errors_is_no_outcome_of_the_operation() -> None:
    assert _read({}, 202).kind == "http"


@pytest.mark.parametrize("number", [302, 400, 401, 429, 500])
def test_any_other_status_is_no_outcome_of_the_operation(number: int) -> None:
    answer = _read(example("Issued"), number)

    assert (answer.kind, answer.coupons) == ("http", ())


@pytest.mark.parametrize("code", ["707", 707.0])
def test_a_code_of_the_wrong_type_still_says_what_was_meant(code: Any) -> None:
    answer = _read({"errors": [entry(code)]})

    assert answer.refused_with(707)


@pytest.mark.parametrize("code", [True, None, [707], {"a": 1}, "seven", "9" * 5000])
def test_a_code_that_is_no_number_is_passed_over(code: Any) -> None:
    answer = _read({"errors": [entry(code)]})

    assert (answer.kind, answer.errors) == ("refused", ())


def test_a_code_that_is_infinite_is_passed_over() -> None:
    answer = _read(b'{"errors": [{"code": 1e999}]}')

    assert (answer.kind, answer.errors) == ("refused", ())


def test_errors_that_are_no_objects_still_refuse() -> None:
    answer = _read({"errors": ["no", 7, None]})

    assert answer.kind == "refused"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_issued_counts_exactly(count: int) -> None:
    answer = coupons(2)

    assert not answer.issued(count)


def test_a_refusal_with_another_code_is_not_the_one_asked_about() -> None:
    answer = refusal(707)

    assert not answer.refused_with(701, 713)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (status(400), "HTTP 400"),
        (refusal(707), "a refusal with 707"),
        (coupons(1, 5004), "1 coupon with errors [5004]"),
        (coupons(2, twins=(679,)), "2 coupons with warnings [679]"),
        (read(exchange(body(), {})), "HTTP 200 with neither coupons nor errors"),
    ],
)
def test_an_answer_in_words(answer: Outcome, words: str) -> None:
    assert str(answer) == words


def test_neither_words_nor_representation_show_a_code_or_an_identifier() -> None:
    answer = _read(example("Issued"))

    assert not any(planted in f"{answer} {answer!r}" for planted in ("3084294818", "1237263304", "11223569865"))
