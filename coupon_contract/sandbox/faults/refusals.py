"""Faults of refusals, each in one situation and in no other."""

from collections.abc import Callable

from coupon_contract.facts import COUNT_MAXIMUM
from coupon_contract.sandbox import issuing, service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.codec import issue_request
from coupon_contract.sandbox.errors import Problem, problem
from coupon_contract.sandbox.faults.counts import ruled
from coupon_contract.sandbox.faults.fault_wrapper import Behave, Json
from coupon_contract.sandbox.faults.limits import several
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import Decision, IssueRequest, Rules, Situation
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store

INT64 = 2**63


def refusing(wrong: Callable[[IssueRequest, Situation], Problem | None]) -> Behave:
    """Return a behaviour that refuses with the named problem, whatever the rules say."""

    async def issue(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
        with store.transaction() as transaction:
            situation = service.situation_of(transaction, request, now, rules)
        problem = wrong(request, situation)
        return Refused(problem) if problem else service.issue(store, request, now, rules)

    return lambda: Behaviour(issue=issue)


def deciding(change: Callable[[int, Situation, Decision], int | None]) -> Behave:
    """Return a behaviour whose decisions have another code (None: the right one)."""

    def decide(requested: int, situation: Situation) -> Decision:
        decision = issuing.decide(requested, situation)
        code = change(requested, situation, decision) if decision.problem else None
        return Decision(decision.granted, problem(code)) if code else decision

    return ruled(decide=decide)


def plain(situation: Situation) -> bool:
    """Return True if only the count can prevent the coupons."""
    limits = issuing.bounds(situation.series, situation.has) if situation.series else [None]
    return not limits and issuing.decide(1, situation).problem is None


def count_mandatory(request: IssueRequest, situation: Situation) -> Problem | None:
    """Refuse a missing count with 756."""
    return problem(756, 1) if request.count is None and plain(situation) else None


def nothing_made(request: IssueRequest, situation: Situation) -> Problem | None:
    """Refuse with 5006 when the loop that makes coupons made none."""
    return problem(5006) if request.count == 0 and plain(situation) else None


def nobody_there(request: IssueRequest, situation: Situation) -> Problem | None:
    """Refuse a request without a customer with 707."""
    usable = situation.series and issuing.check_request(request) is None
    return problem(707) if usable and not request.identifiers else None


def series_mandatory(request: IssueRequest, situation: Situation) -> Problem | None:
    """Refuse an unknown series with 756."""
    usable = situation.customer_id and issuing.check_request(request) is None
    exists = situation.series or not 0 < (request.series_id or 0) < INT64
    return problem(756) if usable and not exists else None


def strangers_count(request: IssueRequest, situation: Situation) -> Problem | None:
    """Refuse a count below 1 for an unknown customer with 707."""
    unknown = situation.series and request.identifiers and situation.customer_id is None
    return problem(707) if unknown and request.count is not None and request.count < 1 else None


def second_as_limit(requested: int, situation: Situation, decision: Decision) -> int | None:
    """Refuse with 5002 a customer who has the only coupon allowed."""
    return 5002 if requested == 1 and decision.problem == problem(709) else None


def one_each_as_limit(requested: int, situation: Situation, decision: Decision) -> int | None:
    """Refuse with 5002 more than one coupon where each customer may have one."""
    return 5002 if decision.problem == problem(5004, 1) else None


def generic_as_codes(requested: int, situation: Situation, decision: Decision) -> int | None:
    """Refuse with 5006 more than one coupon of a generic series."""
    return 5006 if decision.problem == problem(5004) else None


def customer_mandatory(requested: int, situation: Situation, decision: Decision) -> int | None:
    """Refuse an unknown customer with 756."""
    return 756 if decision.problem == problem(701) else None


def never_filled(requested: int, situation: Situation, decision: Decision) -> int | None:
    """Refuse with 5001 a series that never had codes."""
    return 5001 if decision.problem == problem(5005) and situation.series and not situation.series.issued else None


def passed_on() -> Behaviour:
    """Return a behaviour that gives the refusal of a customer at the limit to the next other customer too."""
    refused: dict[int, int | None] = {}

    def decide(requested: int, situation: Situation) -> Decision:
        decision = issuing.decide(requested, situation)
        if situation.series is None or not several(situation.series):
            return decision
        kept = refused.pop(situation.series.id, situation.customer_id)
        if kept != situation.customer_id and decision.granted:
            return Decision(0, problem(5002))
        if not decision.granted:
            refused[situation.series.id] = situation.customer_id
        return decision

    return Behaviour(rules=Rules(decide=decide))


class Turned(IssueRequest):
    """A request that does not begin with seriesId."""


def in_order_of_fields(fields: dict[str, Json]) -> IssueRequest:
    """Note the first field of the request."""
    request = issue_request(fields)
    turned = next(iter(fields), "seriesId") != "seriesId"
    return Turned(request.series_id, request.count, request.identifiers) if turned else request


def check_in_order(request: IssueRequest) -> Problem | None:
    """Check the request, with another code for a low count that comes early."""
    trouble = issuing.check_request(request)
    return problem(677) if trouble == problem(756, 1) and isinstance(request, Turned) else trouble


class Nobody(IssueRequest):
    """A request whose customer is null."""


def customer_null(fields: dict[str, Json]) -> IssueRequest:
    """Note that the customer is null, and not left out."""
    request = issue_request(fields)
    nobody = fields.get("customer", {}) is None
    return Nobody(request.series_id, request.count, request.identifiers) if nobody else request


def check_customer(request: IssueRequest) -> Problem | None:
    """Check the request, with another code for a customer that is null."""
    return issuing.check_request(request) or (problem(707) if isinstance(request, Nobody) else None)


def check_16_bits(request: IssueRequest) -> Problem | None:
    """Check the request, with another code for a count that is allowed once it is cut to 16 bits."""
    wraps = (request.count or 0) > COUNT_MAXIMUM and 0 < (request.count or 0) % 2**16 <= COUNT_MAXIMUM
    return problem(756) if wraps else issuing.check_request(request)


FAULTS = [
    Fault(
        "wrapping-count-as-756",
        "A count that is allowed once it is cut to 16 bits is refused with 756.",
        "count-too-high",
        ruled(check_request=check_16_bits),
    ),
    Fault(
        "customer-null-as-707",
        "A request whose customer is null is refused with 707.",
        "customer-missing",
        lambda: Behaviour(read=customer_null, rules=Rules(check_request=check_customer)),
    ),
    Fault(
        "count-mandatory",
        "A request without a count is refused, as the documentation's table has it.",
        "count-omitted",
        refusing(count_mandatory),
    ),
    Fault(
        "zero-as-5006",
        "A count of 0 is refused with 5006, when no coupon was made.",
        "count-too-low",
        refusing(nothing_made),
    ),
    Fault(
        "no-customer-as-707",
        "A request without a customer is refused with 707.",
        "customer-missing",
        refusing(nobody_there),
        also="customer-by-id",
    ),
    Fault(
        "strangers-count-as-707",
        "A count below 1 for a customer who does not exist is refused as if the series did not.",
        "invalid-issues-nothing",
        refusing(strangers_count),
    ),
    Fault(
        "unknown-series-as-756",
        "A series that does not exist is refused like one that was left out.",
        "series-unknown",
        refusing(series_mandatory),
    ),
    Fault(
        "unknown-customer-as-756",
        "A customer who does not exist is refused like one that was left out.",
        "customer-unknown",
        deciding(customer_mandatory),
    ),
    Fault(
        "code-709-is-5002",
        "A second coupon of a one-per-customer series is refused with 5002.",
        "one-per-customer",
        deciding(second_as_limit),
    ),
    Fault(
        "code-5004-is-5002",
        "More than one coupon of a one-per-customer series is explained by the customer's maximum.",
        "one-per-customer-count",
        deciding(one_each_as_limit),
    ),
    Fault(
        "code-5004-is-5006",
        "More than one coupon of a generic series is explained by 5006.",
        "generic-one-at-a-time",
        deciding(generic_as_codes),
    ),
    Fault(
        "code-5005-is-5001",
        "A series without codes is refused with 5001.",
        "no-codes-left",
        deciding(never_filled),
    ),
    Fault(
        "refusal-passed-on",
        "The refusal of a customer at the limit stays in the session, and is answered to the next customer as well.",
        "history-adds-up",
        passed_on,
        also="limit-per-customer",
    ),
    Fault(
        "low-count-by-key-order",
        "Fields are checked in the order in which they come, so that the code for a low count depends on it.",
        "same-meaning",
        lambda: Behaviour(read=in_order_of_fields, rules=Rules(check_request=check_in_order)),
    ),
]
