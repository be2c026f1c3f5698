"""Faults of storage: responses that differ from the stored coupons, and a wrong read-back."""

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import count

from attrs import evolve

from coupon_contract.sandbox import codec, service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.fault_wrapper import Behave, CapturedResponse, CutOff, Json, edited, puts, replies
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import IssueRequest, Rules, Series
from coupon_contract.sandbox.json_body import Unusable
from coupon_contract.sandbox.records import LOWER, Coupon, CouponRow, Wanted
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import FIRST_COUPON_ID, Store, Transaction
from coupon_contract.spec import READ_BACK_PATH


def untyped(reply: CapturedResponse) -> CapturedResponse:
    """Leave the content type out."""
    return evolve(reply, headers=tuple(pair for pair in reply.headers if pair[0] != b"content-type"))


def badly_joined(reply: CapturedResponse) -> CapturedResponse | None:
    """Leave the comma behind the fortieth coupon out."""
    rows = reply.body.split(b"},{")
    return evolve(reply, body=b"},{".join(rows[:40]) + b"}{" + b"},{".join(rows[40:])) if len(rows) > 40 else None


def leaving(*codes: int) -> Behave:
    """Return a behaviour whose refusals with these codes come after a coupon was stored."""

    async def issue(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
        outcome = service.issue(store, request, now, rules)
        if isinstance(outcome, Refused) and outcome.problem.code in codes:
            with store.transaction() as transaction:
                situation = service.situation_of(transaction, request, now, rules)
                if situation.series is not None and situation.customer_id is not None:
                    transaction.issue(situation.series, situation.customer_id, 1, now)
        return outcome

    return lambda: Behaviour(issue=issue)


async def refused_too_late(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
    """Refuse partial successes after the possible coupons were stored."""
    outcome = service.issue(store, request, now, rules)
    return Refused(outcome.problem) if isinstance(outcome, Issued) and outcome.problem else outcome


class Late(IssueRequest):
    """A request whose error shows only when the response is built."""


def trouble_later(fields: dict[str, Json]) -> IssueRequest:
    """Read a request with a count of a wrong type as one for a single coupon."""
    try:
        return codec.issue_request(fields)
    except Unusable:
        request = codec.issue_request({**fields, "count": None})
        return Late(request.series_id, request.count, request.identifiers)


async def unusable_too_late(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
    """Issue, and then reject."""
    outcome = service.issue(store, request, now, rules)
    if isinstance(request, Late):
        raise Unusable
    return outcome


def losing(kept: Callable[[int], bool]) -> Behave:
    """Return a behaviour that stores only some of the coupons of a call, by their place."""

    def behave() -> Behaviour:
        ids = count(FIRST_COUPON_ID)

        class Losing(Transaction):
            def _add(
                self, series: Series, customer_id: int, codes: Sequence[str], now: int, metadata: str = ""
            ) -> tuple[Coupon, ...]:
                coupons = super()._add(series, customer_id, codes, now, metadata)
                lost = [(coupon.id,) for place, coupon in enumerate(coupons) if not kept(place)]
                self._run_many("DELETE FROM coupon WHERE id = ?", lost)
                return coupons

            def _next_coupon_id(self) -> int:
                return next(ids) * 1000

        return Behaviour(transaction_type=Losing)

    return behave


class WrongCustomer(Transaction):
    """Stores the coupons for another customer than the one in the response."""

    def _add(
        self, series: Series, customer_id: int, codes: Sequence[str], now: int, metadata: str = ""
    ) -> tuple[Coupon, ...]:
        coupons = super()._add(series, customer_id, codes, now, metadata)
        other = int(self._run("SELECT min(id) FROM customer").fetchone()[0])
        self._run("UPDATE issue SET customer_id = ? WHERE first_id = ?", (other, coupons[0].id))
        return coupons


def of_everybody(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """Return the coupons of every customer, whoever was requested."""
    if wanted.customer_ids is None:
        return store.issued_coupons(wanted)
    everybody = [row[0] for row in store._read("SELECT id FROM customer", [])]
    return store.issued_coupons(evolve(wanted, customer_ids=tuple(everybody)))


def first_page(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """Return the first few coupons."""
    rows = [row for page in store.issued_coupons(wanted) for row in page]
    yield rows[:10]


def first_value(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """Return the coupons of the first value of a repeated parameter."""
    kinds = {name: getattr(wanted, name) for name in ("coupon_ids", "customer_ids", "codes")}
    return store.issued_coupons(evolve(wanted, **{name: kind and kind[:1] for name, kind in kinds.items()}))


def exact_case(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """The coupons whose codes are spelled as in the query."""
    for page in store.issued_coupons(wanted):
        yield [row for row in page if wanted.codes is None or row.code in wanted.codes]


def series_unknown(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """Return the coupons of a customer without their series; those found by id or code are complete."""
    for page in store.issued_coupons(wanted):
        yield [evolve(row, series_id=None) for row in page] if wanted.customer_ids else page  # type: ignore[arg-type]


def read_back(edit: Callable[[Json], object]) -> Behave:
    """Return a behaviour that edits the response of read-back."""
    return replies(lambda reply: edited(reply, edit), READ_BACK_PATH)


def each_found(edit: Callable[[Json], object]) -> Behave:
    """Return a behaviour that edits every coupon of read-back."""
    return read_back(lambda body: [edit(coupon) for coupon in body["data"]])


def bare_list(reply: CapturedResponse) -> CapturedResponse | None:
    """Return the list of coupons alone."""
    return reply.with_json(json.loads(reply.body)["data"]) if reply.status == 200 else None


def forbidden(reply: CapturedResponse) -> CapturedResponse:
    """Respond with 403 in place of any other status."""
    return evolve(reply, status=403, body=b"")


BEHIND = [
    Fault(
        "expired-leaves-a-coupon",
        "The coupon is stored before the expiry of the series is checked.",
        "refused-leaves-nothing",
        leaving(713),
    ),
    Fault(
        "too-many-leaves-a-coupon",
        "A coupon is stored before the maximum of 500 is checked.",
        "refused-leaves-nothing",
        leaving(677),
    ),
    Fault(
        "partial-refused-too-late",
        "A partial success is refused when what fits is already stored.",
        "refused-leaves-nothing",
        lambda: Behaviour(issue=refused_too_late),
        also="limit-given limit-per-customer",
    ),
    Fault(
        "issued-though-400",
        "A count of a wrong type is only found when the coupons are issued and the response is built.",
        "refused-leaves-nothing",
        lambda: Behaviour(read=trouble_later, issue=unusable_too_late),
    ),
    Fault(
        "never-stored",
        "Coupons are answered, and the transaction that stores them is lost.",
        "read-back-lists-issued",
        losing(lambda place: False),
        also="customer-coupons-complete revoke-only-named",
    ),
    Fault(
        "only-first-stored",
        "Only the first coupon of a call is stored.",
        "read-back-lists-issued",
        losing(lambda place: place == 0),
        also="customer-coupons-complete revoke-only-named",
    ),
    Fault(
        "stored-for-another",
        "Coupons are stored for another customer than the one who is answered.",
        "read-back-lists-issued",
        lambda: Behaviour(transaction_type=WrongCustomer),
        also="calls-apart customer-coupons-complete",
    ),
]

READ_BACK = [
    Fault(
        "read-back-untyped",
        "The response of read-back does not say that it is JSON.",
        "read-back-shape",
        replies(untyped, READ_BACK_PATH),
    ),
    Fault(
        "read-back-long-list-broken",
        "The pieces of a list of more than 40 coupons are joined without a comma.",
        "read-back-shape",
        replies(badly_joined, READ_BACK_PATH),
    ),
    Fault(
        "read-back-cut-off",
        "Whatever read-back is asked for, the process ends before its response is whole.",
        "read-back-shape",
        lambda: Behaviour(around=partial(CutOff, when=lambda _: True, paths=(READ_BACK_PATH,))),
    ),
    Fault(
        "read-back-of-everybody",
        "Read-back by customer lists the coupons of all customers.",
        "read-back-lists-issued",
        lambda: Behaviour(find=of_everybody),
        also="refused-leaves-nothing",
    ),
    Fault(
        "read-back-first-page",
        "Read-back lists ten coupons and has no second page.",
        "read-back-lists-issued",
        lambda: Behaviour(find=first_page),
    ),
    Fault(
        "read-back-first-value",
        "Read-back reads only the first value of a repeated parameter.",
        "read-back-lists-issued",
        lambda: Behaviour(find=first_value),
    ),
    Fault(
        "read-back-exact-case",
        "Read-back finds a code only in the letter case in which it was issued.",
        "read-back-any-case",
        lambda: Behaviour(find=exact_case),
    ),
    Fault(
        "read-back-always-lower",
        "Read-back lists codes in lower case, whatever was asked for.",
        "read-back-as-issued",
        lambda: Behaviour(letter_case=lambda _: LOWER),
    ),
    Fault(
        "detailed-info-as-object",
        "Read-back has an object as detailedInfo.",
        "read-back-shape",
        each_found(puts(detailedInfo=lambda text: {"info": text})),
    ),
    Fault(
        "read-back-of-customer-without-series",
        "Read-back by customer comes from a table that does not have the series.",
        "read-back-shape",
        lambda: Behaviour(find=series_unknown),
    ),
    Fault(
        "read-back-without-series",
        "Read-back lacks the seriesId.",
        "read-back-shape",
        each_found(lambda coupon: coupon.pop("seriesId")),
        also="read-back-lists-issued",
    ),
    Fault(
        "read-back-series-as-text",
        "Read-back writes the seriesId as text.",
        "read-back-shape",
        each_found(puts(seriesId=str)),
        also="read-back-lists-issued",
    ),
    Fault(
        "read-back-bare-list",
        "Read-back answers a list without an object around it.",
        "read-back-shape",
        replies(bare_list, READ_BACK_PATH),
    ),
    Fault(
        "read-back-forbidden",
        "Read-back is answered with HTTP 403, whoever asks.",
        "read-back-shape",
        replies(forbidden, READ_BACK_PATH),
        also="token-granted",
    ),
]

FAULTS = [*BEHIND, *READ_BACK]
