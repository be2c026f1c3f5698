"""Issue coupons over HTTP without ever guessing about money.

    with CouponClient("https://eu.api.example.com", auth=TillAuth("till", "secret")) as client:
        issued = client.issue(series_id=415446, count=2, customer=Mobile("11223569865"))

A call ends in `Issued`, in an exception below `NothingIssued`, or in `OutcomeUnknown` (see `coupon_client.errors`).
"""

import logging
from importlib import import_module
from typing import TYPE_CHECKING, Any

from coupon_client.auth import OAuth, TillAuth
from coupon_client.client import AsyncCouponClient, CouponClient
from coupon_client.contract import VERSION as __version__
from coupon_client.error_response import ErrorResponse
from coupon_client.errors import (
    AuthenticationFailed,
    CannotTell,
    CouponClientError,
    InvalidRequest,
    KeysNotChecked,
    KeysNotReturned,
    NothingIssued,
    NotReadable,
    NotSent,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from coupon_client.exchange import Timeouts
from coupon_client.hooks import RequestEvent, ResponseEvent
from coupon_client.issuance import Customer, Email, ExternalId, Issuance, Metadata, Mobile
from coupon_client.options import Attribution, CallOptions
from coupon_client.reconcile import NotIssued, ReadBack, Reconciliation, WereIssued
from coupon_client.result import Coupon, Issued, Problem

if TYPE_CHECKING:
    from coupon_client.issued_once import Audit, IssuedOnce
    from coupon_client.journal import Journal, JournalError, PostgresJournal, SqliteJournal
    from coupon_client.revoke import Revoked, RevokeFailure

logging.getLogger("coupon_client").addHandler(logging.NullHandler())  # silent unless the program configures logging

LOADED_WHEN_USED = {
    "Audit": "issued_once",
    "IssuedOnce": "issued_once",
    "Journal": "journal",
    "JournalError": "journal",
    "PostgresJournal": "journal",
    "RevokeFailure": "revoke",
    "Revoked": "revoke",
    "SqliteJournal": "journal",
}  # for callers with keys alone: loading SQLite would slow down every import


def __getattr__(name: str) -> Any:
    if name not in LOADED_WHEN_USED:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"coupon_client.{LOADED_WHEN_USED[name]}"), name)


__all__ = [
    "AsyncCouponClient",
    "Attribution",
    "Audit",
    "AuthenticationFailed",
    "CallOptions",
    "CannotTell",
    "Coupon",
    "CouponClient",
    "CouponClientError",
    "Customer",
    "Email",
    "ErrorResponse",
    "ExternalId",
    "InvalidRequest",
    "Issuance",
    "Issued",
    "IssuedOnce",
    "Journal",
    "JournalError",
    "KeysNotChecked",
    "KeysNotReturned",
    "Metadata",
    "Mobile",
    "NotIssued",
    "NotReadable",
    "NotSent",
    "NothingIssued",
    "OAuth",
    "OutcomeUnknown",
    "PostgresJournal",
    "Problem",
    "ReadBack",
    "Reconciliation",
    "Refused",
    "Rejected",
    "RequestEvent",
    "ResponseEvent",
    "RevokeFailure",
    "Revoked",
    "SqliteJournal",
    "TillAuth",
    "Timeouts",
    "WereIssued",
    "__version__",
]
