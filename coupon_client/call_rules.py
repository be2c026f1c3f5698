"""The rules of each call as steps without I/O: issue, read back, reconcile."""

from __future__ import annotations

import json
import logging
import random
import re
import time
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any, cast
from urllib.parse import urlsplit

from coupon_client import response_reader
from coupon_client.auth import Auth
from coupon_client.contract import CERTAIN_REFUSALS, ISSUE_PATH, ISSUED_OR_IN_DOUBT, READ_BACK_PATH, UNAUTHENTICATED
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
from coupon_client.exchange import LONGEST, NeverSent, Request, Response
from coupon_client.issuance import Issuance
from coupon_client.masking import masked
from coupon_client.reconcile import ReadBack, Reconciliation, WereIssued, compare, found_in
from coupon_client.refusals import BY_CODE
from coupon_client.result import Issued
from coupon_client.value import Hidden

LOG = logging.getLogger("coupon_client")
RETRIES = 2  # of requests that were never sent
BACK_OFF = 0.2  # seconds before the first retry, then four times as long, each with up to as much again at random
LONGEST_BACK_OFF = 30.0  # seconds
AGAIN = 5.0  # seconds until the second read-back, which every verdict but "all were issued" needs
REQUEST_IDS = (
    "x-cap-request-id",
    "x-cap-requestid",
    "x-request-id",
    "x-correlation-id",
    "x-amzn-requestid",
    "cf-ray",
)
REQUEST_ID = r"[\w.:=/+-]{1,128}"  # a longer or other text might break a log line
QUIETLY = (
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
)  # must end the program: they only get a note

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the current time, aware of its zone."""
    return datetime.now(UTC)


class Calls:
    """The rules of one client: base URL, credentials, number of retries for requests that never left. No I/O."""

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        agent: str,
        retries: int = RETRIES,
        refusal_codes: Collection[int] = (),
        clock: Clock = utc_now,
    ) -> None:
        if type(retries) is not int or retries < 0:
            raise ValueError("retries is a number from 0 on; only requests that never left are sent again")
        self.base_url = checked(base_url)
        self.auth = auth
        self.agent = agent
        self.retries = retries
        self.refusals = CERTAIN_REFUSALS | checked_codes(refusal_codes)
        self.clock = clock

    def issue(self, issuance: Issuance, record: Callable[[], Steps[float]] | None = None) -> Steps[Issued]:
        """Send `POST /v2/coupon/issue/multiple` at most once.

        `record` are steps before each attempt; they return the latest time of the attempt's end, by `time.monotonic`.
        """
        headers = yield from self._headers({"Content-Type": "application/json"})
        send = Send(Request("POST", self.base_url + ISSUE_PATH, headers, request_body(issuance)))
        try:
            return self._ended(issuance, (yield from self._never_twice(send, record)))
        except CouponClientError:
            raise
        except QUIETLY as error:
            if not send.progress.nothing_left:
                error.add_note(
                    str(OutcomeUnknown("interrupted while the request was under way", issuance, self.clock()))
                )
            raise
        except BaseException as error:
            if send.progress.nothing_left:
                raise
            raise self._logged(OutcomeUnknown(type(error).__name__, issuance, self.clock())) from None

    def read_back(self, customer_id: int) -> Steps[ReadBack]:
        """Send `GET /v2/coupon?issuedToIds=…` (clause read-back-lists-issued)."""
        if type(customer_id) is not int:
            raise InvalidRequest("customer_id must be an integer, the id of a customer in an answer")
        response = yield from self.get(READ_BACK_PATH, (("issuedToIds", str(customer_id)),))
        return ReadBack(customer_id, found_in(response), self.clock())

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
        if not 0 <= settle <= LONGEST:
            raise InvalidRequest("settle is seconds from 0 to a day")
        candidates = (customer_id, None if before is None else before.customer_id, unknown.customer_id)
        numbers = {number for number in candidates if number is not None}
        if len(numbers) != 1:
            return CannotTell(f"{'no' if not numbers else 'more than one'} customer id to read back; see customer_id")
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

    def retrying(self, request: Request) -> Steps[Response]:
        """Send a request that issues nothing. Raises NotReadable when no response comes."""
        path = request.url.removeprefix(self.base_url)
        try:
            response = yield from self._never_twice(Send(request))
        except NotSent as error:
            raise NotReadable(f"no answer from {path}: {error}") from None
        except Exception as error:
            raise NotReadable(f"no answer from {path}: {type(error).__name__}") from None
        if response.flaw:
            raise NotReadable(f"no complete answer from {path}: {response.flaw}")
        return response

    def get(self, path: str, query: tuple[tuple[str, str], ...]) -> Steps[Response]:
        """Send a GET request. Raises NotReadable without a response, AuthenticationFailed for HTTP 401."""
        headers = yield from self._headers({})
        response = yield from self.retrying(Request("GET", self.base_url + path, headers, None, query))
        if response.status == UNAUTHENTICATED:
            self.auth.forget()
            raise AuthenticationFailed(f"HTTP 401 from {path}")
        return response

    def post(self, path: str, query: tuple[tuple[str, str], ...], body: bytes) -> Steps[Response]:
        """Send a POST request that issues nothing. Raises as `get` does."""
        headers = yield from self._headers({"Content-Type": "application/json"})
        response = yield from self.retrying(Request("POST", self.base_url + path, headers, body, query))
        if response.status == UNAUTHENTICATED:
            self.auth.forget()
            raise AuthenticationFailed(f"HTTP 401 from {path}")
        return response

    def _never_twice(self, send: Send, record: Callable[[], Steps[float]] | None = None) -> Steps[Response]:
        """Return the response. Only a request that never left is tried again. Raises NotSent."""
        attempt = 0
        while True:
            attempt += 1
            if record is not None:
                send.progress.nothing_left = True
                send.progress.latest = yield from record()
            send.progress.nothing_left = False  # the last attempt proves nothing about this one
            try:
                return cast(Response, (yield send))  # a driver answers a Send with a Response
            except NeverSent as error:
                send.progress.nothing_left = True
                if attempt > self.retries:
                    raise NotSent(f"never sent, after {attempt} attempt(s): {error}") from None
                LOG.debug("never sent: %s; trying again", error)
            pause = min(BACK_OFF * 4 ** (attempt - 1), LONGEST_BACK_OFF)
            yield Wait(pause * (1 + random.random()))  # noqa: S311 - spreads callers, hides nothing

    def _headers(self, own: Mapping[str, str]) -> Steps[Mapping[str, str]]:
        signed = yield from self.auth.headers(self.base_url, self.retrying)
        return Hidden({"Accept": "application/json", "User-Agent": self.agent, **own, **signed})

    def _ended(self, issuance: Issuance, response: Response) -> Issued:
        """Return the issued coupons, or raise the exception for any other response."""
        end = response_reader.end(issuance.count, response, self.refusals)
        if isinstance(end, Issued):
            end.request_id = request_id(response.headers, (*identifiers(issuance), *end.codes))
            LOG.info(
                "issued %d of %d coupon(s) of series %d (request id %s)",
                len(end.codes),
                issuance.count,
                issuance.series_id,
                end.request_id,
            )
            return end
        raise self._logged(self._error(end, issuance, response))

    def _error(self, end: Any, issuance: Issuance, response: Response) -> CouponClientError:
        named_codes = (coupon.code for coupon in getattr(end, "coupons", ()))
        number = request_id(response.headers, (*identifiers(issuance), *named_codes))
        if isinstance(end, response_reader.Refusal):
            code = end.errors[0].code or 0
            return BY_CODE.get(code, Refused)(code, end.errors, number)
        if isinstance(end, response_reader.NotAuthenticated):
            self.auth.forget()
            return AuthenticationFailed("HTTP 401: the credentials are missing, wrong or expired", number)
        after = retry_after(response.headers, self.clock())
        if isinstance(end, response_reader.Rejection):
            return Rejected(f"HTTP {end.status}: not processed, nothing was issued", end.status, after, number)
        answer = masked(response.body)
        named = (end.coupons, end.customer_id, end.errors, end.warnings)
        return OutcomeUnknown(end.reason, issuance, self.clock(), response.status, answer, *named, after, number)

    def _logged(self, error: CouponClientError) -> CouponClientError:
        level = logging.WARNING if isinstance(error, OutcomeUnknown) else logging.INFO
        LOG.log(level, "%s: %s", type(error).__name__, error)
        return error


def identifiers(issuance: Issuance) -> list[str]:
    """Return the identifiers of the customer."""
    values = (getattr(issuance.customer, name) for name in issuance.customer.__slots__)
    return [value for value in values if value is not None]


def request_id(headers: Mapping[str, str], secrets: Collection[str]) -> str | None:
    """Return the server's id of the request, or None: it is shown, so it must not hold an identifier or a code."""
    for name in REQUEST_IDS:
        value = headers.get(name, "").strip()
        if re.fullmatch(REQUEST_ID, value, re.ASCII):
            return None if any(len(secret) > 3 and secret in value for secret in secrets) else value
    return None


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return Retry-After in seconds, from a number or a date; None for anything else, or more than a day."""
    text = headers.get("retry-after", "").strip()
    if re.fullmatch("[0-9]{1,9}", text):
        seconds = float(text)
    else:
        from email.utils import parsedate_to_datetime  # here: few responses have a date

        try:
            seconds = max(0.0, (parsedate_to_datetime(text) - now).total_seconds())
        except (ValueError, TypeError, IndexError, OverflowError):  # TypeError: a date without a zone
            return None
    return seconds if seconds <= LONGEST else None


def checked(base_url: str) -> str:
    """Return the base URL without a slash at its end. Raises ValueError without the URL, which may hold a password."""
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0 and base_url.isascii()
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username is not None or re.search(r"[\s?#@]", base_url):
        raise ValueError("base_url is scheme and host, perhaps with a path, for example https://eu.api.example.com")
    return base_url.rstrip("/")


def checked_codes(codes: Collection[int]) -> frozenset[int]:
    """Return the caller's refusal codes. Raises ValueError for a code that cannot be a refusal (ledger
    certain-refusals).
    """
    if not isinstance(codes, Set | Sequence) or isinstance(codes, str | bytes | bytearray | memoryview):
        raise ValueError("refusal_codes must be a set of integers, for example refusal_codes={740}")
    for code in codes:
        if not isinstance(code, int) or isinstance(code, bool) or code < 1:  # 0 stands for "no code" in many servers
            raise ValueError(f"refusal_codes must hold positive integers, not {code!r}")
        if code in ISSUED_OR_IN_DOUBT:
            raise ValueError(
                f"refusal_codes must not hold {code}: its documentation says that coupons were or may have been issued"
            )
    return frozenset(map(int, codes))


def request_body(issuance: Issuance) -> bytes:
    """Return the JSON body, with the names of the document."""
    from coupon_api.models import CustomerReference, IssuanceMetadata, IssuanceRequest  # here: see Issued.customer
    from coupon_api.types import UNSET

    given = {name: getattr(issuance.customer, name) for name in issuance.customer.__slots__}
    customer = CustomerReference(**{name: value for name, value in given.items() if value is not None})
    request = IssuanceRequest(issuance.series_id, customer, issuance.count)
    if issuance.metadata is not None:
        values = {name: getattr(issuance.metadata, name) for name in issuance.metadata.__slots__}
        request.metadata = IssuanceMetadata(
            **{name: UNSET if value is None else value for name, value in values.items()}
        )
    return json.dumps(request.to_dict()).encode()
