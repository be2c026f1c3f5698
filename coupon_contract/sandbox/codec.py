"""Converts between JSON and records: requests are read, and responses written key by key in the documented order."""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
from attrs import frozen

from coupon_contract import spec
from coupon_contract.facts import IDENTIFIERS, METADATA_LENGTHS
from coupon_contract.sandbox.errors import Problem
from coupon_contract.sandbox.issuing import Identifier, IssueRequest
from coupon_contract.sandbox.json_body import Unusable, json_object
from coupon_contract.sandbox.records import LOWER, UPPER, Coupon, CouponRow, Wanted
from coupon_contract.sandbox.seed import Customer

MAX_WANTED = 1000
LETTER_CASES: dict[str, dict[int, int]] = {"UPPER": UPPER, "LOWER": LOWER, "AS_IT_IS": {}}
CONTROL_PATH = "/__sandbox"
UNUSABLE_MESSAGE = "Invalid input. Please check request body parameters or input xml/json."

encode = msgspec.json.encode


@frozen
class KeyAndSecret:
    """The body of a token request."""

    key: str
    secret: str


def issue_request(fields: dict[str, Any]) -> IssueRequest:
    """Return the request in the fields of the body. null counts as left out, unknown fields are ignored
    (`unknown-fields`).

    Raises Unusable for wrong JSON types (`series-id-array`, `series-id-string`) and for metadata that is too long.
    """
    kept = metadata(fields)
    return IssueRequest(integer(fields, "seriesId"), integer(fields, "count"), identifiers(fields), kept)


def integer(fields: dict[str, Any], name: str) -> int | None:
    """Return an integer field, None if it is left out or null. Raises Unusable for another type."""
    value = fields.get(name)
    if value is None or type(value) is int:  # isinstance counts bool as int
        return value
    raise Unusable


def identifiers(fields: dict[str, Any]) -> tuple[Identifier, ...]:
    """Return the identifiers of the customer, none if it is left out or null. Raises Unusable for other types."""
    customer = fields.get("customer")
    if customer is None:
        return ()
    if not isinstance(customer, dict):
        raise Unusable
    texts = ((kind, text(customer[kind])) for kind in IDENTIFIERS if kind in customer)
    return tuple(Identifier(kind, value) for kind, value in texts if value)  # `empty-identifiers`


def metadata(fields: dict[str, Any]) -> str:
    """Return the documented fields of `metadata` as JSON text, empty without any (`issual-details`).

    Raises Unusable for metadata that is not an object of short strings (`metadata`).
    """
    given = fields.get("metadata")
    if given is None:
        return ""
    if not isinstance(given, dict):
        raise Unusable
    kept = {name: text(given[name]) for name in METADATA_LENGTHS if name in given}
    if any(len(value) > METADATA_LENGTHS[name] for name, value in kept.items()):
        raise Unusable
    return json.dumps(kept) if kept else ""  # escapes lone surrogates, which no database takes


def text(value: Any) -> str:
    """Return the value if it is a string. Raises Unusable otherwise."""
    if isinstance(value, str):
        return value
    raise Unusable


def key_and_secret(body: bytes) -> KeyAndSecret:
    """Return the token request. Raises Unusable."""
    fields = json_object(body)
    return KeyAndSecret(text(fields.get("key")), text(fields.get("secret")))


def wanted(ids: Sequence[str], customer_ids: Sequence[str], codes: Sequence[str]) -> Wanted:
    """Return the coupons to read back, from the values of repeated parameters (`repeated-parameters`).

    Raises Unusable if nothing is asked for, more than MAX_WANTED values, or an id that is not an integer.
    """
    if not 0 < sum(map(len, (ids, customer_ids, codes))) <= MAX_WANTED:
        raise Unusable
    coupon_ids, issued_to_ids = (tuple(map(number, values)) for values in (ids, customer_ids))
    return Wanted(coupon_ids or None, issued_to_ids or None, tuple(codes) or None)


def number(value: str) -> int:
    """Return the id in a query value. Raises Unusable."""
    if not re.fullmatch(r"-?[0-9]{1,40}", value):
        raise Unusable
    return int(value)


def letter_case(name: str) -> dict[int, int]:
    """Return how the codes are written, as a table for str.translate; upper case without a name (`letter-case`).

    Raises Unusable.
    """
    if name and name not in LETTER_CASES:
        raise Unusable
    return LETTER_CASES[name or "UPPER"]


def profile(customer: Customer) -> str:
    """Return the `customer` of a response as JSON text."""
    listed = [{"type": kind, "value": value} for kind, value in customer.identifiers.items()]
    only = {
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "fields": {},
        "allFields": {},
        "identifiers": listed,
        "commChannels": [],
        "userId": customer.id,
        "accountId": "",
        "autoUpdateTime": customer.auto_update_time,
        "identifiersAll": listed,
    }
    return encode({"id": customer.id, "profiles": [only]}).decode()


def issued(requested: int, coupons: Sequence[Coupon], parts: tuple[str, str], problem: Problem | None) -> bytes:
    """Return the response that names coupons; `parts` are the JSON texts of `couponConfig` and `customer`.

    A problem makes it a partial success; its code goes to `errors` (`partial-code-columns`).
    """
    config, customer = parts
    return encode(
        {
            "coupons": coupons,
            "couponConfig": msgspec.Raw(config),
            "totalCount": requested,
            "failureCount": requested - len(coupons),
            "successCount": len(coupons),
            "customer": msgspec.Raw(customer),
            "errors": [] if problem is None else [error(problem.code, problem.message)],
            "warnings": [],
        }
    )


def refused(problem: Problem) -> bytes:
    """Return the response to a refused request; the 5xxx codes come with `warnings`, as documented
    (`broken-examples`).
    """
    errors = [error(problem.code, problem.message)]
    return encode({"errors": errors, "warnings": []} if problem.code >= 5000 else {"errors": errors})


def failed(status: int, message: str, path: str = spec.ISSUE_PATH) -> bytes:
    """Return the response to a request that was not processed, in the shape of what its path names."""
    if path.startswith(CONTROL_PATH):
        return encode({"message": message})
    if path == spec.TOKEN_PATH:
        return encode({"data": None, "errors": [{"code": status, "message": message}]})
    return encode({"errors": [error(status, message)]})


def error(code: int, message: str) -> dict[str, Any]:
    """Return an entry of `errors`."""
    return {"status": False, "code": code, "message": message}


def token(value: str, ttl_seconds: int) -> bytes:
    """Return the response with a token."""
    return encode({"data": {"accessToken": value, "ttlSeconds": ttl_seconds}, "errors": None})


def read_back(pages: Iterable[Sequence[CouponRow]], letters: dict[int, int], details: bool = False) -> Iterable[bytes]:
    """The read-back answer in pieces, one a page; with `couponIssualDetails` if `details` are wanted."""
    yield b'{"data":['
    comma = b""
    for page in pages:
        yield comma + b",".join(encode(coupon(row, letters, details)) for row in page)
        comma = b","
    yield b'],"warnings":[],"errors":[]}'


def coupon(row: CouponRow, letters: dict[int, int], details: bool) -> dict[str, Any]:
    """Return a coupon of the read-back, its code with `letters` in place of others."""
    config = msgspec.json.decode(row.config)
    discount_fields = ("discountType", "discountValue", "discountUpto", "discountOn")
    return {
        "code": row.code.translate(letters),
        "seriesId": row.series_id,
        "description": config["description"],
        "discountCode": config["discountCode"],
        **({} if row.expires_at is None else {"validTill": rfc3339(row.expires_at)}),
        **{name: config[name] for name in discount_fields},
        "detailedInfo": config["info"],
        **({"couponIssualDetails": json.loads(row.metadata or "{}")} if details else {}),
    }


def rfc3339(milliseconds: int) -> str:
    """Return the moment in UTC, for example `2024-08-20T09:57:15Z`."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.isoformat(timespec="milliseconds" if milliseconds % 1000 else "seconds").replace("+00:00", "Z")
