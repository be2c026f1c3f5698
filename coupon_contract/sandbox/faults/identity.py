"""Faults of identity: wrong coupons, codes and customers in responses."""

from collections.abc import Callable, Sequence

from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.fault_wrapper import Edit, Json, issued, profile, puts
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import Series
from coupon_contract.sandbox.store import FIRST_COUPON_ID, Transaction, random_code


def numbered(name: str, value: Callable[[int], Json]) -> Edit:
    """Return an edit that derives a field of each coupon from its place in the response."""

    def number(body: Json) -> None:
        for place, coupon in enumerate(body["coupons"]):
            coupon[name] = value(place)

    return number


def as_the_first(name: str) -> Edit:
    """Return an edit that copies a field of the first coupon to all others."""

    def repeat(body: Json) -> None:
        for coupon in body["coupons"]:
            coupon[name] = body["coupons"][0][name]

    return repeat


def only_digits(edit: Edit) -> Edit:
    """Return the edit for responses with codes of digits."""
    return lambda body: edit(body) if body["coupons"][0]["code"].isdigit() else None


class FreshGeneric(Transaction):
    """Makes a new code for each coupon of a generic series."""

    def _codes(self, series: Series, count: int) -> Sequence[str]:
        codes = super()._codes(series, count)
        return codes if series.generic_code is None else [random_code("0123456789", 10) for _ in codes]


def caching() -> Behaviour:
    """Return a behaviour that keeps the customer of the first response of each series."""
    cached: dict[int, tuple[str, str]] = {}

    class Caching(Transaction):
        def answer_parts(self, series_id: int, customer_id: int) -> tuple[str, str]:
            return cached.setdefault(series_id, super().answer_parts(series_id, customer_id))

    return Behaviour(transaction_type=Caching)


def from_place(start: int, name: str) -> Edit:
    """Return an edit that copies a field of the previous coupon, from a place on."""

    def repeat(body: Json) -> None:
        coupons = body["coupons"]
        if len(coupons) > start:
            coupons[start][name] = coupons[start - 1][name]

    return repeat


def only_uploaded(edit: Edit) -> Edit:
    """Return the edit for responses with uploaded codes."""
    return lambda body: edit(body) if body["coupons"][0]["code"].startswith("UP") else None


def pages_repeat(size: int) -> Edit:
    """Return an edit that reads every page of codes from the first one on."""

    def repeat(body: Json) -> None:
        for place, coupon in enumerate(body["coupons"]):
            coupon["code"] = body["coupons"][place % size]["code"]

    return repeat


FAULTS = [
    Fault(
        "pages-of-uploaded-codes-repeat",
        "Uploaded codes are read in pages of 256, and every page is the first one.",
        "codes-unique",
        issued(only_uploaded(pages_repeat(256))),
    ),
    Fault(
        "coupon-ids-of-batches-overlap",
        "Ids are given in batches of a hundred, and the first of a batch is the last of the one before.",
        "coupon-ids-unique",
        issued(from_place(100, "couponId")),
    ),
    Fault(
        "uploaded-codes-repeat",
        "Of a pair of uploaded codes the first is handed out twice.",
        "codes-unique",
        issued(only_uploaded(from_place(1, "code"))),
    ),
    Fault(
        "coupon-ids-repeat",
        "Every coupon of a response gets the id of the first.",
        "coupon-ids-unique",
        issued(as_the_first("couponId")),
        also="read-back-lists-issued customer-coupons-shape",
    ),
    Fault(
        "coupon-ids-restart",
        "Coupon ids are counted afresh for each call.",
        "coupon-ids-unique",
        issued(numbered("couponId", lambda place: FIRST_COUPON_ID + place)),
        also="read-back-lists-issued customer-coupons-shape",
    ),
    Fault(
        "codes-repeat",
        "Every coupon of a response gets the code of the first.",
        "codes-unique",
        issued(as_the_first("code")),
        also="read-back-lists-issued customer-coupons-shape revoke-only-named",
    ),
    Fault(
        "codes-restart",
        "The generator of codes is seeded afresh, with the same seed, for each call.",
        "codes-unique",
        issued(only_digits(numbered("code", "1{:09}".format))),
        also="calls-apart read-back-lists-issued customer-coupons-complete revoke-only-named",
    ),
    Fault(
        "generic-codes-differ",
        "A generic series gets a new code for each coupon.",
        "generic-shares-one-code",
        lambda: Behaviour(transaction_type=FreshGeneric),
    ),
    Fault(
        "customer-cached",
        "The customer of the first response of a series is cached, and answered to everybody.",
        "customer-answered",
        caching,
        also="read-back-lists-issued read-back-shape refused-leaves-nothing customer-coupons-complete calls-apart",
    ),
    Fault(
        "identifiers-empty",
        "The lists of identifiers are left empty in answers.",
        "customer-answered",
        profile(puts(identifiers=[], identifiersAll=[])),
    ),
]
