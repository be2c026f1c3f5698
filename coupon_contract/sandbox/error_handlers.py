"""Responses to requests that were not processed, by the exception that says why."""

import logging
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from coupon_contract.sandbox import auth, codec
from coupon_contract.sandbox.json_body import Unusable
from coupon_contract.sandbox.store import StoreBusy, StoreDown, StoreFailed

LOG = logging.getLogger("uvicorn.error")
REALM = 'Basic realm="coupon sandbox"'

Handler = Callable[[Request, Exception], Awaitable[Response]]


async def http_failure(request: Request, failure: Exception) -> Response:
    """404, 405 and 415."""
    status = failure.status_code if isinstance(failure, HTTPException) else 500
    headers = failure.headers if isinstance(failure, HTTPException) else None
    return failed(request, status, f"{HTTPStatus(status).phrase}.", headers)


def explained(status: int) -> Handler:
    """Return a handler that responds with this status and the text of the exception."""

    async def handle(request: Request, failure: Exception) -> Response:
        return failed(request, status, str(failure))

    return handle


async def unusable(request: Request, _: Exception) -> Response:
    """400."""
    return failed(request, 400, codec.UNUSABLE_MESSAGE)


async def unauthenticated(request: Request, _: Exception) -> Response:
    """401."""
    return failed(request, 401, auth.UNAUTHENTICATED, {"WWW-Authenticate": REALM})


async def not_permitted(request: Request, _: Exception) -> Response:
    """403."""
    return failed(request, 403, auth.NO_PERMISSION)


async def busy(request: Request, _: Exception) -> Response:
    """503: other processes keep the database locked. Nothing was issued or changed."""
    return failed(request, 503, f"The database is busy; {_nothing_done(request)}.", {"Retry-After": "1"})


async def down(request: Request, failure: Exception) -> Response:
    """503: the database failed before a commit. Nothing was issued or changed."""
    log(failure)
    return failed(request, 503, f"The database does not work; {_nothing_done(request)}.")


async def uncertain(request: Request, failure: Exception) -> Response:
    """500: a commit failed, so it is unknown whether something was issued or changed."""
    log(failure)
    text = "The database failed; look whether something was changed." if _is_control(request) else "Internal error."
    return failed(request, 500, text)


def log(failure: Exception) -> None:
    """Log a failure of the database in one line; every request may cause one."""
    LOG.error("the database failed: %s", failure)


async def gone(_: Request, __: Exception) -> Response:
    """Handle a caller who disconnected in the middle of the request."""
    return Response(status_code=400)


async def broken(request: Request, _: Exception) -> Response:
    """500, without a reason; that is on stderr."""
    return failed(request, 500, "Internal error.")


HANDLERS: Mapping[type[Exception], Handler] = {
    HTTPException: http_failure,
    Unusable: unusable,
    auth.Unauthenticated: unauthenticated,
    auth.NotPermitted: not_permitted,
    StoreBusy: busy,
    StoreDown: down,
    StoreFailed: uncertain,
    ClientDisconnect: gone,
    Exception: broken,
}


def handler_of(failure: Exception) -> Handler:
    """Return the handler of the failure; `broken` for an unexpected one."""
    return next(HANDLERS[kind] for kind in type(failure).__mro__ if kind in HANDLERS)


def failed(request: Request, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """Return the response to a request that was not processed, in the shape of what it called."""
    body = codec.failed(status, message, request.scope["path"])
    return Response(body, status, headers, media_type="application/json")


def _nothing_done(request: Request) -> str:
    return "nothing was changed" if _is_control(request) else "nothing was issued"


def _is_control(request: Request) -> bool:
    path: str = request.scope["path"]
    return path.startswith(codec.CONTROL_PATH)
