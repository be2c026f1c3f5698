"""Faults of the companions that make the coupons of one call known again."""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from typing import Any

from attrs import evolve, frozen
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.companions import MOST_REVOKED
from coupon_contract.sandbox.faults.fault_wrapper import Behave, CapturedResponse, Edit, edited, replay, replies
from coupon_contract.sandbox.faults.model import Fault, Variant
from coupon_contract.sandbox.faults.storage import each_found
from coupon_contract.sandbox.records import CouponRow, CustomerListing, Wanted
from coupon_contract.sandbox.store import Store, Transaction
from coupon_contract.spec import CUSTOMER_COUPONS_PATH, REVOKE_PATH

Json = Any


def without_metadata(coupon: Json) -> None:
    """Forget the metadata that was sent."""
    if "couponIssualDetails" in coupon:
        coupon["couponIssualDetails"] = {}


def lower_metadata(coupon: Json) -> None:
    """Write the metadata in lower case."""
    if "couponIssualDetails" in coupon:
        coupon["couponIssualDetails"] = {name: text.lower() for name, text in coupon["couponIssualDetails"].items()}


def customer_list(edit: Edit) -> Behave:
    """The list of a customer's coupons is edited."""
    return replies(partial(edited, edit=edit, when=lambda body: "entity" in body), CUSTOMER_COUPONS_PATH)


def total_as_text(body: Json) -> None:
    """Write the total as limit and offset are written."""
    pagination = body["entity"]["pagination"]
    pagination["total"] = str(pagination["total"])


def first_page_again(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """The first page, whatever the offset is."""
    return store.list_customer_coupons(evolve(listing, offset=0))


def at_most_three(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """The three newest coupons, and a total that says so."""
    total, rows = store.list_customer_coupons(listing)
    return min(total, 3), rows[: max(0, 3 - listing.offset)]


def always_busy(reply: CapturedResponse) -> CapturedResponse:
    """Answer that the server is busy."""
    return evolve(reply, status=503)


def of_any_status(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """All coupons, whatever their status is."""
    return store.list_customer_coupons(evolve(listing, expired=None, redeemed=False))


def newest_first(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """The newest coupons first, whatever order was asked for."""
    return store.list_customer_coupons(evolve(listing, newest_first=True))


def by_code_within_a_second(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """The coupons of a page by the second of their issue, those of one second by code."""
    total, rows = store.list_customer_coupons(listing)
    sign = -1 if listing.newest_first else 1
    return total, sorted(rows, key=lambda row: (sign * (row.issued_at // 1000), row.code))


def revocation(edit: Edit) -> Behave:
    """The response to a request to revoke is edited."""
    return replies(partial(edited, edit=edit), REVOKE_PATH)


def in_entity(name: str, value: Json) -> Edit:
    """Set a member of the result, where there is one."""

    def put(body: Json) -> None:
        if body.get("entity"):
            body["entity"][name] = value

    return put


def always_a_success(body: Json) -> None:
    """Report success, and no error."""
    body.update(success=True, errors=[])


def misspelt_reason(body: Json) -> None:
    """Misspell `errorCode`, as a documented example does."""
    for failure in (body.get("entity") or {}).get("failedToRevoke", ()):
        failure["errroCode"] = failure.pop("errorCode")


@frozen
class NeedingALimit:
    """Middleware that has no limit of its own for a customer's list: it passes one on that cannot be read."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if (
            scope["type"] == "http"
            and scope["path"] == CUSTOMER_COUPONS_PATH
            and b"limit=" not in scope["query_string"]
        ):
            scope = {**scope, "query_string": scope["query_string"] + b"&limit=None"}
        await self.app(scope, receive, send)


@frozen
class ReadingCodes:
    """Middleware that reads the codes to revoke otherwise."""

    app: ASGIApp
    change: Callable[[Store, int, str], Iterable[str]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != REVOKE_PATH:
            return await self.app(scope, receive, send)
        body = await Request(scope, receive).body()
        with suppress(ValueError, KeyError, TypeError, AttributeError, RecursionError):
            fields, store = json.loads(body), scope["app"].state.sandbox.store
            series, codes = fields["couponSeriesId"], fields["couponCodes"]
            read = [other for code in codes for other in self.change(store, series, code)]
            body = json.dumps({**fields, "couponCodes": read}).encode()
        return await self.app(scope, partial(replay, body), send)


def id_or_code(store: Store, series_id: int, code: str) -> Iterable[str]:
    """The code of the coupon with this id, or the code itself."""
    pages = store.issued_coupons(Wanted(coupon_ids=(int(code),))) if code.isdecimal() else ()
    return [row.code for page in pages for row in page] or [code]


def empty_is_all(store: Store, series_id: int, code: str) -> Iterable[str]:
    """The newest codes of the series in place of an empty one."""
    if code:
        return [code]
    return [row.code for page in store.issued_in_series(series_id) for row in page][-MOST_REVOKED:]


def revoking(change: Callable[[Store, int, str], Iterable[str]]) -> Behave:
    """Return a behaviour that reads the codes to revoke otherwise."""
    return lambda: Behaviour(around=partial(ReadingCodes, change=change))


class RevokingNeighbours(Transaction):
    """Revokes the coupon that was issued next to the one that is named, too."""

    def revoke(self, coupon_id: int) -> bool:
        super().revoke(coupon_id + 1)
        return super().revoke(coupon_id)


class RevokingAgain(Transaction):
    """Revokes what is revoked already."""

    def revoke(self, coupon_id: int) -> bool:
        super().revoke(coupon_id)
        self._run("DELETE FROM revoked WHERE coupon_id = ?", (coupon_id,))
        return True


class RevokingOne(Transaction):
    """Revokes the first coupon of a call alone."""

    _revoked = False

    def revoke(self, coupon_id: int) -> bool:
        before, self._revoked = self._revoked, True
        return not before and super().revoke(coupon_id)


def first_of_call_alone(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """The metadata of a call is that of its first coupon; the ids of a call follow each other."""
    seen: set[tuple[int, int, str]] = set()
    for page in store.issued_coupons(wanted):
        seen |= {(row.id, row.customer_id, row.metadata) for row in page}
        yield [evolve(row, metadata="") if (row.id - 1, row.customer_id, row.metadata) in seen else row for row in page]


def without_entity(reply: CapturedResponse) -> CapturedResponse | None:
    """The result at the top of the response, as in one documented example."""
    body = json.loads(reply.body) if reply.status == 200 else {}
    return reply.with_json({**body["entity"], "warnings": [], "errors": []}) if body.get("entity") else None


def short_pages(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """Pages of one coupon, whatever the limit is."""
    return store.list_customer_coupons(evolve(listing, limit=min(1, listing.limit)))


FAULTS = [
    Fault(
        "issual-details-without-metadata",
        "The metadata of a request is not stored.",
        "issual-details-returned",
        each_found(without_metadata),
    ),
    Fault(
        "issual-details-of-first-alone",
        "The metadata of a request is stored with its first coupon.",
        "issual-details-returned",
        lambda: Behaviour(find=first_of_call_alone),
        also="read-back-lists-issued",
    ),
    Fault(
        "customer-coupons-total-as-text",
        "The total of a customer's coupons is a text.",
        "customer-coupons-shape",
        customer_list(total_as_text),
    ),
    Fault(
        "customer-coupons-first-page-again",
        "Every page of a customer's coupons is the first one.",
        "customer-coupons-complete",
        lambda: Behaviour(list_coupons=first_page_again),
    ),
    Fault(
        "customer-coupons-cut-off",
        "A customer's list ends after three coupons.",
        "customer-coupons-complete",
        lambda: Behaviour(list_coupons=at_most_three),
    ),
    Fault(
        "revoke-neighbour",
        "Revoking a coupon revokes the next one of the same call too.",
        "revoke-only-named",
        lambda: Behaviour(transaction_type=RevokingNeighbours),
    ),
    Fault(
        "revoke-again",
        "A coupon that is revoked can be revoked again.",
        "revoke-only-named",
        lambda: Behaviour(transaction_type=RevokingAgain),
        also="revoke-says-what-failed",
    ),
    Fault(
        "revoke-by-id-too",
        "What is no code is taken for the id of a coupon.",
        "revoke-only-named",
        revoking(id_or_code),
    ),
    Fault(
        "revoke-empty-is-all",
        "An empty code matches every coupon of the series.",
        "revoke-only-named",
        revoking(empty_is_all),
        also="customer-coupons-complete",
    ),
    Fault(
        "revoke-first-alone",
        "Of several codes in one call, the first one is revoked.",
        "revoke-only-named",
        lambda: Behaviour(transaction_type=RevokingOne),
    ),
    Fault(
        "customer-coupons-busy",
        "A customer's list is answered with HTTP 503 whenever it is asked for.",
        "customer-coupons-shape",
        replies(always_busy, CUSTOMER_COUPONS_PATH),
    ),
    Fault(
        "customer-coupons-need-a-limit",
        "A customer's list is refused without a limit.",
        "customer-coupons-shape",
        lambda: Behaviour(around=NeedingALimit),
    ),
    Fault(
        "customer-coupons-of-any-status",
        "A customer's list has coupons of every status, whatever is asked for.",
        "customer-coupons-selected",
        lambda: Behaviour(list_coupons=of_any_status),
    ),
    Fault(
        "customer-coupons-newest-first",
        "A customer's newest coupons come first, whatever is asked for.",
        "customer-coupons-selected",
        lambda: Behaviour(list_coupons=newest_first),
    ),
    Fault(
        "revoke-failures-unnamed",
        "Codes that were not revoked are not named.",
        "revoke-says-what-failed",
        revocation(in_entity("failedToRevoke", [])),
    ),
    Fault(
        "revoke-failures-uncounted",
        "Codes that were not revoked are not counted.",
        "revoke-says-what-failed",
        revocation(in_entity("failedCount", 0)),
    ),
    Fault(
        "revoke-always-a-success",
        "A request to revoke that was refused is called a success.",
        "revoke-says-what-failed",
        revocation(always_a_success),
    ),
]

VARIANTS = [
    Variant(
        "issual-details-lower-case",
        "Metadata comes back in lower case.",
        "issual-details",
        each_found(lower_metadata),
    ),
    Variant(
        "revoke-without-entity",
        "The result of revoking has no entity around it.",
        "revoke",
        replies(without_entity, REVOKE_PATH),
    ),
    Variant(
        "revoke-errro-code",
        "The reason why a code is not revoked is spelt errroCode.",
        "revoke",
        revocation(misspelt_reason),
    ),
    Variant(
        "customer-coupons-by-the-second",
        "A customer's coupons of one second are listed by code.",
        "customer-coupons",
        lambda: Behaviour(list_coupons=by_code_within_a_second),
    ),
    Variant(
        "customer-coupons-short-pages",
        "A page of a customer's coupons holds one coupon.",
        "customer-coupons",
        lambda: Behaviour(list_coupons=short_pages),
    ),
]
