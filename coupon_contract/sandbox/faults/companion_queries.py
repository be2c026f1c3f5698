"""Faults of the companions that read a request for coupons, or the metadata of one, otherwise than it was meant."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from html import escape
from typing import Any

from attrs import evolve, frozen
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.facts import METADATA_LENGTHS, TOKEN_HEADER
from coupon_contract.sandbox import codec
from coupon_contract.sandbox.auth import BASIC
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.access import let_in
from coupon_contract.sandbox.faults.companions import customer_list
from coupon_contract.sandbox.faults.fault_wrapper import Behave
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.faults.storage import each_found
from coupon_contract.sandbox.issuing import Series
from coupon_contract.sandbox.records import Coupon, CouponRow, CustomerListing, Wanted
from coupon_contract.sandbox.store import Store, Transaction

Json = Any

COMPANIONS = (spec.READ_BACK_PATH, spec.CUSTOMER_COUPONS_PATH, spec.REVOKE_PATH)
PAGE = 100  # coupons
STRANGER = rb"\bmobile=10000000000"  # of the target file
COLUMN = 100  # characters of notes that a column takes
TOKEN = TOKEN_HEADER.lower().encode()


def in_metadata(edit: Callable[[dict[str, str]], dict[str, str]]) -> Behave:
    """Return a behaviour that edits the metadata of every coupon of read-back."""

    def change(coupon: Json) -> None:
        if "couponIssualDetails" in coupon:
            coupon["couponIssualDetails"] = edit(coupon["couponIssualDetails"])

    return each_found(change)


def metadata_left_over() -> Behaviour:
    """Keep the metadata of a request in one object for all requests."""
    kept: dict[str, str] = {}

    def read(fields: dict[str, Json]) -> Any:
        request = codec.issue_request(fields)  # which refuses metadata that is too long
        if sent := fields.get("metadata"):
            kept.update({name: text for name, text in sent.items() if name in METADATA_LENGTHS})
        return codec.issue_request({**fields, "metadata": dict(kept)}) if kept else request

    return Behaviour(read=read)


def of_any_parameter(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """The coupons that match any of the parameters."""
    for name in ("coupon_ids", "customer_ids", "codes"):
        if (values := getattr(wanted, name)) is not None:
            yield from store.issued_coupons(Wanted(**{name: values}))


@frozen
class Rewritten:
    """Middleware that changes the scope of requests to the companions."""

    app: ASGIApp
    change: Callable[[Scope], Scope]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["type"] == "http" and scope["path"] in COMPANIONS
        await self.app(self.change(scope) if asked else scope, receive, send)


def companions_asked(change: Callable[[Scope], Scope]) -> Behave:
    """Return a behaviour that changes the scope of requests to the companions."""
    return lambda: Behaviour(around=partial(Rewritten, change=change))


def query_read(pattern: bytes, replacement: bytes) -> Behave:
    """Return a behaviour that reads the query of a companion otherwise."""
    return companions_asked(
        lambda scope: {**scope, "query_string": re.sub(pattern, replacement, scope["query_string"])}
    )


def taken_unread(header: bytes) -> Behave:
    """Return a behaviour whose companions take whatever stands in a header with credentials."""

    def change(scope: Scope) -> Scope:
        others = [pair for pair in scope["headers"] if pair[0] != header]
        return let_in({**scope, "headers": others}) if len(others) < len(scope["headers"]) else scope

    return companions_asked(change)


def numbered_anew(body: Json) -> None:
    """Number the coupons of a page, in place of their ids."""
    for customer in body["entity"]["customers"]:
        for place, coupon in enumerate(customer["coupons"]):
            coupon["id"] = place + 1


class BulkWithoutMetadata(Transaction):
    """Keeps no metadata for more than a page of coupons."""

    def issue(self, series: Series, customer_id: int, count: int, now: int, metadata: str = "") -> tuple[Coupon, ...]:
        return super().issue(series, customer_id, count, now, metadata if count <= PAGE else "")


def total_of_page(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """Take the number of rows of a large page for that of all."""
    total, rows = store.list_customer_coupons(listing)
    return len(rows) if listing.limit >= PAGE else total, rows


def of_the_first_series(body: Json) -> None:
    """Join the series of a page once."""
    for customer in body["entity"]["customers"]:
        for coupon in customer["coupons"]:
            coupon["seriesId"] = customer["coupons"][0]["seriesId"]


def of_the_customer_alone(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """Read the first parameter of the list only: the customer."""
    return store.issued_coupons(Wanted(customer_ids=wanted.customer_ids) if wanted.customer_ids else wanted)


def by_distinct_code(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
    """Group the coupons by code."""
    rows = {row.code: row for page in store.issued_coupons(wanted) for row in page}
    yield [*rows.values()]


def total_of_every_status(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
    """Count the coupons of every status."""
    total, _ = store.list_customer_coupons(evolve(listing, expired=None, redeemed=False))
    return total, store.list_customer_coupons(listing)[1]


FAULTS = [
    Fault(
        "read-back-by-distinct-code",
        "Read-back groups coupons by code, although those of a generic series share theirs.",
        "read-back-lists-issued",
        lambda: Behaviour(find=by_distinct_code),
    ),
    Fault(
        "customer-coupons-total-of-every-status",
        "The total of a customer's list counts coupons of every status.",
        "customer-coupons-selected",
        lambda: Behaviour(list_coupons=total_of_every_status),
    ),
    Fault(
        "lists-without-tokens",
        "The operations that list know only tills.",
        "token-granted",
        companions_asked(
            lambda scope: {**scope, "headers": [header for header in scope["headers"] if header[0] != TOKEN]}
        ),
    ),
    Fault(
        "read-back-of-the-customer-alone",
        "Read-back with a customer and codes lists all coupons of the customer.",
        "read-back-lists-issued",
        lambda: Behaviour(find=of_the_customer_alone),
    ),
    Fault(
        "issual-details-of-a-page",
        "The path for more than a page of coupons does not store metadata.",
        "issual-details-returned",
        lambda: Behaviour(transaction_type=BulkWithoutMetadata),
    ),
    Fault(
        "issual-details-in-ascii",
        "The column for metadata is ASCII, and what it cannot hold becomes a question mark.",
        "issual-details-returned",
        in_metadata(
            lambda metadata: {name: text.encode("ascii", "replace").decode() for name, text in metadata.items()}
        ),
    ),
    Fault(
        "customer-coupons-total-of-page",
        "The total of a large page of a customer's coupons is the number of its rows.",
        "customer-coupons-complete",
        lambda: Behaviour(list_coupons=total_of_page),
    ),
    Fault(
        "customer-coupons-of-the-first-series",
        "All coupons of a customer's page have the series of the first.",
        "customer-coupons-shape",
        customer_list(of_the_first_series),
    ),
    Fault(
        "customer-coupons-not-by-email",
        "A customer's list cannot be asked for by e-mail address.",
        "customer-coupons-complete",
        query_read(rb"\bemail=[^&]*", rb"email=nobody@example.com"),
    ),
    Fault(
        "customer-coupons-of-somebody",
        "The list of an unknown customer is that of another one.",
        "customer-coupons-selected",
        query_read(STRANGER, rb"mobile=11223569865"),
    ),
    Fault(
        "issual-details-without-reason",
        "The reason of a request is not stored.",
        "issual-details-returned",
        in_metadata(lambda metadata: {name: text for name, text in metadata.items() if name != "reason"}),
    ),
    Fault(
        "issual-details-cut",
        "The column of the notes is shorter than the documented length.",
        "issual-details-returned",
        in_metadata(lambda metadata: {name: text[:COLUMN] for name, text in metadata.items()}),
    ),
    Fault(
        "issual-details-as-html",
        "Metadata comes back with HTML entities for its special characters.",
        "issual-details-returned",
        in_metadata(lambda metadata: {name: escape(text) for name, text in metadata.items()}),
    ),
    Fault(
        "issual-details-left-over",
        "Metadata that a request lacks is that of an earlier request.",
        "issual-details-returned",
        metadata_left_over,
    ),
    Fault(
        "read-back-of-any-parameter",
        "Read-back lists coupons that match one of several parameters.",
        "read-back-lists-issued",
        lambda: Behaviour(find=of_any_parameter),
    ),
    Fault(
        "customer-coupons-by-wrong-id",
        "The id in the query of a customer's list is looked up in another table.",
        "customer-coupons-complete",
        query_read(rb"\bid=([0-9]+)", rb"id=1\1"),
    ),
    Fault(
        "customer-coupons-numbered-anew",
        "A customer's coupons are listed with their row numbers as ids.",
        "customer-coupons-shape",
        customer_list(numbered_anew),
    ),
    Fault(
        "customer-coupons-by-half-a-status",
        "Of a status of two words, the first one is read.",
        "customer-coupons-selected",
        query_read(rb"\bstatus=([A-Z]+)_[A-Z]+", rb"status=\1"),
    ),
    Fault(
        "companions-take-any-password",
        "The companions do not check the password.",
        "credentials-wrong",
        taken_unread(BASIC),
        also="credentials-plain-password permission",
    ),
    Fault(
        "companions-take-any-token",
        "The companions do not check the token.",
        "token-invented token-expired",
        taken_unread(TOKEN),
    ),
]
