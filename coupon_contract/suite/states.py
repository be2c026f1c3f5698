"""The states that a series of a target may be in: its limit, its refusals, and the clause behind it.

There is one row per state. Target files, expectations, rules and load runs know nothing else about states.
"""

from typing import Literal

from attrs import field, frozen

from coupon_contract import spec


@frozen(kw_only=True)
class State:
    """A state of a series.

    `meaning` explains it in target files, where the name does not, and `recipe` says how to make such a series. `cap`
    is the number of coupons that it lets through, None if there is no limit or if the target file gives the
    number, under `number_key`. `counts` says whose coupons use the cap up over a run, "" where every request is on its
    own. `refusals` are the codes that may refuse a request for one coupon, `refusals_of_many` those for more (the same
    unless stated), `partial` those that may explain that only some were issued; all are codes of `errors`. `clause` is
    what a request for one coupon is judged by, `clause_of_many` one for more; where there is none, the clause of the
    request's count. To name a series with `is_mistake` is a mistake in the request. A `claimed` series is used up by
    one test, and nothing is known of other requests.
    """

    name: str
    recipe: str
    meaning: str = ""
    cap: int | None = None
    number_key: str | None = None
    counts: Literal["customer", "series", ""] = ""
    refusals: tuple[int, ...] = ()
    refusals_of_many: tuple[int, ...] = field()
    partial: tuple[int, ...] = ()
    clause: str = ""
    clause_of_many: str = field()
    is_mistake: bool = False
    claimed: bool = False

    @refusals_of_many.default
    def _same_refusals(self) -> tuple[int, ...]:
        return self.refusals

    @clause_of_many.default
    def _same_clause(self) -> str:
        return self.clause

    @property
    def clauses(self) -> tuple[str, ...]:
        """The clauses of the state."""
        return tuple(clause for clause in dict.fromkeys((self.clause, self.clause_of_many)) if clause)

    @property
    def codes(self) -> frozenset[int]:
        """Every code of `errors` that the state may bring about."""
        return frozenset((*self.refusals, *self.refusals_of_many, *self.partial))

    @property
    def may_be_partial(self) -> bool:
        """True if a code of the state also explains partial successes."""
        return any(row.code in self.codes and row.partial_code is not None for row in spec.error_table())

    def refusals_for(self, count: int) -> tuple[int, ...]:
        """Return the codes that may refuse a request for `count` coupons."""
        return self.refusals_of_many if count > 1 else self.refusals

    def clause_for(self, count: int) -> str:
        """Return the clause of a request for `count` coupons, or an empty text where the state has none."""
        return self.clause_of_many if count > 1 else self.clause


_ROWS = (
    State(
        name="ordinary",
        recipe="Make a series of generated codes without any limit, and leave it open.",
        meaning="issues whatever is asked",
    ),
    State(
        name="uploaded",
        recipe="Make a series of uploaded codes, and upload ten thousand: each run issues about 300.",
        meaning="has uploaded codes, plenty of them",
    ),
    State(
        name="generic",
        recipe="Make a series of one code that all customers share.",
        meaning="one shared code",
        cap=1,
        refusals_of_many=(5004,),
        partial=(5004,),
        clause_of_many="generic-one-at-a-time",
    ),
    State(
        name="one-per-customer",
        recipe="Make a series with a maximum of 1 for each customer. Later runs find it used up, which is judged too.",
        meaning="one coupon per customer",
        cap=1,
        counts="customer",
        refusals=(709,),
        refusals_of_many=(5004, 709),
        partial=(5004,),
        clause="one-per-customer",
        clause_of_many="one-per-customer-count",
    ),
    State(
        name="expired",
        recipe="Make a series with a fixed expiry date, and wait for the day after; or set a date in the past.",
        cap=0,
        refusals=(713, 712),
        clause="series-expired",
    ),
    State(
        name="limited-per-customer",
        recipe="Make a series with a maximum of 5 for each customer, and write that number as `limit`.",
        meaning="coupons per customer",
        number_key="limit",
        counts="customer",
        refusals=(5002,),
        partial=(5002,),
        clause="limit-per-customer",
    ),
    State(
        name="limited-in-all",
        recipe="Make a series with a maximum of 1 in all, and use it up: issue its one coupon.",
        meaning="has reached its maximum",
        cap=0,
        refusals=(5001,),
        clause="limit-in-all",
    ),
    State(
        name="no-codes-left",
        recipe="Make a series of uploaded codes, upload one, and issue it.",
        meaning="uploaded codes, all of them issued",
        cap=0,
        refusals=(5005,),
        clause="no-codes-left",
    ),
    State(
        name="few-codes-left",
        recipe="Make a series of uploaded codes, upload three, issue none, and write `left = 3`. A run uses it up.",
        meaning="uploaded codes, this many left",
        number_key="left",
        counts="series",
        refusals=(5005, 5006),
        partial=(5005, 5006),
        clause="codes-running-out",
    ),
    State(
        name="externally-managed",
        recipe="Make a series whose coupons another system issues.",
        cap=0,
        refusals=(707,),
        clause="series-externally-managed",
        is_mistake=True,
    ),
    State(
        name="invalid",
        recipe="Take a number that no series has.",
        meaning="does not exist",
        cap=0,
        refusals=(707,),
        clause="series-unknown",
        is_mistake=True,
    ),
    State(
        name="race-per-customer",
        recipe="Make a second series as for `limited-per-customer`. A run uses it up for the last known customer.",
        number_key="limit",
        counts="customer",
        refusals=(5002,),
        claimed=True,
    ),
    State(
        name="race-one-per-customer",
        recipe="Make another series as for `one-per-customer`. A run uses it up for the last known customer.",
        cap=1,
        counts="customer",
        refusals=(709, 5004),
        claimed=True,
    ),
    State(
        name="race-in-all",
        recipe="Make a series with a maximum of 5 in all, and write `left = 5`. A run uses it up.",
        meaning="so many coupons below its maximum",
        number_key="left",
        counts="series",
        refusals=(5001,),
        claimed=True,
    ),
    State(
        name="race-codes",
        recipe="Make a series of uploaded codes, upload five, and write `left = 5`. A run uses it up.",
        meaning="so many uploaded codes left",
        number_key="left",
        counts="series",
        refusals=(5005,),
        claimed=True,
    ),
)
STATES = {state.name: state for state in _ROWS}
CLAIMED = tuple(state.name for state in _ROWS if state.claimed)
REFUSING = tuple(state.name for state in _ROWS if state.cap == 0)
COUNTED = tuple(state for state in _ROWS if state.counts and not state.claimed)
