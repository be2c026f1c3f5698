"""Faults of limits."""

from collections.abc import Callable, Sequence

from attrs import evolve
from msgspec.structs import replace

from coupon_contract.sandbox import issuing, service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.counts import ruled
from coupon_contract.sandbox.faults.fault_wrapper import Behave
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.faults.series import with_series
from coupon_contract.sandbox.issuing import Decision, IssueRequest, Rules, Series, Situation
from coupon_contract.sandbox.records import Coupon
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store, Transaction, random_code

MANY = 10**6


def several(series: Series) -> bool:
    """Return True if the series has a limit per customer above 1."""
    return (series.limit_per_customer or 0) > 1


def one_more_each(series: Series) -> Series:
    """Return the series with a limit per customer that is off by one."""
    return replace(series, limit_per_customer=(series.limit_per_customer or 0) + 1) if several(series) else series


def looking(change: Callable[[Situation], Situation]) -> Behave:
    """Return a behaviour whose rules see a changed situation."""
    return ruled(decide=lambda requested, situation: issuing.decide(requested, change(situation)))


def limits_per_call(situation: Situation) -> Situation:
    """Forget earlier calls if the limit is above 1."""
    return evolve(situation, has=0) if situation.series and several(situation.series) else situation


def one_not_enforced(situation: Situation) -> Situation:
    """Forget earlier calls if the limit is 1."""
    return evolve(situation, has=0) if issuing.one_per_customer(situation.series) else situation


def two_at_once(requested: int, situation: Situation) -> Decision:
    """Check that the customer has none, and then issue everything requested."""
    decision = issuing.decide(requested, situation)
    first = issuing.one_per_customer(situation.series) and decision.granted
    return Decision(requested) if first else decision


def generic_unlimited(series: Series) -> Series:
    """Return the generic series as an ordinary one."""
    return replace(series, generic_code=None)


def no_limit_in_all(series: Series) -> Series:
    """Return the series without a maximum."""
    return replace(series, limit_in_all=None)


def one_more_in_all(series: Series) -> Series:
    """Return the series with a maximum that is off by one."""
    return series if series.limit_in_all is None else replace(series, limit_in_all=series.limit_in_all + 1)


def some_are_enough(series: Series) -> Series:
    """Return the series with endless codes, as long as it has one."""
    return replace(series, codes_left=MANY) if series.codes_left else series


class Inventing(Transaction):
    """Makes codes when the queue has too few."""

    def _codes(self, series: Series, count: int) -> Sequence[str]:
        codes = super()._codes(series, count)
        return [*codes, *(random_code("0123456789", 10) for _ in range(count - len(codes)))]


class Reusing(Transaction):
    """Starts again with the first uploaded code when all are issued."""

    def series(self, series_id: int) -> Series | None:
        series = super().series(series_id)
        return replace(series, codes_left=MANY) if series and self._uploaded_codes(series_id) else series

    def issue(self, series: Series, customer_id: int, count: int, now: int, metadata: str = "") -> tuple[Coupon, ...]:
        if series.codes_left is None:
            return super().issue(series, customer_id, count, now, metadata)
        codes = [*self._uploaded(series.id, count)]
        again = self._uploaded_codes(series.id)
        codes += [again[place % len(again)] for place in range(count - len(codes))]
        return unchecked(self, series, customer_id, codes, now)

    def _uploaded_codes(self, series_id: int) -> list[str]:
        rows = self._run("SELECT code FROM uploaded_code WHERE series_id = ? ORDER BY position LIMIT 9", (series_id,))
        return [code for (code,) in rows.fetchall()]


def unchecked(
    transaction: Transaction, series: Series, customer_id: int, codes: Sequence[str], now: int
) -> tuple[Coupon, ...]:
    """Add coupons without the index that keeps codes unique."""
    return transaction._add(replace(series, generic_code=""), customer_id, codes, now)


def resetting() -> Behaviour:
    """Return a behaviour that forgets a customer's coupons on a refusal."""
    forgotten: set[tuple[int, int]] = set()

    def decide(requested: int, situation: Situation) -> Decision:
        if situation.series is None or situation.customer_id is None:
            return issuing.decide(requested, situation)
        key = (situation.series.id, situation.customer_id)
        decision = issuing.decide(requested, evolve(situation, has=0) if key in forgotten else situation)
        forgotten.discard(key)
        if decision.problem and decision.problem.code in (709, 5002):
            forgotten.add(key)
        return decision

    return Behaviour(rules=Rules(decide=decide))


def apart() -> Behaviour:
    """Return a behaviour that counts the coupons of each identifier instead of each customer."""
    counted: dict[tuple[int, tuple[issuing.Identifier, ...]], int] = {}

    async def issue(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
        key = (request.series_id or 0, request.identifiers)
        by_identifier = evolve(
            rules, decide=lambda requested, seen: rules.decide(requested, evolve(seen, has=counted.get(key, 0)))
        )
        outcome = service.issue(store, request, now, by_identifier)
        counted[key] = counted.get(key, 0) + (len(outcome.coupons) if isinstance(outcome, Issued) else 0)
        return outcome

    return Behaviour(issue=issue)


PER_CUSTOMER = [
    Fault(
        "customer-limit-off-by-one",
        "A customer may have one coupon more than the limit.",
        "limit-per-customer",
        with_series(one_more_each),
        also="limit-given limits-in-parallel",
    ),
    Fault(
        "customer-limit-per-call",
        "The limit per customer is applied to each call, not to all of them.",
        "limit-per-customer",
        looking(limits_per_call),
        also="limit-given limits-in-parallel refused-leaves-nothing",
    ),
    Fault(
        "one-per-customer-forgotten",
        "Nobody looks whether the customer of a one-per-customer series has a coupon already.",
        "one-per-customer",
        looking(one_not_enforced),
        also="history-adds-up same-meaning limits-in-parallel one-per-customer-count refused-leaves-nothing"
        " limit-given",
    ),
    Fault(
        "counters-forgotten",
        "What customers have is counted in memory, and lost after each call.",
        "one-per-customer limit-per-customer",
        looking(lambda situation: evolve(situation, has=0)),
        also="limit-given history-adds-up same-meaning limits-in-parallel one-per-customer-count"
        " refused-leaves-nothing",
    ),
    Fault(
        "two-of-one-per-customer",
        "A customer without a coupon of a one-per-customer series gets as many as it requests.",
        "one-per-customer-count",
        ruled(decide=two_at_once),
        also="limit-given one-per-customer limits-in-parallel",
    ),
    Fault(
        "refusal-resets-limit",
        "A refusal takes the customer's counter off the cache, so that the next call gets coupons again.",
        "history-adds-up",
        resetting,
        also="one-per-customer limit-per-customer same-meaning limits-in-parallel one-per-customer-count",
    ),
    Fault(
        "limits-by-identifier",
        "Coupons are counted for each identifier, so that a customer has one limit by mobile and one by e-mail.",
        "one-per-customer same-meaning",
        apart,
        also="limit-per-customer one-per-customer-count history-adds-up",
    ),
]

IN_ALL = [
    Fault(
        "generic-many-at-once",
        "A generic series issues as many as requested.",
        "generic-one-at-a-time",
        with_series(generic_unlimited),
    ),
    Fault(
        "limit-in-all-ignored",
        "The maximum of a series is never checked.",
        "limit-in-all",
        with_series(no_limit_in_all),
        also="limits-in-parallel refused-leaves-nothing",
    ),
    Fault(
        "limit-in-all-off-by-one",
        "A series gives one coupon more than its maximum.",
        "limit-in-all",
        with_series(one_more_in_all),
        also="limits-in-parallel refused-leaves-nothing",
    ),
    Fault(
        "codes-invented",
        "Codes are made up for what the last uploaded codes do not cover.",
        "codes-running-out",
        lambda: Behaviour(
            rules=Rules(decide=lambda requested, seen: issuing.decide(requested, enough(seen))),
            transaction_type=Inventing,
        ),
        also="limits-in-parallel",
    ),
    Fault(
        "codes-reused",
        "When all uploaded codes are handed out, the first one is next again.",
        "codes-running-out codes-unique",
        lambda: Behaviour(transaction_type=Reusing),
        also="limits-in-parallel",
    ),
]


def enough(situation: Situation) -> Situation:
    """Return the situation with endless codes."""
    return evolve(situation, series=situation.series and some_are_enough(situation.series))


FAULTS = [*PER_CUSTOMER, *IN_ALL]
