"""`CouponClient` for threads and `AsyncCouponClient` for tasks: same names, same rules (`call_rules.py`)."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Collection
from types import TracebackType
from typing import Self

from coupon_client.auth import Auth
from coupon_client.call_rules import RETRIES, Calls, utc_now
from coupon_client.contract import VERSION
from coupon_client.effects import run, run_async
from coupon_client.errors import OutcomeUnknown
from coupon_client.exchange import AsyncTransport, Timeouts, Transport
from coupon_client.issuance import Customer, Issuance, Metadata
from coupon_client.reconcile import ReadBack, Reconciliation
from coupon_client.result import Issued
from coupon_client.transport import HTTP_LIBRARY, AsyncHttpxTransport, HttpxTransport

SETTLE = 30.0  # seconds for which a server may go on working on a request after its caller gave up
AGENT = f"coupon-client/{VERSION} python/{sys.version.split()[0]} {HTTP_LIBRARY}"
DEFAULT_TIMEOUTS = Timeouts()


class CouponClient:
    """Issues coupons and never guesses about money. Safe to share between threads.

    `base_url` is scheme and host, `auth` a TillAuth or OAuth. `timeouts` are in seconds. `retries` counts further
    attempts of requests that never left; nothing else is ever sent again. `refusal_codes` are further codes that your
    own contract with the platform defines as refusals that issue nothing. `verify` is an SSL context of your own,
    `proxy` a URL; `transport` replaces the network in tests (`coupon_client.testing`). Raises ValueError for an invalid
    setting.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        *,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: int = RETRIES,
        refusal_codes: Collection[int] = (),
        verify: ssl.SSLContext | None = None,
        proxy: str | None = None,
        transport: Transport | None = None,
    ) -> None:
        self._calls = Calls(base_url, auth, AGENT, retries, refusal_codes)
        self._timeouts = timeouts
        self._transport = transport or HttpxTransport(base_url, verify, proxy)

    def issue(self, series_id: int, customer: Customer, count: int = 1, metadata: Metadata | None = None) -> Issued:
        """Issue `count` coupons (1 to 500) of a series to a customer.

        Returns Issued, complete or partly. Raises InvalidRequest before anything is sent, Refused (a subclass per
        documented refusal), Rejected, AuthenticationFailed and NotSent when nothing was issued, and OutcomeUnknown when
        coupons may have been.
        """
        issuance = Issuance(series_id, count, customer, metadata, utc_now())
        return run(self._calls.issue(issuance), self._transport, self._timeouts)

    def read_back(self, customer_id: int) -> ReadBack:
        """Return all coupons of the customer with this id. Call it before `issue` to be able to reconcile afterwards.

        Raises AuthenticationFailed, and NotReadable when no answer came or it holds no list of coupons.
        """
        return run(self._calls.read_back(customer_id), self._transport, self._timeouts)

    def reconcile(
        self,
        unknown: OutcomeUnknown,
        *,
        before: ReadBack | None = None,
        customer_id: int | None = None,
        settle: float = SETTLE,
        generic: bool | None = None,
    ) -> Reconciliation:
        """Determine the outcome of a call: WereIssued (with the codes), NotIssued, or CannotTell (with the reason).

        `before` is what `read_back` listed before the call; `generic=False` says that the series gives every coupon a
        code of its own. Waits until `settle` seconds after the call ended, because a server may still be working on it,
        and looks twice before it says that less than all was issued. Ask once per call: coupons that a later call
        issues look just like those of this one. Raises InvalidRequest for a `settle` that is no time.
        """
        return run(
            self._calls.reconcile(unknown, before, customer_id, settle, generic), self._transport, self._timeouts
        )

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._calls.base_url!r})"


class AsyncCouponClient:
    """`CouponClient` for tasks: the same names, arguments and outcomes.

    A task that is cancelled while its request is under way raises OutcomeUnknown in place of the cancellation.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        *,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: int = RETRIES,
        refusal_codes: Collection[int] = (),
        verify: ssl.SSLContext | None = None,
        proxy: str | None = None,
        transport: AsyncTransport | None = None,
    ) -> None:
        self._calls = Calls(base_url, auth, AGENT, retries, refusal_codes)
        self._timeouts = timeouts
        self._transport = transport or AsyncHttpxTransport(base_url, verify, proxy)

    async def issue(
        self, series_id: int, customer: Customer, count: int = 1, metadata: Metadata | None = None
    ) -> Issued:
        """See CouponClient.issue."""
        issuance = Issuance(series_id, count, customer, metadata, utc_now())
        return await run_async(self._calls.issue(issuance), self._transport, self._timeouts)

    async def read_back(self, customer_id: int) -> ReadBack:
        """See CouponClient.read_back."""
        return await run_async(self._calls.read_back(customer_id), self._transport, self._timeouts)

    async def reconcile(
        self,
        unknown: OutcomeUnknown,
        *,
        before: ReadBack | None = None,
        customer_id: int | None = None,
        settle: float = SETTLE,
        generic: bool | None = None,
    ) -> Reconciliation:
        """See CouponClient.reconcile."""
        steps = self._calls.reconcile(unknown, before, customer_id, settle, generic)
        return await run_async(steps, self._transport, self._timeouts)

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._calls.base_url!r})"
