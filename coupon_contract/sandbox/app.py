"""The ASGI application: assembles the parts of one sandbox."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.routing import Route

from coupon_contract import spec
from coupon_contract.sandbox import endpoints, error_handlers
from coupon_contract.sandbox.admin.access import Access
from coupon_contract.sandbox.context import Clock, Sandbox
from coupon_contract.sandbox.fast_path import FastPathApp
from coupon_contract.sandbox.hazards import NONE, Hazards
from coupon_contract.sandbox.middleware import surround
from coupon_contract.sandbox.runtime_settings import RuntimeSettings, Settings
from coupon_contract.sandbox.seed import Seed, load_seed
from coupon_contract.sandbox.seeding import seed_store
from coupon_contract.sandbox.store import MEMORY, Survives, described, open_store


def create_app(
    seed: Seed | None = None,
    database: str = MEMORY,
    clock: Clock = time.time,
    behaviour: str | None = None,
    survives: Survives = "power-cut",
    hazards: Hazards = NONE,
    access: Access = Access(),  # noqa: B008 - frozen
) -> Starlette:
    """Return the sandbox as an ASGI application, on a database (see `open_store`) that is seeded if it is new.

    `clock` returns epoch seconds; `behaviour` names a fault or variant of sandbox/faults; `survives` says which
    failures committed coupons survive; `hazards` are failures on purpose; `access` says who may see and control it.

    Raises SeedError, StoreError or UnknownBehaviour.
    """
    runtime = RuntimeSettings(Settings(behaviour=behaviour, hazards=hazards), shared=database != MEMORY)
    store = open_store(database, runtime.transaction, survives)
    sandbox = Sandbox(seed or load_seed(), store, clock, runtime, described(database))
    seeded_otherwise = seed_store(sandbox.store, sandbox.seed)
    runtime.opened(sandbox.store)
    app = FastPathApp(
        routes=[
            Route(spec.ISSUE_PATH, endpoints.issuing, methods=["POST"]),
            Route(spec.TOKEN_PATH, endpoints.generate_token, methods=["POST"]),
            Route(spec.READ_BACK_PATH, endpoints.read_back, methods=["GET"]),
            Route(spec.CUSTOMER_COUPONS_PATH, endpoints.customer_coupons, methods=["GET"]),
            Route(spec.REVOKE_PATH, endpoints.revoke, methods=["POST"]),
        ],
        exception_handlers=dict(error_handlers.HANDLERS),
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # a redirected POST may be sent twice
    app.state.sandbox, app.state.seeded_otherwise = sandbox, seeded_otherwise
    surround(app, sandbox, access)
    return app


@asynccontextmanager
async def lifespan(app: Starlette) -> AsyncIterator[None]:
    """Run the background tasks, and close the store when the server stops."""
    background = [asyncio.create_task(run()) for run in app.state.background]
    yield
    for task in background:
        task.cancel()
    app.state.sandbox.store.close()
