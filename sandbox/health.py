"""`/healthz`: whether the sandbox can do its work, which is whether its store answers."""

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.live import NAME
from sandbox.store import Store, StoreBusy


def health(store: Store) -> Route:
    """The route. It looks in a thread: a store that hangs must not keep the answer to others."""

    async def look(_: Request) -> Response:
        try:
            await run_in_threadpool(store.setting, NAME)
        except StoreBusy:
            return Response("the store does not answer\n", 503, media_type="text/plain")
        return Response("ok\n", media_type="text/plain")

    return Route("/healthz", look)
