"""Middleware for faults on the wire: changes requests and responses of the issuing operation."""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from functools import partial
from typing import Any

from attrs import evolve, field, frozen
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.codec import encode
from coupon_contract.sandbox.server.http_connection import OUTLET

Json = Any
Behave = Callable[[], Behaviour]
OPERATIONS = (spec.ISSUE_PATH,)


@frozen
class CapturedResponse:
    """A complete response."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = field(repr=False)

    def header(self, name: bytes) -> bytes:
        """Return the first header of that name (lower case), or an empty text."""
        return next((value for key, value in self.headers if key == name), b"")

    def with_header(self, name: bytes, value: bytes) -> "CapturedResponse":
        """Return the response with this header replaced."""
        kept = tuple(pair for pair in self.headers if pair[0] != name)
        return evolve(self, headers=(*kept, (name, value)))

    def with_json(self, value: Json) -> "CapturedResponse":
        """Return the response with another body."""
        return evolve(self, body=encode(value))


Rewrite = Callable[[CapturedResponse], CapturedResponse | None]
Edit = Callable[[Json], object]
SendOut = Callable[[CapturedResponse, Send], Awaitable[None]]


async def at_once(reply: CapturedResponse, send: Send) -> None:
    """Send a response in one piece."""
    sized = reply.with_header(b"content-length", str(len(reply.body)).encode())
    await send({"type": "http.response.start", "status": sized.status, "headers": list(sized.headers)})
    await send({"type": "http.response.body", "body": sized.body})


@frozen
class ResponseRewriter:
    """Middleware that rewrites the responses on some paths."""

    app: ASGIApp
    rewrite: Rewrite
    paths: tuple[str, ...] = OPERATIONS
    send_out: SendOut = at_once

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self.paths:
            await self.app(scope, receive, send)
            return
        reply = await captured(self.app, scope, receive)
        await self.send_out(self.rewrite(reply) or reply, send)


@frozen
class CutOff:
    """Middleware whose process ends at some bodies: the response breaks off."""

    app: ASGIApp
    when: Callable[[bytes], bool]
    paths: tuple[str, ...] = OPERATIONS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in self.paths:
            return await self.app(scope, receive, send)
        body = await Request(scope, receive).body()
        if self.when(body):  # never completed, so that the server closes the connection
            return await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"1")]})
        return await self.app(scope, partial(replay, body), send)


@frozen
class Unframed:
    """An ASGI application around another one, that sends bytes past the framing of its responses.

    `before` comes ahead of each response, `behind` follows it. Where nobody serves the connection itself, as in tests
    without a socket, `behind` becomes a part of the body.
    """

    app: ASGIApp
    before: bytes = b""
    behind: bytes = b""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        outlet = scope.get("extensions", {}).get(OUTLET)
        if scope["type"] != "http" or scope["path"] not in OPERATIONS:
            return await self.app(scope, receive, send)
        if outlet:
            outlet["connection"].surplus = self.behind
            if self.before:
                outlet["connection"].write(self.before)
            return await self.app(scope, receive, send)
        reply = await captured(self.app, scope, receive)
        return await at_once(evolve(reply, body=reply.body + self.behind), send)


async def replay(body: bytes) -> Message:
    """Return a receive function that delivers a body again."""
    return {"type": "http.request", "body": body, "more_body": False}


async def captured(app: ASGIApp, scope: Scope, receive: Receive) -> CapturedResponse:
    """Return the response of the application, without sending it."""
    start: MutableMapping[str, Any] = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return CapturedResponse(start["status"], tuple(start["headers"]), bytes(body))


@frozen
class RequestRewriter:
    """Middleware that changes the scope of issuing requests."""

    app: ASGIApp
    change: Callable[[Scope], Scope]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        issues = scope["type"] == "http" and scope["path"] == spec.ISSUE_PATH
        await self.app(self.change(scope) if issues else scope, receive, send)


def asking(change: Callable[[Scope], Scope]) -> Behave:
    """Return a behaviour that changes the scope of issuing requests."""
    return lambda: Behaviour(around=partial(RequestRewriter, change=change))


def replies(rewrite: Rewrite, *paths: str) -> Behave:
    """Return a behaviour that rewrites responses on the paths (default: the issuing operation); None keeps
    a response.
    """
    return lambda: Behaviour(around=partial(ResponseRewriter, rewrite=rewrite, paths=paths or OPERATIONS))


def answers(edit: Edit, when: Callable[[Json], bool] = bool) -> Behave:
    """Return a behaviour that edits the JSON of 200 responses in place."""
    return replies(partial(edited, edit=edit, when=when))


def edited(reply: CapturedResponse, edit: Edit, when: Callable[[Json], bool] = bool) -> CapturedResponse | None:
    """Return a 200 response with its JSON edited, or None for another response."""
    body = json.loads(reply.body) if reply.status == 200 else {}
    if not body or not when(body):
        return None
    edit(body)
    return reply.with_json(body)


def with_coupons(body: Json) -> bool:
    """Return True if coupons were issued."""
    return "coupons" in body


def partly(body: Json) -> bool:
    """Return True if fewer coupons were issued than requested."""
    return "coupons" in body and bool(body["failureCount"])


def complete(body: Json) -> bool:
    """Return True if all coupons were issued."""
    return "coupons" in body and not body["failureCount"]


def refusal(*codes: int) -> Callable[[Json], bool]:
    """Return a condition that holds for refusals, with one of the codes if any are given."""
    return lambda body: "coupons" not in body and (not codes or body["errors"][0]["code"] in codes)


def issued(edit: Edit) -> Behave:
    """Return a behaviour that edits responses with coupons."""
    return answers(edit, with_coupons)


def each_coupon(edit: Edit) -> Behave:
    """Return a behaviour that edits every coupon."""
    return issued(lambda body: [edit(coupon) for coupon in body["coupons"]])


def config(edit: Edit) -> Behave:
    """Return a behaviour that edits the couponConfig."""
    return issued(lambda body: edit(body["couponConfig"]))


def profile(edit: Edit) -> Behave:
    """Return a behaviour that edits the profile of the customer."""
    return issued(lambda body: edit(body["customer"]["profiles"][0]))


def each_error(edit: Edit) -> Behave:
    """Return a behaviour that edits every entry of errors."""
    return answers(lambda body: [edit(error) for error in body["errors"]])


def puts(**values: Json) -> Edit:
    """Return an edit that sets fields; a function gets the old value."""

    def put(target: dict[str, Json]) -> None:
        target.update({name: value(target[name]) if callable(value) else value for name, value in values.items()})

    return put


def drops(*names: str) -> Edit:
    """Return an edit that removes fields."""

    def drop(target: dict[str, Json]) -> None:
        for name in names:
            target.pop(name, None)

    return drop
