"""What may be answered: the few kinds of answer that cases and expectations are written in."""

from collections.abc import Iterable

from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.response_reader import Answer

PARTIAL_CODES = {row.code: row.partial_code for row in spec.error_table()}


@frozen
class Http:
    """Any of these statuses, all of which mean that nothing was issued."""

    statuses: frozenset[int]

    def fits(self, answer: Answer) -> bool:
        """Whether the answer is of this kind."""
        return answer.status in self.statuses

    def __str__(self) -> str:
        return "HTTP " + " or ".join(map(str, sorted(self.statuses)))


@frozen
class Refused:
    """A 200 without coupons whose errors hold one of these codes."""

    codes: frozenset[int]

    def fits(self, answer: Answer) -> bool:
        """Whether the answer is of this kind."""
        return answer.refused_with(*self.codes)

    def __str__(self) -> str:
        return "refused with " + " or ".join(map(str, sorted(self.codes)))


@frozen
class Issued:
    """Exactly this many coupons."""

    count: int

    def fits(self, answer: Answer) -> bool:
        """Whether the answer is of this kind."""
        return answer.issued(self.count)

    def __str__(self) -> str:
        return f"{self.count} coupon(s)"


@frozen
class Partly:
    """At least one coupon and at most `most`, explained by one of `codes` in `errors` or its twin in `warnings`.

    Where no code of a partial success explains it, the clause `partial-explained` says so, and no other one.
    """

    most: int
    codes: frozenset[int]

    def fits(self, answer: Answer) -> bool:
        """Whether the answer is of this kind."""
        return 1 <= len(answer.coupons) <= self.most and self._explained(answer)

    def _explained(self, answer: Answer) -> bool:
        given = explanations(answer)
        return not given or not given.isdisjoint(self.codes)

    def __str__(self) -> str:
        return f"1 to {self.most} coupon(s) explained by " + " or ".join(map(str, sorted(self.codes)))


@frozen
class AnyRefusal:
    """Nothing was issued, whatever the reason; used where the target file does not say enough to know which."""

    def fits(self, answer: Answer) -> bool:
        """Whether the answer is of this kind."""
        return answer.outcome == "refused" or 400 <= answer.status < 500

    def __str__(self) -> str:
        return "any refusal"


@frozen
class Anything:
    """Whatever the contract allows in general; used where the target file does not say enough."""

    def fits(self, _: Answer) -> bool:
        """Whether the answer is of this kind. Clauses of their own speak of statuses and shapes."""
        return True

    def __str__(self) -> str:
        return "anything"


Kind = Http | Refused | Issued | Partly | AnyRefusal | Anything


def http(*statuses: int) -> Http:
    """An answer with one of these statuses."""
    return Http(frozenset(statuses))


def refused(*codes: int) -> Refused:
    """A refusal with one of these codes."""
    return Refused(frozenset(codes))


ANY_DOCUMENTED_REFUSAL = refused(*PARTIAL_CODES)


def partly(most: int, *codes: int) -> Partly:
    """One to `most` coupons, explained by one of these codes."""
    return Partly(most, frozenset(codes))


def explanations(answer: Answer) -> frozenset[int]:
    """The codes of partial successes that explain this answer, each as the one that stands in `errors`."""
    return frozenset(
        code
        for code, partial in PARTIAL_CODES.items()
        if partial is not None and (code in answer.errors or partial in answer.warnings)
    )


def any_fits(kinds: Iterable[Kind], answer: Answer) -> bool:
    """Whether the answer is of one of these kinds."""
    return any(kind.fits(answer) for kind in kinds)


def describe(kinds: Iterable[Kind]) -> str:
    """The kinds in words."""
    return ", or ".join(dict.fromkeys(map(str, kinds)))
