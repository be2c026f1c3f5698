"""`/healthz`: checks that the store responds, and that it accepts writes again after one failed."""

import time
from functools import partial

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from coupon_contract.sandbox.runtime_settings import NAME
from coupon_contract.sandbox.store import Store, StoreTrouble, Transaction

TRIED = "tried"  # a setting that is written to test writes


def health(store: Store) -> Route:
    """Return the route. It checks in a thread, because a hanging store must not delay other responses."""

    async def look(_: Request) -> Response:
        try:
            await run_in_threadpool(store.setting, NAME)
            if store.write_failed:
                await store.write(partial(Transaction.set_setting, name=TRIED, value=time.time()))
                store.write_failed = False
        except StoreTrouble:
            return Response("the store does not answer, or takes no writes\n", 503, media_type="text/plain")
        return Response("ok\n", media_type="text/plain")

    return Route("/healthz", look)
