"""What a request may be answered, from the contract and the target file alone.

Each fault of a request has answers that fit it, and a request with two faults may get either's (ledger: check-order).
This knows nothing of any implementation.
"""

from collections.abc import Sequence

from attrs import frozen

from coupon_contract.suite.exchange import Request
from coupon_contract.suite.matchers import AnyRefusal, Anything, Issued, Kind, partly, refused
from coupon_contract.suite.request_reader import ISSUES, Fault, Reading, read_request
from coupon_contract.suite.response_reader import Answer
from coupon_contract.suite.target import Target

CUSTOMER_UNKNOWN = 701


@frozen
class Expectation:
    """The answers a request may get, and the clause to name when it gets another.

    `odd` is the clause that lets a request be written as oddly as this one, `found` the one by which its customer is
    found; both are empty for a request with faults.
    """

    clause: str
    kinds: tuple[Kind, ...]
    faults: tuple[Fault, ...] = ()
    odd: str = ""
    found: str = ""

    def violated(self, answer: Answer) -> str:
        """The clause that is violated by an answer of no kind that is allowed."""
        if self.found and answer.refused_with(CUSTOMER_UNKNOWN):
            return self.found
        return self.odd if self.odd and not answer.coupons else self.clause


def expect(request: Request, target: Target) -> Expectation | None:
    """What this request of the issuing operation may be answered; None when nothing is certain about it."""
    if not request.issues or request.who not in ("caller", "till", "oauth"):
        return None
    reading = read_request(request, target)
    if reading is None:
        return None
    if reading.faults:
        return _expectation_of_faults(reading)
    state = _state(reading) if reading.certain else (Anything(),)
    clause = _clause(reading)
    odd = reading.odd if clause == ISSUES else ""
    return Expectation(clause, (*state, *reading.besides), odd=odd, found=reading.found)


def _expectation_of_faults(reading: Reading) -> Expectation:
    kinds = [kind for fault in reading.faults for kind in fault.kinds]
    kinds += [AnyRefusal()] if not reading.certain else _refusals_of_state(reading)
    clauses = {fault.clause for fault in reading.faults}
    clause = clauses.pop() if len(clauses) == 1 else "invalid-issues-nothing"
    return Expectation(clause, (*kinds, *reading.besides), tuple(reading.faults))


def _refusals_of_state(reading: Reading) -> list[Kind]:
    """The refusals that the state of the series gives besides: the order of checks is open (ledger: check-order)."""
    codes = reading.series.state.refusals_for(reading.count) if reading.series else ()
    return [refused(*codes)] if codes else []


def _clause(reading: Reading) -> str:
    return (reading.series and reading.series.state.clause_for(reading.count)) or reading.count_clause


def _state(reading: Reading) -> Sequence[Kind]:
    """The answers that the state of the series allows for a request without a fault."""
    count, series = reading.count, reading.series
    if series is None or series.state.claimed:
        return (Anything(),)
    kinds: list[Kind] = [Issued(count)] if series.cap is None or count <= series.cap else []
    if series.cap and series.state.partial and count > 1:
        kinds.append(partly(min(count - 1, series.cap), *series.state.partial))
    return (*kinds, *_refusals_of_state(reading))
