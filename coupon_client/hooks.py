"""Events about requests and responses, for metrics and logs of your own. They hold no secret, code or identifier."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final, TypeVar

from coupon_client.value import Value

LOG = logging.getLogger("coupon_client")
E = TypeVar("E")


class RequestEvent(Value):
    """A request is about to be sent. `attempt` counts from 1; further ones follow only what never left."""

    __slots__ = __match_args__ = ("method", "path", "attempt")

    def __init__(self, method: str, path: str, attempt: int) -> None:
        self.method: Final = method
        self.path: Final = path
        self.attempt: Final = attempt


class ResponseEvent(Value):
    """A response came, or none did: then `status` is None, and `error` is the name of the exception's class.

    `seconds` is the time since the request's event, `request_id` the server's id of the request, if it sent one.
    """

    __slots__ = __match_args__ = ("method", "path", "attempt", "seconds", "status", "request_id", "error")

    def __init__(
        self,
        method: str,
        path: str,
        attempt: int,
        seconds: float,
        status: int | None = None,
        request_id: str | None = None,
        error: str | None = None,
    ) -> None:
        self.method: Final = method
        self.path: Final = path
        self.attempt: Final = attempt
        self.seconds: Final = seconds
        self.status: Final = status
        self.request_id: Final = request_id
        self.error: Final = error


RequestHook = Callable[[RequestEvent], object]
ResponseHook = Callable[[ResponseEvent], object]


def tell(hook: Callable[[E], object], event: E) -> None:
    """Call the hook. Exceptions are logged by class only: a hook must not change the outcome of a call."""
    try:
        hook(event)
    except Exception as error:
        LOG.warning("a hook raised %s", type(error).__name__)
