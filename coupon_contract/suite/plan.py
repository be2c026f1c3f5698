"""What each test may send, said before anything is sent, and held to while it runs."""

from collections.abc import Callable, Iterable
from threading import Lock

from attrs import define, field, frozen

from coupon_contract.suite.skips import Defect
from coupon_contract.suite.target import Target

Amount = int | Callable[[Target], int]


class OverPlan(Defect):
    """A test sends more than it declared."""


@frozen(order=True)
class Cost:
    """Coupons that could be issued at most, and requests; ordered by coupons first."""

    coupons: int
    requests: int

    @classmethod
    def of(cls, requests: int, coupons: int) -> "Cost":
        """A cost in the order in which tests declare it."""
        return cls(coupons, requests)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.coupons + other.coupons, self.requests + other.requests)


NOTHING = Cost(0, 0)
PREFLIGHT = Cost.of(requests=1, coupons=1)
TOKEN = Cost.of(requests=1, coupons=0)


@frozen
class Planned:
    """One test of the plan. `cost` is None for one that needs a disposable target; `lacks` is what the target lacks."""

    test: str
    clauses: tuple[str, ...]
    cost: Cost | None
    lacks: str = ""


def amount(value: Amount, target: Target) -> int:
    """A number, or what a function makes of the target."""
    return value if isinstance(value, int) else value(target)


def total(planned: Iterable[Planned], target: Target) -> Cost:
    """What a run costs at most: the look before it, a token, and every test whose cost is fixed."""
    token = TOKEN if "oauth" in target.auth else NOTHING
    return sum((one.cost for one in planned if one.cost), PREFLIGHT + token)


@define
class Allowance:
    """What the running test may still send; None: whatever the budget allows. Safe to use from several threads.

    `closed` holds the ids of the series that the test may not name, because another test claims them.
    """

    left: Cost | None = None
    closed: frozenset[int] = frozenset()
    _lock: Lock = field(factory=Lock)

    def take(self, coupons: int) -> None:
        """Take one request out of the allowance. Raises OverPlan."""
        with self._lock:
            if self.left is None:
                return
            left = Cost(self.left.coupons - coupons, self.left.requests - 1)
            if left.requests < 0 or left.coupons < 0:
                raise OverPlan("the test sends more than it declares")
            self.left = left
