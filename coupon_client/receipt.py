"""The state of a call at any moment, so that Ctrl-C or a signal between response and return loses no coupon."""

from __future__ import annotations

import logging
from contextlib import suppress

from coupon_client.base_errors import CouponClientError
from coupon_client.exchange import Progress, Request
from coupon_client.issuance import Issuance
from coupon_client.result import Issued
from coupon_client.texts import counted

LOG = logging.getLogger("coupon_client")
Outcome = Issued | CouponClientError


class Receipt:
    """The state of a call that issues: its issuance, its request under way, and its outcome once it is known."""

    __slots__ = ("issuance", "outcome", "progress", "request")

    def __init__(self) -> None:
        self.issuance: Issuance | None = None
        self.request: Request | None = None
        self.progress: Progress | None = None
        self.outcome: Outcome | None = None


def attach(error: BaseException, outcome: Outcome) -> None:
    """Make the outcome of a call the attribute `coupon_outcome` of an exception that interrupted it.

    A note and a line in the log say so. Neither holds a code.
    """
    if hasattr(error, "coupon_outcome"):
        return
    with suppress(AttributeError):  # an exception with slots
        error.coupon_outcome = outcome  # type: ignore[attr-defined]
    text = str(outcome)
    if isinstance(outcome, Issued):
        were = "was" if outcome.asked == 1 else "were"
        issued = f"{len(outcome.codes)} of {counted(outcome.asked)} {were} issued (request id {outcome.request_id})"
        text = (
            f"{issued} before the program was interrupted; they are in the attribute coupon_outcome of this exception"
        )
    error.add_note(text)
    LOG.warning("%s: %s", type(error).__name__, text)
