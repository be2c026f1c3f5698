"""The one oracle: whichever test asked, every exchange is judged by every rule that applies to it.

A rule belongs to one clause and says what is wrong, in words without any value of the answer; no words mean that the
clause held. A rule that does not apply says None: that is no observation.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from threading import Lock

from attrs import define, field, frozen

from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.expect import Expectation, expect
from coupon_contract.suite.history import Memory
from coupon_contract.suite.request_reader import asked
from coupon_contract.suite.response_reader import Answer, read
from coupon_contract.suite.schema import Flaw, flaws
from coupon_contract.suite.target import Target


@frozen
class Facts:
    """What a rule may look at: one exchange, and what the run has seen before it."""

    answer: Answer
    asked: int | None
    expectation: Expectation | None
    target: Target
    memory: Memory

    @property
    def exchange(self) -> Exchange:
        """The exchange that is judged."""
        return self.answer.exchange

    @cached_property
    def flaws(self) -> tuple[Flaw, ...] | None:
        """Where the body leaves its schema; None when it is not a JSON object."""
        if not isinstance(self.answer.body, dict):
            return None
        return tuple(flaws("IssuanceResponse", self.exchange.response.body))

    @property
    def has_coupons(self) -> bool:
        """Whether coupons were issued."""
        return self.answer.outcome == "coupons"


@frozen
class Finding:
    """One observation of a clause: what is wrong, or None where it held."""

    clause: str
    problem: str | None
    exchange: Exchange | None = field(default=None, repr=False)


Rule = Callable[[Facts], str | Iterable[str] | None]
RULES: dict[str, list[Rule]] = {}
SHOWN_BY: dict[str, tuple[str, ...]] = {}


def rule(clause: str, *states: str) -> Callable[[Rule], Rule]:
    """Register a rule for a clause. It returns the problem, or an empty text where the clause held, or None where the
    rule does not apply. `states` are those of series that can show it; none where any target can."""

    def register(function: Rule) -> Rule:
        RULES.setdefault(clause, []).append(function)
        if states:
            SHOWN_BY[clause] = states
        return function

    return register


def not_offered(target: Target) -> dict[str, str]:
    """The clauses that no series of the target can show to their rules, each with the keys that would."""
    return {
        clause: " or ".join(f"series.{state}" for state in states)
        for clause, states in SHOWN_BY.items()
        if target.series.keys().isdisjoint(states)
    }


@define
class Oracle:
    """Judges the exchanges of one run, in the order in which they are given. Safe to use from several threads."""

    target: Target
    memory: Memory = field(factory=Memory)
    _lock: Lock = field(factory=Lock)

    def judge(self, exchange: Exchange) -> tuple[Answer, list[Finding]]:
        """Read an exchange on the issuing operation's path and say, clause by clause, what it shows. Of another method
        nothing is said here: the clause about methods is a SHOULD, and no other one may decide in its place."""
        answer = read(exchange)
        request = exchange.request
        with self._lock:
            facts = Facts(answer, asked(request), expect(request, self.target), self.target, self.memory)
            self.memory.note(answer, self.target)
            if not request.issues:
                return answer, []
            findings = [
                Finding(clause, problem or None, exchange)
                for clause, rules in RULES.items()
                for problem in _problems(rules, facts)
            ]
        return answer, findings


def _problems(rules: Iterable[Rule], facts: Facts) -> set[str]:
    """Each distinct problem, or one empty text where the clause held, or nothing where no rule applies."""
    problems: set[str] = set()
    for one in rules:
        said = one(facts)
        problems.update((said,) if isinstance(said, str) else said or ())
    return problems - {""} or problems
