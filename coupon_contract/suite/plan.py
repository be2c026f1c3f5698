"""The plan: the requests and coupons that each test declares, announced before the run and enforced during it."""

from collections.abc import Callable, Iterable
from threading import Lock

from attrs import define, evolve, field, frozen

from coupon_contract.suite.skips import Defect, NotOffered
from coupon_contract.suite.target import Target

MANY = 2_400  # max_coupons of a target that pays for the tests of many coupons, too

GENERATED = "generated"  # the requests of a test that sends as many as --generated says
OPEN = None  # the coupons of a test that only max_coupons bounds: its requests are generated, or ask for any number
UNBOUNDED = 10**12  # coupons; more than any test asks for

Amount = int | Callable[[Target], int]


class OverPlan(Defect):
    """A test sends more than it declared."""


@frozen(order=True)
class Cost:
    """The most coupons that could be issued, and the requests; ordered by coupons first."""

    coupons: int
    requests: int

    @classmethod
    def declared(cls, requests: int, coupons: int) -> "Cost":
        """Return a cost from the order in which tests declare it."""
        return cls(coupons, requests)

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.coupons + other.coupons, self.requests + other.requests)


NOTHING = Cost(0, 0)
PREFLIGHT = Cost.declared(requests=1, coupons=1)
TOKEN = Cost.declared(requests=1, coupons=0)
PER_ID = 2  # requests of the check of the target file, for each of its ids
SHARE = 10  # it spends at most one in so many coupons of max_coupons


@frozen
class Planned:
    """A test of the plan. `lacks` names what the target lacks, and `skipped` says why the target file opts out.

    The cost of an `open` test has its requests alone: its coupons are OPEN.
    """

    test: str
    clauses: tuple[str, ...]
    cost: Cost
    lacks: str = ""
    skipped: str = ""
    open: bool = False

    @property
    def allowed(self) -> Cost:
        """The most that the test may send."""
        return evolve(self.cost, coupons=UNBOUNDED) if self.open else self.cost


def amount(value: Amount, target: Target) -> int:
    """Return a number, or the result of a function of the target."""
    return value if isinstance(value, int) else value(target)


def where_the_budget_allows(coupons: int) -> Callable[[Target], int]:
    """Return the coupons of a test that a small budget leaves out: a function that raises NotOffered there."""

    def declared(target: Target) -> int:
        if target.max_coupons is not None and target.max_coupons < MANY:
            raise NotOffered(f"max_coupons of at least {MANY}")
        return coupons

    return declared


def check_cost(target: Target) -> Cost:
    """Return the most that the check of the target file before a judgement costs (target_check)."""
    most = PER_ID * (len(target.series) + sum(map(len, (*target.known, target.unknown))))
    most = most if target.max_coupons is None else min(most, target.max_coupons // SHARE)
    return Cost.declared(requests=most, coupons=most)


def total(planned: Iterable[Planned], target: Target) -> Cost:
    """Return the most that a run costs: the preflight, a token, the check of the ids, and each test.

    OPEN coupons are not in it.
    """
    token = TOKEN if "oauth" in target.auth else NOTHING
    return sum((test.cost for test in planned), PREFLIGHT + token + check_cost(target))


@define
class Allowance:
    """The requests and coupons that the running test may still use; None leaves only the budget. Thread-safe.

    `closed` holds the ids of the series that the test may not name, because another test claims them.
    """

    left: Cost | None = None
    closed: frozenset[int] = frozenset()
    _lock: Lock = field(factory=Lock)

    def take(self, coupons: int) -> None:
        """Use one request and its coupons. Raises OverPlan."""
        with self._lock:
            if self.left is None:
                return
            left = Cost(self.left.coupons - coupons, self.left.requests - 1)
            if left.requests < 0 or left.coupons < 0:
                raise OverPlan("the test sends more than it declares")
            self.left = left
