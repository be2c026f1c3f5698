"""Rules for the three outcomes: coupons issued, issued in part, or refused."""

from collections.abc import Iterable
from typing import Any

from coupon_contract.facts import COUNT_MAXIMUM, IDENTIFIERS
from coupon_contract.suite.exchange import NotJson, loads
from coupon_contract.suite.matchers import PARTIAL_CODES, explanations
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.problem import alternatives, counted, unlike
from coupon_contract.suite.request_reader import INT32, customers_named, same_identifier
from coupon_contract.suite.response_reader import identifiers_of
from coupon_contract.suite.rules.accessors import entries
from coupon_contract.suite.rules.shape import COUNTS
from coupon_contract.suite.states import STATES

Json = Any

MAY_BE_PARTIAL = tuple(name for name, state in STATES.items() if state.may_be_partial and not state.claimed)
WHOLE_REFUSALS = {code for code, partial in PARTIAL_CODES.items() if partial is None}


@rule("counts-add-up")
def counts_add_up(facts: Facts) -> Iterable[str] | None:
    if not facts.has_coupons:
        return None
    total, failures, successes = (_whole(facts.outcome.body.get(name)) for name in COUNTS)
    if total is None or failures is None or successes is None:
        return None
    problems = set()
    if successes != len(facts.outcome.coupons):
        problems.add("successCount is another number; expected the number of coupons")
    if failures < 0 and not _too_many(facts):
        problems.add("failureCount is negative; expected 0 or more")
    if failures != total - successes:
        problems.add("failureCount is another number; expected totalCount - successCount")
    if facts.requested is not None and total != facts.requested:
        problems.add("totalCount is another number; expected the count that was asked for")
    return problems or {""}


@rule("complete-has-no-errors")
def complete_has_no_errors(facts: Facts) -> str | None:
    if not facts.has_coupons or facts.requested is None or len(facts.outcome.coupons) < facts.requested:
        return None
    return (
        "errors is not empty; expected an empty list, because everything was issued" if entries(facts, "errors") else ""
    )


@rule("partial-explained", *MAY_BE_PARTIAL)
def partial_is_explained(facts: Facts) -> str | None:
    if facts.outcome.refused_with(*PARTIAL_CODES.keys() - WHOLE_REFUSALS):
        return ""  # all or nothing is accepted, and needs no explanation
    if not facts.has_coupons or facts.requested is None or len(facts.outcome.coupons) >= facts.requested:
        return None
    if explanations(facts.outcome):
        return ""
    return "fewer coupons than asked for; expected a code of a partial success that says why"


@rule("never-partial")
def whole_refusals_issue_nothing(facts: Facts) -> str | None:
    codes = WHOLE_REFUSALS.intersection(facts.outcome.errors + facts.outcome.warnings)
    if facts.has_coupons and facts.outcome.errors + facts.outcome.warnings:
        return f"coupons with {alternatives(sorted(codes))}; expected either" if codes else ""
    return "" if codes else None


@rule("never-more-than-asked")
def never_more_than_asked(facts: Facts) -> str | None:
    if not facts.has_coupons or facts.requested is None:
        return None
    given, wanted = len(facts.outcome.coupons), max(facts.requested, 0)
    some = counted(given) if given <= COUNT_MAXIMUM else f"more than {COUNT_MAXIMUM} coupons"
    return unlike(f"answered with {some}", f"at most {wanted}") if _too_many(facts) else ""


@rule("customer-answered")
def customer_is_the_one_asked_for(facts: Facts) -> str | None:
    if not facts.has_coupons or any(mismatch.path[:1] == ("customer",) for mismatch in facts.mismatches or ()):
        return None
    if "customer" not in facts.outcome.body:
        return None  # the clause companions-of-coupons reports it
    try:
        body = loads(facts.exchange.request.body)
    except NotJson:
        return None
    reference = body.get("customer") if isinstance(body, dict) else None
    if not isinstance(reference, dict) or not customers_named(facts.exchange.request, facts.target):
        return None  # a customer outside the target file may match by more than equal text
    asked_for = [(name, reference[name]) for name in IDENTIFIERS if isinstance(reference.get(name), str)]
    given = [(entry.get("type"), entry.get("value")) for entry in identifiers_of(facts.outcome.body)]
    if not asked_for or not given:
        return None if not asked_for else "customer has no identifiers; expected one of the request"
    matching = any(
        kind == name and same_identifier(name, str(value), text) for name, text in asked_for for kind, value in given
    )
    return "" if matching else "customer has other identifiers; expected one of the request"


def _too_many(facts: Facts) -> bool:
    """Return True if there are more coupons than requested, whatever the three counts say."""
    return facts.requested is not None and len(facts.outcome.coupons) > max(facts.requested, 0)


def _whole(value: Json) -> int | None:
    if isinstance(value, float) and value.is_integer():  # the clause integers-plain reports it
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < INT32 else None
