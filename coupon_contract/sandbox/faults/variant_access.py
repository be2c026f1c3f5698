"""Variants of authentication and of input checks."""

import asyncio
import base64
import binascii
from collections.abc import Sequence
from functools import partial
from typing import Any

from attrs import define, evolve, field, frozen
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.sandbox import auth, codec
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.fault_wrapper import Behave, CapturedResponse, asking, at_once, replay
from coupon_contract.sandbox.faults.model import Variant
from coupon_contract.sandbox.faults.statuses import decoding
from coupon_contract.sandbox.issuing import Identifier
from coupon_contract.sandbox.json_body import Unusable, json_object
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.store import Store, Transaction

JSON = ((b"content-type", b"application/json"),)
SUSPICIOUS = (b"' OR '", b'"%"', b"\\u0000", b"\\ud8")
LARGE = 50_000  # bytes
MOMENT = 0.005  # seconds
RUNNING = "Multiple actions are running for the same customer. Please try after some time."


@frozen
class BodyFirst:
    """Middleware that checks the body before the credentials."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != spec.ISSUE_PATH or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        body = await Request(scope, receive).body()
        try:
            codec.issue_request(json_object(body))
        except Unusable:
            return await at_once(CapturedResponse(400, JSON, codec.failed(400, codec.UNUSABLE_MESSAGE)), send)
        return await self.app(scope, partial(replay, body), send)


@frozen
class LengthFirst:
    """Middleware that takes no body without a Content-Length."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and (b"transfer-encoding", b"chunked") in scope["headers"]:
            return await at_once(CapturedResponse(411, JSON, codec.failed(411, "Length Required")), send)
        return await self.app(scope, receive, send)


def unreadable_as_400(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Respond with 400 to a Basic header that is not Base64."""
    for header in basics:
        try:
            base64.b64decode(header.partition(" ")[2].encode(), validate=True)
        except (binascii.Error, ValueError):
            raise Unusable from None
    auth.authorise(seed, store, basics, tokens, now)


def behind_a_firewall(body: bytes) -> dict[str, Any]:
    """Respond with 403 to a body that looks like an attack."""
    if len(body) > LARGE or not is_text(body) or any(part in body for part in SUSPICIOUS):
        raise HTTPException(403)
    return json_object(body)


def is_text(body: bytes) -> bool:
    """Return True for UTF-8 without NUL."""
    try:
        return "\0" not in body.decode()
    except UnicodeDecodeError:
        return False


def any_encoding(body: bytes) -> dict[str, Any]:
    """Detect the encoding of JSON by its first bytes, as readers did before RFC 8259."""
    utf_16 = body.startswith((b"\xff\xfe", b"\xfe\xff")) and len(body) % 2 == 0
    return json_object(body.decode("utf-16", "replace").encode() if utf_16 else body)


def untyped_is_json(scope: Scope) -> Scope:
    """Declare a body without a type as JSON."""
    declared = any(name == b"content-type" for name, _ in scope["headers"])
    return scope if declared else {**scope, "headers": [*scope["headers"], (b"content-type", b"application/json")]}


class Trimming(Transaction):
    """Looks identifiers up without surrounding spaces, and mobile numbers also without their country code."""

    def named(self, identifier: Identifier) -> int | None:
        trimmed = evolve(identifier, value=identifier.value.strip())
        national = evolve(trimmed, value=f"1{trimmed.value}")
        customer_id = super().named(trimmed)
        return super().named(national) if customer_id is None and identifier.type == "mobile" else customer_id


@define
class OneAtATime:
    """An ASGI application around another one, that runs one call for a customer at a time and tells others to wait."""

    app: ASGIApp
    busy: CapturedResponse
    running: set[bytes] = field(factory=set)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] != spec.ISSUE_PATH or scope["method"] != "POST":
            return await self.app(scope, receive, send)
        body = await Request(scope, receive).body()
        customer = body.partition(b'"customer"')[2]
        if customer in self.running:
            return await at_once(self.busy, send)
        self.running.add(customer)
        try:
            await asyncio.sleep(MOMENT)  # so that calls that are made at the same time do meet
            return await self.app(scope, partial(replay, body), send)
        finally:
            self.running.discard(customer)


def one_at_a_time(status: int, code: int, message: str) -> Behave:
    """Calls for a customer whose other call is running are answered like this."""
    busy = CapturedResponse(status, JSON, codec.failed(code, message))
    return lambda: Behaviour(around=partial(OneAtATime, busy=busy))


VARIANTS = [
    Variant(
        "one-action-at-a-time",
        "A call for a customer whose other call is running is answered with HTTP 521.",
        "busy",
        one_at_a_time(521, 521, RUNNING),
    ),
    Variant(
        "one-action-at-a-time-by-code",
        "A call for a customer whose other call is running is refused with the code 521.",
        "busy",
        one_at_a_time(200, 521, RUNNING),
    ),
    Variant(
        "authorization-unavailable",
        "A call for a customer whose other call is running is answered with HTTP 503 and its documented text.",
        "busy platform-statuses",
        one_at_a_time(503, 503, "Authorization status is unavailable"),
    ),
    Variant(
        "body-before-credentials",
        "The body is judged before the credentials.",
        "check-order",
        lambda: Behaviour(around=BodyFirst),
    ),
    Variant(
        "unreadable-credentials-as-400",
        "Credentials that are not Base64 are answered with HTTP 400.",
        "authentication",
        lambda: Behaviour(authorise=unreadable_as_400),
    ),
    Variant(
        "identifiers-completed",
        "Identifiers are looked up without spaces around them, and mobile numbers with a country code if need be.",
        "identifier-matching",
        lambda: Behaviour(transaction_type=Trimming),
    ),
    Variant(
        "firewall",
        "Large bodies, odd bytes and what looks like SQL are answered with HTTP 403 before anybody reads them.",
        "http-statuses",
        decoding(behind_a_firewall),
    ),
    Variant(
        "utf-16-taken",
        "A body in UTF-16 is read as JSON.",
        "body-encoding",
        decoding(any_encoding),
    ),
    Variant(
        "chunks-refused",
        "A body that comes in chunks is answered with HTTP 411.",
        "authentication",
        lambda: Behaviour(around=LengthFirst),
    ),
    Variant(
        "untyped-is-json",
        "A body without a Content-Type is read as JSON.",
        "http-statuses",
        asking(untyped_is_json),
    ),
]
