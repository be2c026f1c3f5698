"""Faults of HTTP: wrong statuses, methods and content types."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

from attrs import evolve
from starlette.exceptions import HTTPException
from starlette.types import Scope

from coupon_contract.sandbox import codec
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.errors import Problem, problem
from coupon_contract.sandbox.faults.fault_wrapper import (
    Behave,
    CapturedResponse,
    CutOff,
    Json,
    Rewrite,
    asking,
    refusal,
    replies,
    with_coupons,
)
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import IssueRequest
from coupon_contract.sandbox.json_body import Unusable, json_object

INT64 = 2**63


def crash() -> NoReturn:
    """Return the response to an uncaught exception."""
    raise HTTPException(500)


def refused_as(status: int, *codes: int) -> Rewrite:
    """Return a behaviour that gives refusals (with one of the codes, if any are given) another status."""

    def rewrite(reply: CapturedResponse) -> CapturedResponse | None:
        fits = reply.status == 200 and refusal(*codes)(json.loads(reply.body))
        return evolve(reply, status=status) if fits else None

    return rewrite


def busy_when_expired(reply: CapturedResponse) -> CapturedResponse | None:
    """Refusals of expired series with the code 521."""
    busy = Problem(521, "Multiple actions are running for the same customer. Please try after some time.")
    return evolve(reply, body=codec.refused(busy)) if reply.status == 200 and b":713" in reply.body else None


def created(reply: CapturedResponse) -> CapturedResponse | None:
    """Respond with 201 if coupons were issued."""
    return evolve(reply, status=201) if reply.status == 200 and with_coupons(json.loads(reply.body)) else None


def gateway_gave_up(reply: CapturedResponse) -> CapturedResponse | None:
    """Respond with 502 in place of hundreds of coupons. They are committed."""
    return evolve(reply, status=502, body=b"Bad Gateway") if len(reply.body) > 10_000 else None


def unauthenticated_as(status: int, *headers: tuple[bytes, bytes]) -> Rewrite:
    """Return a behaviour with another status in place of 401."""
    return lambda reply: (
        evolve(reply, status=status, headers=(*reply.headers, *headers)) if reply.status == 401 else None
    )


def other_method_as(status: int) -> Rewrite:
    """Return a behaviour with another status in place of 405."""
    return lambda reply: evolve(reply, status=status) if reply.status == 405 else None


def get_answered(reply: CapturedResponse) -> CapturedResponse | None:
    """Respond with a refusal in place of 405."""
    return evolve(reply, status=200, body=codec.refused(problem(756))) if reply.status == 405 else None


def decoding(decode: Callable[[bytes], dict[str, Any]]) -> Behave:
    """Return a behaviour with another decoder."""
    return lambda: Behaviour(decode=decode)


def crash_on_malformed(body: bytes) -> dict[str, Any]:
    """Leave the exception of the parser uncaught."""
    try:
        return json_object(body)
    except Unusable:
        crash()


def deep(body: bytes) -> bool:
    """Return True if a recursive parser runs out of stack."""
    return body.count(b"[") + body.count(b"{") > 900


def crash_on_depth(body: bytes) -> dict[str, Any]:
    """Crash like a recursive parser without a bound."""
    if deep(body):
        crash()
    return json_object(body)


def crash_on_size(body: bytes) -> dict[str, Any]:
    """Crash like a request log with too short a column."""
    if len(body) > 65_535:
        crash()
    return json_object(body)


def crash_on_huge_numbers(fields: dict[str, Json]) -> IssueRequest:
    """Crash on integers beyond 64 bits, like an overflow in a database driver."""
    request = codec.issue_request(fields)
    if any(not -INT64 <= number < INT64 for number in (request.series_id or 0, request.count or 0)):
        crash()
    return request


def crash_on_odd_text(fields: dict[str, Json]) -> IssueRequest:
    """Crash on NUL and lone surrogates, like a database driver."""
    request = codec.issue_request(fields)
    if any(character == "\0" or "\ud800" <= character <= "\udfff" for text in texts(request) for character in text):
        crash()
    return request


def texts(request: IssueRequest) -> list[str]:
    """Return the identifiers of the request."""
    return [identifier.value for identifier in request.identifiers]


def crash_on_null(fields: dict[str, Json]) -> IssueRequest:
    """Use a null field as if it had a value."""
    if None in fields.values():
        crash()
    return codec.issue_request(fields)


def refuse_malformed(reply: CapturedResponse) -> CapturedResponse | None:
    """Refuse with 756 in place of 400."""
    refused = Problem(756, "The request could not be read")
    return evolve(reply, status=200, body=codec.refused(refused)) if reply.status == 400 else None


def any_type_is_json(scope: Scope) -> Scope:
    """Declare every body as JSON."""
    headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
    return {**scope, "headers": [*headers, (b"content-type", b"application/json")]}


def parameters_are_foreign(scope: Scope) -> Scope:
    """Treat a media type with parameters as another media type."""
    strange = {(b"content-type", value.replace(b";", b"+")) for name, value in scope["headers"] if b";" in value}
    headers = [pair for pair in scope["headers"] if pair[0] != b"content-type"]
    return {**scope, "headers": [*headers, *strange]} if strange else scope


def put_is_post(scope: Scope) -> Scope:
    """Handle PUT and PATCH as POST."""
    return {**scope, "method": "POST"} if scope["method"] in ("PUT", "PATCH") else scope


REFUSED = [
    Fault(
        "refusals-as-400",
        "Every refusal is answered with HTTP 400.",
        "count-too-high series-missing series-unknown series-externally-managed series-expired customer-unknown"
        " one-per-customer limit-per-customer limit-in-all no-codes-left",
        replies(refused_as(400)),
        also="invalid-issues-nothing count-too-low codes-running-out valid-is-processed same-meaning"
        " generic-one-at-a-time one-per-customer-count customer-missing",
    ),
    Fault(
        "unknown-series-as-404",
        "A series that does not exist is answered with HTTP 404.",
        "documented-status",
        replies(refused_as(404, 707)),
        also="valid-is-processed series-as-text numbers-out-of-range limit-given",
    ),
    Fault(
        "unknown-customer-as-404",
        "A customer that does not exist is answered with HTTP 404.",
        "documented-status",
        replies(refused_as(404, 701)),
        also="valid-is-processed customer-by-id limit-given customer-missing",
    ),
    Fault(
        "count-as-422",
        "A count that is out of range is answered with HTTP 422, as the framework does it.",
        "documented-status",
        replies(refused_as(422, 677)),
        also="count-not-integer numbers-out-of-range invalid-issues-nothing",
    ),
    Fault(
        "second-coupon-as-409",
        "A second coupon of a one-per-customer series is answered with HTTP 409.",
        "documented-status",
        replies(refused_as(409, 709)),
    ),
    Fault(
        "invented-status",
        "An expired series is answered with a status of the server's own, 460.",
        "documented-status",
        replies(refused_as(460, 713)),
        also="valid-is-processed",
    ),
    Fault(
        "created",
        "Issued coupons are answered with HTTP 201.",
        "documented-status",
        replies(created),
        also="valid-is-processed",
    ),
]

CRASHES = [
    Fault(
        "malformed-as-500",
        "Nobody catches what the JSON parser raises.",
        "no-server-error",
        decoding(crash_on_malformed),
        also="hostile-body unusable-body ambiguous-json same-meaning",
    ),
    Fault(
        "deep-nesting-as-500",
        "A recursive parser runs out of stack.",
        "no-server-error",
        decoding(crash_on_depth),
    ),
    Fault(
        "deep-nesting-ends-it",
        "A recursive parser runs out of stack, and its process ends with every response under way.",
        "hostile-body",
        lambda: Behaviour(around=partial(CutOff, when=deep)),
    ),
    Fault(
        "large-body-as-500",
        "A column of the request log is too short for large bodies.",
        "no-server-error",
        decoding(crash_on_size),
        also="hostile-body",
    ),
    Fault(
        "huge-number-as-500",
        "Integers beyond 64 bits overflow in the database driver.",
        "no-server-error",
        lambda: Behaviour(read=crash_on_huge_numbers),
        also="numbers-out-of-range",
    ),
    Fault(
        "odd-text-as-500",
        "The database driver takes neither NUL nor lone surrogates in an identifier.",
        "no-server-error",
        lambda: Behaviour(read=crash_on_odd_text),
        also="hostile-body customer-unknown",
    ),
    Fault(
        "null-as-500",
        "A field that is null is used as if it held something.",
        "no-server-error",
        lambda: Behaviour(read=crash_on_null),
    ),
    Fault(
        "expired-as-521",
        "The refusal of an expired series comes with HTTP 521, as if other calls were running.",
        "no-server-error",
        replies(refused_as(521, 713)),
    ),
    Fault(
        "expired-as-code-521",
        "An expired series is refused with 521, as if other calls were running.",
        "documented-code series-expired",
        replies(busy_when_expired),
    ),
    Fault(
        "gateway-gives-up-on-many",
        "The gateway answers HTTP 502 when hundreds of coupons take too long; they are issued nevertheless.",
        "no-server-error",
        replies(gateway_gave_up),
    ),
]

OTHER = [
    Fault(
        "malformed-as-756",
        "A body that cannot be read is refused with 756 and HTTP 200.",
        "unusable-body series-not-integer",
        replies(refuse_malformed),
        also="ambiguous-json issues-what-was-asked series-as-text series-unknown hostile-body null-fields"
        " invalid-issues-nothing unknown-request-fields content-type",
    ),
    Fault(
        "unauthenticated-as-200",
        "Missing and wrong credentials are answered with HTTP 200 and an error with code 401.",
        "credentials-missing credentials-wrong credentials-plain-password token-invented token-expired documented-code",
        replies(unauthenticated_as(200)),
    ),
    Fault(
        "unauthenticated-as-403",
        "Missing and wrong credentials are answered with HTTP 403.",
        "credentials-missing credentials-wrong credentials-plain-password token-invented token-expired",
        replies(unauthenticated_as(403)),
    ),
    Fault(
        "login-page",
        "Callers without credentials are redirected to a login page.",
        "documented-status",
        replies(unauthenticated_as(302, (b"location", b"/login"))),
        also="credentials-missing",
    ),
    Fault("get-is-answered", "Other methods are answered with a refusal.", "method", replies(get_answered)),
    Fault("other-method-as-404", "Other methods are answered with HTTP 404.", "method", replies(other_method_as(404))),
    Fault("other-method-as-501", "Other methods are answered with HTTP 501.", "method", replies(other_method_as(501))),
    Fault("put-issues", "PUT and PATCH are handled as POST.", "method", asking(put_is_post)),
    Fault(
        "any-content-type",
        "Every body is read as JSON.",
        "content-type",
        asking(any_type_is_json),
    ),
    Fault(
        "no-charset",
        "application/json with a charset is taken for another media type.",
        "valid-is-processed",
        asking(parameters_are_foreign),
    ),
]

FAULTS = [*REFUSED, *CRASHES, *OTHER]
