"""The control API at `/__sandbox/…`, described in control.openapi.yaml."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coupon_contract.sandbox import seed_additions
from coupon_contract.sandbox.admin import views
from coupon_contract.sandbox.admin.shared_log import SharedLog
from coupon_contract.sandbox.behaviour import UnknownBehaviour
from coupon_contract.sandbox.codec import number
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.error_handlers import broken, busy, down, explained, http_failure, uncertain
from coupon_contract.sandbox.hazards import NONE, Hazards
from coupon_contract.sandbox.json_body import Unusable, json_object
from coupon_contract.sandbox.records import CouponRow, Wanted
from coupon_contract.sandbox.request_body import json_body
from coupon_contract.sandbox.runtime_settings import Changes, UnusableSettings
from coupon_contract.sandbox.seeding import seed_into, series_row, series_rows
from coupon_contract.sandbox.store import StoreBusy, StoreDown, StoreFailed, Transaction
from coupon_contract.sandbox.store.transaction import fits
from coupon_contract.sandbox.streaming import streamed, with_first_page

DOCUMENT = Path(__file__).with_name("control.openapi.yaml")
MOST_SECONDS = 100 * 366 * 86_400  # the largest offset of the clock: a hundred years

Body = TypeVar("Body", bound=Struct)
T = TypeVar("T")


class Moment(Struct, forbid_unknown_fields=True):
    """The time to set the clock to."""

    now: Annotated[datetime, Meta(tz=True)]


class Advance(Struct, forbid_unknown_fields=True):
    """The seconds by which to move the clock, negative to move it back."""

    seconds: Annotated[float, Meta(ge=-MOST_SECONDS, le=MOST_SECONDS)]


class Named(Struct, forbid_unknown_fields=True):
    """A fault or a variant."""

    name: str


def control(sandbox: Sandbox, shared_log: SharedLog) -> Starlette:
    """Return the control API as an application; middleware checks access before it."""
    app = Starlette(
        routes=[
            Route("/openapi.yaml", document),
            Route("/state", state),
            Route("/clock", set_clock, methods=["PUT"]),
            Route("/clock", real_clock, methods=["DELETE"]),
            Route("/clock/advance", advance_clock, methods=["POST"]),
            Route("/behaviours", behaviours),
            Route("/behaviour", switch, methods=["PUT"]),
            Route("/behaviour", switch_off, methods=["DELETE"]),
            Route("/hazards", set_hazards, methods=["PUT"]),
            Route("/hazards", no_hazards, methods=["DELETE"]),
            Route("/series", series),
            Route("/series", add_series, methods=["POST"]),
            Route("/fixtures", add_fixtures, methods=["POST"]),
            Route("/customers", customers),
            Route("/customers", add_customer, methods=["POST"]),
            Route("/issued", issued),
            Route("/requests", requests),
            Route("/reset", reset, methods=["POST"]),
        ],
        exception_handlers={
            HTTPException: http_failure,
            seed_additions.UnusableEntry: explained(400),
            UnknownBehaviour: explained(404),
            seed_additions.EntryExists: explained(409),
            UnusableSettings: explained(409),
            StoreBusy: busy,
            StoreDown: down,
            StoreFailed: uncertain,
            Exception: broken,
        },
    )
    app.router.redirect_slashes = False
    app.state.sandbox, app.state.shared_log = sandbox, shared_log
    return app


# --- reading ----------------------------------------------------------------------------------------------------------


async def document(_: Request) -> Response:
    """`GET /__sandbox/openapi.yaml`."""
    return Response(DOCUMENT.read_bytes(), media_type="application/yaml")


async def state(request: Request) -> Response:
    """`GET /__sandbox/state`."""
    await sandbox_of(request).runtime.refresh()
    return state_response(request)


async def behaviours(_: Request) -> Response:
    """`GET /__sandbox/behaviours`."""
    return json_response({"data": views.behaviour_views()})


async def series(request: Request) -> Response:
    """`GET /__sandbox/series`."""
    store = sandbox_of(request).store
    return await listing([views.series_view(row) for row in rows] for rows in single_page(store.all_series))


async def customers(request: Request) -> Response:
    """`GET /__sandbox/customers`."""
    store = sandbox_of(request).store
    return await listing([views.customer_view(*row) for row in rows] for rows in single_page(store.customers))


async def issued(request: Request) -> Response:
    """`GET /__sandbox/issued`: of one series, of one customer, or of a series to a customer."""
    parameters = {name: integer_parameter(request, name) for name in ("series_id", "customer_id")}
    if all(parameter is None for parameter in parameters.values()):
        raise seed_additions.UnusableEntry("name series_id, customer_id or both in the query")
    return await listing(
        [views.coupon_view(row) for row in page] for page in pages_of(sandbox_of(request), **parameters)
    )


def pages_of(sandbox: Sandbox, series_id: int | None, customer_id: int | None) -> Iterator[Sequence[CouponRow]]:
    """Yield the coupons of a series, of a customer, or of both."""
    if customer_id is None:
        yield from sandbox.store.issued_in_series(series_id or 0)
        return
    for page in sandbox.store.issued_coupons(Wanted(customer_ids=(customer_id,))):
        yield [row for row in page if series_id in (None, row.series_id)]


async def requests(request: Request) -> Response:
    """`GET /__sandbox/requests`: the last requests, or those that began after a moment, the latest first."""
    shared_log: SharedLog = request.app.state.shared_log
    return json_response({"data": await shared_log.latest(moment_parameter(request, "after"))})


# --- changing ---------------------------------------------------------------------------------------------------------


async def set_clock(request: Request) -> Response:
    """`PUT /__sandbox/clock`: the clock runs on from there."""
    moment = (await body(request, Moment)).now.timestamp()
    sandbox = sandbox_of(request)
    return await changed(request, lambda _: clock_at(round((moment - sandbox.clock()) * 1000)))


async def advance_clock(request: Request) -> Response:
    """`POST /__sandbox/clock/advance`."""
    by = round((await body(request, Advance)).seconds * 1000)
    return await changed(request, lambda settings: clock_at(settings.clock_offset_ms + by))


async def real_clock(request: Request) -> Response:
    """`DELETE /__sandbox/clock`."""
    return await changed(request, lambda _: clock_at(0))


def clock_at(offset_ms: int) -> Changes:
    """Return the change to that clock offset. Raises UnusableEntry beyond MOST_SECONDS."""
    if abs(offset_ms) > MOST_SECONDS * 1000:
        raise seed_additions.UnusableEntry("the clock goes at most a hundred years from the real one")
    return {"clock_offset_ms": offset_ms}


async def switch(request: Request) -> Response:
    """`PUT /__sandbox/behaviour`: one fault or variant at a time."""
    name = (await body(request, Named)).name
    return await changed(request, lambda _: {"behaviour": name})


async def switch_off(request: Request) -> Response:
    """`DELETE /__sandbox/behaviour`."""
    return await changed(request, lambda _: {"behaviour": None})


async def set_hazards(request: Request) -> Response:
    """`PUT /__sandbox/hazards`."""
    hazards = await body(request, Hazards)
    return await changed(request, lambda _: {"hazards": msgspec.to_builtins(hazards), "hazards_since": time.time()})


async def no_hazards(request: Request) -> Response:
    """`DELETE /__sandbox/hazards`."""
    return await changed(request, lambda _: {"hazards": msgspec.to_builtins(NONE), "hazards_since": 0})


async def add_series(request: Request) -> Response:
    """`POST /__sandbox/series`."""
    row = await run_in_threadpool(seed_additions.series_of, await fields(request))  # up to a million codes
    await sandbox_of(request).store.write(lambda transaction: seed_additions.add_series(transaction, row))
    return json_response(views.series_view(views.as_added(row)), 201)


async def add_fixtures(request: Request) -> Response:
    """`POST /__sandbox/fixtures`: fresh series in the states that a run uses up, as `--fixtures` wants them."""
    sandbox = sandbox_of(request)
    copies = seed_additions.fresh_copies(sandbox.seed)
    rows = [series_row(series) for series in copies]

    def add_all(transaction: Transaction) -> None:
        for row in rows:
            seed_additions.add_series(transaction, row)

    await sandbox.store.write(add_all)
    return json_response(dict(map(views.fixture_view, copies)), 201)


async def add_customer(request: Request) -> Response:
    """`POST /__sandbox/customers`."""
    row = seed_additions.customer_of(await fields(request))
    await sandbox_of(request).store.write(lambda transaction: seed_additions.add_customer(transaction, row))
    return json_response(views.customer_view(row.id, row.profile), 201)


async def reset(request: Request) -> Response:
    """`POST /__sandbox/reset`: restore the seed and the command line. Tokens stay valid."""
    sandbox = sandbox_of(request)
    rows = await run_in_threadpool(series_rows, sandbox.seed)

    def start_again(transaction: Any) -> None:
        transaction.clear()
        seed_into(transaction, sandbox.seed, rows)

    await sandbox.runtime.forget(start_again)
    return state_response(request)


# --- helpers ----------------------------------------------------------------------------------------------------------


def sandbox_of(request: Request) -> Sandbox:
    """Return the sandbox."""
    sandbox: Sandbox = request.app.state.sandbox
    return sandbox


async def changed(request: Request, change: Any) -> Response:
    """Change the settings, and respond with the new state. Raises UnknownBehaviour, UnusableEntry or StoreBusy."""
    await sandbox_of(request).runtime.change(change)
    return state_response(request)


def state_response(request: Request) -> Response:
    """Return the settings in force as a response."""
    sandbox = sandbox_of(request)
    return json_response(views.state_view(sandbox.runtime, sandbox.now()))


async def fields(request: Request) -> dict[str, Any]:
    """Return the JSON object of the body. Raises UnusableEntry or HTTPException 415."""
    try:
        return json_object(await json_body(request.scope, request.receive))
    except Unusable:
        raise seed_additions.UnusableEntry("send one JSON object, of at most 1 MiB and with no key twice") from None


async def body(request: Request, kind: type[Body]) -> Body:
    """Return the JSON object of the body as a record. Raises UnusableEntry or HTTPException 415."""
    record: Body = seed_additions.converted(await fields(request), kind)
    return record


def integer_parameter(request: Request, name: str) -> int | None:
    """Return the integer of a query parameter, or None if it is missing. Raises UnusableEntry."""
    try:
        value = None if name not in request.query_params else number(request.query_params[name])
    except Unusable:
        raise seed_additions.UnusableEntry(f"{name}: write a whole number") from None
    if value is not None and not fits(value):
        raise seed_additions.UnusableEntry(f"{name}: is beyond 64 bits, as no id is")
    return value


def moment_parameter(request: Request, name: str) -> float:
    """Return the epoch seconds of a query parameter, or 0 if it is missing. Raises UnusableEntry."""
    try:
        return msgspec.json.decode(request.query_params.get(name, "0"), type=float)
    except (msgspec.DecodeError, UnicodeEncodeError):
        raise seed_additions.UnusableEntry(f"{name}: write a number of seconds, such as 1767225600.5") from None


def json_response(value: Any, status: int = 200) -> Response:
    """Return a JSON response."""
    return Response(msgspec.json.encode(value), status, media_type="application/json")


def single_page(look: Callable[[], Sequence[T]]) -> Iterator[Sequence[T]]:
    """Yield everything as a single page."""
    yield look()


async def listing(pages: Iterable[Sequence[Any]]) -> Response:
    """Return a JSON response with a list that may be long. Raises StoreTrouble."""
    return streamed(_pieces(await with_first_page(pages)), "application/json")


def _pieces(pages: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    comma = b'{"data":['
    for page in filter(None, pages):
        yield comma + b",".join(map(msgspec.json.encode, page))
        comma = b","
    yield b"]}" if comma == b"," else comma + b"]}"
