"""The calls as steps: issue, read back, reconcile."""

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
from coupon_client.auth import Auth, Hidden
from coupon_client.contract import CERTAIN_REFUSALS, ISSUE_PATH, ISSUED_OR_IN_DOUBT, READ_BACK_PATH
from coupon_client.effects import Send, Steps, Wait
from coupon_client.errors import (
    AuthenticationFailed,
    CouponClientError,
    InvalidRequest,
    NotReadable,
    NotSent,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from coupon_client.exchange import LONGEST, NeverSent, Reply, Request
from coupon_client.issuance import Asked
from coupon_client.masking import masked
from coupon_client.reconcile import CannotTell, ReadBack, Reconciliation, WereIssued, compare, found_in
from coupon_client.refusals import BY_CODE
from coupon_client.result import Issued

LOG = logging.getLogger("coupon_client")
RETRIES = 2  # of requests that were never sent
BACK_OFF = 0.2  # seconds before the first retry, then four times as long, each with up to as much again at random
LONGEST_BACK_OFF = 30.0  # seconds
AGAIN = 5.0  # seconds until the second look that a verdict needs which is not "all were issued"
REQUEST_IDS = ("x-request-id", "x-cap-request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray")
QUIETLY = (KeyboardInterrupt, SystemExit, GeneratorExit)  # must end the program; they get a note instead

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, aware of its zone."""
    return datetime.now(UTC)


class Calls:
    """The rules of one client: where it calls, as whom, how often it tries what never left. No I/O of its own."""

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

    def issue(self, asked: Asked) -> Steps[Issued]:
        """`POST /v2/coupon/issue/multiple`, sent at most once."""
        headers = yield from self._headers({"Content-Type": "application/json"})
        send = Send(Request("POST", self.base_url + ISSUE_PATH, headers, request_body(asked)))
        try:
            return self._ended(asked, (yield from self._never_twice(send)))
        except CouponClientError:
            raise
        except QUIETLY as error:
            if not send.progress.nothing_left:
                error.add_note(str(OutcomeUnknown("interrupted while the request was under way", asked, self.clock())))
            raise
        except BaseException as error:
            if send.progress.nothing_left:
                raise
            raise self._logged(OutcomeUnknown(type(error).__name__, asked, self.clock())) from None

    def read_back(self, customer_id: int) -> Steps[ReadBack]:
        """`GET /v2/coupon?issuedToIds=…` (clause read-back-lists-issued)."""
        if type(customer_id) is not int:
            raise InvalidRequest("customer_id must be an integer, the id of a customer in an answer")
        headers = yield from self._headers({})
        query = (("issuedToIds", str(customer_id)),)
        reply = yield from self.retrying(Request("GET", self.base_url + READ_BACK_PATH, headers, None, query))
        if reply.status == response_reader.UNAUTHENTICATED:
            self.auth.forget()
            raise AuthenticationFailed(f"HTTP 401 from {READ_BACK_PATH}")
        return ReadBack(customer_id, found_in(reply), self.clock())

    def reconcile(
        self,
        unknown: OutcomeUnknown,
        before: ReadBack | None,
        customer_id: int | None,
        settle: float,
        generic: bool | None,
    ) -> Steps[Reconciliation]:
        """What became of a call, from what is there now and what was there before."""
        if not 0 <= settle <= LONGEST:
            raise InvalidRequest("settle is seconds from 0 to a day")
        said = (customer_id, None if before is None else before.customer_id, unknown.customer_id)
        numbers = {number for number in said if number is not None}
        if len(numbers) != 1:
            return CannotTell(f"{'no' if not numbers else 'more than one'} customer id to read back; see customer_id")
        yield Wait(settle if unknown.since is None else max(0.0, settle - (time.monotonic() - unknown.since)))
        try:
            return (yield from self._settled(unknown, before, numbers.pop(), min(settle, AGAIN), generic))
        except CouponClientError as error:
            return CannotTell(f"reading back failed: {error}")

    def _settled(
        self, unknown: OutcomeUnknown, before: ReadBack | None, number: int, pause: float, generic: bool | None
    ) -> Steps[Reconciliation]:
        """The verdict; unless all was issued, only when a second look after a pause shows the same."""
        first = compare(unknown, before, (yield from self.read_back(number)), generic)
        if isinstance(first, CannotTell) or (isinstance(first, WereIssued) and not first.missing):
            return first
        yield Wait(pause)
        second = compare(unknown, before, (yield from self.read_back(number)), generic)
        return second if second == first else CannotTell("the server is still at work on the call; try again later")

    def retrying(self, request: Request) -> Steps[Reply]:
        """Send a request that issues nothing. Raises NotReadable when no answer comes."""
        try:
            return (yield from self._never_twice(Send(request)))
        except NotSent as error:
            raise NotReadable(f"no answer from {request.url.removeprefix(self.base_url)}: {error}") from None
        except Exception as error:
            path = request.url.removeprefix(self.base_url)
            raise NotReadable(f"no answer from {path}: {type(error).__name__}") from None

    def _never_twice(self, send: Send) -> Steps[Reply]:
        """The reply; a request that never left is tried again, one that may have left is not. Raises NotSent."""
        attempt = 0
        while True:
            attempt += 1
            send.progress.nothing_left = False  # what the last attempt proved says nothing about this one
            try:
                return cast(Reply, (yield send))  # a Send is answered with a Reply
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

    def _ended(self, asked: Asked, reply: Reply) -> Issued:
        """Issued, or what the answer means, raised."""
        end = response_reader.end(asked.count, reply, self.refusals)
        request_id = next((reply.headers[name] for name in REQUEST_IDS if name in reply.headers), None)
        if isinstance(end, Issued):
            end.request_id = request_id
            LOG.info("issued %d of %d coupon(s) of series %d", len(end.codes), asked.count, asked.series_id)
            return end
        error = self._error(end, asked, reply)
        error.request_id = request_id
        raise self._logged(error)

    def _error(self, end: Any, asked: Asked, reply: Reply) -> CouponClientError:
        if isinstance(end, response_reader.Refusal):
            code = end.errors[0].code or 0
            return BY_CODE.get(code, Refused)(code, end.errors)
        if isinstance(end, response_reader.NotAuthenticated):
            self.auth.forget()
            return AuthenticationFailed("HTTP 401: the credentials are missing, wrong or expired")
        if isinstance(end, response_reader.Rejection):
            return Rejected(f"HTTP {end.status}: not processed, nothing was issued", end.status, end.retry_after)
        answer = masked(reply.body)
        named = (end.coupons, end.customer_id, end.errors, end.warnings)
        return OutcomeUnknown(end.reason, asked, self.clock(), reply.status, answer, *named)

    def _logged(self, error: CouponClientError) -> CouponClientError:
        level = logging.WARNING if isinstance(error, OutcomeUnknown) else logging.INFO
        LOG.log(level, "%s: %s", type(error).__name__, error)
        return error


def checked(base_url: str) -> str:
    """The base URL without a slash at its end. Raises ValueError, without repeating it: it may hold a password."""
    try:
        parts = urlsplit(base_url)
        usable = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0 and base_url.isascii()
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment or parts.username is not None or re.search(r"[\s?#@]", base_url):
        raise ValueError("base_url is scheme and host, perhaps with a path, for example https://eu.api.example.com")
    return base_url.rstrip("/")


def checked_codes(codes: Collection[int]) -> frozenset[int]:
    """Return the caller's refusal codes. Raises ValueError for what cannot be one (ledger certain-refusals)."""
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


def request_body(asked: Asked) -> bytes:
    """The body, with the names of the document."""
    from coupon_api.models import CustomerReference, IssuanceMetadata, IssuanceRequest  # here: see Issued.customer
    from coupon_api.types import UNSET

    given = {name: getattr(asked.customer, name) for name in ("mobile", "email", "external_id")}
    customer = CustomerReference(**{name: value for name, value in given.items() if value is not None})
    request = IssuanceRequest(asked.series_id, customer, asked.count)
    if asked.metadata is not None:
        values = {name: getattr(asked.metadata, name) for name in asked.metadata.__slots__}
        request.metadata = IssuanceMetadata(
            **{name: UNSET if value is None else value for name, value in values.items()}
        )
    return json.dumps(request.to_dict()).encode()
