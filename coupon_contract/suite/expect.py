"""The responses that a request may get, derived from the contract and the target file alone.

Each flaw of a request has its accepted responses; a request with two flaws may get those of either (ledger
check-order). No implementation is consulted.
"""

from collections.abc import Sequence

from attrs import frozen

from coupon_contract.suite.exchange import Request
from coupon_contract.suite.matchers import AnyRefusal, Anything, IssuedExactly, Matcher, partly, refused
from coupon_contract.suite.request_reader import ISSUES, Flaw, Reading, read_request
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.target import Target

CUSTOMER_UNKNOWN = 701


@frozen
class Expectation:
    """The responses that a request may get, and the clause to blame for any other.

    `oddity_clause` permits an unusual way to write the request, `customer_clause` the identifiers by which its customer
    is found; both are empty for a request with flaws.
    """

    clause: str
    matchers: tuple[Matcher, ...]
    flaws: tuple[Flaw, ...] = ()
    oddity_clause: str = ""
    customer_clause: str = ""

    def violated(self, outcome: Outcome) -> str:
        """Return the clause that an unexpected outcome violates."""
        if self.customer_clause and outcome.refused_with(CUSTOMER_UNKNOWN):
            return self.customer_clause
        return self.oddity_clause if self.oddity_clause and not outcome.coupons else self.clause


def expect(request: Request, target: Target) -> Expectation | None:
    """Return the expectation for a request of the issuing operation; None if nothing is certain about it."""
    if not request.issues or request.who not in ("caller", "till", "oauth"):
        return None
    reading = read_request(request, target)
    if reading is None:
        return None
    if reading.flaws:
        return _expectation_of_flaws(reading)
    state = _state(reading) if reading.certain else (Anything(),)
    clause = _clause(reading)
    oddity = reading.oddity_clause if clause == ISSUES else ""
    return Expectation(clause, (*state, *reading.besides), (), oddity, reading.customer_clause)


def _expectation_of_flaws(reading: Reading) -> Expectation:
    matchers = [matcher for flaw in reading.flaws for matcher in flaw.matchers]
    matchers += [AnyRefusal()] if not reading.certain else _refusals_of_state(reading)
    clauses = {flaw.clause for flaw in reading.flaws}
    clause = clauses.pop() if len(clauses) == 1 else "invalid-issues-nothing"
    return Expectation(clause, (*matchers, *reading.besides), tuple(reading.flaws))


def _refusals_of_state(reading: Reading) -> list[Matcher]:
    """Return the refusals for the state of the series; they may come first, because the order of checks is open (ledger
    check-order).
    """
    codes = reading.series.state.refusals_for(reading.count) if reading.series else ()
    return [refused(*codes)] if codes else []


def _clause(reading: Reading) -> str:
    return (reading.series and reading.series.state.clause_for(reading.count)) or reading.count_clause


def _state(reading: Reading) -> Sequence[Matcher]:
    """Return the responses that the state of the series allows for a request without flaws."""
    count, series = reading.count, reading.series
    if series is None or series.state.claimed:
        return (Anything(),)
    matchers: list[Matcher] = [IssuedExactly(count)] if series.cap is None or count <= series.cap else []
    if series.cap and series.state.partial and count > 1:
        matchers.append(partly(min(count - 1, series.cap), *series.state.partial))
    return (*matchers, *_refusals_of_state(reading))
