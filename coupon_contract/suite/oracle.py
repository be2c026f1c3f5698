"""The oracle: every rule judges every exchange that it applies to, whichever test sent the request.

A rule belongs to one clause and describes the problem, without any value of the response. An empty text means that the
clause held. A rule that does not apply returns None, which is not an observation.
"""

from collections.abc import Callable, Iterable
from functools import cached_property
from threading import Lock

from attrs import define, field, frozen

from coupon_contract.suite.busy import is_busy
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.expect import Expectation, expect
from coupon_contract.suite.history import History
from coupon_contract.suite.request_reader import requested_count
from coupon_contract.suite.response_reader import Outcome, read
from coupon_contract.suite.schema import Mismatch, mismatches
from coupon_contract.suite.target import Target


@frozen
class Facts:
    """The input of a rule: one exchange, and the history of the run before it."""

    outcome: Outcome
    requested: int | None
    expectation: Expectation | None
    target: Target
    history: History

    @property
    def exchange(self) -> Exchange:
        """The exchange to judge."""
        return self.outcome.exchange

    @cached_property
    def mismatches(self) -> tuple[Mismatch, ...] | None:
        """The places where the body departs from its schema; None if it is not a JSON object."""
        if not isinstance(self.outcome.body, dict):
            return None
        return tuple(mismatches("IssuanceResponse", self.exchange.response.body))

    @property
    def has_coupons(self) -> bool:
        """True if coupons were issued."""
        return self.outcome.kind == "coupons"


@frozen
class Finding:
    """An observation of a clause: the problem, or None if the clause held."""

    clause: str
    problem: str | None
    exchange: Exchange | None = field(default=None, repr=False)


Rule = Callable[[Facts], str | Iterable[str] | None]
RULES: dict[str, list[Rule]] = {}
# Where one of these blames a response whose outcome cannot be read, that is the only cause: no other rule reports it.
BASIC = ("documented-status", "no-server-error", "json-answer", "clear-outcome", "lists-not-null", "one-response")
UNREADABLE = ("http", "unclear")
SHOWN_BY: dict[str, tuple[str, ...]] = {}


def rule(clause: str, *states: str) -> Callable[[Rule], Rule]:
    """Register a rule for a clause.

    The rule returns the problem, an empty text if the clause held, or None if it does not apply. `states` are the
    states of series that can show the clause; none if any target can.
    """

    def register(function: Rule) -> Rule:
        RULES.setdefault(clause, []).append(function)
        if states:
            SHOWN_BY[clause] = states
        return function

    return register


def not_offered(target: Target) -> dict[str, str]:
    """Return the clauses that no series of the target can show to their rules, each with the missing keys."""
    return {
        clause: " or ".join(f"series.{state}" for state in states)
        for clause, states in SHOWN_BY.items()
        if target.series.keys().isdisjoint(states)
    }


@define
class Oracle:
    """Judges the exchanges of one run, in order. Thread-safe."""

    target: Target
    history: History = field(factory=History)
    _lock: Lock = field(factory=Lock)

    def judge(self, exchange: Exchange, *, in_parallel: bool = False) -> tuple[Outcome, list[Finding]]:
        """Read an exchange on the issuing operation's path and return its findings, clause by clause.

        A request with another method has no findings: the clause about methods is a SHOULD, and no other clause may
        decide in its place. Nor has a call that was not run because of those `in_parallel` to it (ledger busy). A
        response that cannot be read is blamed by a BASIC clause alone.
        """
        request = exchange.request
        with self._lock:
            outcome = read(exchange)
            facts = Facts(outcome, requested_count(request), expect(request, self.target), self.target, self.history)
            self.history.note(outcome, self.target)
            if not request.issues or (in_parallel and is_busy(outcome)):
                return outcome, []
            findings = [
                Finding(clause, problem or None, exchange)
                for clause, rules in RULES.items()
                for problem in _problems(rules, facts)
            ]
        if outcome.kind in UNREADABLE and any(entry.problem for entry in findings if entry.clause in BASIC):
            findings = [entry for entry in findings if entry.clause in BASIC]
        return outcome, findings


def _problems(rules: Iterable[Rule], facts: Facts) -> set[str]:
    """Return each distinct problem, one empty text if the clause held, or nothing if no rule applies."""
    problems: set[str] = set()
    for rule_ in rules:
        problem = rule_(facts)
        problems.update((problem,) if isinstance(problem, str) else problem or ())
    return problems - {""} or problems
