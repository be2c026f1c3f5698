"""The id of the target file that may be wrong in place of the target, where a response violates a clause.

An answer that a series in another state, or another customer, would rightly get does not say which of the two is
wrong: the clause fails, and its problem names the id.
"""

from collections.abc import Set
from typing import Any

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.suite.exchange import Exchange, NotJson, loads
from coupon_contract.suite.request_reader import customers_named, same_identifier
from coupon_contract.suite.response_reader import Outcome, read
from coupon_contract.suite.states import STATES
from coupon_contract.suite.target import Series, Target

Json = Any
CUSTOMER_UNKNOWN = 701
CODES_OF_STATES = frozenset(code for state in STATES.values() for code in state.codes)


def doubtful_id(
    clause: str,
    exchange: Exchange,
    target: Target,
    fitting: Set[str] = frozenset(),
    outcome: Outcome | None = None,
) -> str:
    """Return the key of the id that may be wrong, with its value if it is a series; empty if none may be.

    `fitting` are the keys of ids that the target has shown to be right; `outcome` is the exchange as it was read
    before, because a large response takes long to read.
    """
    if not exchange.request.issues:  # a list of read-back may be too large to be read at once
        return ""
    outcome = outcome or read(exchange)
    try:
        body = loads(exchange.request.body)
    except NotJson:
        return ""
    if not isinstance(body, dict) or outcome.kind not in ("coupons", "refused"):
        return ""
    customer = _customer(body.get("customer"), outcome, target)
    if customer and customer not in fitting:
        return customer
    if not customers_named(exchange.request, target):
        return ""
    series = target.series_by_id(body["seriesId"]) if type(body.get("seriesId")) is int else None
    return _series(clause, series, outcome, fitting) if series else ""


def _customer(reference: Json, outcome: Outcome, target: Target) -> str:
    """Return the key of a known customer who was not found, or of an unknown one who was."""
    if not isinstance(reference, dict):
        return ""
    given = [(kind, reference[kind]) for kind in IDENTIFIERS if isinstance(reference.get(kind), str)]
    for kind, text in given:
        if outcome.coupons and target.unknown.get(kind) == text:
            return f"customers.unknown.{kind}"
        for index, customer in enumerate(target.known):
            if outcome.errors == (CUSTOMER_UNKNOWN,) and same_identifier(kind, text, customer.get(kind, "")):
                return f"customers.known[{index}].{kind}"
    return ""


def _series(clause: str, series: Series, outcome: Outcome, fitting: Set[str]) -> str:
    """Return the key of a series, if the outcome is one of another state than it is said to be in."""
    state = series.state
    is_of_state = clause in state.clauses
    is_of_another = bool(outcome.errors) and CODES_OF_STATES.difference(state.codes).issuperset(outcome.errors)
    # An answer shows that a series refuses or exists, but not that it issues no second coupon.
    is_shown = f"series.{state.name}" in fitting and (series.cap == 0 or not is_of_state)
    if is_shown or not (is_of_state or (is_of_another and not state.clause)):
        return ""
    return f"series.{state.name} = {series.id}"
