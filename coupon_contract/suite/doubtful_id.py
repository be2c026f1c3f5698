"""The id of the target file that may be wrong in place of the target, where a response violates a clause.

An answer that a series in another state, or another customer, would rightly get does not say which of the two is
wrong: the clause fails, and its problem names the id.
"""

from typing import Any

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.suite.exchange import Exchange, NotJson, loads
from coupon_contract.suite.request_reader import customers_named, same_identifier
from coupon_contract.suite.response_reader import Outcome, read
from coupon_contract.suite.states import STATES
from coupon_contract.suite.target import Target

Json = Any
CUSTOMER_UNKNOWN = 701
CODES_OF_STATES = frozenset(code for state in STATES.values() for code in state.codes)


def doubtful_id(clause: str, exchange: Exchange, target: Target) -> str:
    """Return the key of the id that may be wrong, with its value if it is a series; empty if none may be."""
    outcome = read(exchange)
    try:
        body = loads(exchange.request.body)
    except NotJson:
        return ""
    if not exchange.request.issues or not isinstance(body, dict) or outcome.kind not in ("coupons", "refused"):
        return ""
    customer = _customer(body.get("customer"), outcome, target)
    if customer or not customers_named(exchange.request, target):
        return customer
    return _series(clause, body.get("seriesId"), outcome, target)


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


def _series(clause: str, series_id: Json, outcome: Outcome, target: Target) -> str:
    """Return the key of the requested series, if the outcome is one of another state than it is said to be in."""
    series = target.series_by_id(series_id) if type(series_id) is int else None
    if series is None:
        return ""
    is_of_state = clause in series.state.clauses
    is_of_another = bool(outcome.errors) and CODES_OF_STATES.difference(series.state.codes).issuperset(outcome.errors)
    if is_of_state or (is_of_another and not series.state.clause):
        return f"series.{series.state.name} = {series.id}"
    return ""
