"""Adds everything around the operations: the page, the reference, the control API, health and metrics.

It also wraps the operations: each request is logged, and passes through the active fault and hazards.
"""

import re
from functools import partial

from attrs import define, field
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract.sandbox.admin import docs, page
from coupon_contract.sandbox.admin.access import CHALLENGE, Access, Closed
from coupon_contract.sandbox.admin.control import control
from coupon_contract.sandbox.admin.health import health
from coupon_contract.sandbox.admin.shared_log import SharedLog
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.codec import CONTROL_PATH
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.error_handlers import failed
from coupon_contract.sandbox.fast_path import FastPath, FastPathApp
from coupon_contract.sandbox.hazards import Failures, apply_hazards
from coupon_contract.sandbox.metrics import Metrics
from coupon_contract.sandbox.request_log import Observer, RequestLog, RequestLogMiddleware, is_ours, note_of

CONTROL_CHARACTER = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def surround(app: FastPathApp, sandbox: Sandbox, access: Access) -> None:
    """Add everything except the operations to their application."""
    observer = Observer(request_log := RequestLog(), metrics := Metrics())
    shared_log = SharedLog(sandbox, request_log)
    guarded = [Middleware(AccessMiddleware, access=access)]

    async def refresh(scope: Scope) -> None:
        if not is_ours(scope["path"]):
            await sandbox.runtime.refresh()

    async def home(request: Request) -> Response:
        return await page.answer(request, sandbox, shared_log)

    app.router.routes += [
        Route("/", home, middleware=guarded),
        health(sandbox.store),
        Route("/metrics", metrics.answer),
        *docs.routes(sandbox.seed, access),
        Mount(CONTROL_PATH, control(sandbox, shared_log), middleware=guarded),
    ]
    app.state.background = (shared_log.run, metrics.run)
    app.add_middleware(BehaviourMiddleware, sandbox=sandbox)
    app.add_middleware(PathMiddleware)
    app.add_middleware(RequestLogMiddleware, observer=observer)  # added last, so it is the outermost
    app.shortcut = FastPath(sandbox, observer)
    app.before = refresh if sandbox.store.is_remote else None


@define
class AccessMiddleware:
    """Middleware that lets only callers with access see and control the sandbox."""

    app: ASGIApp
    access: Access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.access.check(HTTPConnection(scope))
        except Closed as closed:
            headers = CHALLENGE if closed.status == 401 else None
            await JSONResponse({"message": str(closed)}, closed.status, headers)(scope, receive, send)
            return
        await self.app(scope, receive, send)


@define
class PathMiddleware:
    """Middleware that rejects paths with control characters.

    Starlette's routes would ignore a newline at the end of a path.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and CONTROL_CHARACTER.search(scope["path"]):
            await failed(Request(scope), 404, "Not Found.")(scope, receive, send)
        else:
            await self.app(scope, receive, send)


@define
class BehaviourMiddleware:
    """Middleware for the active fault or variant, and for hazards."""

    app: ASGIApp
    sandbox: Sandbox
    _wrapped: dict[str | None, ASGIApp] = field(init=False, factory=dict)
    _failures: Failures = field(init=False, factory=Failures)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_ours(scope["path"]):
            await self.app(scope, receive, send)
            return
        settings, behaviour = self.sandbox.runtime.settings(), self.sandbox.runtime.behaviour()
        app = self.app if behaviour.around is None else self._around(settings.behaviour, behaviour)
        if settings.behaviour and (note := note_of(scope)):
            note.behaviour = settings.behaviour
        if settings.hazards.inactive or not settings.hazards.concern(scope["path"]):
            await app(scope, receive, send)
        else:
            may_fail = partial(self._failures.take, settings.hazards, settings.hazards_since)
            await apply_hazards(settings.hazards, may_fail, app, scope, receive, send)

    def _around(self, name: str | None, behaviour: Behaviour) -> ASGIApp:
        if name not in self._wrapped and behaviour.around is not None:
            self._wrapped[name] = behaviour.around(self.app)
        return self._wrapped[name]
