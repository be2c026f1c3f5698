"""Faults of body parsing: too lenient, too strict, or crashing."""

import json
from codecs import BOM_UTF8
from functools import partial
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract.sandbox.auth import BASIC, TOKEN
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.codec import issue_request
from coupon_contract.sandbox.errors import Problem, problem
from coupon_contract.sandbox.faults.counts import reading
from coupon_contract.sandbox.faults.fault_wrapper import CutOff, Json, Unframed, asking
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.faults.statuses import crash, decoding
from coupon_contract.sandbox.issuing import IssueRequest, Rules, check_request
from coupon_contract.sandbox.json_body import MAX_DEPTH, Unusable, json_object

FORM = b"application/x-www-form-urlencoded"


def rest_ignored(body: bytes) -> dict[str, Any]:
    """Stop reading where the first JSON value ends."""
    try:
        return json_object(body)
    except Unusable:
        return json_object(first_value(body))


def first_value(body: bytes) -> bytes:
    """Return the first JSON value of the body. Raises Unusable if nothing follows it."""
    try:
        text = body.decode()
        _, end = json.JSONDecoder().raw_decode(text)
    except (ValueError, RecursionError):
        raise Unusable from None
    if not text[end:].strip():
        raise Unusable
    return text[:end].encode()


def deep_as_422(body: bytes) -> dict[str, Any]:
    """Respond with 422 to lists within lists within lists."""
    if body.startswith(b"[" * MAX_DEPTH):
        raise HTTPException(422)
    return json_object(body)


def crash_on_mark(body: bytes) -> dict[str, Any]:
    """Raise an uncaught exception when the text begins with a byte order mark."""
    if body.startswith(BOM_UTF8):
        crash()
    return json_object(body)


def form_is_json(scope: Scope) -> Scope:
    """Declare a form as JSON."""
    headers = [(name, b"application/json" if value == FORM else value) for name, value in scope["headers"]]
    return {**scope, "headers": headers}


def numeric_text_unknown(fields: dict[str, Json]) -> dict[str, Json]:
    """Look for a series named like the text."""
    value = fields.get("seriesId")
    return {**fields, "seriesId": 0} if isinstance(value, str) and value.isdecimal() else fields


class TwoNames(IssueRequest):
    """A request that has both seriesId and seriesIds."""


def both_names(fields: dict[str, Json]) -> IssueRequest:
    """Note that the series is named twice."""
    request = issue_request(fields)
    twice = {"seriesId", "seriesIds"} <= fields.keys()
    return TwoNames(request.series_id, request.count, request.identifiers) if twice else request


def one_name(request: IssueRequest) -> Problem | None:
    """Refuse a series that is named twice with 756."""
    return problem(756) if isinstance(request, TwoNames) else check_request(request)


def asks_for_coupons(body: bytes) -> bool:
    """Return True for a body that names a series by its number."""
    try:
        return type(json.loads(body)["seriesId"]) is int
    except (ValueError, TypeError, KeyError, RecursionError):
        return False


REFUSED = b'{"errors":[{"status":false,"code":707,"message":"Coupon series invalid."}]}'
BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n"
SECOND_RESPONSE = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (
    len(REFUSED),
    REFUSED,
)


def unread_without_credentials(app: ASGIApp) -> ASGIApp:
    """Return an application that leaves the body of a request without credentials on the connection."""
    guilty = Unframed(app, behind=BAD_REQUEST)

    async def call(scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers", ()))
        is_kept = headers.get(b"connection", b"").lower() != b"close"
        is_unread = is_kept and b"content-length" in headers and not headers.keys() & {BASIC, TOKEN}
        await (guilty if is_unread else app)(scope, receive, send)

    return call


FAULTS = [
    Fault(
        "body-left-on-connection",
        "The body of a request without credentials is not read, and taken for the next request of the connection.",
        "one-response",
        lambda: Behaviour(around=unread_without_credentials),
    ),
    Fault(
        "second-response",
        "A worker that was thought dead answers as well: another response follows on the same connection.",
        "one-response",
        lambda: Behaviour(around=partial(Unframed, behind=SECOND_RESPONSE)),
    ),
    Fault(
        "valid-requests-cut-off",
        "The process ends at each request for coupons, and answers all others.",
        "one-response",
        lambda: Behaviour(around=partial(CutOff, when=asks_for_coupons)),
    ),
    Fault(
        "rest-ignored",
        "The parser ignores everything after the first JSON value.",
        "unusable-body",
        decoding(rest_ignored),
    ),
    Fault(
        "deep-lists-as-422",
        "Lists that are nested too deep are answered with HTTP 422.",
        "documented-status",
        decoding(deep_as_422),
    ),
    Fault(
        "byte-order-mark-as-500",
        "Nobody catches what the JSON parser raises for a byte order mark.",
        "no-server-error",
        decoding(crash_on_mark),
    ),
    Fault(
        "form-is-json",
        "A body that is declared as a form, as curl does it, is read as JSON.",
        "content-type",
        asking(form_is_json),
    ),
    Fault(
        "numeric-text-as-707",
        "A numeric text as seriesId is looked up as a text, and not found.",
        "series-as-text",
        reading(numeric_text_unknown),
    ),
    Fault(
        "series-ids-beside-as-756",
        "seriesIds beside seriesId is refused with 756.",
        "unknown-request-fields",
        lambda: Behaviour(read=both_names, rules=Rules(check_request=one_name)),
    ),
]
