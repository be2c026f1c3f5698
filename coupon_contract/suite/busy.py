"""Responses that say that a request was not run, because others were: no failure among calls at the same time.

Only there are they excused (ledger busy). One call at a time runs into nobody.
"""

from coupon_contract.suite.response_reader import Outcome

CODES = frozenset({461, 521})  # search engine busy; multiple actions are running for the same customer
UNAVAILABLE = b"Authorization status is unavailable"  # the documented text of 503; gateways have others


def is_busy(outcome: Outcome) -> bool:
    """Return True for a documented status or code that says that the request was not run."""
    if outcome.status == 503:
        return UNAVAILABLE in outcome.exchange.response.body
    return outcome.status in CODES or (
        bool(outcome.errors) and not outcome.coupons and CODES.issuperset(outcome.errors)
    )
