"""What must hold over all answers of a run: uniqueness and limits."""

from coupon_contract.suite.history import series_named
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.rules.accessors import series_state


@rule("coupon-ids-unique")
def coupon_ids_are_unique(facts: Facts) -> str | None:
    ids = [coupon.get("couponId") for coupon in facts.answer.coupons if isinstance(coupon, dict)]
    if not ids:
        return None
    twice = any(facts.memory.ids[one] > 1 for one in ids if isinstance(one, int | float | str))
    return "a couponId that this run has been given before" if twice else ""


@rule("codes-unique")
def codes_are_unique(facts: Facts) -> str | None:
    if not facts.has_coupons or series_state(facts) in ("", "generic"):
        return None
    given = facts.memory.codes[series_named(facts.answer) or 0]
    codes = [coupon.get("code") for coupon in facts.answer.coupons if isinstance(coupon, dict)]
    twice = any(given[code] > 1 for code in codes if isinstance(code, int | str))
    return "a code that this run has been given before in the same series" if twice else ""


@rule("generic-shares-one-code")
def generic_series_have_one_code(facts: Facts) -> str | None:
    if not facts.has_coupons or series_state(facts) != "generic":
        return None
    codes = facts.memory.codes[series_named(facts.answer) or 0]
    return "a generic series gave more than one code" if len(codes) > 1 else ""


@rule("limit-per-customer")
def limit_per_customer_holds(facts: Facts) -> str | None:
    return _within(facts, "limited-per-customer", per_customer=True)


@rule("one-per-customer")
def one_per_customer_holds(facts: Facts) -> str | None:
    return _within(facts, "one-per-customer", per_customer=True)


@rule("codes-running-out")
def uploaded_codes_are_all_there_is(facts: Facts) -> str | None:
    return _within(facts, "few-codes-left", per_customer=False)


def _within(facts: Facts, state: str, *, per_customer: bool) -> str | None:
    series = facts.target.series.get(state)
    if not facts.has_coupons or series is None or series_named(facts.answer) != series.id:
        return None
    limit = series.number or 1
    counts = [count for (given_of, _), count in facts.memory.given.items() if given_of == series.id]
    most = max(counts, default=0) if per_customer else facts.memory.given_in_all[series.id]
    return f"{most} coupons in this run where {limit} are the limit" if most > limit else ""
