"""Long responses: read page by page in threads, so that other requests are served meanwhile."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import TypeVar

from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.responses import Response, StreamingResponse

Page = TypeVar("Page")


async def with_first_page(pages: Iterable[Page]) -> Iterator[Page]:
    """Return the same pages with the first one already read: until data is sent, a failure can become an error
    response.
    """
    rest = iter(pages)
    first = await run_in_threadpool(lambda: list(islice(rest, 1)))
    return chain(first, rest)


def streamed(pieces: Iterable[bytes], media_type: str) -> Response:
    """Return a response in pieces."""
    return StreamingResponse(iterate_in_threadpool(pieces), media_type=media_type)
