"""The short way of a call that issues coupons: past Starlette, which would take as long as the rules and the store.

It is taken while no fault, no variant and no hazard is on; the answers are those of the long way.
"""

from attrs import define
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

import spec
from sandbox.failures import broken, handler_of
from sandbox.instance import Sandbox
from sandbox.journal import SHOWN, Observer
from sandbox.operations import issue

JSON_TYPE = (b"content-type", b"application/json")


class WithShortcut(Starlette):
    """Starlette with another way for some requests."""

    shortcut: "Straight | None" = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way: ASGIApp = self.shortcut if self.shortcut and self.shortcut.takes(scope) else super().__call__
        await way(scope, receive, send)


@define
class Straight:
    """An ASGI application that answers calls that issue coupons."""

    sandbox: Sandbox
    observer: Observer

    def takes(self, scope: Scope) -> bool:
        """Whether it answers this request."""
        issues = scope["type"] == "http" and scope["path"] == spec.ISSUE_PATH and scope["method"] == "POST"
        return issues and self.sandbox.live.settings().nothing_on

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note, unexpected = self.observer.begin(scope), None
        try:
            try:
                body = await issue(self.sandbox, scope, receive)
                status, headers = 200, [(b"content-length", str(len(body)).encode()), JSON_TYPE]
            except Exception as failure:
                handler = handler_of(failure)
                answer = await handler(Request(scope), failure)
                status, headers, body = answer.status_code, answer.raw_headers, bytes(answer.body)
                unexpected = failure if handler is broken else None
            note.status, note.answer = status, body[:SHOWN]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})
        finally:
            self.observer.end(note)
        if unexpected:
            raise unexpected  # for the server's log
