"""The steps of a call that a fault or a variant may replace. The defaults follow the contract."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

from attrs import frozen
from starlette.types import ASGIApp

from coupon_contract.sandbox import auth, codec, service
from coupon_contract.sandbox.codec import KeyAndSecret
from coupon_contract.sandbox.issuing import IssueRequest, Rules
from coupon_contract.sandbox.json_body import json_object
from coupon_contract.sandbox.records import CouponRow, CustomerListing, Wanted
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import MakeTransaction, Store, Transaction


@frozen
class Behaviour:
    """The functions that an application calls at each step; times are epoch milliseconds.

    `around` wraps the whole application, for faults in requests and responses on the wire.
    """

    authorise: Callable[[Seed, Store, Sequence[str], Sequence[str], int], None] = auth.authorise
    new_token: Callable[[Seed, Store, KeyAndSecret, int], Awaitable[str]] = auth.new_token
    decode: Callable[[bytes], dict[str, Any]] = json_object
    read: Callable[[dict[str, Any]], IssueRequest] = codec.issue_request
    rules: Rules = service.CONTRACT
    issue: Callable[[Store, IssueRequest, int, Rules], Awaitable[Issued | Refused]] = service.issue_soon
    transaction_type: MakeTransaction = Transaction
    letter_case: Callable[[str], dict[int, int]] = codec.letter_case
    find: Callable[[Store, Wanted], Iterable[Sequence[CouponRow]]] = Store.issued_coupons
    list_coupons: Callable[[Store, CustomerListing], tuple[int, Sequence[CouponRow]]] = Store.list_customer_coupons
    around: Callable[[ASGIApp], ASGIApp] | None = None


CONTRACT = Behaviour()


class UnknownBehaviour(Exception):
    """An unknown name of a fault or variant; the text suggests the closest one, and where all are listed."""
