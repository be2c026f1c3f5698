"""The calls as steps: issue, read back, reconcile."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, cast

from coupon_client import reading
from coupon_client.asked import Asked
from coupon_client.auth import Auth
from coupon_client.contract import ISSUE_PATH, READ_BACK_PATH
from coupon_client.errors import (
    AuthenticationFailed,
    CouponClientError,
    InvalidRequest,
    NotSent,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from coupon_client.exchange import Reply, Request
from coupon_client.issued import Issued
from coupon_client.masking import masked
from coupon_client.reconciling import CannotTell, ReadBack, Reconciliation, compare, found_in
from coupon_client.refusals import BY_CODE
from coupon_client.steps import Send, Steps, Wait

LOG = logging.getLogger("coupon_client")
RETRIES = 2  # of requests that were never sent
BACK_OFF = 0.2  # seconds before the first retry, then four times as long, each with up to as much again at random
REQUEST_IDS = ("x-request-id", "x-cap-request-id", "x-correlation-id", "x-amzn-requestid", "cf-ray")
QUIETLY = (KeyboardInterrupt, SystemExit, GeneratorExit)  # must end the program; they get a note instead

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Now, aware of its zone."""
    return datetime.now(UTC)


class Calls:
    """The rules of one client: where it calls, as whom, how often it tries what never left. No I/O of its own."""

    def __init__(self, base_url: str, auth: Auth, agent: str, retries: int = RETRIES, clock: Clock = utc_now) -> None:
        if not base_url.startswith(("https://", "http://")):
            raise ValueError("base_url starts with https://, for example https://eu.api.example.com")
        if retries < 0:
            raise ValueError("retries is 0 or more; only requests that never left are sent again")
        self.base_url = base_url.rstrip("/")
        self.auth = auth
        self.agent = agent
        self.retries = retries
        self.clock = clock

    def issue(self, asked: Asked) -> Steps[Issued]:
        """`POST /v2/coupon/issue/multiple`, sent at most once."""
        own = {"Content-Type": "application/json", "Connection": "close"}
        headers = yield from self._headers(own)
        send = Send(Request("POST", self.base_url + ISSUE_PATH, headers, request_body(asked)))
        try:
            reply = yield from self._never_twice(send)
        except QUIETLY as error:
            if send.departed:
                error.add_note(str(OutcomeUnknown("interrupted while the request was under way", asked, self.clock())))
            raise
        except BaseException as error:
            if not send.departed:
                raise
            raise self._logged(OutcomeUnknown(_what_broke(error), asked, self.clock())) from error
        return self._ended(asked, reply)

    def read_back(self, customer_id: int) -> Steps[ReadBack]:
        """`GET /v2/coupon?issuedToIds=…` (clause read-back-lists-issued)."""
        if type(customer_id) is not int:
            raise InvalidRequest("customer_id must be an integer, the id of a customer in an answer")
        headers = yield from self._headers({})
        query = (("issuedToIds", str(customer_id)),)
        reply = yield from self.retrying(Request("GET", self.base_url + READ_BACK_PATH, headers, None, query))
        if reply.status == reading.UNAUTHENTICATED:
            self.auth.forget()
            raise AuthenticationFailed(f"HTTP 401 from {READ_BACK_PATH}")
        return ReadBack(customer_id, found_in(reply), self.clock())

    def reconcile(
        self, unknown: OutcomeUnknown, before: ReadBack | None, customer_id: int | None, settle: float
    ) -> Steps[Reconciliation]:
        """What became of a call, from what is there now and what was there before."""
        number = customer_id or (before.customer_id if before else None) or unknown.customer_id
        if number is None:
            return CannotTell("nothing says which customer id to read back; pass customer_id or before")
        if before and before.customer_id != number:
            return CannotTell("before was read for another customer")
        yield Wait(max(0.0, settle - (self.clock() - unknown.ended).total_seconds()))
        try:
            now = yield from self.read_back(number)
        except CouponClientError as error:
            return CannotTell(f"reading back failed: {error}")
        return compare(unknown, before, now)

    def retrying(self, request: Request) -> Steps[Reply]:
        """Send a request that issues nothing. Raises NotSent when no reply comes of it."""
        send = Send(request)
        try:
            return (yield from self._never_twice(send))
        except NotSent:
            raise
        except Exception as error:
            raise NotSent(f"no answer from {request.url.removeprefix(self.base_url)}: {_what_broke(error)}") from error

    def _never_twice(self, send: Send) -> Steps[Reply]:
        """The reply; a request that never left is tried again, one that may have left is not. Raises NotSent."""
        for attempt in range(self.retries + 1):
            try:
                reply = yield send
            except Exception as error:
                if send.departed:
                    raise
                if attempt == self.retries:
                    raise NotSent(f"never sent, after {attempt + 1} attempt(s): {_what_broke(error)}") from error
                LOG.debug("never sent: %s; trying again", _what_broke(error))
            else:
                return cast(Reply, reply)  # a Send is answered with a Reply
            yield Wait(BACK_OFF * 4**attempt * (1 + random.random()))  # noqa: S311 - spreads callers, hides nothing
        raise AssertionError("unreachable")

    def _headers(self, own: Mapping[str, str]) -> Steps[dict[str, str]]:
        signed = yield from self.auth.headers(self.base_url, self.retrying)
        return {"Accept": "application/json", "User-Agent": self.agent, **own, **signed}

    def _ended(self, asked: Asked, reply: Reply) -> Issued:
        """Issued, or what the answer means, raised."""
        end = reading.end(asked.count, reply)
        request_id = next((reply.headers[name] for name in REQUEST_IDS if name in reply.headers), None)
        if isinstance(end, Issued):
            end.request_id = request_id
            LOG.info("issued %d of %d coupon(s) of series %d", len(end.coupons), asked.count, asked.series_id)
            return end
        error = self._error(end, asked, reply)
        error.request_id = request_id
        raise self._logged(error)

    def _error(self, end: Any, asked: Asked, reply: Reply) -> CouponClientError:
        if isinstance(end, reading.Refusal):
            code = end.errors[0].code or 0
            return BY_CODE.get(code, Refused)(code, end.errors)
        if isinstance(end, reading.NotAuthenticated):
            self.auth.forget()
            return AuthenticationFailed("HTTP 401: the credentials are missing, wrong or expired")
        if isinstance(end, reading.Rejection):
            return Rejected(f"HTTP {end.status}: not processed, nothing was issued", end.status, end.retry_after)
        answer = masked(reply.body)
        return OutcomeUnknown(end.reason, asked, self.clock(), reply.status, answer, end.coupons, end.customer_id)

    def _logged(self, error: CouponClientError) -> CouponClientError:
        level = logging.WARNING if isinstance(error, OutcomeUnknown) else logging.INFO
        LOG.log(level, "%s: %s", type(error).__name__, error)
        return error


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


def _what_broke(error: BaseException) -> str:
    """What went wrong, by its kind: the texts of other people's exceptions may quote a request."""
    return type(error).__name__
