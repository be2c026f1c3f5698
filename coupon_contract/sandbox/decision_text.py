"""Explains each response: the rule that decided, the clause behind it, and words for people.

A problem names its rule, because each problem is raised in one place only: coupon_contract/sandbox/issuing.py registers
the reasons with the rules.
"""

from attrs import frozen

from coupon_contract import spec
from coupon_contract.sandbox.errors import Problem
from coupon_contract.sandbox.issuing import REASONS, Reason
from coupon_contract.sandbox.request_log import Note
from coupon_contract.sandbox.service import Issued, Refused

GRANTED = Reason("grant", "issues-what-was-asked", "every limit allows it")
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
    reason = GRANTED if outcome.problem is None else REASONS.get(outcome.problem)
    rule, clause, words = (reason.rule, reason.clause, reason.words) if reason else ("a fault's own", None, "")
    rule = f"issuance.{rule}"
    if isinstance(outcome, Refused):
        return Explanation(in_short(0, 0, outcome.problem), "bad", rule, clause, words)
    tone = "good" if outcome.problem is None else "part"
    text = in_short(len(outcome.coupons), outcome.requested, outcome.problem)
    return Explanation(text, tone, rule, clause, words)


def in_short(granted: int, requested: int, problem: Problem | None) -> str:
    """Return the outcome of an issue call in a few words, such as `issued 2`, `3 of 9, 5006` or `refused 707`."""
    if problem is None:
        return f"issued {granted}"
    return f"{granted} of {requested}, {problem.code}" if granted else f"refused {problem.code}"


def _of_path(path: str) -> str:
    return {spec.TOKEN_PATH: "auth.new_token", spec.READ_BACK_PATH: "store.issued_coupons"}.get(path, "app")
