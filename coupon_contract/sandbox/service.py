"""An issue call, from the request to the outcome: one transaction, in which the rules decide."""

from attrs import frozen

from coupon_contract.sandbox.errors import Problem
from coupon_contract.sandbox.issuing import Decision, IssueRequest, Rules, Situation
from coupon_contract.sandbox.records import Coupon
from coupon_contract.sandbox.store import Store, Transaction

CONTRACT = Rules()


@frozen
class Issued:
    """Committed coupons. A problem explains why they are fewer than `asked`."""

    requested: int
    coupons: tuple[Coupon, ...]
    parts: tuple[str, str]
    problem: Problem | None


@frozen
class Refused:
    """Nothing was issued."""

    problem: Problem


def issue(store: Store, request: IssueRequest, now: int, rules: Rules = CONTRACT) -> Issued | Refused:
    """Issue what the rules allow at `now` (epoch milliseconds). Raises StoreBusy: then nothing was issued."""
    if problem := rules.check_request(request):
        return Refused(problem)
    with store.transaction() as transaction:
        return issue_in(transaction, request, now, rules)


async def issue_soon(store: Store, request: IssueRequest, now: int, rules: Rules = CONTRACT) -> Issued | Refused:
    """The same on an event loop, where concurrent calls share a commit. Raises StoreBusy."""
    if problem := rules.check_request(request):
        return Refused(problem)
    return await store.write(lambda transaction: issue_in(transaction, request, now, rules))


def issue_in(transaction: Transaction, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
    """Decide on a request that passed `check_request`, and issue."""
    requested, situation = rules.asked_for(request), situation_of(transaction, request, now, rules)
    return carry_out(transaction, requested, situation, rules.decide(requested, situation), request.metadata)


def carry_out(
    transaction: Transaction, requested: int, situation: Situation, decision: Decision, metadata: str = ""
) -> Issued | Refused:
    """Issue the granted number to a request for `requested` coupons."""
    series, customer_id = situation.series, situation.customer_id
    if decision.granted and series is not None and customer_id is not None:
        coupons = transaction.issue(series, customer_id, decision.granted, situation.now, metadata)
        return Issued(requested, coupons, transaction.answer_parts(series.id, customer_id), decision.problem)
    if decision.problem is None:
        raise RuntimeError("nothing granted, and no problem named")
    return Refused(decision.problem)


def situation_of(transaction: Transaction, request: IssueRequest, now: int, rules: Rules = CONTRACT) -> Situation:
    """Return the state of the store for the request."""
    series = None if request.series_id is None else transaction.series(request.series_id)
    customer_id = rules.same_customer([transaction.named(identifier) for identifier in request.identifiers])
    has = 0 if series is None or customer_id is None else transaction.issued_to(series.id, customer_id)
    return Situation(series, customer_id, has, now)
