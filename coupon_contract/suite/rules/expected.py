"""The rule that the response is one of those expected for its request."""

from coupon_contract.suite.matchers import Anything, any_fits, describe
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.problem import unlike
from coupon_contract.suite.states import STATES


def _expected(clause: str) -> None:
    @rule(clause)
    def expected(facts: Facts) -> str | None:
        expectation = facts.expectation
        if expectation is None or facts.outcome.status == 429:
            return None
        if facts.exchange.request.who == "oauth" and facts.outcome.status == 401:
            return None  # the clause token-granted reports it
        if any_fits(expectation.matchers, facts.outcome):
            return None if expectation.clause != clause or Anything() in expectation.matchers else ""
        if expectation.violated(facts.outcome) != clause:
            return None
        return unlike(f"answered with {facts.outcome}", describe(expectation.matchers))


EXPECTED = (
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
    *("count-as-text", "empty-identifiers", "identifier-as-number", "customer-by-id"),
)
for _clause in EXPECTED:
    _expected(_clause)
