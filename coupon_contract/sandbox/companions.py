"""The companion operations on issued coupons: a customer's coupons, and revocation.

Converts JSON and query values to records and back; ledger entries `customer-coupons`, `issual-details`, `code-case` and
`revoke`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from attrs import frozen
from starlette.datastructures import QueryParams

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.sandbox.codec import encode, error, rfc3339
from coupon_contract.sandbox.issuing import Identifier, Series
from coupon_contract.sandbox.json_body import Unusable
from coupon_contract.sandbox.records import CouponRow, CustomerListing, Wanted
from coupon_contract.sandbox.store import Store

Json = Any

IDENTIFIER_PARAMETERS = {**dict(zip(IDENTIFIERS, IDENTIFIERS, strict=True)), "external_Id": "externalId"}
# No coupon of the sandbox is redeemed, so a status says whether expired coupons are wanted, or that none match.
STATUSES: Mapping[str, bool | None] = {
    "UNREDEEMED": None,
    "ACTIVE": False,
    "ACTIVE_UNREDEEMED": False,
    "REDEEMABLE": False,
    "EXPIRED": True,
    "EXPIRED_UNREDEEMED": True,
}
REDEEMED = ("REDEEMED", "ACTIVE_REDEEMED", "EXPIRED_REDEEMED")
PAGE_LIMIT = 100  # rows per page of a customer's coupons, even if more are requested
MOST_REVOKED = 50  # codes per call
MOST_REVOKED_OF_CUSTOMER = 100  # coupons per call by customer
CODE_NOT_FOUND, SERIES_GENERIC, SERIES_EXPIRED, MANDATORY_MISSING = 404, 108, 712, 756
MESSAGES = {
    CODE_NOT_FOUND: "Coupon code not found",
    SERIES_GENERIC: "Generic coupon series not supported",
    SERIES_EXPIRED: "Coupon series has expired",
    MANDATORY_MISSING: "Either coupon codes or a customer is required",
}


# --- a customer's coupons ---------------------------------------------------------------------------------------------


def customer_id(query: QueryParams, store: Store) -> int | None:
    """Return the customer that the query names; None if the query has none. Raises Unusable for an unknown one."""
    identifiers = [Identifier(kind, query[name]) for name, kind in IDENTIFIER_PARAMETERS.items() if query.get(name, "")]
    named = {store.customer_named(identifier) for identifier in identifiers}
    if given := query.get("id", ""):
        number = integer_text(given)
        named.add(number if store.profile(number) else None)
    if not named:
        raise Unusable
    return named.pop() if len(named) == 1 else None


def listing(query: QueryParams, customer: int, now: int) -> CustomerListing:
    """Return the coupons that the query asks for. Raises Unusable for a value that the operation does not have."""
    status = query.get("status")
    if status is not None and status not in (*STATUSES, *REDEEMED):
        raise Unusable
    order = query.get("sort_order", "DESC").upper()
    if order not in ("ASC", "DESC"):
        raise Unusable
    limit, offset = integer_text(query.get("limit", str(PAGE_LIMIT))), integer_text(query.get("offset", "0"))
    expired = STATUSES.get(status or "")
    return CustomerListing(customer, order == "DESC", min(limit, PAGE_LIMIT), offset, now, expired, status in REDEEMED)


def integer_text(text: str) -> int:
    """Return the non-negative integer of a query value. Raises Unusable."""
    if not re.fullmatch(r"[0-9]{1,15}", text):
        raise Unusable
    return int(text)


def customer_coupons(
    wanted: CustomerListing, profile: str, total: int, rows: Sequence[CouponRow], letters: dict[int, int]
) -> bytes:
    """Return the response with a page of a customer's coupons. `limit` and `offset` are texts, `total` is a number."""
    return encode(
        {
            "entity": {
                "pagination": {"limit": str(wanted.limit), "offset": str(wanted.offset), "total": total},
                "customers": [{**_customer(profile), "coupons": [_listed(row, letters) for row in rows]}],
            },
            "warnings": [],
            "errors": [],
        }
    )


def _customer(profile: str) -> dict[str, Json]:
    customer = msgspec.json.decode(profile)
    (first, *_) = customer["profiles"]
    known = {identifier["type"]: identifier["value"] for identifier in first["identifiers"]}
    return {
        "id": customer["id"],
        "firstname": first["firstName"],
        "lastname": first["lastName"],
        "email": known.get("email"),
        "mobile": known.get("mobile"),
    }


def _listed(row: CouponRow, letters: dict[int, int]) -> dict[str, Json]:
    config = msgspec.json.decode(row.config)
    expiry = {} if row.expires_at is None else {"validTill": rfc3339(row.expires_at)[:10]}
    return {
        "code": row.code.translate(letters),
        "seriesId": row.series_id,
        "description": config["description"],
        **expiry,
        **({} if row.expires_at is None else {"validTillDateTime": rfc3339(row.expires_at)}),
        **{name: config[name] for name in ("discountType", "discountValue", "discountUpto")},
        "id": row.id,
        "createdDate": rfc3339(row.issued_at),
        "redemptionCount": 0,
        "redemptionsLeft": 1,
        "redemptions": [],
        "reversedRedemptions": [],
    }


# --- revoking ---------------------------------------------------------------------------------------------------------


@frozen
class RevokeRequest:
    """The coupons to revoke: by `codes`, or all of the `customer`."""

    series_id: int | None
    codes: tuple[str, ...]
    customer: tuple[Identifier, ...]
    customer_id: int | None


def revoke_request(fields: dict[str, Json]) -> RevokeRequest:
    """Return the request in the fields of the body. Raises Unusable for wrong JSON types and for too many codes."""
    series_id, codes, customer = (fields.get(name) for name in ("couponSeriesId", "couponCodes", "customer"))
    if series_id is not None and type(series_id) is not int:
        raise Unusable
    if codes is not None and not (isinstance(codes, list) and all(type(code) is str for code in codes)):
        raise Unusable
    if customer is not None and not isinstance(customer, dict):
        raise Unusable
    if len(codes or ()) > MOST_REVOKED:
        raise Unusable
    named = [(kind, (customer or {}).get(kind)) for kind in IDENTIFIERS]
    number = (customer or {}).get("id")
    return RevokeRequest(
        series_id,
        tuple(codes or ()),
        tuple(Identifier(kind, value) for kind, value in named if isinstance(value, str) and value),
        None if number is None or number == "" else integer_text(str(number)),
    )


def refusal(request: RevokeRequest, series: Series | None, now: int) -> int | None:
    """Return the code for a problem of the whole request, or None."""
    if not request.codes and not request.customer and request.customer_id is None:
        return MANDATORY_MISSING
    if request.series_id is None and len(request.codes) != 1:
        return MANDATORY_MISSING
    if series is not None and series.generic_code is not None:
        return SERIES_GENERIC
    if series is not None and series.expires_at is not None and series.expires_at <= now:
        return SERIES_EXPIRED
    return None


def coupons_to_revoke(request: RevokeRequest, store: Store) -> list[CouponRow]:
    """Return the issued coupons that the request names. Raises Unusable for too many of a customer."""
    if request.codes:
        pages = store.issued_coupons(Wanted(codes=request.codes))
    else:
        named = {store.customer_named(identifier) for identifier in request.customer}
        named |= set() if request.customer_id is None else {request.customer_id}
        (customer, *others) = named
        pages = iter(()) if others or customer is None else store.issued_coupons(Wanted(customer_ids=(customer,)))
    rows = [row for page in pages for row in page if request.series_id in (None, row.series_id)]
    if not request.codes and len(rows) > MOST_REVOKED_OF_CUSTOMER:
        raise Unusable
    return rows


def revoke_refused(code: int) -> bytes:
    """Return the response to a request that revoked nothing."""
    return encode({"entity": None, "warnings": [], "errors": [error(code, MESSAGES[code])], "success": False})


def revoked(request: RevokeRequest, rows: Sequence[CouponRow], letters: dict[int, int]) -> bytes:
    """Return the response that names the revoked coupons, and the codes that were not found."""
    known = {row.code.upper() for row in rows}
    unknown = [code for code in request.codes if code.upper() not in known]
    failures = [{"errorCode": CODE_NOT_FOUND, "errorMessage": MESSAGES[CODE_NOT_FOUND], "couponCodes": unknown}]
    return encode(
        {
            "entity": {
                "totalCount": len(rows) + len(unknown),
                "failedCount": len(unknown),
                "revokedCoupons": [
                    {"couponId": row.id, "couponCode": row.code.translate(letters), "issuedToUserId": row.customer_id}
                    for row in rows
                ],
                "failedToRevoke": failures if unknown else [],
            },
            "warnings": [],
            "errors": [],
            "success": True,
        }
    )
