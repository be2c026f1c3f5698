"""Matchers for outcomes, as cases and expectations use them."""

from collections.abc import Iterable

from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.problem import alternatives, counted
from coupon_contract.suite.response_reader import Outcome

PARTIAL_CODES = {row.code: row.partial_code for row in spec.error_table()}


@frozen
class HttpStatus:
    """Any of these statuses; nothing was issued."""

    statuses: frozenset[int]

    def fits(self, outcome: Outcome) -> bool:
        """Return True if the outcome matches."""
        return outcome.status in self.statuses

    def __str__(self) -> str:
        return f"HTTP {alternatives(sorted(self.statuses))}"


@frozen
class RefusedWith:
    """A 200 without coupons, with one of these codes in its errors."""

    codes: frozenset[int]

    def fits(self, outcome: Outcome) -> bool:
        """Return True if the outcome matches."""
        return outcome.refused_with(*self.codes)

    def __str__(self) -> str:
        return f"a refusal with {_codes(self.codes)}"


@frozen
class IssuedExactly:
    """Exactly this many coupons."""

    count: int

    def fits(self, outcome: Outcome) -> bool:
        """Return True if the outcome matches."""
        return outcome.issued(self.count)

    def __str__(self) -> str:
        return counted(self.count)


@frozen
class IssuedPartly:
    """At least one coupon and at most `most`, explained by one of `codes` in `errors` or its twin in `warnings`.

    If no code of a partial success explains it, that violates the clause `partial-explained` and no other.
    """

    most: int
    codes: frozenset[int]

    def fits(self, outcome: Outcome) -> bool:
        """Return True if the outcome matches."""
        return 1 <= len(outcome.coupons) <= self.most and self._explained(outcome)

    def _explained(self, outcome: Outcome) -> bool:
        given = explanations(outcome)
        return not given or not given.isdisjoint(self.codes)

    def __str__(self) -> str:
        some = "1 coupon" if self.most <= 1 else f"1 to {self.most} coupons"
        return f"{some} with {_codes(self.codes)}"


@frozen
class AnyRefusal:
    """Any refusal; for targets whose file does not say enough to know which."""

    def fits(self, outcome: Outcome) -> bool:
        """Return True if the outcome matches."""
        return outcome.kind == "refused" or 400 <= outcome.status < 500

    def __str__(self) -> str:
        return "any refusal"


@frozen
class Anything:
    """Anything that the contract allows in general; for targets whose file does not say enough."""

    def fits(self, _: Outcome) -> bool:
        """Return True. Statuses and shapes have clauses of their own."""
        return True

    def __str__(self) -> str:
        return "anything"


Matcher = HttpStatus | RefusedWith | IssuedExactly | IssuedPartly | AnyRefusal | Anything


def http(*statuses: int) -> HttpStatus:
    """Return a matcher of these statuses."""
    return HttpStatus(frozenset(statuses))


def refused(*codes: int) -> RefusedWith:
    """Return a matcher of a refusal with one of these codes."""
    return RefusedWith(frozenset(codes))


ANY_DOCUMENTED_REFUSAL = refused(*PARTIAL_CODES)


def partly(most: int, *codes: int) -> IssuedPartly:
    """Return a matcher of one to `most` coupons, explained by one of these codes."""
    return IssuedPartly(most, frozenset(codes))


def explanations(outcome: Outcome) -> frozenset[int]:
    """Return the codes of partial successes that explain this outcome, each as it stands in `errors`."""
    return frozenset(
        code
        for code, partial in PARTIAL_CODES.items()
        if partial is not None and (code in outcome.errors or partial in outcome.warnings)
    )


def any_fits(matchers: Iterable[Matcher], outcome: Outcome) -> bool:
    """Return True if any of the matchers fits."""
    return any(matcher.fits(outcome) for matcher in matchers)


def describe(matchers: Iterable[Matcher]) -> str:
    """Describe the matchers in words, all refusals as one."""
    given = list(matchers)
    codes = frozenset[int]().union(*(matcher.codes for matcher in given if isinstance(matcher, RefusedWith)))
    merged = (RefusedWith(codes) if isinstance(matcher, RefusedWith) else matcher for matcher in given)
    return ", or ".join(dict.fromkeys(map(str, merged)))


def _codes(codes: frozenset[int]) -> str:
    return "any documented code" if codes >= PARTIAL_CODES.keys() else alternatives(sorted(codes))
