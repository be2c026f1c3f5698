"""The ASGI application. It only maps: headers to credentials, bytes to requests, outcomes to answers."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from http import HTTPStatus

from attrs import frozen
from starlette.applications import Starlette
from starlette.concurrency import iterate_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

import spec
from sandbox import auth, service, wire
from sandbox.access import Access
from sandbox.behaviour import Behaviour
from sandbox.decoding import Unusable
from sandbox.hazards import NONE, Hazards
from sandbox.journal import SHOWN, note_of
from sandbox.live import Live, Settings
from sandbox.planting import plant
from sandbox.seed import Seed, load_seed
from sandbox.store import MEMORY, Store, StoreBusy, Survives, described, open_store

MAX_BODY = 1024 * 1024  # bytes
TOKEN_HEADER = "X-CAP-API-OAUTH-TOKEN"  # noqa: S105 - a header's name
REALM = 'Basic realm="coupon sandbox"'

Clock = Callable[[], float]


@frozen
class Sandbox:
    """What the handlers share. `clock` gives the real epoch seconds; `database` says in words where the store is."""

    seed: Seed
    store: Store
    clock: Clock
    live: Live
    database: str

    @property
    def behaviour(self) -> Behaviour:
        """The steps of a call."""
        return self.live.behaviour()

    def now(self) -> int:
        """Epoch milliseconds by the sandbox's clock."""
        return int(self.clock() * 1000) + self.live.settings().clock_offset_ms


def create_app(
    seed: Seed | None = None,
    database: str = MEMORY,
    clock: Clock = time.time,
    behaviour: str | None = None,
    survives: Survives = "power-cut",
    hazards: Hazards = NONE,
    access: Access = Access(),  # noqa: B008 - frozen
) -> Starlette:
    """The sandbox as an ASGI application, on a database (see `open_store`), seeded unless it was before.

    `clock` gives epoch seconds; `behaviour` names one of the faults or variants of sandbox/faults; `survives` says what
    answered coupons survive; `hazards` is what else goes wrong on purpose; `access` says who may see and control it.

    Raises SeedError, StoreError or UnknownBehaviour.
    """
    from sandbox.surroundings import surround  # here, because it builds on this module

    live = Live(Settings(behaviour=behaviour, hazards=hazards), shared=database != MEMORY)
    store = open_store(database, live.transaction, survives)
    sandbox = Sandbox(seed or load_seed(), store, clock, live, described(database))
    plant(sandbox.store, sandbox.seed)
    live.opened(sandbox.store)
    app = Starlette(
        routes=[
            Route(spec.ISSUE_PATH, Operation(issue), methods=["POST"]),
            Route(spec.TOKEN_PATH, generate_token, methods=["POST"]),
            Route(spec.READ_BACK_PATH, read_back, methods=["GET"]),
        ],
        exception_handlers={
            HTTPException: http_failure,
            Unusable: unusable,
            auth.Unauthenticated: unauthenticated,
            auth.NotPermitted: not_permitted,
            StoreBusy: busy,
            ClientDisconnect: gone,
            Exception: broken,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirected POST may be sent twice
    app.state.sandbox = sandbox
    surround(app, sandbox, access)
    return app


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Runs what goes on besides requests, and closes the store when the server stops."""
    background = asyncio.create_task(app.state.background())
    yield
    background.cancel()
    app.state.sandbox.store.close()


@frozen
class Operation:
    """A handler as an ASGI application, without what Starlette would put between: it is called very often."""

    handler: Callable[[Request], Awaitable[Response]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self.handler(Request(scope, receive, send))
        await answer(scope, receive, send)


async def issue(request: Request) -> Response:
    """`POST /v2/coupon/issue/multiple`."""
    sandbox = authorised(request)
    steps = sandbox.behaviour
    asked = steps.read(steps.decode(await json_body(request)))
    outcome = await steps.issue(sandbox.store, asked, sandbox.now(), steps.rules)
    if note := note_of(request.scope):
        note.asked, note.outcome = asked, outcome
    if isinstance(outcome, service.Refused):
        return answer(200, wire.refused(outcome.problem))
    return answer(200, wire.issued(outcome.asked, outcome.coupons, outcome.parts, outcome.problem))


async def generate_token(request: Request) -> Response:
    """`POST /v3/oauth/token/generate`."""
    sandbox: Sandbox = request.app.state.sandbox
    claim = wire.key_and_secret(await json_body(request))
    token = sandbox.behaviour.new_token(sandbox.seed, sandbox.store, claim, sandbox.now())
    return answer(200, wire.token(token, sandbox.seed.oauth.ttl_seconds), {"Cache-Control": "no-store"})


async def read_back(request: Request) -> Response:
    """`GET /v2/coupon`."""
    sandbox = authorised(request)
    query = request.query_params
    kinds = (query.getlist(name) for name in ("couponIds", "issuedToIds", "couponCodes"))
    pages = sandbox.behaviour.find(sandbox.store, wire.wanted(*kinds))
    pieces = iterate_in_threadpool(wire.read_back(pages))  # other requests are served meanwhile
    return StreamingResponse(pieces, media_type="application/json")


def authorised(request: Request) -> Sandbox:
    """The sandbox, for a caller who may use it. Raises Unauthenticated or NotPermitted."""
    sandbox: Sandbox = request.app.state.sandbox
    basics, tokens = (request.headers.getlist(name) for name in ("Authorization", TOKEN_HEADER))
    sandbox.behaviour.authorise(sandbox.seed, sandbox.store, basics, tokens, sandbox.now())
    return sandbox


async def json_body(request: Request) -> bytes:
    """The body, if it claims to be JSON and is not too big; what is over the limit is never kept.

    Raises HTTPException 415 or Unusable.
    """
    content_type = request.headers.get("Content-Type")
    if content_type is not None and not is_json(content_type):
        raise HTTPException(415)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if content_type is None and body:
            raise HTTPException(415)
        if len(body) > MAX_BODY:
            raise Unusable
    if note := note_of(request.scope):
        note.request = bytes(body[:SHOWN])
    return bytes(body)


def is_json(content_type: str) -> bool:
    """Whether the media type is `application/json`, with whatever parameters."""
    return content_type.partition(";")[0].strip().lower() == "application/json"


async def http_failure(request: Request, failure: Exception) -> Response:
    """404, 405 and 415."""
    status = failure.status_code if isinstance(failure, HTTPException) else 500
    headers = failure.headers if isinstance(failure, HTTPException) else None
    return failed(request, status, f"{HTTPStatus(status).phrase}.", headers)


async def unusable(request: Request, _: Exception) -> Response:
    """400."""
    return failed(request, 400, wire.UNUSABLE_MESSAGE)


async def unauthenticated(request: Request, _: Exception) -> Response:
    """401."""
    return failed(request, 401, auth.UNAUTHENTICATED, {"WWW-Authenticate": REALM})


async def not_permitted(request: Request, _: Exception) -> Response:
    """403."""
    return failed(request, 403, auth.NO_PERMISSION)


async def busy(request: Request, _: Exception) -> Response:
    """503: other processes keep the database locked. Nothing was issued."""
    return failed(request, 503, "The database is busy; nothing was issued.", {"Retry-After": "1"})


async def gone(_: Request, __: Exception) -> Response:
    """For a caller who went away in the middle of the request."""
    return Response(status_code=400)


async def broken(request: Request, _: Exception) -> Response:
    """500, without a word about why; that is on stderr."""
    return failed(request, 500, "Internal error.")


def failed(request: Request, status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    """The answer to a request that was not processed, in the shape of its operation."""
    shape = wire.token_failed if request.url.path == spec.TOKEN_PATH else wire.failed
    return answer(status, shape(status, message), headers)


def answer(status: int, body: bytes, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(body, status, headers, media_type="application/json")
