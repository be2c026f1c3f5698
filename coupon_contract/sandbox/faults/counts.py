"""Faults of counts: wrong numbers of coupons, and totals that do not add up."""

from collections.abc import Callable
from functools import partial

from attrs import evolve

from coupon_contract.sandbox import codec, issuing
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.errors import Problem, problem
from coupon_contract.sandbox.faults.fault_wrapper import Behave, Json, answers, issued, partly, puts
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import Decision, IssueRequest, Rules, Situation

PAGE = 100  # coupons


def ruled(**exchanged: Json) -> Behave:
    """Return a behaviour with single rules replaced."""
    return lambda: Behaviour(rules=Rules(**exchanged))


def reading(change: Callable[[dict[str, Json]], dict[str, Json]]) -> Behave:
    """Return a behaviour that changes the fields of the request before they are read."""
    return lambda: Behaviour(read=lambda fields: codec.issue_request(change(fields)))


def counting(change: Callable[[int], int]) -> Behave:
    """Return a behaviour that changes the count of the request after it was read."""
    return lambda: Behaviour(read=partial(with_count, change=change))


def with_count(fields: dict[str, Json], change: Callable[[int], int]) -> IssueRequest:
    """Return the request with another count, if it has one."""
    request = codec.issue_request(fields)
    return request if request.count is None else evolve(request, count=change(request.count))


def coerced(kind: type, cast: Callable[[Json], Json]) -> Behave:
    """Return a behaviour that casts a count of this type to an integer instead of refusing it."""

    def coerce(fields: dict[str, Json]) -> dict[str, Json]:
        count = fields.get("count")
        return {**fields, "count": cast(count)} if type(count) is kind else fields

    return reading(coerce)


def without_series(fields: dict[str, Json]) -> dict[str, Json]:
    """Return the fields of a request for one coupon of no series, where the count is a numeric text."""
    count = fields.get("count")
    is_number = isinstance(count, str) and count.isdecimal() and type(fields.get("seriesId")) is int
    return {**fields, "seriesId": -1, "count": 1} if is_number else fields


def granting(change: Callable[[int], int], missing: Callable[[int], bool] = lambda _: True) -> Behave:
    """Return a behaviour that issues another number where everything could be issued."""

    def decide(requested: int, situation: Situation) -> Decision:
        decision = issuing.decide(requested, situation)
        return Decision(change(requested)) if decision.granted == requested and missing(requested) else decision

    return ruled(decide=decide)


def in_pairs(requested: int, situation: Situation) -> Decision:
    """Issue one more for odd numbers, if the maximum of the series allows it."""
    decision, more = issuing.decide(requested, situation), issuing.decide(requested + 1, situation)
    limited = situation.series is not None and situation.series.limit_in_all is not None
    return more if limited and requested % 2 and more.granted > requested else decision


def one_at_a_time(requested: int, situation: Situation) -> Decision:
    """Issue the first uploaded code only, although several are requested and available."""
    decision = issuing.decide(requested, situation)
    uploaded = situation.series is not None and situation.series.codes_left is not None
    return Decision(1, problem(5006)) if uploaded and decision.granted > 1 else decision


def totals_are_issued(body: Json) -> None:
    """Report the issued number as the requested one."""
    body.update(totalCount=body["successCount"], failureCount=0)


def successes_are_asked(body: Json) -> None:
    """Report the requested number as the issued one."""
    body.update(successCount=body["totalCount"], failureCount=0)


def bulk_unlimited(requested: int, situation: Situation) -> Decision:
    """Decide on a large request as if the customer had no limit."""
    decision = issuing.decide(requested, situation)
    is_limited = decision.problem is not None and decision.problem.code == 5002
    return Decision(requested) if is_limited and requested > PAGE and situation.has == 0 else decision


def pages_of_failures(body: Json) -> None:
    """Count the failures of the first page of a large request."""
    if body["totalCount"] > PAGE:
        body["failureCount"] = PAGE - body["successCount"]


def no_maximum(request: IssueRequest) -> Problem | None:
    """Check the request without the maximum."""
    problem = issuing.check_request(request)
    return problem if problem and problem.code == 756 else None


def off_by_one(request: IssueRequest) -> Problem | None:
    """Check the request with 499 as the maximum."""
    count = issuing.asked_for(request)
    return issuing.check_request(evolve(request, count=501 if count == 500 else count))


def numeric_only(text: str) -> str | None:
    """Leave out a count that is a text without a number."""
    return text if text.isdecimal() else None


ADDING_UP = [
    Fault(
        "failures-of-one-page",
        "The failures of a partial success are counted up to a hundred.",
        "counts-add-up",
        answers(pages_of_failures, partly),
    ),
    Fault("total-is-issued", "totalCount is the number of coupons issued.", "counts-add-up", issued(totals_are_issued)),
    Fault("failure-count-is-zero", "failureCount is always 0.", "counts-add-up", issued(puts(failureCount=0))),
    Fault("success-is-asked", "successCount is the count asked for.", "counts-add-up", issued(successes_are_asked)),
]

NUMBERS = [
    Fault(
        "one-too-many",
        "The loop that makes coupons runs once too often when there are several.",
        "never-more-than-asked issues-what-was-asked",
        granting(lambda requested: requested + 1, lambda requested: requested > 1),
        also="calls-apart limit-given count-maximum any-identifier valid-is-processed ambiguous-json limit-per-customer"
        " codes-running-out"
        " same-meaning read-back-lists-issued",
    ),
    Fault(
        "made-in-pairs",
        "Coupons of a series with a maximum are made in pairs, as long as there is room for two.",
        "never-more-than-asked",
        ruled(decide=in_pairs),
    ),
    Fault(
        "last-page-lost",
        "Coupons are made in pages of a hundred, and a last page that is not full is lost.",
        "issues-what-was-asked",
        granting(lambda requested: requested // PAGE * PAGE, lambda requested: requested > PAGE),
        also="partial-explained limit-per-customer",
    ),
    Fault(
        "full-pages-end-early",
        "Coupons are made in pages of fifty, and a last page that is full is taken for one that is not.",
        "issues-what-was-asked",
        granting(lambda requested: requested - 1, lambda requested: requested in range(50, 500, 50)),
        also="partial-explained",
    ),
    Fault(
        "bulk-above-the-limit",
        "A request for more than a page takes a path that does not check the limit of the customer.",
        "limit-given",
        ruled(decide=bulk_unlimited),
        also="limit-per-customer",
    ),
    Fault(
        "batches-overlap",
        "Batches of a hundred share their last coupon: five hundred become five hundred and four.",
        "never-more-than-asked count-maximum",
        granting(lambda requested: requested + (requested - 1) // 100),
        also="issues-what-was-asked",
    ),
    Fault(
        "one-too-few",
        "The loop that makes coupons ends one too early when there are several, and says nothing.",
        "issues-what-was-asked count-maximum partial-explained",
        granting(lambda requested: requested - 1, lambda requested: requested > 1),
        also="calls-apart limit-given any-identifier valid-is-processed ambiguous-json limit-per-customer"
        " codes-running-out same-meaning"
        " read-back-lists-issued",
    ),
    Fault(
        "uploaded-codes-one-at-a-time",
        "Uploaded codes are handed out one at a time, as if there were no more of them.",
        "issues-what-was-asked",
        ruled(decide=one_at_a_time),
    ),
    Fault(
        "count-ignored",
        "The count is not read; every request gets one coupon.",
        "issues-what-was-asked count-maximum counts-add-up",
        reading(lambda fields: {name: value for name, value in fields.items() if name != "count"}),
        also="partial-explained any-identifier count-too-high count-too-low count-not-integer generic-one-at-a-time"
        " one-per-customer-count limit-per-customer codes-running-out numbers-out-of-range never-more-than-asked"
        " ambiguous-json same-meaning invalid-issues-nothing hostile-body valid-is-processed read-back-lists-issued"
        " calls-apart refused-leaves-nothing count-as-text limit-given",
    ),
    Fault(
        "default-is-two",
        "A request without a count gets two coupons.",
        "count-omitted never-more-than-asked counts-add-up",
        ruled(asked_for=lambda request: 2 if request.count is None else request.count),
        also="complete-has-no-errors null-fields generic-one-at-a-time one-per-customer-count one-per-customer"
        " valid-is-processed generic-shares-one-code",
    ),
    Fault(
        "zero-is-one",
        "A count of 0 is taken as left out.",
        "count-too-low never-more-than-asked",
        counting(lambda count: count or 1),
        also="refused-leaves-nothing counts-add-up",
    ),
    Fault(
        "sign-is-lost",
        "A negative count is read without its sign.",
        "count-too-low never-more-than-asked counts-add-up",
        counting(abs),
    ),
    Fault(
        "capped-at-500",
        "A count above 500 is cut to 500 without a word.",
        "count-too-high partial-explained counts-add-up",
        counting(lambda count: min(count, 500)),
        also="count-not-integer numbers-out-of-range refused-leaves-nothing read-back-lists-issued hostile-body",
    ),
    Fault(
        "maximum-of-1000",
        "The maximum is 1000 instead of 500.",
        "count-too-high",
        ruled(check_request=lambda request: no_maximum(request) if (request.count or 0) <= 1000 else Problem(677, "1")),
        also="refused-leaves-nothing read-back-lists-issued hostile-body",
    ),
    Fault(
        "maximum-refused",
        "500 is refused: the maximum is off by one.",
        "count-maximum",
        ruled(check_request=off_by_one),
    ),
    Fault(
        "count-wraps",
        "The count is kept in sixteen bits, so that 65537 is 1.",
        "count-too-high counts-add-up partial-explained",
        counting(lambda count: count % 2**16),
        also="numbers-out-of-range count-too-low",
    ),
]

TYPES = [
    Fault("count-truncated", "A count of 1.5 is truncated.", "count-not-integer", coerced(float, int)),
    Fault(
        "count-text-ignored",
        "A count in quotes is not seen, so that one coupon is issued.",
        "count-as-text",
        coerced(str, lambda text: None if text.isdecimal() else text),
        also="counts-add-up partial-explained",
    ),
    Fault(
        "count-text-loses-series",
        "A request with a count in quotes is read without its series, and refused with 707.",
        "count-as-text",
        reading(without_series),
    ),
    Fault("count-of-words-ignored", "A count in words is not seen.", "count-not-integer", coerced(str, numeric_only)),
    Fault("count-true-taken", "A count of true is taken as 1.", "count-not-integer", coerced(bool, int)),
    Fault(
        "count-of-list-taken",
        "A count in a list is unpacked.",
        "count-not-integer",
        coerced(list, lambda values: values[0] if values else None),
        also="refused-leaves-nothing read-back-lists-issued",
    ),
]

FAULTS = [*ADDING_UP, *NUMBERS, *TYPES]
