"""The exceptions that a call can raise in place of returning `Issued`.

    CouponClientError
    ├── NothingIssued              nothing was issued; call again once the cause is gone
    │   ├── InvalidRequest         wrong on its face, never sent (also a ValueError)
    │   ├── NotSent                provably never left this machine
    │   ├── AuthenticationFailed   HTTP 401
    │   ├── Rejected               HTTP 400 or another that rejects
    │   └── Refused                certain refusals only; one subclass per documented one in `coupon_client.refusals`
    ├── OutcomeUnknown             coupons may have been issued; reconcile before calling again
    ├── CannotTell                 coupons may have been issued, and looking did not settle it
    ├── KeysNotChecked             issue_once before check_keys; nothing was sent
    ├── KeysNotReturned            check_keys found that issue_once cannot keep its promise here
    └── NotReadable                a read-back got no list of coupons (nothing was asked to be issued)

`response` of each is the raw response that led to it, or None. None of them is below a class of the HTTP library. Their
texts hold no secret, coupon code or customer identifier.
They survive pickling and copying, and `type(error)(*error.args)` rebuilds them after `args` went through JSON, as job
queues do it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, ClassVar

from coupon_client.base_errors import CouponClientError, InvalidRequest, NothingIssued
from coupon_client.contract import UNAUTHENTICATED
from coupon_client.error_response import ResponseState
from coupon_client.issuance import Issuance
from coupon_client.result import Coupon, Problem
from coupon_client.texts import counted
from coupon_client.value import Hidden

__all__ = [
    "AuthenticationFailed",
    "CannotTell",
    "CouponClientError",
    "InvalidRequest",
    "KeysNotChecked",
    "KeysNotReturned",
    "NotReadable",
    "NotSent",
    "NothingIssued",
    "OutcomeUnknown",
    "Refused",
    "Rejected",
]

ADVICE = (
    "Coupons may have been issued. Do not call again before client.reconcile(unknown) has said that none were, "
    "or a person has looked."
)


class NotSent(NothingIssued):
    """The issuing request provably never left: no connection, no host name, no token. Safe to call again."""


class AuthenticationFailed(NothingIssued):
    """HTTP 401, or key and secret were refused (clauses credentials-missing, credentials-wrong, token-refused).

    `status` is the HTTP status, 401 or that of the refused token. `errors` are the entries of the response with the
    server's texts, which the exception's text does not repeat.
    """

    def __init__(
        self,
        text: str,
        request_id: str | None = None,
        status: int = UNAUTHENTICATED,
        errors: Iterable[tuple[int | None, str]] = (),
        response: ResponseState = None,
    ) -> None:
        super().__init__(text, request_id, response)
        self.status = status
        self.errors = _problems(errors)
        self.args = (text, request_id, status, self.errors, self._response_state())


class Rejected(NothingIssued):
    """The request was rejected unprocessed (ledger http-statuses): `status` is one of `contract.REJECTIONS`.

    `retry_after` is the server's Retry-After in seconds, or None without a readable one of at most a day. `errors` are
    the entries of the response with the server's texts, which the exception's text does not repeat.
    """

    def __init__(
        self,
        text: str,
        status: int,
        retry_after: float | None = None,
        request_id: str | None = None,
        errors: Iterable[tuple[int | None, str]] = (),
        response: ResponseState = None,
    ) -> None:
        super().__init__(text, request_id, response)
        self.status = status
        self.retry_after = retry_after
        self.errors = _problems(errors)
        self.args = (text, status, retry_after, request_id, self.errors, self._response_state())


class Refused(NothingIssued):
    """The request was processed and refused; nothing was issued (ledger certain-refusals).

    Raised only when every code in `errors` proves it: by the document, or by the `refusal_codes` of the client. Any
    other code raises OutcomeUnknown. `code` is the code of the first error, `errors` are all of them with the server's
    texts, and `warnings` those below the top of the response, because one at the top raises OutcomeUnknown. A refusal
    of the operation's own table has a class of its own; `Refused` itself stands for the others.
    """

    documented_code: ClassVar[int | None] = None
    meaning: ClassVar[str] = "a refusal without a class of its own; errors has the server's text"

    def __init__(
        self,
        code: int,
        errors: Iterable[tuple[int | None, str]],
        request_id: str | None = None,
        warnings: Iterable[tuple[int | None, str]] = (),
        response: ResponseState = None,
    ) -> None:
        text = f"refused with {code}: {self.meaning}"  # the server's text may name the customer
        super().__init__(text, request_id, response)
        self.code = code
        self.errors = _problems(errors)
        self.warnings = _problems(warnings)
        self.args = (code, self.errors, request_id, self.warnings, self._response_state())


class NotReadable(CouponClientError):
    """A read-back got no response, or one that is not a list of coupons.

    `errors` and `warnings` are the entries of the response with the server's texts; the exception's text has their
    codes alone. `status` is the HTTP status (None without a response), `retry_after` the server's Retry-After in
    seconds, or None.
    """

    def __init__(
        self,
        text: str,
        request_id: str | None = None,
        errors: Iterable[tuple[int | None, str]] = (),
        warnings: Iterable[tuple[int | None, str]] = (),
        status: int | None = None,
        retry_after: float | None = None,
        response: ResponseState = None,
    ) -> None:
        super().__init__(text, request_id, response)
        self.errors = _problems(errors)
        self.warnings = _problems(warnings)
        self.status = status
        self.retry_after = retry_after
        entries = (self.errors, self.warnings)
        self.args = (text, request_id, *entries, status, retry_after, self._response_state())


class CannotTell(CouponClientError):
    """Neither verdict on a call is certain, for the reason in `why`. `reconcile` returns it, `issue_once` raises it.

    After `reconcile` a person has to look; after `issue_once`, calling again with the same key is the right next step.
    """

    __match_args__ = ("why",)

    def __init__(self, why: str, request_id: str | None = None, response: ResponseState = None) -> None:
        super().__init__(why, request_id, response)
        self.why = why

    def __eq__(self, other: object) -> bool:
        return isinstance(other, CannotTell) and self.why == other.why

    def __hash__(self) -> int:
        return hash(self.why)


class KeysNotChecked(CouponClientError):
    """`issue_once` was called for a platform that `check_keys` has not shown to return keys. Nothing was sent."""


class KeysNotReturned(CouponClientError):
    """`check_keys` found that the platform does not return keys, so `issue_once` cannot keep its promise there.

    One coupon was issued for the check.
    """


class OutcomeUnknown(CouponClientError):
    """Coupons may have been issued, and the response, if any, does not say whether they were.

    `reason` says what happened, `asked` is the issuance that was requested, `status` the HTTP status that came (or
    None), `answer` the raw response with everything masked that could be a code or an identifier, and `advice` what to
    do. `coupons` are all coupons that the response names, whatever its status, `customer_id` is the customer that it
    names, `errors` and `warnings` are its entries with code and server's text. The exception's text repeats none of
    them. `retry_after` is the server's Retry-After in seconds, or None.
    """

    since: float | None = None  # end of the call on the monotonic clock; None in another process

    def __init__(
        self,
        reason: str,
        asked: Issuance | Mapping[str, Any],
        ended: datetime | str = "",
        status: int | None = None,
        answer: str | None = None,
        coupons: Iterable[tuple[str, int | None]] = (),
        customer_id: int | None = None,
        errors: Iterable[tuple[int | None, str]] = (),
        warnings: Iterable[tuple[int | None, str]] = (),
        retry_after: float | None = None,
        request_id: str | None = None,
        response: ResponseState = None,
    ) -> None:
        """Take the values one by one, or all of them in a mapping in place of `asked`, as `args` have them."""
        if isinstance(asked, Mapping):
            state = dict(asked)
            self.__init__(reason, Issuance.from_dict(state.pop("asked")), **state)  # type: ignore[misc]
            del self.since  # it may be another process: waits are in full
            return
        super().__init__(
            f"{reason} ({counted(asked.count)} of series {asked.series_id} asked for). {ADVICE}", request_id, response
        )
        self.reason = reason
        self.asked = asked
        self.ended = datetime.fromisoformat(ended) if isinstance(ended, str) else ended
        self.since = time.monotonic()
        self.status = status
        self.answer = answer
        self.coupons = tuple(Coupon(code, number) for code, number in coupons)
        self.customer_id = customer_id
        self.errors = _problems(errors)
        self.warnings = _problems(warnings)
        self.retry_after = retry_after
        self.advice = ADVICE
        self.args = (reason, self._state())

    def _state(self) -> Hidden:
        names = ("status", "answer", "coupons", "customer_id", "errors", "warnings", "retry_after", "request_id")
        values = {name: getattr(self, name) for name in names}
        own = {"asked": self.asked.to_dict(), "ended": self.ended.isoformat(), "response": self._response_state()}
        return Hidden(own, **values)


def _problems(entries: Iterable[tuple[int | None, str]]) -> tuple[Problem, ...]:
    return tuple(Problem(code, message) for code, message in entries)
