"""Events about requests and responses, for metrics and logs of your own.

They hold no secret, code or identifier, except in the headers and the body of a response, which representations hide.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

from coupon_client.arguments import does_its_work
from coupon_client.base_errors import InvalidRequest
from coupon_client.value import Hidden, Value

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
    `headers` and `body` are those of the response, names of headers in lower case, and the body decompressed; both are
    empty without a response. They hold what the server sends: codes and the customer.
    """

    __slots__ = __match_args__ = (
        *("method", "path", "attempt", "seconds", "status", "request_id", "error", "headers", "body"),
    )
    hidden = ("headers", "body")

    def __init__(
        self,
        method: str,
        path: str,
        attempt: int,
        seconds: float,
        status: int | None = None,
        request_id: str | None = None,
        error: str | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        self.method: Final = method
        self.path: Final = path
        self.attempt: Final = attempt
        self.seconds: Final = seconds
        self.status: Final = status
        self.request_id: Final = request_id
        self.error: Final = error
        self.headers: Final[Mapping[str, str]] = Hidden({name.lower(): text for name, text in (headers or {}).items()})
        self.body: Final = body

    def __hash__(self) -> int:  # a mapping has no hash
        return hash((type(self), self._values()[:-2], self.body))

    def __str__(self) -> str:
        end = f"HTTP {self.status}" if self.error is None else f"no response, {self.error}"
        number = "" if self.request_id is None else f" (request id {self.request_id})"
        return f"{self.method} {self.path}, attempt {self.attempt}: {end} after {self.seconds:.3f} s{number}"


RequestHook = Callable[[RequestEvent], object]
ResponseHook = Callable[[ResponseEvent], object]


def checked_hook(name: str, hook: Callable[[E], object] | None) -> Callable[[E], object] | None:
    """Return the hook of this name. Raises InvalidRequest unless calling it does its work: a coroutine or a generator
    would never run.
    """
    if hook is None:
        return None
    if not does_its_work(hook):
        raise InvalidRequest(f"{name} must be a plain function, not an async one or a generator: nobody awaits it")
    if not callable(hook):
        raise InvalidRequest(f"{name} must be a function that takes the event, for example events.append")
    return hook


def both(first: Callable[[E], object] | None, second: Callable[[E], object] | None) -> Callable[[E], object] | None:
    """Return a hook that calls two hooks, each whatever the other does; None without any."""
    if first is None or second is None:
        return second if first is None else first

    def hook(event: E) -> None:
        tell(first, event)
        tell(second, event)

    return hook


def tell(hook: Callable[[E], object], event: E) -> None:
    """Call the hook. Exceptions are logged by class only: a hook must not change the outcome of a call."""
    try:
        hook(event)
    except Exception as error:
        LOG.warning("a hook raised %s", type(error).__name__)
