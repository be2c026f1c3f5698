"""OpenTelemetry: a span for each call, with the outcome as an attribute, where the program uses it.

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

SPAN = "coupon_client."  # and the name of the method
PARTLY, COMPLETE = "partly-issued", "issued"
ENDS = {"Audit": "found", "Coupon": "keys-returned", "ReadBack": "found", "Revoked": "revoked", "tuple": "found"}


class CallSpan:
    """A context in which a method is called; it records what the call ended in. Does nothing without OpenTelemetry.

    The outcome is that of the receipt, or else `result`.
    """

    __slots__ = ("_context", "_method", "_receipt", "_span", "result")

    def __init__(self, method: str, receipt: Receipt | None = None) -> None:
        self._method = method
        self._receipt = Receipt() if receipt is None else receipt
        self.result: object = None
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
        context = tracer.start_as_current_span(SPAN + self._method, **options)
        self._span = context.__enter__()
        self._context = context

    def _end(self, error: BaseException | None) -> None:
        try:
            self._span.set_attributes(attributes(self._receipt, self.result if error is None else error))
            if error is not None:
                trace: Any = sys.modules["opentelemetry.trace"]
                self._span.set_status(trace.Status(trace.StatusCode.ERROR, type(error).__name__))
        finally:
            self._context.__exit__(None, None, None)


def attributes(receipt: Receipt, end: object) -> dict[str, str | int]:
    """Return the attributes of a call's span: the outcome, and what is known besides without codes."""
    outcome = receipt.outcome if receipt.outcome is not None else end
    named: dict[str, str | int | None] = {"coupon.outcome": outcome_word(outcome)}
    if receipt.issuance is not None:
        named |= {"coupon.series_id": receipt.issuance.series_id, "coupon.requested": receipt.issuance.count}
    if isinstance(outcome, Issued):
        named |= {"coupon.request_id": outcome.request_id}
    if isinstance(outcome, Issued) or type(outcome).__name__ == "IssuedOnce":
        named |= {"coupon.issued": len(outcome.codes)}  # type: ignore[attr-defined]
    if isinstance(outcome, CouponClientError):
        code, status = getattr(outcome, "code", None), getattr(outcome, "status", None)
        named |= {"coupon.code": code, "coupon.status": status, "coupon.request_id": outcome.request_id}
    return {name: value for name, value in named.items() if value is not None}


def outcome_word(outcome: object) -> str:
    """Return the outcome in the words of docs/outcomes.md, such as `issued`, `refused` or `outcome-unknown`.

    Those of other methods are the names of their results, such as `were-issued`, or `found`.
    """
    bases = [base.__name__ for base in type(outcome).__mro__]  # by name: most programs load no class of keys
    if bases[0] in ("Issued", "IssuedOnce"):
        return COMPLETE if outcome.complete else PARTLY  # type: ignore[attr-defined]
    if bases[0] in ENDS:
        return ENDS[bases[0]]
    if isinstance(outcome, BaseException | None) and "CouponClientError" not in bases and bases[0] != "JournalError":
        return "interrupted"
    name = "Refused" if "Refused" in bases else bases[0]
    word = re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()
    return {"authentication-failed": "not-authenticated"}.get(word, word)
