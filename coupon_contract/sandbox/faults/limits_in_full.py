"""Faults of limits that give too little, or count for others."""

from collections import Counter

from attrs import evolve
from msgspec.structs import replace

from coupon_contract.sandbox import issuing, service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.errors import problem
from coupon_contract.sandbox.faults.limits import looking, several
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.faults.series import with_series
from coupon_contract.sandbox.issuing import Decision, IssueRequest, Rules, Series, Situation
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store, Transaction


def one_less(series: Series) -> Series:
    """Return the series with a limit per customer that is too low by one."""
    return replace(series, limit_per_customer=(series.limit_per_customer or 0) - 1) if several(series) else series


def one_less_in_all(series: Series) -> Series:
    """Return the series with a maximum that is too low by one."""
    return series if series.limit_in_all is None else replace(series, limit_in_all=series.limit_in_all - 1)


def one_code_less(series: Series) -> Series:
    """Return the series with one uploaded code fewer than it has."""
    return replace(series, codes_left=series.codes_left - 1) if series.codes_left else series


def refusals_counted() -> Behaviour:
    """Return a behaviour that refuses what does not fit as a whole, and counts what it refused."""
    refused: Counter[tuple[int, int]] = Counter()

    def decide(requested: int, situation: Situation) -> Decision:
        series, customer = situation.series, situation.customer_id
        if series is None or customer is None or not several(series):
            return issuing.decide(requested, situation)
        key = series.id, customer
        decision = issuing.decide(requested, evolve(situation, has=situation.has + refused[key]))
        if decision.granted == requested or decision.problem is None or decision.problem.code != 5002:
            return decision
        refused[key] += requested
        return Decision(0, decision.problem)

    return Behaviour(rules=Rules(decide=decide))


def for_everybody(situation: Situation) -> Situation:
    """Count the coupons of all customers against the limit of each."""
    series = situation.series
    return evolve(situation, has=series.issued) if series and several(series) else situation


def one_for_everybody(situation: Situation) -> Situation:
    """Count the coupons of all customers against the limit of one each."""
    series = situation.series
    return evolve(situation, has=series.issued) if series and issuing.one_per_customer(series) else situation


def exact_fit_refused(requested: int, situation: Situation) -> Decision:
    """Compare with less than, where less than or equal is meant."""
    decision, series = issuing.decide(requested, situation), situation.series
    fits_exactly = series is not None and several(series) and situation.has + requested == series.limit_per_customer
    fits_exactly = fits_exactly and decision.granted == requested > 1
    return Decision(requested - 1, problem(5002)) if fits_exactly else decision


class OfEverySeries(Transaction):
    """Counts the coupons of every series with a limit of several against each limit."""

    def issued_to(self, series_id: int, customer_id: int) -> int:
        query = (
            "SELECT coalesce(sum(customer_count.issued), 0) FROM customer_count, series"
            " WHERE series.id = series_id AND customer_id = ? AND limit_per_customer > 1"
        )
        series, own = self.series(series_id), super().issued_to(series_id, customer_id)
        is_limited = series is not None and several(series)
        return int(self._run(query, (customer_id,)).fetchone()[0]) if is_limited else own


async def codes_taken_first(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
    """Take codes off the queue, and refuse the request when they are too few."""
    outcome = service.issue(store, request, now, rules)
    if not isinstance(outcome, Issued) or outcome.problem is None or outcome.problem.code != 5006:
        return outcome
    with store.transaction() as transaction:
        transaction._run_many("DELETE FROM coupon WHERE id = ?", [(coupon.id,) for coupon in outcome.coupons])
    return Refused(outcome.problem)


FAULTS = [
    Fault(
        "exact-fit-refused",
        "A request for exactly what the limit leaves gets one coupon less.",
        "limit-given",
        lambda: Behaviour(rules=Rules(decide=exact_fit_refused)),
        also="limit-per-customer",
    ),
    Fault(
        "limits-count-every-series",
        "A customer's coupons of all series with a limit count against each limit.",
        "limit-given",
        lambda: Behaviour(transaction_type=OfEverySeries),
        also="limit-per-customer limits-in-parallel history-adds-up same-meaning",
    ),
    Fault(
        "customer-limit-gives-one-less",
        "A customer gets one coupon fewer than the limit.",
        "limit-given",
        with_series(one_less),
        also="limit-per-customer",
    ),
    Fault(
        "limit-in-all-gives-one-less",
        "A series ends one coupon before its maximum.",
        "limit-given",
        with_series(one_less_in_all),
    ),
    Fault(
        "last-code-kept",
        "The last uploaded code stays in the queue.",
        "limit-given",
        with_series(one_code_less),
        also="codes-running-out",
    ),
    Fault(
        "refusals-use-up-the-limit",
        "Coupons that a refused request asked for count against the limit of the customer.",
        "limit-given",
        refusals_counted,
    ),
    Fault(
        "customer-limit-kept-per-series",
        "The limit per customer is counted for all customers together.",
        "history-adds-up",
        looking(for_everybody),
    ),
    Fault(
        "one-per-series",
        "A series with one coupon per customer gives one coupon in total.",
        "history-adds-up",
        looking(one_for_everybody),
        also="limit-given one-per-customer-count",
    ),
    Fault(
        "refused-codes-lost",
        "Codes are taken off the queue before a request is refused that asks for more than are left.",
        "limit-given",
        lambda: Behaviour(issue=codes_taken_first),
        also="customer-coupons-complete",
    ),
]
