import re
from time import perf_counter

import pytest

from coupon_contract.suite.word_index import WordIndex


def index(*words: str, alone: bool = False) -> WordIndex:
    made = WordIndex()
    for word in words:
        made.add(word, alone=alone)
    return made


@pytest.mark.parametrize("word", ["a", "abc", "abcd", "abcdefgh", "a.c*", "ab cd", "ü\u20ac\U0001f600x"])
@pytest.mark.parametrize("text", ["{}", "x{}", "{}y", "xx{}yy{}zz"])
def test_a_word_is_found_wherever_it_stands(word: str, text: str) -> None:
    (pattern,) = index(word, "another").patterns_in(text.format(word, word))

    assert re.search(pattern, text.format(word, word))


def test_words_that_are_not_there_are_not_found() -> None:
    assert index("abcd", "abcdefgh", "xyz").patterns_in("abcefgh abc xy") == []


def test_a_word_within_a_longer_one_comes_after_it() -> None:
    assert index("abcd", "abcdefgh").patterns_in("abcdefgh") == ["abcdefgh", "abcd"]


def test_a_word_that_stands_alone_only_does_not_match_within_another() -> None:
    (pattern,) = index("abcde", alone=True).patterns_in("xabcde")

    assert not re.search(pattern, "xabcde")


def test_a_hundred_thousand_words_that_begin_alike_take_no_time() -> None:
    many = index(*(f"code{number:06d}" for number in range(100_000)))
    text = "code999999 " * 400
    started = perf_counter()
    for _ in range(20):
        many.patterns_in(text)

    assert perf_counter() - started < 4
