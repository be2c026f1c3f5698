"""Variants of responses: other contents, and other ways to send them."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from itertools import count

from attrs import evolve, field, frozen
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.codes import TWINS
from coupon_contract.sandbox.faults.fault_wrapper import (
    Behave,
    CapturedResponse,
    Json,
    ResponseRewriter,
    Rewrite,
    Unframed,
    answers,
    at_once,
    config,
    each_error,
    issued,
    partly,
    profile,
    puts,
    refusal,
    replies,
)
from coupon_contract.sandbox.faults.model import Variant
from coupon_contract.sandbox.faults.storage import each_found
from coupon_contract.sandbox.store import Transaction
from coupon_contract.spec import ISSUE_PATH, READ_BACK_PATH, TOKEN_PATH

ANYWHERE = (ISSUE_PATH, TOKEN_PATH, READ_BACK_PATH)
XML_401 = (
    b'<?xml version="1.0" encoding="UTF-8"?><response><status><success>false</success><code>401</code>'
    b"<message>Authentication failed.</message></status></response>"
)


def warn_instead(body: Json) -> None:
    """Explain a partial success in warnings."""
    warn_too(body)
    body["errors"] = []


def warn_too(body: Json) -> None:
    """Explain a partial success in both lists."""
    body["warnings"] = [{**item, "code": TWINS[item["code"]]} for item in body["errors"]]


def unpad(profile: Json) -> None:
    """Return external ids without leading zeros."""
    for identifier in profile["identifiers"]:
        if identifier["type"] == "externalId":
            identifier["value"] = identifier["value"].lstrip("0")


def more_identifiers(profile: Json) -> None:
    """Put identifiers of other types first."""
    for name in ("identifiers", "identifiersAll"):
        profile[name].insert(0, {"type": "cardnumber", "value": "4000-1"})


def unknown_values(body: Json) -> None:
    """Use values that the document does not list."""
    body["couponConfig"].update(discountType="FREE_PRODUCT", discountOn="ITEM")
    more_identifiers(body["customer"]["profiles"][0])


def only_code_and_series(coupon: Json) -> None:
    """Drop all other fields, but the details that a request asks for by includeIssualDetails."""
    for name in coupon.keys() - {"code", "seriesId", "couponIssualDetails"}:
        del coupon[name]


def reversed_keys(value: Json) -> Json:
    """Return the value with the keys of every object in reverse order."""
    if isinstance(value, dict):
        return {name: reversed_keys(value[name]) for name in reversed(value)}
    return [reversed_keys(item) for item in value] if isinstance(value, list) else value


def extended(value: Json) -> Json:
    """Return the value with an additional field in every object."""
    if isinstance(value, dict):
        return {**{name: extended(item) for name, item in value.items()}, "traceId": {"node": 7, "parts": [None]}}
    return [extended(item) for item in value] if isinstance(value, list) else value


def rewritten(change: Callable[[Json], Json]) -> Rewrite:
    """Return a rewriting of the JSON of a response."""
    return lambda reply: reply.with_json(change(json.loads(reply.body)))


def pretty(reply: CapturedResponse) -> CapturedResponse:
    """Return indented JSON, with every letter of texts escaped."""
    text = json.dumps(json.loads(reply.body), indent=4)
    return evolve(reply, body=text.replace("Gupta", "\\u0047upta").encode() + b"\r\n")


def xml_401(reply: CapturedResponse) -> CapturedResponse | None:
    """Respond to 401 with XML."""
    return evolve(reply, body=XML_401).with_header(b"content-type", b"application/xml") if reply.status == 401 else None


def empty_failure(reply: CapturedResponse) -> CapturedResponse | None:
    """Respond to any 4xx without a body."""
    return evolve(reply, headers=(), body=b"") if reply.status >= 400 else None


def other_headers(reply: CapturedResponse) -> CapturedResponse:
    """Send header names in capitals, a charset, and additional headers."""
    shouted = tuple((name.upper(), value) for name, value in reply.headers if name != b"content-type")
    more = ((b"Content-Type", b"application/json;charset=UTF-8"), (b"X-Request-Id", b"7"), (b"Set-Cookie", b"a=b"))
    return evolve(reply, headers=(*(pair for pair in shouted if pair[0] != b"CONTENT-LENGTH"), *more))


async def slowly(reply: CapturedResponse, send: Send) -> None:
    """Send the response after 50 milliseconds."""
    await asyncio.sleep(0.05)
    await at_once(reply, send)


async def in_chunks(reply: CapturedResponse, send: Send) -> None:
    """Send the response in pieces, without its length."""
    headers = [pair for pair in reply.headers if pair[0] != b"content-length"]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    for start in range(0, len(reply.body), 64):
        await send({"type": "http.response.body", "body": reply.body[start : start + 64], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


def sent(send_out: Callable[[CapturedResponse, Send], Awaitable[None]]) -> Behave:
    """Return a behaviour that sends the responses of all operations in another way."""
    same: Rewrite = lambda reply: None  # noqa: E731 - typed
    return lambda: Behaviour(around=partial(ResponseRewriter, rewrite=same, paths=ANYWHERE, send_out=send_out))


class LargeIds(Transaction):
    """Gives coupons ids near the end of 64 bits."""

    def _next_coupon_id(self) -> int:
        return super()._next_coupon_id() % 2**62 + 2**62


def typed_twice(reply: CapturedResponse) -> CapturedResponse | None:
    """A second Content-Type that says the same, with a charset."""
    again = (b"content-type", b"application/json; charset=utf-8")
    return evolve(reply, headers=(*reply.headers, again)) if reply.status == 200 else None


ANSWERING = [
    Variant(
        "explained-in-warnings",
        "Partial successes are explained in warnings, with the codes of the other column, and errors are empty.",
        "partial-code-columns",
        answers(warn_instead, partly),
    ),
    Variant(
        "explained-in-both",
        "Partial successes are explained in both lists, each with its own code.",
        "partial-code-columns",
        answers(warn_too, partly),
    ),
    Variant(
        "other-texts",
        "Messages are in the words of another language.",
        "message-texts",
        each_error(puts(message="\u0906\u092a\u0915\u093e \u0905\u0928\u0941\u0930\u094b\u0927")),
    ),
    Variant(
        "more-fields",
        "Every object of a response has a field that is not documented.",
        "unknown-fields",
        replies(rewritten(extended), *ANYWHERE),
    ),
    Variant(
        "keys-reversed",
        "The keys of every object come in reverse order.",
        "error-entry",
        replies(rewritten(reversed_keys), *ANYWHERE),
    ),
    Variant(
        "unknown-values",
        "Discounts and identifiers are of types that are not documented.",
        "discount-type identifier-types",
        issued(unknown_values),
    ),
    Variant(
        "expires-in-9999",
        "A coupon that never expires has the last day of the calendar as fixedExpiryDate.",
        "response-types",
        config(puts(fixedExpiryDate=253_402_214_400_000, latestIssualTime=-1)),
    ),
    Variant(
        "fractions",
        "Discounts are written with a fraction.",
        "response-types",
        config(puts(discountValue=float, discountUpto=float)),
    ),
    Variant(
        "other-offset",
        "Times have a fraction of seconds and another offset.",
        "response-types",
        profile(puts(autoUpdateTime="2024-08-20T05:57:15.123456-04:00")),
    ),
    Variant(
        "external-id-unpadded",
        "External ids are answered without leading zeros.",
        "external-id-padding",
        profile(unpad),
    ),
    Variant(
        "large-ids",
        "Coupon ids are near the end of 64 bits.",
        "response-types",
        lambda: Behaviour(transaction_type=LargeIds),
    ),
    Variant(
        "always-warnings",
        "Every refusal has empty warnings.",
        "broken-examples",
        answers(puts(warnings=[]), refusal()),
    ),
    Variant(
        "never-warnings",
        "No refusal has warnings.",
        "broken-examples",
        answers(lambda body: body.pop("warnings", None), refusal()),
    ),
    Variant(
        "bare-read-back",
        "Read-back contains code and seriesId only.",
        "read-back",
        each_found(only_code_and_series),
    ),
]

LINK = b"<https://docs.example.com>; rel=help"
EVERY = 40  # requests, the last of which is limited


def hinting() -> Behaviour:
    """Send 103 (Early Hints) ahead of each response, which repeats the hint."""
    hints = partial(Unframed, before=b"HTTP/1.1 103 Early Hints\r\nlink: " + LINK + b"\r\n\r\n")
    final = partial(ResponseRewriter, rewrite=lambda reply: reply.with_header(b"link", LINK))
    return Behaviour(around=lambda app: hints(final(app)))


@frozen
class Limited:
    """An ASGI application around another one, that answers every 40th request of the contract with 429."""

    app: ASGIApp
    requests: Iterator[int] = field(factory=lambda: count(1))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in ANYWHERE or next(self.requests) % EVERY:
            return await self.app(scope, receive, send)
        return await at_once(CapturedResponse(429, ((b"retry-after", b"0"),), b""), send)


SENDING = [
    Variant("interim-responses", "HTTP 103 comes before every response.", "http-framing", hinting),
    Variant(
        "rate-limited",
        "Every 40th request is answered with HTTP 429, and may be sent again at once.",
        "rate-limit",
        lambda: Behaviour(around=Limited),
    ),
    Variant("pretty", "Answers are indented, with escapes where none are needed.", "", replies(pretty, *ANYWHERE)),
    Variant("slow", "Every response takes 50 milliseconds longer.", "", sent(slowly)),
    Variant("chunked", "Answers come in chunks, without a length.", "", sent(in_chunks)),
    Variant(
        "connection-closed",
        "Every connection is closed after its response.",
        "",
        replies(lambda reply: reply.with_header(b"connection", b"close"), *ANYWHERE),
    ),
    Variant(
        "other-headers",
        "Header names are in capitals, and there are more of them.",
        "",
        replies(other_headers, *ANYWHERE),
    ),
    Variant(
        "content-type-twice",
        "Two headers say that the response is JSON.",
        "content-type-twice",
        replies(typed_twice, *ANYWHERE),
    ),
    Variant("xml-401", "401 comes with XML.", "http-error-bodies", replies(xml_401, *ANYWHERE)),
    Variant(
        "empty-failures",
        "4xx answers have no body and no content type.",
        "http-error-bodies",
        replies(empty_failure, *ANYWHERE),
    ),
]

VARIANTS = [*ANSWERING, *SENDING]
