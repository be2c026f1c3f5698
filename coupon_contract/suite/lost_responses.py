"""Lets a test of many requests go on after lost responses, and ends it as not observed when it lost too many."""

from collections.abc import Callable
from typing import TypeVar

from attrs import define, field

from coupon_contract.suite.problem import counted
from coupon_contract.suite.skips import NotObserved, NotOffered

Result = TypeVar("Result")
MOST_LOST = 0.1  # share of the requests of a test whose response may be lost: the others have seen enough


@define
class LostResponses:
    """Counts the requests of a test, and keeps the reasons why some of them had no response that could be read."""

    requests: int = 0
    reasons: list[NotObserved | NotOffered] = field(factory=list)

    def send(self, request: Callable[[], Result]) -> Result | None:
        """Send, and return the result; None if it could not be observed."""
        self.requests += 1
        try:
            return request()
        except (NotObserved, NotOffered) as problem:
            self.reasons.append(problem)
            return None

    def check(self) -> None:
        """Raise the first reason, as NotObserved or NotOffered, if too many requests had no response."""
        if len(self.reasons) > MOST_LOST * self.requests:
            first = self.reasons[0]
            raise type(first)(
                f"{len(self.reasons)} of {counted(self.requests, 'request')} had no result, the first: {first}"
            )
