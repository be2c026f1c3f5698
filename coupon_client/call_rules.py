"""The rules of each call as steps without I/O: issue, read back, reconcile."""

from __future__ import annotations

import copy
import logging
import random
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, Self, cast

from coupon_client import response_reader
from coupon_client.arguments import checked_customer_id
from coupon_client.auth import Auth, checked_auth
from coupon_client.base_url import checked, server_of
from coupon_client.contract import CERTAIN_REFUSALS, ISSUE_PATH, PROCESSED, READ_BACK_PATH, UNAUTHENTICATED
from coupon_client.effects import Send, Steps, Wait
from coupon_client.errors import (
    AuthenticationFailed,
    CannotTell,
    CouponClientError,
    InvalidRequest,
    NotReadable,
    NotSent,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from coupon_client.exchange import NeverSent, Request, Response, Timeouts
from coupon_client.hooks import RequestEvent, RequestHook, ResponseEvent, ResponseHook, checked_hook, tell
from coupon_client.issuance import Issuance, request_body
from coupon_client.masking import masked
from coupon_client.options import (
    Attribution,
    CallOptions,
    checked_codes,
    checked_headers,
    checked_retries,
    checked_timeouts,
    merged,
)
from coupon_client.receipt import Outcome, Receipt, attach
from coupon_client.reconcile import ReadBack, Reconciliation, WereIssued, compare, found_in
from coupon_client.refusals import BY_CODE
from coupon_client.response_headers import retry_after, shown_request_id
from coupon_client.result import Issued
from coupon_client.texts import counted
from coupon_client.value import Hidden

LOG = logging.getLogger("coupon_client")
RETRIES = 2  # of requests that were never sent
BACK_OFF = 0.2  # seconds before the first retry, then four times as long, each with up to as much again at random
LONGEST_BACK_OFF = 30.0  # seconds
AGAIN = 5.0  # seconds until the second read-back, which every verdict but "all were issued" needs
JSON_BODY = {"Content-Type": "application/json"}
QUIETLY = (
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
)  # must end the program: they carry the outcome along
DEFAULT_TIMEOUTS = Timeouts()
NO_CUSTOMER = (
    "nothing says whose coupons to read back: call reconcile(unknown, customer_id=…) with the platform's id of the"
    " customer, as issued.customer_id of another call has it"
)
SEVERAL_CUSTOMERS = (
    "customer_id, before and the response name different customers: call reconcile with the before and the"
    " customer_id of this call's customer"
)

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, aware of its zone."""
    return datetime.now(UTC)


class Calls:
    """The rules of one client: base URL, credentials, limits, headers. No I/O.

    `retries` counts further attempts of requests that never left. A call ends within `timeouts.total`, whatever it does
    meanwhile: fetching a token, connecting, pausing, waiting for the response.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        agent: str,
        *,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: int = RETRIES,
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
        self.token_headers = checked_headers(headers, None)
        self.headers = checked_headers(headers, attribution)
        self.refusals = CERTAIN_REFUSALS | checked_codes(refusal_codes)
        self.on_request = checked_hook("on_request", on_request)
        self.on_response = checked_hook("on_response", on_response)
        self.clock = clock

    def with_options(self, options: CallOptions | None) -> Self:
        """Return the rules of one call: these, with its options in place of the client's settings."""
        if options is None:
            return self
        if not isinstance(options, CallOptions):
            raise InvalidRequest("options must be CallOptions, for example CallOptions(timeouts=Timeouts(total=10))")
        calls = copy.copy(self)
        calls.timeouts = options.timeouts or self.timeouts
        calls.retries = self.retries if options.retries is None else options.retries
        calls.headers = merged(self.headers, options.headers)
        return calls

    def issue(
        self,
        issuance: Issuance,
        record: Callable[[], Steps[float]] | None = None,
        receipt: Receipt | None = None,
    ) -> Steps[Issued]:
        """Send `POST /v2/coupon/issue/multiple`, and once more after a 401 that a new token may cure.

        A request whose answer is a 401 that names no coupon was not processed (row not-authenticated of
        spec/outcomes.toml). What may have been processed is never sent again. `record` are steps before each attempt;
        they return the latest time of the attempt's end, by `time.monotonic`. `receipt` is kept up to date.
        """
        receipt = receipt or Receipt()
        receipt.issuance = issuance
        unsigned = Request("POST", self.base_url + ISSUE_PATH, JSON_BODY, request_body(issuance))
        latest = self._latest()  # after the body, because the first one loads the models
        resent = False
        while True:
            headers = yield from self._headers(JSON_BODY, latest)
            send = Send(Request(unsigned.method, unsigned.url, headers, unsigned.body), self.timeouts)
            send.progress.nothing_left = True
            receipt.request, receipt.progress = send.request, send.progress
            try:
                response = yield from self._never_twice(send, latest, record)
                end = response_reader.end(issuance.count, response, self.refusals)
                if isinstance(end, response_reader.NotAuthenticated) and self.auth.forget(headers) and not resent:
                    receipt.progress, resent = None, True
                    continue
                outcome = receipt.outcome = self._outcome(end, issuance, response, send.request)
                _log(outcome, issuance)
                if isinstance(outcome, Issued):
                    return outcome
                raise outcome
            except CouponClientError as error:
                receipt.outcome = error
                raise
            except QUIETLY as error:
                self.attach(error, receipt)
                raise
            except BaseException as error:
                if send.progress.nothing_left:
                    raise
                raise self._interrupted(error, receipt) from None

    def attach(self, error: BaseException, receipt: Receipt) -> None:
        """Make the outcome of a call, as far as it is known, an attribute of an exception that interrupted it."""
        if isinstance(error, CouponClientError | GeneratorExit):
            return
        outcome = self._known(receipt)
        if outcome is not None:
            attach(error, outcome)

    def _known(self, receipt: Receipt) -> Outcome | None:
        """Return the outcome of a call as far as it is known; None if nothing was processed."""
        issuance, request, progress = receipt.issuance, receipt.request, receipt.progress
        if receipt.outcome is not None or issuance is None or request is None or progress is None:
            return receipt.outcome
        if progress.response is not None:
            end = response_reader.end(issuance.count, progress.response, self.refusals)
            return self._outcome(end, issuance, progress.response, request)
        if progress.nothing_left:
            return None
        return OutcomeUnknown("interrupted while the request was under way", issuance, self.clock())

    def _interrupted(self, error: BaseException, receipt: Receipt) -> CouponClientError:
        """Return the error in place of an exception that interrupted a call whose request may have been processed."""
        outcome, issuance = self._known(receipt), cast(Issuance, receipt.issuance)
        if isinstance(outcome, CouponClientError) and receipt.progress and receipt.progress.response:
            return outcome
        named: tuple[Any, ...] = ()
        reason = f"no response: {type(error).__name__}"
        if isinstance(outcome, Issued):
            reason = f"{type(error).__name__} after the response had come"
            problems = (outcome.errors, outcome.warnings, None, outcome.request_id)
            named = (PROCESSED, None, outcome.coupons, outcome.customer_id, *problems)
        unknown = OutcomeUnknown(reason, issuance, self.clock(), *named)
        _log(unknown, issuance)
        return unknown

    def read_back(self, customer_id: int | None) -> Steps[ReadBack]:
        """Send `GET /v2/coupon?issuedToIds=…` (clause read-back-lists-issued)."""
        number = checked_customer_id(customer_id)
        response = yield from self.get(READ_BACK_PATH, (("issuedToIds", str(number)),))
        return ReadBack(number, found_in(response), self.clock())

    def reconcile(
        self,
        unknown: OutcomeUnknown,
        before: ReadBack | None,
        customer_id: int | None,
        settle: float,
        generic: bool | None,
        exclusive: bool = False,
    ) -> Steps[Reconciliation]:
        """Determine the outcome of a call from the coupons listed now and those listed before it."""
        candidates = (customer_id, None if before is None else before.customer_id, unknown.customer_id)
        numbers = {number for number in candidates if number is not None}
        if len(numbers) != 1:
            return CannotTell(NO_CUSTOMER if not numbers else SEVERAL_CUSTOMERS)
        yield Wait(settle if unknown.since is None else max(0.0, settle - (time.monotonic() - unknown.since)))
        try:
            return (yield from self._settled(unknown, before, numbers.pop(), min(settle, AGAIN), generic, exclusive))
        except CouponClientError as error:
            return CannotTell(f"reading back failed: {error}")

    def _settled(
        self,
        unknown: OutcomeUnknown,
        before: ReadBack | None,
        number: int,
        pause: float,
        generic: bool | None,
        exclusive: bool,
    ) -> Steps[Reconciliation]:
        """Return the verdict. Unless all was issued, a second read-back after a pause must show the same."""
        first = compare(unknown, before, (yield from self.read_back(number)), generic, exclusive)
        if isinstance(first, CannotTell) or (isinstance(first, WereIssued) and not first.missing):
            return first
        yield Wait(pause)
        second = compare(unknown, before, (yield from self.read_back(number)), generic, exclusive)
        return second if second == first else CannotTell("the server is still at work on the call; try again later")

    def get(self, path: str, query: tuple[tuple[str, str], ...]) -> Steps[Response]:
        """Send a GET request. Raises NotReadable without a response, AuthenticationFailed for HTTP 401."""
        return (yield from self._harmless("GET", path, query, None, {}))

    def post(self, path: str, query: tuple[tuple[str, str], ...], body: bytes) -> Steps[Response]:
        """Send a POST request that issues nothing. Raises as `get` does."""
        return (yield from self._harmless("POST", path, query, body, JSON_BODY))

    def _harmless(
        self, method: str, path: str, query: tuple[tuple[str, str], ...], body: bytes | None, own: Mapping[str, str]
    ) -> Steps[Response]:
        """Send a request that issues nothing, and once more after a 401 if a new token can help."""
        latest = self._latest()
        for resent in (False, True):
            headers = yield from self._headers(own, latest)
            request = Request(method, self.base_url + path, headers, body, query)
            response = yield from self._retrying(request, latest)
            if response.status != UNAUTHENTICATED:
                return response
            if not self.auth.forget(headers) or resent:
                break
        number, errors = shown_request_id(request, response), response_reader.errors_of(response)
        raise AuthenticationFailed(f"HTTP 401 from {path}", number, response.status, errors)

    def _retrying(self, request: Request, latest: float) -> Steps[Response]:
        """Send a request that issues nothing. Raises NotReadable when no response comes."""
        path = request.url.removeprefix(self.base_url)
        try:
            response = yield from self._never_twice(Send(request, self.timeouts), latest)
        except NotSent as error:
            raise NotReadable(f"no response from {path}: {error}") from None
        except Exception as error:
            raise NotReadable(f"no response from {path}: {type(error).__name__}") from None
        if response.flaw:
            raise NotReadable(f"no complete answer from {path}: {response.flaw}")
        return response

    def _token_request(self, request: Request, latest: float) -> Steps[Response]:
        """Send the request for a token, with the client's headers and without those of the call."""
        headers = Hidden({"User-Agent": self.agent, **merged(self.token_headers, request.headers)})
        return (yield from self._retrying(Request(request.method, request.url, headers, request.body), latest))

    def _never_twice(
        self, send: Send, latest: float, record: Callable[[], Steps[float]] | None = None
    ) -> Steps[Response]:
        """Return the response. Only a request that never left is tried again, until `latest`. Raises NotSent."""
        attempt = 0
        while True:
            attempt += 1
            send.progress.latest = latest
            if record is not None:
                send.progress.nothing_left = True
                send.progress.latest = min(latest, (yield from record()))
            if time.monotonic() >= send.progress.latest:
                send.progress.nothing_left = True
                raise NotSent(f"never sent: no time was left of {self.timeouts.total:g} s in total") from None
            try:
                return (yield from self._attempt(send, attempt))
            except NeverSent as error:
                send.progress.nothing_left = True
                reason = str(error)
            pause = min(BACK_OFF * 4 ** (attempt - 1), LONGEST_BACK_OFF)
            pause *= 1 + random.random()  # noqa: S311 - spreads callers, hides nothing
            if attempt > self.retries or pause >= latest - time.monotonic():
                raise NotSent(f"never sent to {self.server}, after {counted(attempt, 'attempt')}: {reason}") from None
            LOG.debug("never sent: %s; trying again", reason)
            yield Wait(pause)

    def _attempt(self, send: Send, attempt: int) -> Steps[Response]:
        """Send the request once, and tell the hooks."""
        method, path = send.request.method, send.request.url.removeprefix(self.base_url)
        if self.on_request is not None:
            tell(self.on_request, RequestEvent(method, path, attempt))
        send.progress.nothing_left = False  # the last attempt proves nothing about this one
        if self.on_response is None:
            return cast(Response, (yield send))  # a driver answers a Send with a Response
        event = partial(ResponseEvent, method, path, attempt)
        start = time.monotonic()
        try:
            response = cast(Response, (yield send))
        except Exception as error:
            tell(self.on_response, event(time.monotonic() - start, error=type(error).__name__))
            raise
        number = shown_request_id(send.request, response)
        tell(self.on_response, event(time.monotonic() - start, response.status, number, headers=response.headers))
        return response

    def _latest(self) -> float:
        return time.monotonic() + self.timeouts.total

    def _headers(self, own: Mapping[str, str], latest: float) -> Steps[Mapping[str, str]]:
        signed = yield from self.auth.headers(self.base_url, partial(self._token_request, latest=latest), latest)
        return Hidden({"Accept": "application/json", "User-Agent": self.agent, **self.headers, **own, **signed})

    def _outcome(self, end: Any, issuance: Issuance, response: Response, request: Request) -> Outcome:
        """Return the issued coupons, or the exception for any other response."""
        number = shown_request_id(request, response)
        if isinstance(end, Issued):
            end.request_id = number
            return end
        if isinstance(end, response_reader.Refusal):
            code = end.errors[0].code or 0
            return BY_CODE.get(code, Refused)(code, end.errors, number, end.warnings)
        if isinstance(end, response_reader.NotAuthenticated):
            text = "HTTP 401: the credentials are missing, wrong or expired"
            return AuthenticationFailed(text, number, response.status, end.errors)
        after = retry_after(response.headers, self.clock())
        if isinstance(end, response_reader.Rejection):
            text = f"HTTP {end.status}: not processed, nothing was issued"
            return Rejected(text, end.status, after, number, end.errors)
        answer = masked(response.body)
        named = (end.coupons, end.customer_id, end.errors, end.warnings)
        return OutcomeUnknown(end.reason, issuance, self.clock(), response.status, answer, *named, after, number)


def _log(outcome: Outcome, issuance: Issuance) -> None:
    if isinstance(outcome, Issued):
        text = "issued %d of %s of series %d (request id %s)"
        LOG.info(text, len(outcome.codes), counted(issuance.count), issuance.series_id, outcome.request_id)
        return
    level = logging.WARNING if isinstance(outcome, OutcomeUnknown) else logging.INFO
    LOG.log(level, "%s: %s", type(outcome).__name__, outcome)
