"""The form of problems, as every report reads it."""

import pytest

from coupon_contract.suite.problem import Difference, alternatives, counted, difference, kind, places, unlike

SIDES = {
    "answered with a refusal with 756; expected a refusal with 677": Difference(
        "errors[].code", "a refusal with 677", "a refusal with 756"
    ),
    "GET was answered with HTTP 404; expected HTTP 405": Difference("HTTP status", "HTTP 405", "HTTP 404"),
    "answered with 2 coupons; expected at most 1. Possible cause: series.expired = 7 in the target file": Difference(
        "coupons", "at most 1", "2 coupons"
    ),
    "coupons[].couponId is a text; expected an integer": Difference("coupons[].couponId", "an integer", "a text"),
    "couponConfig.info is missing; expected always there": Difference("couponConfig.info", "always there", "missing"),
    "24 parallel calls got 24 coupons; expected at most 5": Difference(
        "", "at most 5", "24 parallel calls got 24 coupons"
    ),
}


@pytest.mark.parametrize(("problem", "sides"), SIDES.items(), ids=[*SIDES])
def test_a_problem_has_two_sides_and_the_field_in_which_they_differ(problem: str, sides: Difference) -> None:
    assert difference(problem) == sides


def test_a_problem_that_expects_nothing_definite_has_no_sides() -> None:
    assert difference("a couponId is 0") is None


def test_a_problem_is_read_as_it_was_written() -> None:
    assert difference(unlike("this", "that")) == Difference("", "that", "this")


@pytest.mark.parametrize(
    "again", ["6 coupons for one customer; expected at most 5", "1 coupon for one customer; expected at most 5"]
)
def test_more_coupons_of_the_same_mistake_are_the_same_kind(again: str) -> None:
    assert kind(again) == kind("7 coupons for one customer; expected at most 5")


def test_another_code_is_another_kind() -> None:
    assert kind("answered with a refusal with 756") != kind("answered with a refusal with 701")


@pytest.mark.parametrize(("number", "words"), [(0, "0 coupons"), (1, "1 coupon"), (2, "2 coupons")])
def test_a_number_has_its_noun(number: int, words: str) -> None:
    assert counted(number) == words


@pytest.mark.parametrize(("words", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")])
def test_alternatives_are_a_sentence(words: list[str], text: str) -> None:
    assert alternatives(words) == text


@pytest.mark.parametrize(
    ("missing", "of", "words"),
    [
        ("b", "ab", "the second of two coupons"),
        ("ab", "ab", "both coupons"),
        ("a", "a", "the only coupon"),
        ("ac", "abc", "the first, the third of three coupons"),
        ("abc", "abc", "all three coupons"),
        ("l", "abcdefghijkl", "the number 12 of 12 coupons"),
    ],
)
def test_a_missing_coupon_is_named_by_its_place(missing: str, of: str, words: str) -> None:
    assert places(missing, of) == words
