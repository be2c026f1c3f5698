"""Explains each response: the rule that decided, the clause behind it, and words for people.

Of an issue call, a problem names its rule, because each problem is raised in one place only:
coupon_contract/sandbox/issuing.py registers the reasons with the rules. What the other operations refuse stands in
their responses alone.
"""

from typing import Any

import msgspec
from attrs import frozen
from msgspec import Struct

from coupon_contract import spec
from coupon_contract.sandbox.errors import Problem
from coupon_contract.sandbox.hazards import FAILURES
from coupon_contract.sandbox.issuing import REASONS, Reason
from coupon_contract.sandbox.request_log import Note
from coupon_contract.sandbox.service import Issued, Refused

GRANTED = Reason("grant", "issues-what-was-asked", "every limit allows it")
UNUSABLE = "the request is not what the operation takes"
STATUSES = {
    400: ("json_body.json_object, codec.issue_request", "unusable-body", UNUSABLE),
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

FAILED = {"748": "failed, 748", "lost": "no response", "half": "half a response", "empty": "empty response"}
# The rules of the other operations.
OTHERS = {
    spec.TOKEN_PATH: "auth.new_token",
    spec.READ_BACK_PATH: "endpoints.read_back",
    spec.CUSTOMER_COUPONS_PATH: "endpoints.customer_coupons",
    spec.REVOKE_PATH: "endpoints.revoke",
}


class Entry(Struct):
    """An entry of `errors` in a response."""

    code: int
    message: str


class Answer(Struct):
    """A response of an operation that issues nothing, as far as it says whether it did what it was asked."""

    errors: list[Entry] = []
    entity: Any = None


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
    failure = next((name for name in FAILURES if note.hazard and note.hazard.startswith(f"{name} ")), None)
    if failure is not None:
        outcome = FAILED.get(failure, f"HTTP {failure}")
        return Explanation(outcome, "off", "hazards", None, f"on purpose: {note.hazard}")
    if note.status != 200:
        rule, clause, words = STATUSES.get(note.status, ("app", None, "not processed"))
        if note.status == 400 and note.path in OTHERS:
            rule, clause = OTHERS[note.path], None
        return Explanation(f"HTTP {note.status}", "off", rule, clause, words)
    return _of_answer(note) if note.outcome is None else _decided(note.outcome)


def _of_answer(note: Note) -> Explanation:
    """Return the reason for a response with status 200 of an operation that issues nothing."""
    rule = OTHERS.get(note.path, "app")
    try:
        answer = msgspec.json.decode(note.answer, type=Answer)
    except msgspec.DecodeError:  # it was cut off, or a fault made it
        answer = Answer()
    if answer.errors:
        first = answer.errors[0]
        return Explanation(f"refused {first.code}", "bad", rule, None, first.message)
    counts = answer.entity if isinstance(answer.entity, dict) else {}
    total, failed = counts.get("totalCount"), counts.get("failedCount")
    if note.path != spec.REVOKE_PATH or type(total) is not int or type(failed) is not int:
        return Explanation("done", "good", rule, None, "")
    if not failed:
        return Explanation(f"revoked {total}", "good", rule, None, "")
    tone = "part" if total > failed else "bad"
    return Explanation(f"revoked {total - failed} of {total}", tone, rule, None, "the other codes were not found")


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
