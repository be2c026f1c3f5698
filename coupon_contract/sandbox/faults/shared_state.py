"""Faults of state that parallel calls share: each response contains a part of another one."""

import asyncio
from collections.abc import Callable

from attrs import evolve

from coupon_contract.sandbox import service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import IssueRequest, Rules
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store

MOMENT = 0.02  # seconds in which another call may come

Mix = Callable[[Issued, Issued], tuple[Issued, Issued]]


def mixing(mix: Mix) -> Callable[[], Behaviour]:
    """Return a behaviour that mixes the outcomes of two calls that are processed at the same time."""

    def behave() -> Behaviour:
        waiting: list[tuple[Issued, asyncio.Future[Issued]]] = []

        async def issue(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
            outcome = service.issue(store, request, now, rules)
            if not isinstance(outcome, Issued):
                return outcome
            if waiting:
                other, future = waiting.pop()
                outcome, theirs = mix(outcome, other)
                if not future.done():
                    future.set_result(theirs)
                return outcome
            mine: asyncio.Future[Issued] = asyncio.get_running_loop().create_future()
            waiting.append((outcome, mine))
            try:
                return await asyncio.wait_for(mine, MOMENT)
            except TimeoutError:
                waiting.clear()
                return outcome

        return Behaviour(issue=issue)

    return behave


def responses(first: Issued, second: Issued) -> tuple[Issued, Issued]:
    """Give each call the whole response of the other."""
    return second, first


def coupons(first: Issued, second: Issued) -> tuple[Issued, Issued]:
    """Give each call the coupons of the other, if both have the same number."""
    if len(first.coupons) != len(second.coupons):
        return first, second
    return evolve(first, coupons=second.coupons), evolve(second, coupons=first.coupons)


def customers(first: Issued, second: Issued) -> tuple[Issued, Issued]:
    """Answer each call with the customer of the other."""
    return (
        evolve(first, parts=(first.parts[0], second.parts[1])),
        evolve(second, parts=(second.parts[0], first.parts[1])),
    )


FAULTS = [
    Fault(
        "responses-of-each-other",
        "Two parallel calls get each other's response.",
        "calls-apart customer-answered counts-add-up",
        mixing(responses),
        also="limits-in-parallel issues-what-was-asked never-more-than-asked partial-explained"
        " customer-coupons-complete complete-has-no-errors",
    ),
    Fault(
        "coupons-of-each-other",
        "Two parallel calls get each other's coupons, if both have the same number.",
        "calls-apart",
        mixing(coupons),
    ),
    Fault(
        "customers-of-each-other",
        "Two parallel calls get each other's customer.",
        "calls-apart customer-answered",
        mixing(customers),
        also="customer-coupons-complete",
    ),
]
