"""Changing requests and answers of the issuing operation as they go over the wire, outside the application."""

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
class Reply:
    """A whole answer."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes = field(repr=False)

    def header(self, name: bytes) -> bytes:
        """The first header of that name (lower case), empty when there is none."""
        return next((value for key, value in self.headers if key == name), b"")

    def with_header(self, name: bytes, value: bytes) -> "Reply":
        """The answer with this header in place of the one it had."""
        kept = tuple(pair for pair in self.headers if pair[0] != name)
        return evolve(self, headers=(*kept, (name, value)))

    def with_json(self, value: Json) -> "Reply":
        """The answer with another body."""
        return evolve(self, body=encode(value))


Rewrite = Callable[[Reply], Reply | None]
Edit = Callable[[Json], object]
SendOut = Callable[[Reply, Send], Awaitable[None]]


async def at_once(reply: Reply, send: Send) -> None:
    """Send an answer in one piece."""
    sized = reply.with_header(b"content-length", str(len(reply.body)).encode())
    await send({"type": "http.response.start", "status": sized.status, "headers": list(sized.headers)})
    await send({"type": "http.response.body", "body": sized.body})


@frozen
class Rewriting:
    """An ASGI application around another one, that rewrites its answers on some paths."""

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
    """An ASGI application around another one, whose process ends at some bodies: the answer breaks off."""

    app: ASGIApp
    when: Callable[[bytes], bool]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"] not in OPERATIONS:
            return await self.app(scope, receive, send)
        body = await Request(scope, receive).body()
        if self.when(body):  # never completed, so the server closes the connection
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
    """A body again, for who comes after."""
    return {"type": "http.request", "body": body, "more_body": False}


async def captured(app: ASGIApp, scope: Scope, receive: Receive) -> Reply:
    """What the application answers, kept back."""
    start: MutableMapping[str, Any] = {}
    body = bytearray()

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        body.extend(message.get("body", b""))

    await app(scope, receive, keep)
    return Reply(start["status"], tuple(start["headers"]), bytes(body))


@frozen
class Asking:
    """An ASGI application around another one, that changes the scope of issuing requests first."""

    app: ASGIApp
    change: Callable[[Scope], Scope]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        issues = scope["type"] == "http" and scope["path"] == spec.ISSUE_PATH
        await self.app(self.change(scope) if issues else scope, receive, send)


def asking(change: Callable[[Scope], Scope]) -> Behave:
    """Requests are changed before the application sees them."""
    return lambda: Behaviour(around=partial(Asking, change=change))


def replies(rewrite: Rewrite, *paths: str) -> Behave:
    """Answers on the paths (the issuing operation's, unless others are given) are rewritten; None keeps one."""
    return lambda: Behaviour(around=partial(Rewriting, rewrite=rewrite, paths=paths or OPERATIONS))


def answers(edit: Edit, when: Callable[[Json], bool] = bool) -> Behave:
    """The JSON of 200 answers is edited in place."""
    return replies(partial(edited, edit=edit, when=when))


def edited(reply: Reply, edit: Edit, when: Callable[[Json], bool] = bool) -> Reply | None:
    """A 200 answer with its JSON edited, or None for another one."""
    body = json.loads(reply.body) if reply.status == 200 else {}
    if not body or not when(body):
        return None
    edit(body)
    return reply.with_json(body)


def with_coupons(body: Json) -> bool:
    """Whether coupons were issued."""
    return "coupons" in body


def partly(body: Json) -> bool:
    """Whether fewer coupons were issued than asked for."""
    return "coupons" in body and bool(body["failureCount"])


def complete(body: Json) -> bool:
    """Whether all coupons were issued."""
    return "coupons" in body and not body["failureCount"]


def refusal(*codes: int) -> Callable[[Json], bool]:
    """Whether it is a refusal, with one of the codes if any are given."""
    return lambda body: "coupons" not in body and (not codes or body["errors"][0]["code"] in codes)


def issued(edit: Edit) -> Behave:
    """Answers that name coupons are edited."""
    return answers(edit, with_coupons)


def each_coupon(edit: Edit) -> Behave:
    """Every coupon is edited."""
    return issued(lambda body: [edit(coupon) for coupon in body["coupons"]])


def config(edit: Edit) -> Behave:
    """The couponConfig is edited."""
    return issued(lambda body: edit(body["couponConfig"]))


def profile(edit: Edit) -> Behave:
    """The profile of the customer is edited."""
    return issued(lambda body: edit(body["customer"]["profiles"][0]))


def each_error(edit: Edit) -> Behave:
    """Every entry of errors is edited."""
    return answers(lambda body: [edit(error) for error in body["errors"]])


def puts(**values: Json) -> Edit:
    """An edit that sets fields; a function as value is given the old one."""

    def put(target: dict[str, Json]) -> None:
        target.update({name: value(target[name]) if callable(value) else value for name, value in values.items()})

    return put


def drops(*names: str) -> Edit:
    """An edit that removes fields."""

    def drop(target: dict[str, Json]) -> None:
        for name in names:
            target.pop(name, None)

    return drop
