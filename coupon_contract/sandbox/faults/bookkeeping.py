"""Faults of bookkeeping: the stored coupons differ from those in the responses of a whole run."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count

from attrs import define, evolve, field
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.sandbox import service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.fault_wrapper import Behave, Json, at_once, captured, issued, replay
from coupon_contract.sandbox.faults.identity import only_uploaded
from coupon_contract.sandbox.faults.model import Fault, Variant
from coupon_contract.sandbox.faults.storage import leaving
from coupon_contract.sandbox.issuing import IssueRequest, Rules, Series
from coupon_contract.sandbox.records import Coupon, CouponRow, CustomerListing, Wanted
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store, Transaction

SERIES = 415446
EVERY = 30  # issuing requests, the last of which is sent twice
KEPT = 40  # calls whose coupons a cache keeps
EXPIRED = 713


@define
class SendingTwice:
    """An ASGI application around another one, like a gateway: it sends some requests again, and returns one response.

    With `every` = 30, each 30th issuing request is sent twice.
    """

    app: ASGIApp
    every: int = 1
    requests: Iterator[int] = field(factory=lambda: count(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != spec.ISSUE_PATH or next(self.requests) % self.every:
            return await self.app(scope, receive, send)
        body = await Request(scope, receive).body()
        reply = await captured(self.app, scope, partial(replay, body))
        await captured(self.app, scope, partial(replay, body))
        return await at_once(reply, send)


def leaving_elsewhere(*codes: int) -> Behave:
    """Return a behaviour whose refusals with these codes come after a coupon was stored for some customer."""

    async def issue(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
        outcome = service.issue(store, request, now, rules)
        if isinstance(outcome, Refused) and outcome.problem.code in codes:
            with store.transaction() as transaction:
                situation = service.situation_of(transaction, evolve(request, series_id=SERIES), now, rules)
                customer = situation.customer_id or int(transaction._run("SELECT min(id) FROM customer").fetchone()[0])
                if situation.series is not None:
                    transaction.issue(situation.series, customer, 1, now)
        return outcome

    return lambda: Behaviour(issue=issue)


def forgetting() -> Behaviour:
    """Return a behaviour that loses the coupons of a call when the cache that holds them is full."""
    kept: deque[Sequence[Coupon]] = deque()

    class Forgetting(Transaction):
        def _add(
            self, series: Series, customer_id: int, codes: Sequence[str], now: int, metadata: str = ""
        ) -> tuple[Coupon, ...]:
            coupons = super()._add(series, customer_id, codes, now, metadata)
            kept.append(coupons)
            if len(kept) > KEPT:
                self._run_many("DELETE FROM coupon WHERE id = ?", [(coupon.id,) for coupon in kept.popleft()])
            return coupons

    return Behaviour(transaction_type=Forgetting)


def cut_at(most: int) -> Callable[[], Behaviour]:
    """Return a behaviour whose lists end after `most` coupons."""

    def find(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
        yield [row for page in store.issued_coupons(wanted) for row in page][:most]

    return lambda: Behaviour(find=find)


def first_code(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """Return the coupon with the first of several codes."""
    return store.issued_coupons(evolve(wanted, codes=wanted.codes and wanted.codes[:1]))


def total_at_most(most: int) -> Callable[[], Behaviour]:
    """Return a behaviour whose list of a customer, and its total, end after `most` coupons."""

    def list_coupons(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
        total, rows = store.list_customer_coupons(listing)
        return min(total, most), rows[: max(0, most - listing.offset)]

    return lambda: Behaviour(list_coupons=list_coupons)


def digits_to_letters(body: Json) -> None:
    """Read the digit 0 of an uploaded code as the letter, as text recognition does."""
    for coupon in body["coupons"]:
        coupon["code"] = coupon["code"][:2] + coupon["code"][2:].replace("0", "O").replace("1", "I")


def undone_later() -> Behaviour:
    """Return a behaviour that takes the coupon of an expired series back with the next call, and not at once."""
    left: list[Coupon] = []

    async def issue(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
        outcome = service.issue(store, request, now, rules)
        with store.transaction() as transaction:
            transaction._run_many("DELETE FROM coupon WHERE id = ?", [(coupon.id,) for coupon in left])
            left.clear()
            if isinstance(outcome, Refused) and outcome.problem.code == EXPIRED:
                situation = service.situation_of(transaction, request, now, rules)
                if situation.series is not None and situation.customer_id is not None:
                    left.extend(transaction.issue(situation.series, situation.customer_id, 1, now))
        return outcome

    return Behaviour(issue=issue)


class KeepingRevoked(Transaction):
    """Notes which coupons are revoked, and still lists them."""

    def revoke(self, coupon_id: int) -> bool:
        return (
            self._run(
                "INSERT INTO setting (name, value) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (f"revoked {coupon_id}", "true"),
            ).rowcount
            > 0
        )


FAULTS = [
    Fault(
        "has-one-leaves-a-coupon",
        "A coupon is stored before the check whether the customer has one already.",
        "issued-adds-up",
        leaving(709),
        also="refused-leaves-nothing",
    ),
    Fault(
        "customer-limit-leaves-a-coupon",
        "A coupon is stored before the limit of the customer is checked.",
        "issued-adds-up",
        leaving(5002),
        also="refused-leaves-nothing",
    ),
    Fault(
        "unknown-customer-leaves-a-coupon",
        "The coupon for a customer who does not exist is stored for the first one of the table.",
        "issued-adds-up",
        leaving_elsewhere(701),
    ),
    Fault(
        "unknown-series-leaves-a-coupon",
        "The coupon of a series that does not exist is stored as one of another series.",
        "issued-adds-up",
        leaving_elsewhere(707),
        also="refused-leaves-nothing",
    ),
    Fault(
        "refusal-undone-later",
        "The coupon of an expired series is stored, and taken back when the next request comes.",
        "refused-leaves-nothing",
        undone_later,
        also="customer-coupons-complete customer-coupons-selected",
    ),
    Fault(
        "gateway-sends-twice",
        "A gateway sends every request twice, and returns the first response.",
        "issued-adds-up read-back-lists-issued",
        lambda: Behaviour(around=SendingTwice),
        also="refused-leaves-nothing limit-given one-per-customer limit-per-customer codes-running-out",
    ),
    Fault(
        "gateway-retries",
        "A gateway sends some requests again after a short time limit, and returns one response.",
        "issued-adds-up",
        lambda: Behaviour(around=partial(SendingTwice, every=EVERY)),
        also="read-back-lists-issued refused-leaves-nothing limit-given",
    ),
    Fault(
        "coupons-lost-later",
        "Coupons are kept in a cache, and lost when it is full.",
        "issued-adds-up",
        forgetting,
        also="customer-coupons-complete",
    ),
    Fault(
        "read-back-ends-at-499",
        "Read-back lists 499 coupons and has no second page.",
        "issued-adds-up",
        cut_at(499),
        also="read-back-lists-issued",
    ),
    Fault(
        "read-back-first-code",
        "Read-back reads only the first of several codes.",
        "read-back-lists-issued",
        lambda: Behaviour(find=first_code),
    ),
    Fault(
        "customer-coupons-end-at-499",
        "A customer's list ends after 499 coupons, and its total says so.",
        "customer-coupons-complete",
        total_at_most(499),
    ),
    Fault(
        "uploaded-codes-misread",
        "Uploaded codes are answered with letters in place of the digits 0 and 1.",
        "issued-adds-up",
        issued(only_uploaded(digits_to_letters)),
        also="read-back-any-case read-back-lists-issued",
    ),
]

VARIANTS = [
    Variant(
        "revoked-still-listed",
        "A revoked coupon is still listed.",
        "customer-coupons revoke",
        lambda: Behaviour(transaction_type=KeepingRevoked),
    ),
]
