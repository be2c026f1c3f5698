"""The rules of each call as steps without I/O: issue, read back, reconcile."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from coupon_client import response_reader
from coupon_client.arguments import checked_customer_id
from coupon_client.contract import ISSUE_PATH, PROCESSED, READ_BACK_PATH
from coupon_client.effects import Send, Steps, Wait
from coupon_client.error_response import ErrorResponse
from coupon_client.errors import (
    AuthenticationFailed,
    CannotTell,
    CouponClientError,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from coupon_client.exchange import Request, Response
from coupon_client.issuance import Issuance, request_body
from coupon_client.masking import masked
from coupon_client.receipt import Outcome, Receipt, attach
from coupon_client.reconcile import ReadBack, Reconciliation, WereIssued, compare, found_in
from coupon_client.refusals import BY_CODE
from coupon_client.response_headers import retry_after, shown_request_id
from coupon_client.result import Issued
from coupon_client.sender import JSON_BODY, Sender
from coupon_client.texts import counted
from coupon_client.value import HiddenPairs

LOG = logging.getLogger("coupon_client")
AGAIN = 5.0  # seconds until the second read-back, which every verdict but "all were issued" needs
QUIETLY = (
    KeyboardInterrupt,
    SystemExit,
    GeneratorExit,
)  # must end the program: they carry the outcome along
NO_CUSTOMER = (
    "nothing says whose coupons to read back: call reconcile(unknown, customer_id=…) with the platform's id of the"
    " customer, as issued.customer_id of another call has it"
)
SEVERAL_CUSTOMERS = (
    "customer_id, before and the response name different customers: call reconcile with the before and the"
    " customer_id of this call's customer"
)


class Calls(Sender):
    """The rules of one client's calls."""

    def issue(
        self,
        issuance: Issuance,
        record: Callable[[], Steps[float]] | None = None,
        receipt: Receipt | None = None,
    ) -> Steps[Issued]:
        """Send `POST /v2/coupon/issue/multiple`, and once more after a 401 that a new token may cure.

        A request whose answer is a 401 or 429 that names no coupon was not processed (rows not-authenticated and
        rejected of spec/outcomes.toml); after a 429 it is sent again if `rate_limit_retries` permits it. What may have
        been processed is never sent again. `record` are steps before each attempt; they return the latest time of the
        attempt's end, by `time.monotonic`. `receipt` is kept up to date.
        """
        receipt = receipt or Receipt()
        receipt.issuance = issuance
        try:
            return (yield from self._sent(issuance, record, receipt))
        except CouponClientError as error:
            receipt.outcome = error
            _log(error, issuance)
            raise

    def _sent(self, issuance: Issuance, record: Callable[[], Steps[float]] | None, receipt: Receipt) -> Steps[Issued]:
        unsigned = Request("POST", self.base_url + ISSUE_PATH, JSON_BODY, request_body(issuance))
        latest = self._latest()
        resent = False
        while True:
            headers = yield from self._headers(JSON_BODY, latest)
            send = Send(Request(unsigned.method, unsigned.url, headers, unsigned.body), self.timeouts)
            send.progress.nothing_left = True
            receipt.request, receipt.progress = send.request, send.progress
            try:
                response = yield from self._never_twice(send, latest, record, partial(self._is_rejected, issuance))
                end = self._end(issuance, response)
                if isinstance(end, response_reader.NotAuthenticated) and self.auth.forget(headers) and not resent:
                    receipt.progress, resent = None, True
                    continue
                outcome = receipt.outcome = self._outcome(end, issuance, response, send.request)
                if isinstance(outcome, Issued):
                    _log(outcome, issuance)
                    return outcome
                raise outcome
            except CouponClientError:
                raise
            except QUIETLY as error:
                self.attach(error, receipt)
                raise
            except BaseException as error:
                if send.progress.nothing_left:
                    raise
                raise self._interrupted(error, receipt) from None

    def _end(self, issuance: Issuance, response: Response) -> response_reader.End:
        return response_reader.end(issuance.count, response, self.refusals)

    def _is_rejected(self, issuance: Issuance, response: Response) -> bool:
        """Return whether a response proves that the request was not processed (row rejected of spec/outcomes.toml)."""
        return isinstance(self._end(issuance, response), response_reader.Rejection)

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
            end = self._end(issuance, progress.response)
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
            response = receipt.progress and receipt.progress.response
            raw = ErrorResponse.bounded(response) if response else None
            problems = (outcome.errors, outcome.warnings, None, outcome.request_id, raw)
            named = (PROCESSED, None, outcome.coupons, outcome.customer_id, *problems)
        return OutcomeUnknown(reason, issuance, self.clock(), *named)

    def read_back(self, customer_id: int | None) -> Steps[ReadBack]:
        """Send `GET /v2/coupon?issuedToIds=…` (clause read-back-lists-issued)."""
        number = checked_customer_id(customer_id)
        query = HiddenPairs((("issuedToIds", str(number)), ("coupon_code_case", "AS_IT_IS")))
        coupons = yield from self.get(READ_BACK_PATH, query, found_in)
        return ReadBack(number, coupons, self.clock())

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
            return CannotTell(f"reading back failed: {error}", None, error.response)

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

    def _outcome(self, end: Any, issuance: Issuance, response: Response, request: Request) -> Outcome:
        """Return the issued coupons, or the exception for any other response."""
        number = shown_request_id(request, response)
        if isinstance(end, Issued):
            end.request_id = number
            return end
        raw = ErrorResponse.bounded(response)
        if isinstance(end, response_reader.Refusal):
            code = end.errors[0].code or 0
            return BY_CODE.get(code, Refused)(code, end.errors, number, end.warnings, raw)
        if isinstance(end, response_reader.NotAuthenticated):
            text = "HTTP 401: the credentials are missing, wrong or expired"
            return AuthenticationFailed(text, number, response.status, end.errors, raw)
        after = retry_after(response.headers, self.clock())
        if isinstance(end, response_reader.Rejection):
            text = f"HTTP {end.status}: not processed, nothing was issued"
            return Rejected(text, end.status, after, number, end.errors, raw)
        named_customer = (issuance.customer.mobile, issuance.customer.email, issuance.customer.external_id)
        secrets = [*(coupon.code for coupon in end.coupons), *filter(None, named_customer)]
        answer = masked(response.body, secrets)
        named = (end.coupons, end.customer_id, end.errors, end.warnings)
        return OutcomeUnknown(end.reason, issuance, self.clock(), response.status, answer, *named, after, number, raw)


def _log(outcome: Outcome, issuance: Issuance) -> None:
    if isinstance(outcome, Issued):
        text = "issued %d of %s of series %d (request id %s)"
        LOG.info(text, len(outcome.codes), counted(issuance.count), issuance.series_id, outcome.request_id)
        return
    level = logging.WARNING if isinstance(outcome, OutcomeUnknown) else logging.INFO
    LOG.log(level, "%s: %s", type(outcome).__name__, outcome)
