"""What this very request may be answered."""

from coupon_contract.suite.matchers import Anything, any_fits, describe
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.states import STATES


def _expected(clause: str) -> None:
    @rule(clause)
    def expected(facts: Facts) -> str | None:
        expectation = facts.expectation
        if expectation is None or facts.answer.status == 429:
            return None
        if facts.exchange.request.who == "oauth" and facts.answer.status == 401:
            return None  # token-granted says so
        if any_fits(expectation.kinds, facts.answer):
            return None if expectation.clause != clause or Anything() in expectation.kinds else ""
        if expectation.violated(facts.answer) != clause:
            return None
        return f"answered with {facts.answer}; expected {describe(expectation.kinds)}"


for _clause in (
    *(
        "issues-what-was-asked",
        "count-omitted",
        "count-maximum",
        "count-too-high",
        "count-too-low",
        "count-not-integer",
    ),
    *("series-missing", "series-not-integer", "customer-unknown", "customer-missing", "invalid-issues-nothing"),
    *(clause for state in STATES.values() for clause in state.clauses),
    *("unusable-body", "null-fields", "numbers-out-of-range", "content-type"),
    *("any-identifier", "external-id-unpadded", "series-as-text", "unknown-request-fields", "ambiguous-json"),
    "valid-is-processed",
):
    _expected(_clause)
