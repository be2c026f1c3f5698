"""OpenTelemetry: a span for each call that issues, with the outcome as an attribute, where the program uses it.

Nothing is imported here: a program that records spans has imported `opentelemetry.trace` itself. No name and no
attribute holds a credential, a coupon code or an identifier. Spans that httpx' instrumentation adds below it have URLs
without a query (`transport.py`), because a query may name the customer.
"""

from __future__ import annotations

import re
import sys
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from coupon_client.base_errors import CouponClientError
from coupon_client.contract import VERSION
from coupon_client.receipt import Receipt
from coupon_client.result import Issued

SPAN = "coupon_client.issue"
PARTLY, COMPLETE = "partly-issued", "issued"


class CallSpan:
    """A context in which a call is made; it records what the call ended in. Does nothing without OpenTelemetry."""

    __slots__ = ("_context", "_receipt", "_span")

    def __init__(self, receipt: Receipt) -> None:
        self._receipt = receipt
        self._span: Any = None
        self._context: Any = None

    def __enter__(self) -> Self:
        trace: Any = sys.modules.get("opentelemetry.trace")
        if trace is not None:
            with suppress(Exception):  # tracing must not keep a call from being made, nor change its outcome
                self._begin(trace)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._context is not None:
            with suppress(Exception):
                self._end(error)

    def _begin(self, trace: Any) -> None:
        tracer = trace.get_tracer("coupon_client", VERSION)
        # Messages of foreign exceptions may hold anything, so none is recorded.
        options = {"kind": trace.SpanKind.CLIENT, "record_exception": False, "set_status_on_exception": False}
        context = tracer.start_as_current_span(SPAN, **options)
        self._span = context.__enter__()
        self._context = context

    def _end(self, error: BaseException | None) -> None:
        try:
            self._span.set_attributes(attributes(self._receipt, error))
            if error is not None:
                trace: Any = sys.modules["opentelemetry.trace"]
                self._span.set_status(trace.Status(trace.StatusCode.ERROR, type(error).__name__))
        finally:
            self._context.__exit__(None, None, None)


def attributes(receipt: Receipt, error: BaseException | None) -> dict[str, str | int]:
    """Return the attributes of a call's span: the outcome, and what is known besides without codes."""
    outcome = receipt.outcome if receipt.outcome is not None else error
    named: dict[str, str | int | None] = {"coupon.outcome": outcome_word(outcome)}
    if receipt.issuance is not None:
        named |= {"coupon.series_id": receipt.issuance.series_id, "coupon.requested": receipt.issuance.count}
    if isinstance(outcome, Issued):
        named |= {"coupon.issued": len(outcome.codes), "coupon.request_id": outcome.request_id}
    if isinstance(outcome, CouponClientError):
        code, status = getattr(outcome, "code", None), getattr(outcome, "status", None)
        named |= {"coupon.code": code, "coupon.status": status, "coupon.request_id": outcome.request_id}
    return {name: value for name, value in named.items() if value is not None}


def outcome_word(outcome: Issued | BaseException | None) -> str:
    """Return the outcome in the words of docs/outcomes.md, such as `issued`, `refused` or `outcome-unknown`."""
    if isinstance(outcome, Issued):
        return COMPLETE if outcome.complete else PARTLY
    if not isinstance(outcome, CouponClientError):
        return "interrupted"
    bases = [base.__name__ for base in type(outcome).__mro__]
    name = "Refused" if "Refused" in bases else bases[0]
    word = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    return {"authentication-failed": "not-authenticated"}.get(word, word)
