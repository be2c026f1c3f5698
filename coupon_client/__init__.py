"""Issue coupons over HTTP without ever guessing about money.

    with CouponClient("https://eu.api.example.com", auth=TillAuth("till", "secret")) as client:
        issued = client.issue(series_id=415446, count=2, customer=Mobile("11223569865"))

A call ends in `Issued`, in an exception below `NothingIssued`, or in `OutcomeUnknown` (see `coupon_client.errors`).
"""

from coupon_client.auth import OAuth, TillAuth
from coupon_client.client import AsyncCouponClient, CouponClient
from coupon_client.contract import VERSION as __version__
from coupon_client.errors import (
    AuthenticationFailed,
    CouponClientError,
    InvalidRequest,
    NothingIssued,
    NotReadable,
    NotSent,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from coupon_client.exchange import Timeouts
from coupon_client.issuance import Customer, Email, ExternalId, Issuance, Metadata, Mobile
from coupon_client.reconcile import CannotTell, NotIssued, ReadBack, Reconciliation, WereIssued
from coupon_client.result import Coupon, Issued, Problem

__all__ = [
    "AsyncCouponClient",
    "AuthenticationFailed",
    "CannotTell",
    "Coupon",
    "CouponClient",
    "CouponClientError",
    "Customer",
    "Email",
    "ExternalId",
    "InvalidRequest",
    "Issuance",
    "Issued",
    "Metadata",
    "Mobile",
    "NotIssued",
    "NotReadable",
    "NotSent",
    "NothingIssued",
    "OAuth",
    "OutcomeUnknown",
    "Problem",
    "ReadBack",
    "Reconciliation",
    "Refused",
    "Rejected",
    "TillAuth",
    "Timeouts",
    "WereIssued",
    "__version__",
]
