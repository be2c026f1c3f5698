"""What may be answered: the few kinds of answer that cases and expectations are written in."""

from collections.abc import Iterable

from attrs import frozen

import spec
from contract_tests.answer import Answer

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
    """At least one coupon and at most `most`, explained by one of `codes` in `errors` or its twin in `warnings`."""

    most: int
    codes: frozenset[int]

    def fits(self, answer: Answer) -> bool:
        """Whether the answer is of this kind."""
        return 1 <= len(answer.coupons) <= self.most and self._explained(answer)

    def _explained(self, answer: Answer) -> bool:
        twins = {PARTIAL_CODES[code] for code in self.codes}
        return not (self.codes.isdisjoint(answer.errors) and twins.isdisjoint(answer.warnings))

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

    def fits(self, answer: Answer) -> bool:
        """Whether the answer is of this kind."""
        return answer.status < 500

    def __str__(self) -> str:
        return "anything"


Kind = Http | Refused | Issued | Partly | AnyRefusal | Anything


def http(*statuses: int) -> Http:
    """An answer with one of these statuses."""
    return Http(frozenset(statuses))


def refused(*codes: int) -> Refused:
    """A refusal with one of these codes."""
    return Refused(frozenset(codes))


def partly(most: int, *codes: int) -> Partly:
    """One to `most` coupons, explained by one of these codes."""
    return Partly(most, frozenset(codes))


def any_fits(kinds: Iterable[Kind], answer: Answer) -> bool:
    """Whether the answer is of one of these kinds."""
    return any(kind.fits(answer) for kind in kinds)


def describe(kinds: Iterable[Kind]) -> str:
    """The kinds in words."""
    return ", or ".join(dict.fromkeys(map(str, kinds)))
