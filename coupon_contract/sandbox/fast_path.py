"""The fast path of issuing calls: around Starlette, which would take as long as the rules and the store.

It is used while no fault, variant or hazard is on; its responses equal those of the slow path.
"""

from collections.abc import Awaitable, Callable, Sequence

from attrs import define
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.endpoints import issue
from coupon_contract.sandbox.error_handlers import broken, handler_of
from coupon_contract.sandbox.request_log import SHOWN, Header, Note, Observer

JSON_TYPE = (b"content-type", b"application/json")


class FastPathApp(Starlette):
    """Starlette with a fast path for some requests, around its middleware and its routes."""

    shortcut: "FastPath | None" = None
    before: Callable[[Scope], Awaitable[None]] | None = None  # called when a request begins

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.before is not None and scope["type"] == "http":
            await self.before(scope)
        way: ASGIApp = self.shortcut if self.shortcut and self.shortcut.handles(scope) else super().__call__
        await way(scope, receive, send)


@define
class FastPath:
    """An ASGI application for issuing calls."""

    sandbox: Sandbox
    observer: Observer

    def handles(self, scope: Scope) -> bool:
        """Return True if the fast path handles this request."""
        if scope["type"] != "http" or scope["path"] != spec.ISSUE_PATH or scope["method"] != "POST":
            return False
        if scope.get("root_path"):  # mounted elsewhere: the path may differ
            return False
        try:
            return self.sandbox.runtime.settings().nothing_on
        except Exception:  # the store failed; the slow path handles the error
            return False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        note = self.observer.begin(scope)
        try:
            await self._answer(note, scope, receive, send)
        except Exception:
            note.status = 500
            raise
        finally:
            self.observer.end(note)

    async def _answer(self, note: Note, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await issue(self.sandbox, scope, receive)
        except Exception as failure:
            handler = handler_of(failure)
            answer = await handler(Request(scope), failure)
            await send_noted(note, send, answer.status_code, answer.raw_headers, bytes(answer.body))
            if handler is broken:
                raise  # for the server's log
        else:
            await send_noted(note, send, 200, [(b"content-length", str(len(body)).encode()), JSON_TYPE], body)


async def send_noted(note: Note, send: Send, status: int, headers: Sequence[Header], body: bytes) -> None:
    """Send a response, and note it."""
    note.status, note.answer = status, body[:SHOWN]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
