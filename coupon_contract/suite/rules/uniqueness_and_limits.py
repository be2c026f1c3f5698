"""Rules over all responses of a run: uniqueness and limits."""

from typing import Any

from coupon_contract.suite.history import key, series_named
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.rules.accessors import series_state
from coupon_contract.suite.states import COUNTED, State

Json = Any


@rule("coupon-ids-unique")
def coupon_ids_are_unique(facts: Facts) -> str | None:
    ids = _coupon_ids(facts)
    if not ids:
        return None
    # 0 is not an id (clause coupon-ids-filled). A target that never fills it in holds this clause, and can be judged.
    twice = any(facts.history.ids[key(id)] > 1 for id in ids if id != 0 and isinstance(id, int | float | str))
    return "a couponId that this run has been given before" if twice else ""


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
    given = facts.history.codes[series_named(facts.outcome) or 0]
    codes = [coupon.get("code") for coupon in facts.outcome.coupons if isinstance(coupon, dict)]
    twice = any(given[key(code)] > 1 for code in codes if isinstance(code, int | str))
    return "a code that this run has been given before in the same series" if twice else ""


@rule("generic-shares-one-code")
def generic_series_have_one_code(facts: Facts) -> str | None:
    if not facts.has_coupons or series_state(facts) != "generic":
        return None
    codes = facts.history.codes[series_named(facts.outcome) or 0]
    return "a generic series gave more than one code" if len(codes) > 1 else ""


def _limit_holds(state: State) -> None:
    @rule(state.clause)
    def limit_holds(facts: Facts) -> str | None:
        series = facts.target.series.get(state.name)
        if not facts.has_coupons or series is None or series_named(facts.outcome) != series.id:
            return None
        counts = [count for (given_of, _), count in facts.history.given.items() if given_of == series.id]
        most = max(counts, default=0) if state.counts == "customer" else facts.history.given_in_all[series.id]
        return f"{most} coupons in this run where {series.cap} are the limit" if most > (series.cap or 0) else ""


for _state in COUNTED:
    _limit_holds(_state)
