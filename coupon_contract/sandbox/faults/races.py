"""Faults under concurrency: limits that are checked in one transaction and used up in another."""

import asyncio
from collections.abc import Callable, Sequence
from functools import partial

from coupon_contract.sandbox import issuing, service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.fault_wrapper import Behave
from coupon_contract.sandbox.faults.limits import several, unchecked
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import IssueRequest, Rules, Series
from coupon_contract.sandbox.records import Coupon
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store, Transaction

PAUSE = 0.05  # seconds between check and act


async def racing(
    store: Store, request: IssueRequest, now: int, rules: Rules, races: Callable[[Series], bool]
) -> Issued | Refused:
    """Check in one transaction and act in another, with a pause for other calls in between."""
    if problem := rules.check_request(request):
        return Refused(problem)
    with store.transaction() as transaction:
        situation = service.situation_of(transaction, request, now, rules)
        decision = rules.decide(rules.asked_for(request), situation)
        seen = next_codes(transaction, situation.series, decision.granted)
    if situation.series is None or not races(situation.series):
        return service.issue(store, request, now, rules)
    await asyncio.sleep(PAUSE)
    with store.transaction() as transaction:
        transaction.seen = seen  # type: ignore[attr-defined]
        return service.carry_out(transaction, rules.asked_for(request), situation, decision, request.metadata)


def next_codes(transaction: Transaction, series: Series | None, count: int) -> list[str]:
    """Return the next uploaded codes."""
    if series is None or not series.codes_left:
        return []
    query = (
        "SELECT code FROM uploaded_code JOIN series ON series.id = series_id"
        " WHERE series_id = ? AND position >= handed_out ORDER BY position LIMIT ?"
    )
    return [code for (code,) in transaction._run(query, (series.id, count)).fetchall()]


class HandingOutSeen(Transaction):
    """Issues the codes that were seen, whoever has them by now."""

    seen: Sequence[str] = ()

    def issue(self, series: Series, customer_id: int, count: int, now: int, metadata: str = "") -> tuple[Coupon, ...]:
        if not self.seen:
            return super().issue(series, customer_id, count, now, metadata)
        self._uploaded(series.id, count)
        return unchecked(self, series, customer_id, self.seen, now)


def race(races: Callable[[Series], bool]) -> Behave:
    """Return a behaviour that separates check and act for some series."""
    return lambda: Behaviour(issue=partial(racing, races=races), transaction_type=HandingOutSeen)


FAULTS = [
    Fault(
        "race-per-customer",
        "The limit per customer is checked in one transaction and used up in another.",
        "limits-in-parallel",
        race(several),
    ),
    Fault(
        "race-one-per-customer",
        "Whether a customer has a coupon is checked in one transaction, and it is issued in another.",
        "limits-in-parallel",
        race(issuing.one_per_customer),
    ),
    Fault(
        "race-in-all",
        "The maximum of a series is checked in one transaction and used up in another.",
        "limits-in-parallel",
        race(lambda series: series.limit_in_all is not None),
    ),
    Fault(
        "race-for-codes",
        "Uploaded codes are read in one transaction and taken off the queue in another.",
        "limits-in-parallel",
        race(lambda series: series.codes_left is not None),
        also="codes-unique",
    ),
]
