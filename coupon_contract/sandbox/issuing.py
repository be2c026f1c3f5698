"""The rules of issuing: pure functions on records, without HTTP or SQL.

The order of the checks is ledger entry `check-order`: the request alone (756, 677), then 707, 701, 713, 709 and the
limits. The coupons that the tightest limit allows are issued, and that limit names the code (ledger entry
`partial-possible`).
"""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

from attrs import frozen
from msgspec import Meta, Struct

from coupon_contract.facts import COUNT_MAXIMUM, COUNT_MINIMUM
from coupon_contract.sandbox.errors import Problem, problem


@frozen
class Identifier:
    """An identifier of a customer; `type` is `mobile`, `email` or `externalId`."""

    type: str
    value: str


@frozen
class IssueRequest:
    """A usable request. None stands for a field that was left out; `identifiers` may be empty.

    `metadata` is the JSON text of the documented fields, empty without any.
    """

    series_id: int | None
    count: int | None
    identifiers: tuple[Identifier, ...]
    metadata: str = ""


Text = Annotated[str, Meta(min_length=1)]
Id = Annotated[int, Meta(gt=0, le=2**63 - 1)]
Amount = Annotated[int, Meta(ge=0, le=2**63 - 1)]


class Terms(Struct, frozen=True, kw_only=True):
    """The terms of a series. A field is a key of the seed, a column of the store and a field of the control API.

    Limits are coupons, None without a limit.
    """

    generic_code: Annotated[Text, Meta(description="The one code that every coupon has.")] | None = None
    limit_per_customer: (
        Annotated[Id, Meta(description="The most coupons a customer gets; 1 is one coupon per customer.")] | None
    ) = None
    limit_in_all: Annotated[Amount, Meta(description="The most coupons there are.")] | None = None
    externally_managed: Annotated[bool, Meta(description="Belongs to another system.")] = False


TERMS = Terms.__struct_fields__


class Series(Terms, frozen=True):
    """A coupon series with its limits and counters.

    `expires_at` is epoch milliseconds; `issued` counts coupons issued so far; `codes_left` counts uploaded codes, None
    where codes are made on demand.
    """

    id: int
    expires_at: int | None = None
    issued: int = 0
    codes_left: int | None = None


@frozen
class Situation:
    """The state of the store at the decision; `now` is epoch milliseconds, `has` coupons of this customer."""

    series: Series | None
    customer_id: int | None
    has: int
    now: int


@frozen
class Decision:
    """The number of coupons to issue, and the problem if it is less than requested. `granted` 0 is a refusal."""

    granted: int
    problem: Problem | None = None


@frozen
class Bound:
    """A limit: the number of coupons that it still allows, and the problem for more."""

    fits: int
    problem: Problem


def matching_key(identifier: Identifier) -> str:
    """Return the key to compare identifiers by: external ids without leading zeros (`external-id-padding`), others
    exactly.
    """
    if identifier.type == "externalId" and identifier.value:
        return identifier.value.lstrip("0") or "0"
    return identifier.value


def same_customer(named: Sequence[int | None]) -> int | None:
    """Return the customer that every identifier names; None without identifiers, or if they disagree."""
    return named[0] if named and len(set(named)) == 1 else None


def asked_for(request: IssueRequest) -> int:
    """Return the number of requested coupons; 1 if `count` is left out (`count-required`)."""
    return 1 if request.count is None else request.count


@frozen
class Reason:
    """The reason for a problem: the rule that raises it, its clause, and a description."""

    rule: str
    clause: str
    words: str


Rule = TypeVar("Rule", bound=Callable[..., object])
REASONS: dict[Problem, Reason] = {}


def raises(code: int, clause: str, words: str, nth: int = 0) -> Callable[[Rule], Rule]:
    """Register the rule below as the one that raises this problem."""

    def register(rule: Rule) -> Rule:
        REASONS[problem(code, nth)] = Reason(rule.__name__, clause, words)
        return rule

    return register


@raises(756, "series-missing", "seriesId is missing")
@raises(756, "count-too-low", f"count is below {COUNT_MINIMUM}", nth=1)
@raises(677, "count-too-high", f"count is above {COUNT_MAXIMUM}")
def check_request(request: IssueRequest) -> Problem | None:
    """756 for a mandatory field that is missing or too small, 677 for too many coupons."""
    if request.series_id is None:
        return problem(756)
    if asked_for(request) < COUNT_MINIMUM:
        return problem(756, 1)
    return problem(677) if asked_for(request) > COUNT_MAXIMUM else None


@raises(707, "series-unknown", "no such series, or it is managed externally")
def check_series(situation: Situation) -> Problem | None:
    """707: no such series, or one that is managed externally (`externally-managed`)."""
    series = situation.series
    return problem(707) if series is None or series.externally_managed else None


@raises(701, "customer-unknown", "no one customer has these identifiers")
def check_customer(situation: Situation) -> Problem | None:
    """701: no customer, or not the same one by every identifier (`missing-customer`)."""
    return problem(701) if situation.customer_id is None else None


@raises(713, "series-expired", "the series has expired by the sandbox's clock")
def check_expiry(situation: Situation) -> Problem | None:
    """713: the series has expired."""
    series = situation.series
    expired = series and series.expires_at is not None and series.expires_at <= situation.now
    return problem(713) if expired else None


@raises(709, "one-per-customer", "the series gives one, and the customer has it")
def check_already_has(situation: Situation) -> Problem | None:
    """709: one coupon per customer, and this one has it."""
    return problem(709) if one_per_customer(situation.series) and situation.has >= 1 else None


def one_per_customer(series: Series | None) -> bool:
    """Return True if the series gives each customer a single coupon: its limit per customer is 1."""
    return series is not None and series.limit_per_customer == 1


@raises(5004, "generic-one-at-a-time", "a generic series gives one at a time")
@raises(5001, "limit-in-all", "the series gives no more coupons than its limit in all")
@raises(5005, "no-codes-left", "no uploaded code is left")
@raises(5006, "codes-running-out", "some uploaded codes were left, and these were issued")
def bounds(series: Series, has: int) -> list[Bound]:
    """Return every limit of the series for a customer who has `has` coupons; the first of equal ones names the code."""
    limits = []
    if series.generic_code is not None:
        limits.append(Bound(1, problem(5004)))
    if series.limit_per_customer is not None:
        limits.append(per_customer_bound(series, series.limit_per_customer - has))
    if series.limit_in_all is not None:
        limits.append(Bound(series.limit_in_all - series.issued, problem(5001)))
    if series.codes_left is not None:
        limits.append(Bound(series.codes_left, problem(5006 if series.codes_left else 5005)))
    return limits


@raises(5004, "one-per-customer-count", "the series gives one per customer", nth=1)
@raises(5002, "limit-per-customer", "the customer gets no more of this series")
def per_customer_bound(series: Series, left: int) -> Bound:
    """Return the limit per customer: 5004 for a limit of 1, 5002 for a higher one."""
    return Bound(left, problem(5004, 1) if one_per_customer(series) else problem(5002))


def grant(requested: int, limits: Sequence[Bound]) -> Decision:
    """Return the decision of the tightest limit."""
    tightest = min(limits, key=lambda bound: bound.fits, default=None)
    if tightest is None or requested <= tightest.fits:
        return Decision(requested)
    return Decision(max(0, tightest.fits), tightest.problem)


def decide(requested: int, situation: Situation) -> Decision:
    """Return the decision on a request for `requested` coupons that passed `check_request`."""
    for check in (check_series, check_customer, check_expiry, check_already_has):
        if trouble := check(situation):
            return Decision(0, trouble)
    if situation.series is None:  # unreachable, because check_series comes first
        return Decision(0, problem(707))
    return grant(requested, bounds(situation.series, situation.has))


@frozen
class Rules:
    """The rules of an issue call. The defaults follow the contract; sandbox/faults replaces single ones."""

    asked_for: Callable[[IssueRequest], int] = asked_for
    check_request: Callable[[IssueRequest], Problem | None] = check_request
    same_customer: Callable[[Sequence[int | None]], int | None] = same_customer
    decide: Callable[[int, Situation], Decision] = decide
