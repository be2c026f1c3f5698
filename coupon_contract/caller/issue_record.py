"""The coupons that the server of a case issued, and the requests that arrived."""

import threading
from typing import Any

from attrs import define, field, frozen

Json = Any
NOTED = 3


@frozen
class Coupon:
    """An issued coupon, with the metadata that it was issued with."""

    id: int
    code: str
    series: Json
    metadata: Json


@frozen
class Rehearsal:
    """The first issuing request for the customer of the case, as it arrives when nothing goes wrong.

    `request` and `response` are its bytes and those of its response, heads included; 0 if none arrived. `earlier` is
    the number of issuing requests before it.
    """

    request: int = 0
    response: int = 0
    earlier: int = 0


@define
class IssueRecord:
    """The coupons that a server issued, and the requests that arrived. Shared by threads.

    `requests` are issuing requests for the customer of the case, `for_others` those for other customers, such as one
    that proves keys. `begun` counts both, before it is known for whom they are. `aside` says what else arrived.
    """

    issued: list[Coupon] = field(factory=list)
    others: list[Coupon] = field(factory=list)
    requests: int = 0
    for_others: int = 0
    begun: int = 0
    aside: list[str] = field(factory=list)
    redirected: int = 0
    rehearsal: Rehearsal = Rehearsal()
    _lock: threading.Lock = field(factory=threading.Lock)
    _last: int = 0

    def begin(self) -> int:
        """Count an issuing request that begins, and return how many began before it."""
        with self._lock:
            self.begun += 1
            return self.begun - 1

    def arrive(self, ours: bool) -> int:
        """Count an issuing request. Return its number, from 1 on, among those for the customer of the case, or 0."""
        with self._lock:
            if ours:
                self.requests += 1
            else:
                self.for_others += 1
            return self.requests if ours else 0

    def note(self, arrival: str) -> None:
        """Note something else than an issuing request, or one that cannot be run; once, and the first few."""
        with self._lock:
            if arrival not in self.aside and len(self.aside) < NOTED:
                self.aside.append(arrival)

    def issue(self, number: int, fields: dict[str, Json], ours: bool) -> list[Coupon]:
        """Issue coupons and return them."""
        with self._lock:
            numbers = range(self._last + 1, self._last + 1 + number)
            self._last += number
            new = [
                Coupon(70_000_000 + n, f"JUDGED{n:05d}Q", fields.get("seriesId"), fields.get("metadata") or {})
                for n in numbers
            ]
            (self.issued if ours else self.others).extend(new)
            return new
