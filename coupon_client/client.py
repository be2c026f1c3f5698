"""`CouponClient` for threads and `AsyncCouponClient` for tasks: same names, same rules (`call_rules.py`)."""

from __future__ import annotations

import sys
from collections.abc import Collection, Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

from coupon_client.auth import Auth
from coupon_client.call_rules import Calls
from coupon_client.client_base import ClientBase
from coupon_client.contract import VERSION
from coupon_client.effects import Steps, run, run_async
from coupon_client.errors import OutcomeUnknown
from coupon_client.exchange import AsyncTransport, Timeouts, Transport, checked_transport
from coupon_client.hooks import RequestHook, ResponseHook
from coupon_client.issuance import Customer, Issuance, Metadata
from coupon_client.options import Attribution, CallOptions, user_agent
from coupon_client.receipt import Receipt
from coupon_client.reconcile import ReadBack, Reconciliation
from coupon_client.result import Coupon, Issued
from coupon_client.sender import DEFAULT_TIMEOUTS, RETRIES, utc_now
from coupon_client.telemetry import CallSpan

if TYPE_CHECKING:
    import ssl

    from coupon_client.issued_once import Audit, IssuedOnce
    from coupon_client.journal import Journal
    from coupon_client.revoke import Revoked

T = TypeVar("T")

PATIENCE = 600.0  # seconds to wait for another caller with the same key
SETTLE = 30.0  # seconds for which a server may go on working on a request after its caller gave up
AGENT = f"coupon-client/{VERSION} python/{sys.version.split()[0]}"


class CouponClient(ClientBase):
    """Issues coupons and never guesses about money. Safe to share between threads.

    `base_url` is scheme and host, `auth` a TillAuth or OAuth. `timeouts` are in seconds. `retries` counts further
    attempts of requests that never left; besides those, a request is sent again only after a 401 that names no coupon,
    once, with a new token, and `rate_limit_retries` times after a 429 that names none, once the time that Retry-After
    asks for has passed. `headers` are sent with every request, `attribution` names the till or store that calls are
    made for, and `app` is your program's name for User-Agent, such as "shop/1.2". `refusal_codes` are further codes
    that your own contract with the platform defines as refusals that issue nothing. `verify` is an SSL context of your
    own (True and False are ignored: certificates are always verified), `proxy` a URL. `allow_http` permits `http` to
    another machine. `on_request` and `on_response` are called with each RequestEvent and ResponseEvent, in the thread
    or task of the call; they are plain functions. `transport` replaces the network in tests (`coupon_client.testing`).

    Each method takes `options` for that call alone. Raises InvalidRequest for an invalid setting.
    """

    def __init__(
        self,
        base_url: str,
        auth: Auth,
        *,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        retries: int = RETRIES,
        rate_limit_retries: int = 0,
        headers: Mapping[str, str] | None = None,
        attribution: Attribution | None = None,
        app: str | None = None,
        refusal_codes: Collection[int] = (),
        verify: ssl.SSLContext | None = None,
        proxy: str | None = None,
        allow_http: bool = False,
        transport: Transport | None = None,
        key_field: str = "source_id",
        on_request: RequestHook | None = None,
        on_response: ResponseHook | None = None,
    ) -> None:
        calls = Calls(
            base_url,
            auth,
            _agent(app, transport),
            timeouts=timeouts,
            retries=retries,
            rate_limit_retries=rate_limit_retries,
            headers=headers,
            attribution=attribution,
            refusal_codes=refusal_codes,
            allow_http=allow_http,
            on_request=on_request,
            on_response=on_response,
        )
        super().__init__(calls, key_field)
        self._transport = checked_transport(transport, "send", "close") or _threads(base_url, verify, proxy)

    @classmethod
    def from_env(cls, *, environ: Mapping[str, str] | None = None, **settings: Any) -> Self:
        """Return a client whose settings come from environment variables.

        COUPON_BASE_URL, and either COUPON_TILL and COUPON_TILL_PASSWORD, or COUPON_OAUTH_KEY and COUPON_OAUTH_SECRET,
        must be set. COUPON_TOTAL_TIMEOUT (seconds), COUPON_RETRIES, COUPON_RATE_LIMIT_RETRIES and COUPON_APP may be.
        `settings` are arguments of the class, and win over the environment. `environ` takes the place of `os.environ`.
        Raises InvalidRequest, without a value, which names all variables that are missing or cannot be used.
        """
        return cls(**_from_env(settings, environ))

    def issue(
        self,
        series_id: int,
        customer: Customer,
        count: int = 1,
        metadata: Metadata | None = None,
        key: str | None = None,
        *,
        options: CallOptions | None = None,
    ) -> Issued:
        """Issue `count` coupons (1 to 500) of a series to a customer.

        A `key` of your own travels with the request, so that `reconcile` and `find` know its coupons; it does not keep
        a second call from issuing again, as `issue_once` does.

        Returns Issued, complete or partly. Raises InvalidRequest before anything is sent, Refused (a subclass per
        documented refusal), Rejected, AuthenticationFailed and NotSent when nothing was issued, and OutcomeUnknown when
        coupons may have been. KeyboardInterrupt, SystemExit and exceptions of signal handlers that come in between have
        what is known in their attribute `coupon_outcome`: Issued, or the exception that would have been raised.
        """
        receipt = Receipt()
        try:
            with CallSpan("issue", receipt):
                steps = self._issue(series_id, customer, count, metadata, key, options, receipt)
                return run(self._open(steps), self._transport)
        except BaseException as error:
            self._calls.attach(error, receipt)
            raise

    def read_back(self, customer_id: int | None, *, options: CallOptions | None = None) -> ReadBack:
        """Return all coupons of the customer with this id. Call it before `issue` to be able to reconcile afterwards.

        `customer_id` is one of `issued.customer_id`. Raises InvalidRequest unless it is a 64-bit integer from 0 on,
        AuthenticationFailed, and NotReadable when no response came or it holds no list of coupons, or one that is
        incomplete or old.
        """
        return self._run("read_back", self._calls.with_options(options).read_back(customer_id))

    def reconcile(
        self,
        unknown: OutcomeUnknown,
        *,
        before: ReadBack | None = None,
        customer_id: int | None = None,
        settle: float = SETTLE,
        generic: bool | None = None,
        exclusive: bool = False,
        options: CallOptions | None = None,
    ) -> Reconciliation:
        """Determine the outcome of a call: WereIssued (with the codes), NotIssued, or CannotTell (with the reason).

        `before` is what `read_back` listed before the call; `generic=False` says that the series gives every coupon a
        code of its own. Waits until `settle` seconds after the call ended, because a server may still be working on it,
        and looks twice before it says that less than all was issued. Ask once per call: coupons that a later call
        issues look just like those of this one. Raises InvalidRequest for arguments of other types, and for a `settle`
        that is not seconds from 0 to a day.
        """
        return self._run(
            "reconcile", self._reconcile(unknown, before, customer_id, settle, generic, exclusive, options)
        )

    def issue_once(
        self,
        key: str,
        series_id: int,
        customer: Customer,
        count: int = 1,
        metadata: Metadata | None = None,
        *,
        journal: Journal,
        settle: float = SETTLE,
        patience: float = PATIENCE,
        options: CallOptions | None = None,
    ) -> IssuedOnce:
        """Issue at most `count` coupons for this key and journal, however often it is called (docs/issue-once.md).

        The condition: within `settle` seconds after a connection ended, the platform finishes or drops the request and
        lists its coupons with their key. Waits up to `patience` seconds for another caller with the same key. Returns
        the coupons, fewer with the platform's reason. Raises Refused when there are none, CannotTell when looking does
        not settle it, KeysNotChecked before `check_keys` has passed, JournalError, and the other subclasses of
        NothingIssued. Calling again with the same key is always the right next step.
        """
        issuance = Issuance(series_id, count, customer, metadata, utc_now())
        return self._run("issue_once", self._keyed(options, key).issue_once(key, issuance, journal, settle, patience))

    def find(self, key: str, customer: Customer, *, options: CallOptions | None = None) -> tuple[Coupon, ...]:
        """Return the customer's coupons that carry the key. Raises NotReadable if the lists prove nothing."""
        return self._run("find", self._keyed(options, key).find(key, customer))

    def audit(self, key: str, customer: Customer, *, journal: Journal, options: CallOptions | None = None) -> Audit:
        """Return the coupons that carry the key, and those beyond the result in the journal.

        There is a surplus only where the platform took longer than `settle`; `revoke` undoes it. Raises NotReadable,
        and CannotTell while the journal has no result for the key.
        """
        return self._run("audit", self._keyed(options, key).audit(key, customer, journal, PATIENCE))

    def check_keys(
        self,
        series_id: int,
        customer: Customer,
        *,
        journal: Journal,
        settle: float = SETTLE,
        options: CallOptions | None = None,
    ) -> Coupon:
        """Issue one coupon with a key, find it again by the key, and note in the journal that `issue_once` may be used.

        Needed once per platform, key field and journal. Use a customer of your own; the coupon that it returns can be
        revoked. Raises KeysNotReturned if the coupon is not found within `settle` seconds, and as `issue` does.
        """
        return self._run("check_keys", self._keyed(options).check_keys(series_id, customer, journal, settle, PATIENCE))

    def revoke(self, series_id: int, codes: Sequence[str], *, options: CallOptions | None = None) -> Revoked:
        """Revoke coupons of a series by code, 50 in a request.

        Raises InvalidRequest, AuthenticationFailed, and NotReadable if a response says nothing; revoking the same
        codes again is safe.
        """
        return self._run("revoke", self._revoke(series_id, codes, options))

    def _run(self, method: str, steps: Steps[T]) -> T:
        with CallSpan(method) as span:
            span.result = result = run(self._open(steps), self._transport)
        return result

    def close(self) -> None:
        """Close the client: from now on, every call is an InvalidRequest."""
        self._closed = True
        self._transport.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


class AsyncCouponClient(ClientBase):
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
        rate_limit_retries: int = 0,
        headers: Mapping[str, str] | None = None,
        attribution: Attribution | None = None,
        app: str | None = None,
        refusal_codes: Collection[int] = (),
        verify: ssl.SSLContext | None = None,
        proxy: str | None = None,
        allow_http: bool = False,
        transport: AsyncTransport | None = None,
        key_field: str = "source_id",
        on_request: RequestHook | None = None,
        on_response: ResponseHook | None = None,
    ) -> None:
        calls = Calls(
            base_url,
            auth,
            _agent(app, transport),
            timeouts=timeouts,
            retries=retries,
            rate_limit_retries=rate_limit_retries,
            headers=headers,
            attribution=attribution,
            refusal_codes=refusal_codes,
            allow_http=allow_http,
            on_request=on_request,
            on_response=on_response,
        )
        super().__init__(calls, key_field)
        self._transport = checked_transport(transport, "send_async", "aclose") or _tasks(base_url, verify, proxy)

    @classmethod
    def from_env(cls, *, environ: Mapping[str, str] | None = None, **settings: Any) -> Self:
        """See CouponClient.from_env."""
        return cls(**_from_env(settings, environ))

    async def issue(
        self,
        series_id: int,
        customer: Customer,
        count: int = 1,
        metadata: Metadata | None = None,
        key: str | None = None,
        *,
        options: CallOptions | None = None,
    ) -> Issued:
        """See CouponClient.issue."""
        receipt = Receipt()
        try:
            with CallSpan("issue", receipt):
                steps = self._issue(series_id, customer, count, metadata, key, options, receipt)
                return await run_async(self._open(steps), self._transport)
        except BaseException as error:
            self._calls.attach(error, receipt)
            raise

    async def read_back(self, customer_id: int | None, *, options: CallOptions | None = None) -> ReadBack:
        """See CouponClient.read_back."""
        return await self._run("read_back", self._calls.with_options(options).read_back(customer_id))

    async def reconcile(
        self,
        unknown: OutcomeUnknown,
        *,
        before: ReadBack | None = None,
        customer_id: int | None = None,
        settle: float = SETTLE,
        generic: bool | None = None,
        exclusive: bool = False,
        options: CallOptions | None = None,
    ) -> Reconciliation:
        """See CouponClient.reconcile."""
        return await self._run(
            "reconcile", self._reconcile(unknown, before, customer_id, settle, generic, exclusive, options)
        )

    async def issue_once(
        self,
        key: str,
        series_id: int,
        customer: Customer,
        count: int = 1,
        metadata: Metadata | None = None,
        *,
        journal: Journal,
        settle: float = SETTLE,
        patience: float = PATIENCE,
        options: CallOptions | None = None,
    ) -> IssuedOnce:
        """See CouponClient.issue_once. The journal is called in threads."""
        issuance = Issuance(series_id, count, customer, metadata, utc_now())
        return await self._run(
            "issue_once", self._keyed(options, key).issue_once(key, issuance, journal, settle, patience)
        )

    async def find(self, key: str, customer: Customer, *, options: CallOptions | None = None) -> tuple[Coupon, ...]:
        """See CouponClient.find."""
        return await self._run("find", self._keyed(options, key).find(key, customer))

    async def audit(
        self, key: str, customer: Customer, *, journal: Journal, options: CallOptions | None = None
    ) -> Audit:
        """See CouponClient.audit."""
        return await self._run("audit", self._keyed(options, key).audit(key, customer, journal, PATIENCE))

    async def check_keys(
        self,
        series_id: int,
        customer: Customer,
        *,
        journal: Journal,
        settle: float = SETTLE,
        options: CallOptions | None = None,
    ) -> Coupon:
        """See CouponClient.check_keys."""
        return await self._run(
            "check_keys", self._keyed(options).check_keys(series_id, customer, journal, settle, PATIENCE)
        )

    async def revoke(self, series_id: int, codes: Sequence[str], *, options: CallOptions | None = None) -> Revoked:
        """See CouponClient.revoke."""
        return await self._run("revoke", self._revoke(series_id, codes, options))

    async def _run(self, method: str, steps: Steps[T]) -> T:
        with CallSpan(method) as span:
            span.result = result = await run_async(self._open(steps), self._transport)
        return result

    async def close(self) -> None:
        """See CouponClient.close."""
        self._closed = True
        await self._transport.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()


# httpx is loaded with the first client that needs it: it takes most of the time of an import.


def _agent(app: str | None, transport: object) -> str:
    """Return User-Agent, with the library that carries the requests unless the caller's own transport does."""
    if transport is not None:
        return user_agent(AGENT, app)
    from coupon_client.transport import HTTP_LIBRARY

    return user_agent(f"{AGENT} {HTTP_LIBRARY}", app)


def _from_env(given: Mapping[str, Any], environ: Mapping[str, str] | None) -> dict[str, Any]:
    from coupon_client.environment import settings  # here: clients with settings of their own never load it

    return settings(given, environ)


def _threads(base_url: str, verify: ssl.SSLContext | None, proxy: str | None) -> Transport:
    from coupon_client.transport import HttpxTransport

    return HttpxTransport(base_url, verify, proxy)


def _tasks(base_url: str, verify: ssl.SSLContext | None, proxy: str | None) -> AsyncTransport:
    from coupon_client.transport import AsyncHttpxTransport

    return AsyncHttpxTransport(base_url, verify, proxy)
