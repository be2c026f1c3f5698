"""The responses of the server of a case, as bytes and texts."""

import json
import time
from collections.abc import Container, Mapping, Sequence
from typing import Any

from coupon_contract.caller.issue_record import Coupon
from coupon_contract.facts import IDENTIFIERS

Json = Any
REASONS = {200: "OK", 307: "Temporary Redirect", 308: "Permanent Redirect", 302: "Found"}
CUSTOMER_ID = 555567088
UNAUTHENTICATED = 401
PARTIAL = {"status": False, "code": 5006, "message": "Unable to issue certain number of coupons"}


def response(status: int, body: str, headers: Mapping[str, str] = {}) -> bytes:
    """Return a response with its head."""
    content = body.encode()
    kind = "application/json" if body[:1] in ("{", "") else "text/html"
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {len(content)}", *(f"{name}: {value}" for name, value in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


def errors(code: int, message: str) -> str:
    """Return a body without coupons."""
    return json.dumps({"errors": [{"status": False, "code": code, "message": message}]})


def unauthenticated() -> bytes:
    """Return the response for credentials that are not accepted, which names no coupon."""
    body = errors(UNAUTHENTICATED, "Unauthorized")
    return response(UNAUTHENTICATED, body, {"WWW-Authenticate": 'Basic realm="coupons"'})


def issued(fields: Mapping[str, Json], coupons: Sequence[Coupon], wanted: int) -> str:
    """Return the body for a request of which these coupons were issued, all that it wanted or fewer."""
    identifiers = [
        {"type": kind, "value": fields["customer"][kind]} for kind in IDENTIFIERS if kind in fields["customer"]
    ]
    return json.dumps(
        {
            "coupons": [{"code": coupon.code, "couponId": coupon.id} for coupon in coupons],
            "couponConfig": {"description": "Series of the judge", "discountType": "ABS", "discountValue": 5},
            "totalCount": wanted,
            "failureCount": wanted - len(coupons),
            "successCount": len(coupons),
            "customer": {"id": CUSTOMER_ID, "profiles": [{"identifiers": identifiers}]},
            "errors": [PARTIAL] if len(coupons) < wanted else [],
            "warnings": [],
        }
    )


def _row(coupon: Coupon) -> dict[str, Json]:
    return {"id": coupon.id, "code": coupon.code, "seriesId": coupon.series, "couponIssualDetails": coupon.metadata}


def listing(coupons: Sequence[Coupon], query: Mapping[str, Sequence[str]]) -> str:
    """Return a page of the list of a customer's coupons."""
    (order, *_), (limit, *_), (offset, *_) = (
        query.get(name, [default]) for name, default in (("sort_order", "DESC"), ("limit", "100"), ("offset", "0"))
    )
    ordered = coupons if order.upper() == "ASC" else coupons[::-1]
    start, number = (int(value) if value.isdigit() else 0 for value in (offset, limit))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    rows = [{**_row(coupon), "createdDate": now} for coupon in ordered[start : start + number]]
    pagination = {"limit": limit, "offset": offset, "total": len(coupons)}
    customers = [{"id": CUSTOMER_ID, "coupons": rows}]
    return json.dumps({"entity": {"pagination": pagination, "customers": customers}, "warnings": [], "errors": []})


def read_back(coupons: Sequence[Coupon], ids: Container[str]) -> str:
    """Return the rows of the coupons with these ids."""
    rows = [_row(coupon) for coupon in coupons if str(coupon.id) in ids]
    return json.dumps({"data": rows, "warnings": [], "errors": []})


def token() -> str:
    """Return the response of the token operation."""
    return json.dumps({"data": {"accessToken": "token-of-the-case", "ttlSeconds": 3600}})
