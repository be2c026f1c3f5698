"""Sends the requests of a client by its settings: signs them, retries what never left, tells hooks. No I/O."""

from __future__ import annotations

import copy
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Self, TypeVar, cast

from coupon_client import response_reader
from coupon_client.auth import Auth, checked_auth
from coupon_client.base_url import checked, server_of
from coupon_client.contract import CERTAIN_REFUSALS, UNAUTHENTICATED
from coupon_client.effects import Send, Steps, Wait
from coupon_client.error_response import ErrorResponse
from coupon_client.errors import AuthenticationFailed, InvalidRequest, NotReadable, NotSent
from coupon_client.exchange import NeverSent, Request, Response, Timeouts
from coupon_client.hooks import RequestEvent, RequestHook, ResponseEvent, ResponseHook, both, checked_hook, tell
from coupon_client.options import (
    Attribution,
    CallOptions,
    checked_codes,
    checked_headers,
    checked_retries,
    checked_timeouts,
    merged,
)
from coupon_client.response_headers import retry_after, shown_request_id
from coupon_client.texts import counted
from coupon_client.value import Hidden

LOG = logging.getLogger("coupon_client")
RETRIES = 2  # of requests that were never sent
RATE_LIMITED = 429  # HTTP status: the request was not run (ledger rate-limit)
BACK_OFF = 0.2  # seconds before the first retry, then four times as long, each with up to as much again at random
LONGEST_BACK_OFF = 30.0  # seconds
JSON_BODY = {"Content-Type": "application/json"}
DEFAULT_TIMEOUTS = Timeouts()

Clock = Callable[[], datetime]
Query = tuple[tuple[str, str], ...]
T = TypeVar("T")


def utc_now() -> datetime:
    """Return the current time, aware of its zone."""
    return datetime.now(UTC)


def _spread() -> float:
    """Return a number from 0 to 1, so that callers that were told the same do not return together."""
    return random.random()  # noqa: S311 - hides nothing


def _back_off(attempt: int) -> float:
    """Return the seconds to wait after the attempt of this number, counted from 1."""
    exponent = min(attempt - 1, 10)  # beyond the longest pause; a power of hundreds has no float
    return min(BACK_OFF * 4.0**exponent, LONGEST_BACK_OFF) * (1 + _spread())


class Sender:
    """The settings of one client: base URL, credentials, limits, headers, hooks. No I/O.

    `retries` counts further attempts of requests that never left, `rate_limit_retries` those after an HTTP 429. A call
    ends within `timeouts.total`, whatever it does meanwhile: fetching a token, connecting, pausing, waiting for the
    response.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        agent: str,
        *,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: int = RETRIES,
        rate_limit_retries: int = 0,
        headers: Mapping[str, str] | None = None,
        attribution: Attribution | None = None,
        refusal_codes: Collection[int] = (),
        allow_http: bool = False,
        on_request: RequestHook | None = None,
        on_response: ResponseHook | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self.base_url = checked(base_url, allow_http)
        self.server = server_of(self.base_url)
        self.auth = checked_auth(auth)
        self.agent = agent
        self.timeouts = checked_timeouts(timeouts)
        self.retries = checked_retries(retries)
        self.rate_limit_retries = checked_retries(rate_limit_retries, "rate_limit_retries")
        self.token_headers = checked_headers(headers, None)
        self.headers = checked_headers(headers, attribution)
        self.refusals = CERTAIN_REFUSALS | checked_codes(refusal_codes)
        self.on_request = checked_hook("on_request", on_request)
        self.on_response = checked_hook("on_response", on_response)
        self.clock = clock

    def with_options(self, options: CallOptions | None) -> Self:
        """Return the rules of one call: these, with its options in place of the client's settings, and its hooks."""
        if options is None:
            return self
        if not isinstance(options, CallOptions):
            raise InvalidRequest("options must be CallOptions, for example CallOptions(timeouts=Timeouts(total=10))")
        calls = copy.copy(self)
        calls.timeouts = options.timeouts or self.timeouts
        calls.retries = self.retries if options.retries is None else options.retries
        if options.rate_limit_retries is not None:
            calls.rate_limit_retries = options.rate_limit_retries
        calls.headers = merged(self.headers, options.headers)
        calls.on_request = both(self.on_request, options.on_request)
        calls.on_response = both(self.on_response, options.on_response)
        return calls

    def get(self, path: str, query: Query, read: Callable[[Response], T]) -> Steps[T]:
        """Send a GET request, and return what `read` makes of the response.

        Raises NotReadable without a response and as `read` does, AuthenticationFailed for HTTP 401.
        """
        return (yield from self._harmless("GET", path, query, None, {}, read))

    def post(self, path: str, query: Query, body: bytes, read: Callable[[Response], T]) -> Steps[T]:
        """Send a POST request that issues nothing. Returns and raises as `get` does."""
        return (yield from self._harmless("POST", path, query, body, JSON_BODY, read))

    def _harmless(
        self,
        method: str,
        path: str,
        query: Query,
        body: bytes | None,
        own: Mapping[str, str],
        read: Callable[[Response], T],
    ) -> Steps[T]:
        """Send a request that issues nothing, and once more after a 401 if a new token can help."""
        latest = self._latest()
        for resent in (False, True):
            headers = yield from self._headers(own, latest)
            request = Request(method, self.base_url + path, headers, body, query)
            response = yield from self._retrying(request, latest)
            if response.status != UNAUTHENTICATED or not self.auth.forget(headers) or resent:
                break
        number = shown_request_id(request, response)
        if response.status == UNAUTHENTICATED:
            errors = response_reader.errors_of(response)
            raw = ErrorResponse.bounded(response)
            raise AuthenticationFailed(f"HTTP 401 from {path}", number, response.status, errors, raw)
        try:
            if response.flaw:
                raise NotReadable(f"no complete answer from {path}: {response.flaw}")
            return read(response)
        except NotReadable as error:
            text, _, errors, warnings, *_ = error.args
            after = retry_after(response.headers, self.clock())
            raw = ErrorResponse.bounded(response)
            raise NotReadable(text, number, errors, warnings, response.status, after, raw) from None

    def _retrying(self, request: Request, latest: float) -> Steps[Response]:
        """Send a request that issues nothing. Raises NotReadable when no response comes."""
        path = request.url.removeprefix(self.base_url)
        try:
            response = yield from self._never_twice(Send(request, self.timeouts), latest)
        except NotSent as error:
            raise NotReadable(f"no response from {path}: {error}") from None
        except Exception as error:
            raise NotReadable(f"no response from {path}: {type(error).__name__}") from None
        return response

    def _token_request(self, request: Request, latest: float) -> Steps[Response]:
        """Send the request for a token, with the client's headers and without those of the call."""
        headers = Hidden({"User-Agent": self.agent, **merged(self.token_headers, request.headers)})
        response = yield from self._retrying(Request(request.method, request.url, headers, request.body), latest)
        if response.flaw:
            raise NotReadable(f"no complete answer: {response.flaw}")
        return response

    def _never_twice(
        self,
        send: Send,
        latest: float,
        record: Callable[[], Steps[float]] | None = None,
        is_not_run: Callable[[Response], bool] = lambda _: True,
    ) -> Steps[Response]:
        """Return the response. Raises NotSent.

        Tried again until `latest` are a request that never left, and, `rate_limit_retries` times, one whose response is
        an HTTP 429 that proves by `is_not_run` that the request was not run.
        """
        attempt = limited = 0
        response: Response | None = None  # the last 429
        while True:
            attempt += 1
            send.progress.latest = latest
            if record is not None:
                send.progress.nothing_left = True
                send.progress.latest = min(latest, (yield from record()))
            if time.monotonic() >= send.progress.latest:
                send.progress.nothing_left = True
                if response is not None:
                    return response
                raise NotSent(f"never sent: no time was left of {self.timeouts.total:g} s in total") from None
            try:
                response = yield from self._attempt(send, attempt)
            except NeverSent as error:
                send.progress.nothing_left = True
                pause = _back_off(attempt - limited)
                if attempt - limited > self.retries or pause >= latest - time.monotonic():
                    if response is not None:
                        return response
                    tries = counted(attempt, "attempt")
                    raise NotSent(f"never sent to {self.server}, after {tries}: {error}") from None
                yield Wait(pause)
                continue
            limited += 1
            if response.status != RATE_LIMITED or limited > self.rate_limit_retries or not is_not_run(response):
                return response
            asked = retry_after(response.headers, self.clock())
            pause = _back_off(limited) if asked is None else asked + BACK_OFF * _spread()
            if pause >= latest - time.monotonic():
                return response
            send.progress.nothing_left = True  # nothing that may be processed is under way, and so in the pause
            yield Wait(pause)
            send.progress.response = None  # before the next attempt: the last response says nothing about it

    def _attempt(self, send: Send, attempt: int) -> Steps[Response]:
        """Send the request once, and tell the hooks."""
        method, path = send.request.method, send.request.url.removeprefix(self.base_url)
        if self.on_request is not None:
            tell(self.on_request, RequestEvent(method, path, attempt))
        send.progress.nothing_left = False  # the last attempt proves nothing about this one
        if self.on_response is None and not LOG.isEnabledFor(logging.DEBUG):
            return cast(Response, (yield send))  # a driver answers a Send with a Response
        event = partial(ResponseEvent, method, path, attempt)
        start = time.monotonic()
        try:
            response = cast(Response, (yield send))
        except Exception as error:
            self._told(event(time.monotonic() - start, error=type(error).__name__))
            raise
        number = shown_request_id(send.request, response)
        seconds = time.monotonic() - start
        self._told(event(seconds, response.status, number, None, response.headers, response.body))
        return response

    def _told(self, event: ResponseEvent) -> None:
        LOG.debug("%s", event)
        if self.on_response is not None:
            tell(self.on_response, event)

    def _latest(self) -> float:
        return time.monotonic() + self.timeouts.total

    def _headers(self, own: Mapping[str, str], latest: float) -> Steps[Mapping[str, str]]:
        signed = yield from self.auth.headers(self.base_url, partial(self._token_request, latest=latest), latest)
        return Hidden({"Accept": "application/json", "User-Agent": self.agent, **self.headers, **own, **signed})
