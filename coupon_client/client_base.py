"""The part that the clients for threads and for tasks share: the steps of each call."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeVar

from coupon_client.arguments import checked_customer_id, checked_seconds
from coupon_client.base_errors import InvalidRequest
from coupon_client.call_rules import Calls
from coupon_client.contract import METADATA_LENGTHS
from coupon_client.effects import Steps
from coupon_client.errors import OutcomeUnknown
from coupon_client.issuance import Customer, Issuance, Metadata
from coupon_client.options import CallOptions
from coupon_client.receipt import Receipt
from coupon_client.reconcile import ReadBack, Reconciliation, is_read_back
from coupon_client.result import Issued
from coupon_client.sender import utc_now
from coupon_client.texts import is_sendable

if TYPE_CHECKING:
    from coupon_client.issue_once import KeyedCalls
    from coupon_client.revoke import Revoked


T = TypeVar("T")


class ClientBase:
    """The rules of a client, and the field that carries its keys."""

    def __init__(self, calls: Calls, key_field: str) -> None:
        if not isinstance(key_field, str) or key_field not in METADATA_LENGTHS:
            raise InvalidRequest(f"key_field must be one of {', '.join(METADATA_LENGTHS)}")
        self._calls = calls
        self._key_field = key_field
        self._keyed_calls: KeyedCalls | None = None
        self._closed = False

    def _open(self, steps: Steps[T]) -> Steps[T]:
        """Return the steps. Raises InvalidRequest once the client is closed: nothing is sent any more."""
        if self._closed:
            steps.close()
            raise InvalidRequest("the client is closed, so nothing was sent; make a new one, or call it inside `with`")
        return steps

    def _keyed(self, options: CallOptions | None, key: str = "") -> KeyedCalls:
        """Return the rules of calls with keys. Raises InvalidRequest for a key that no encoding holds, without it."""
        if isinstance(key, str) and not is_sendable(key):
            raise InvalidRequest("a key must be without lone surrogates and control characters")
        from coupon_client.issue_once import KeyedCalls  # imported here: callers without keys never load it

        if self._keyed_calls is None:
            self._keyed_calls = KeyedCalls(self._calls, self._key_field)
        return self._keyed_calls.with_options(options)

    def _issue(
        self,
        series_id: int,
        customer: Customer,
        count: int,
        metadata: Metadata | None,
        key: str | None,
        options: CallOptions | None,
        receipt: Receipt,
    ) -> Steps[Issued]:
        issuance = Issuance(series_id, count, customer, metadata, utc_now())
        keyed = issuance if key is None else self._keyed(None, key).keyed(issuance, key)
        return self._calls.with_options(options).issue(keyed, receipt=receipt)

    def _reconcile(
        self,
        unknown: OutcomeUnknown,
        before: ReadBack | None,
        customer_id: int | None,
        settle: float,
        generic: bool | None,
        exclusive: bool,
        options: CallOptions | None,
    ) -> Steps[Reconciliation]:
        if not isinstance(unknown, OutcomeUnknown):
            raise InvalidRequest("reconcile takes the OutcomeUnknown that a call raised, as its first argument")
        if before is not None and not is_read_back(before):
            raise InvalidRequest("before must be what client.read_back(customer_id) returned before the call")
        if not isinstance(generic, bool | None) or not isinstance(exclusive, bool):
            raise InvalidRequest("generic and exclusive must be True or False")
        checked_seconds("settle", settle)
        if customer_id is not None:
            checked_customer_id(customer_id)
        if unknown.asked.key is not None:
            return self._keyed(options).reconcile(unknown, settle)
        calls = self._calls.with_options(options)
        return calls.reconcile(unknown, before, customer_id, settle, generic, exclusive)

    def _revoke(self, series_id: int, codes: Sequence[str], options: CallOptions | None) -> Steps[Revoked]:
        from coupon_client.revoke import revoke

        return revoke(self._calls.with_options(options), series_id, codes)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._calls.base_url!r})"
