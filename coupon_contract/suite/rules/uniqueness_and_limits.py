"""Rules over all responses of a run: uniqueness and limits."""

from typing import Any

from coupon_contract.suite.history import key, series_named
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.problem import counted, unlike
from coupon_contract.suite.rules.accessors import series_state
from coupon_contract.suite.states import COUNTED, State

Json = Any


@rule("coupon-ids-unique")
def coupon_ids_are_unique(facts: Facts) -> str | None:
    ids = _coupon_ids(facts)
    if not ids:
        return None
    # 0 is not an id (clause coupon-ids-filled). A target that never fills it in holds this clause, and can be judged.
    given = facts.history.ids
    twice = next((id for id in ids if id != 0 and isinstance(id, int | float | str) and given[key(id)] > 1), None)
    return "" if twice is None else f"a couponId {_earlier(facts, key(twice))}"


@rule("coupon-ids-filled")
def coupon_ids_are_filled_in(facts: Facts) -> str | None:
    ids = [coupon_id for coupon_id in _coupon_ids(facts) if isinstance(coupon_id, int | float)]
    if not ids:
        return None
    return "a couponId is 0" if 0 in ids else ""


def _coupon_ids(facts: Facts) -> list[Json]:
    return [coupon.get("couponId") for coupon in facts.outcome.coupons if isinstance(coupon, dict)]


@rule("codes-unique")
def codes_are_unique(facts: Facts) -> str | None:
    if not facts.has_coupons or series_state(facts) in ("", "generic"):
        return None
    given = facts.history.codes[series_named(facts.exchange.request) or 0]
    codes = [coupon.get("code") for coupon in facts.outcome.coupons if isinstance(coupon, dict)]
    twice = next((code for code in codes if isinstance(code, int | str) and given[key(code)] > 1), None)
    return "" if twice is None else f"a code {_earlier(facts, (series_named(facts.exchange.request) or 0, key(twice)))}"


def _earlier(facts: Facts, known: Json) -> str:
    """Return where an id, or a code of a series, was given before."""
    first = facts.history.first.get(known, facts.exchange.number)
    if first == facts.exchange.number:
        return unlike("stands twice in this response", "one that no other coupon has")
    return unlike(f"that exchange {first} had got already", "one that no other coupon has")


@rule("generic-shares-one-code")
def generic_series_have_one_code(facts: Facts) -> str | None:
    if not facts.has_coupons or series_state(facts) != "generic":
        return None
    codes = facts.history.codes[series_named(facts.exchange.request) or 0]
    return (
        unlike("a generic series gave more than one code", "one code that all its coupons share")
        if len(codes) > 1
        else ""
    )


def _limit_holds(state: State) -> None:
    @rule(state.clause)
    def limit_holds(facts: Facts) -> str | None:
        series = facts.target.series.get(state.name)
        if not facts.has_coupons or series is None or series_named(facts.exchange.request) != series.id:
            return None
        counts = [count for (given_of, _), count in facts.history.given.items() if given_of == series.id]
        most = max(counts, default=0) if state.counts == "customer" else facts.history.given_in_all[series.id]
        whose = "one customer" if state.counts == "customer" else "all customers"
        words = unlike(f"{counted(most)} for {whose} in this run", f"at most {series.cap}")
        return words if most > (series.cap or 0) else ""


for _state in COUNTED:
    _limit_holds(_state)
