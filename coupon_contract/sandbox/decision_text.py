"""Explains each response: the rule that decided, the clause behind it, and words for people.

A problem identifies its rule, because in the contract each problem is raised in one place only; tests/sandbox checks
this table against the functions of coupon_contract/sandbox/issuing.py.
"""

from attrs import frozen

from coupon_contract import spec
from coupon_contract.sandbox.errors import Problem, problem
from coupon_contract.sandbox.request_log import Note
from coupon_contract.sandbox.service import Issued, Refused

RULES = {
    problem(677): ("check_request", "count-too-high", "count is above 500"),
    problem(756): ("check_request", "series-missing", "seriesId is missing"),
    problem(756, 1): ("check_request", "count-too-low", "count is below 1"),
    problem(707): ("check_series", "series-unknown", "no such series, or it is managed externally"),
    problem(701): ("check_customer", "customer-unknown", "no one customer has these identifiers"),
    problem(713): ("check_expiry", "series-expired", "the series has expired by the sandbox's clock"),
    problem(709): ("check_already_has", "one-per-customer", "the series gives one, and the customer has it"),
    problem(5001): ("bounds", "limit-in-all", "the series gives no more coupons than its limit in all"),
    problem(5002): ("per_customer_bound", "limit-per-customer", "the customer gets no more of this series"),
    problem(5004): ("bounds", "generic-one-at-a-time", "a generic series gives one at a time"),
    problem(5004, 1): ("per_customer_bound", "one-per-customer-count", "the series gives one per customer"),
    problem(5005): ("bounds", "no-codes-left", "no uploaded code is left"),
    problem(5006): ("bounds", "codes-running-out", "some uploaded codes were left, and these were issued"),
}
GRANTED = ("grant", "issues-what-was-asked", "no limit was tighter than what was asked for")
STATUSES = {
    400: ("json_body.json_object, codec.issue_request", "unusable-body", "the request is not what the operation takes"),
    401: ("auth.authorise", "credentials-wrong", "credentials are missing, wrong or expired"),
    403: ("auth.authorise", "permission", "the credentials are right, and have no access"),
    404: ("app", None, "no operation has this path"),
    405: ("app", "method", "the operation has another method"),
    415: ("request_body.json_body", "content-type", "the body does not say that it is JSON"),
    500: (
        "error_handlers.broken",
        "no-server-error",
        "a defect, of the sandbox or of a fault that is on: see stderr",
    ),
    503: ("error_handlers.busy", None, "others kept the database locked"),
}


@frozen
class Explanation:
    """The reason for a response: `outcome` in short, its `tone` (good, part, bad, off), the rule, the clause, and
    words.
    """

    outcome: str
    tone: str
    rule: str
    clause: str | None
    words: str


def explain(note: Note) -> Explanation:
    """Return the reason for the response to this request."""
    if note.hazard and note.status == 503:
        return Explanation("HTTP 503", "off", "hazards", None, f"on purpose: {note.hazard}")
    if note.status != 200:
        rule, clause, words = STATUSES.get(note.status, ("app", None, "not processed"))
        return Explanation(f"HTTP {note.status}", "off", rule, clause, words)
    if note.outcome is None:
        return Explanation("done", "good", _of_path(note.path), None, "")
    return _decided(note.outcome)


def _decided(outcome: Issued | Refused) -> Explanation:
    rule, clause, words = _rule(outcome.problem)
    if isinstance(outcome, Refused):
        return Explanation(f"refused {outcome.problem.code}", "bad", rule, clause, words)
    count = len(outcome.coupons)
    if outcome.problem is None:
        return Explanation(f"issued {count}", "good", rule, clause, words)
    return Explanation(f"{count} of {outcome.requested}, {outcome.problem.code}", "part", rule, clause, words)


def _rule(problem: Problem | None) -> tuple[str, str | None, str]:
    name, clause, words = GRANTED if problem is None else RULES.get(problem, ("a fault's own", None, ""))
    return f"issuance.{name}", clause, words


def _of_path(path: str) -> str:
    return {spec.TOKEN_PATH: "auth.new_token", spec.READ_BACK_PATH: "store.issued_coupons"}.get(path, "app")
