"""How many coupons a run may issue, counted before each request is sent."""

import re
from threading import Lock

from attrs import define, field

from contract_tests.exchange import NotJson, Request, loads
from contract_tests.expect import INT32, MOST
from contract_tests.outcomes import NotObserved


def most_coupons(request: Request) -> int:
    """The most coupons that this request could make a server issue, also one that reads it too kindly."""
    if not request.issues or not request.body:
        return 0
    try:
        body = loads(request.body)
    except NotJson:
        return _largest_number(request.body)
    if not isinstance(body, dict):
        return 0
    count = body.get("count", 1)
    if isinstance(count, int) and not isinstance(count, bool):
        return max(1, count) if count <= INT32 else MOST
    return max(1, _largest_number(str(count).encode()))


def _largest_number(text: bytes) -> int:
    """The largest number in the text that could be a count, at least 1."""
    return max((number for number in map(int, re.findall(rb"\d{1,9}", text)) if number <= MOST), default=1)


@define
class Budget:
    """Counts reserved and issued coupons against a maximum; None means no maximum. Safe to use from several threads."""

    most: int | None
    issued: int = 0
    reserved: int = 0
    _lock: Lock = field(factory=Lock)

    def reserve(self, coupons: int) -> None:
        """Set coupons aside before a request is sent. Raises NotObserved when that would exceed the maximum."""
        with self._lock:
            if self.most is not None and self.issued + self.reserved + coupons > self.most:
                raise NotObserved(f"budget: {coupons} coupon(s) more than max_coupons = {self.most} allows")
            self.reserved += coupons

    def settle(self, reserved: int, issued: int) -> None:
        """Replace a reservation by what the answer says was issued."""
        with self._lock:
            self.reserved -= reserved
            self.issued += issued
