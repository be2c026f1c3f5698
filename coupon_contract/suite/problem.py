"""The form of problems: what was seen, and what the contract expects in its place.

A problem is one sentence without values of a response. Where something definite is expected, the sentence ends in
`; expected …`, so that reports can set both side by side.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from attrs import frozen

from coupon_contract.suite.excerpt import documented_names

EXPECTED = "; expected "
CAUSE = ". Possible cause: "
ANSWERED = "answered with "
PLACE = re.compile(r"((?:\w+(?:\[\])?\.)*\w+(?:\[\])?) (?:is|stands|has) ")
VARYING = re.compile(r"\bexchange \d+|\b\d+ coupons?\b")  # what differs each time that the same thing goes wrong
DIGITS = re.compile(r"\d+")
FIELDS_OF_ANSWERS = {"HTTP ": "HTTP status", "refusal": "errors[].code", "coupon": "coupons"}  # by their words
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Item = TypeVar("Item")


@frozen
class Difference:
    """The expected and the actual side of a problem, and the field of the response that differs (empty without one)."""

    field: str
    expected: str
    actual: str

    @property
    def field_of_expected(self) -> str:
        """The field, if what was expected is a value of it alone; empty for a status in place of coupons."""
        kinds = {name for word, name in FIELDS_OF_ANSWERS.items() if word in self.expected}
        return self.field if self.field not in FIELDS_OF_ANSWERS.values() or kinds <= {self.field} else ""


def unlike(actual: object, expected: object) -> str:
    """Return a problem: what was seen, and what was expected."""
    return f"{actual}{EXPECTED}{expected}"


def difference(problem: str) -> Difference | None:
    """Return the two sides of a problem; None if it expects nothing definite."""
    actual, separator, expected = problem.partition(CAUSE)[0].partition(EXPECTED)
    if not separator:
        return None
    if ANSWERED in actual:
        actual = actual.partition(ANSWERED)[2]
        return Difference(_field_of_answer(actual), expected, actual)
    match = PLACE.match(actual)
    if match and re.split(r"[.\[]", match[1])[0] in documented_names():
        return Difference(match[1], expected, actual[match.end() :])
    return Difference("", expected, actual)


def _field_of_answer(actual: str) -> str:
    if actual.startswith("HTTP "):
        return FIELDS_OF_ANSWERS["HTTP "]
    if actual.startswith("a refusal with"):
        return FIELDS_OF_ANSWERS["refusal"]
    return FIELDS_OF_ANSWERS["coupon"] if re.match(r"\d+ coupon", actual) else ""


def kind(problem: str) -> str:
    """Return what a problem has in common with the same mistake in other responses."""
    return VARYING.sub("#", problem)


def together(items: Iterable[Item], problem: Callable[[Item], str]) -> list[list[Item]]:
    """Return items in groups whose problems differ in numbers at most, each where its first item stands."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(DIGITS.sub("#", problem(item)), []).append(item)
    return list(groups.values())


def counted(number: int, noun: str = "coupon") -> str:
    """Return a number with its noun, such as "1 coupon" and "2 coupons"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def alternatives(words: Iterable[object]) -> str:
    """Return words as alternatives: "a", "a or b", "a, b or c"."""
    *others, last = map(str, words)
    return f"{', '.join(others)} or {last}" if others else last


def places(missing: Iterable[object], all_of_them: Sequence[object]) -> str:
    """Return which of some coupons are missing, by their places: "the second of two coupons"."""
    absent = set(missing)
    numbers = [number for number, item in enumerate(all_of_them) if item in absent]
    total = len(all_of_them)
    many = NUMBERS[total] if total < len(NUMBERS) else str(total)
    if total == 1:
        return "the only coupon"
    if len(numbers) == total:
        return "both coupons" if total == 2 else f"all {many} coupons"
    which = [ORDINALS[number] if number < len(ORDINALS) else f"number {number + 1}" for number in numbers[:3]]
    more = f" and {len(numbers) - 3} more" if len(numbers) > 3 else ""
    return f"the {', the '.join(which)}{more} of {many} coupons"


def failures_in_words(failures: int, clauses: int) -> str:
    """Return the count of failures as every report words it."""
    return f"{counted(failures, 'failure')} of {counted(clauses, 'clause')}" if failures else "no failure"
