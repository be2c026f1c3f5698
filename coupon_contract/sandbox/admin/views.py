"""Plain values for the page and the control API."""

import json
from typing import Any

from msgspec.structs import replace

from coupon_contract.sandbox.codec import rfc3339
from coupon_contract.sandbox.issuing import TERMS, Series
from coupon_contract.sandbox.records import CouponRow, SeriesRow, SeriesState
from coupon_contract.sandbox.runtime_settings import RuntimeSettings
from coupon_contract.sandbox.seed import Series as SeedSeries
from coupon_contract.sandbox.seed_additions import MOST_LEFT, coupons_left

View = dict[str, Any]


def state_view(runtime: RuntimeSettings, now: int) -> View:
    """Return the settings in force; `now` is the sandbox's clock in epoch milliseconds."""
    settings = runtime.settings()
    return {
        "now": rfc3339(now),
        "clock_offset_ms": settings.clock_offset_ms,
        "behaviour": settings.behaviour,
        "hazards": settings.hazards,
    }


def behaviour_views() -> list[View]:
    """Return every fault with the clauses that it breaks, and every variant with its ledger entries."""
    from coupon_contract.sandbox.faults import FAULTS, VARIANTS  # imported on demand, because only this view needs them

    faults = [
        {"name": fault.name, "kind": "fault", "text": fault.text, "breaks": sorted(fault.breaks)}
        for fault in FAULTS.values()
    ]
    return faults + [
        {"name": variant.name, "kind": "variant", "text": variant.text, "rests_on": list(variant.ledger)}
        for variant in VARIANTS.values()
    ]


def series_view(state: SeriesState) -> View:
    """Return a series as it is now; `left` is the number of coupons that its limits leave, None without a limit."""
    series = state.series
    return {
        "id": series.id,
        "state": state.state,
        "description": json.loads(state.config)["description"],
        "issued": series.issued,
        "left": left(series),
        "codes_left": series.codes_left,
        "expires": None if series.expires_at is None else rfc3339(series.expires_at),
        **{name: getattr(series, name) for name in TERMS},
    }


def as_added(row: SeriesRow) -> SeriesState:
    """Return the state of a series that was just added."""
    codes_left = None if row.codes is None else len(row.codes)
    return SeriesState(replace(row.series, codes_left=codes_left), row.state, row.config)


def status(series: SeriesState, now: int) -> tuple[str, str]:
    """Return the state that a series is in at `now` (epoch milliseconds): its tone, and words for people."""
    if series.series.externally_managed:
        return "bad", "externally managed"
    if series.series.expires_at is not None and series.series.expires_at <= now:
        return "bad", "expired"
    return ("bad", "nothing left") if left(series.series) == 0 else ("good", "open")


def left(series: Series) -> int | None:
    """Return how many coupons the series can still issue to all customers together."""
    in_all = None if series.limit_in_all is None else series.limit_in_all - series.issued
    return min((max(0, limit) for limit in (in_all, series.codes_left) if limit is not None), default=None)


def customer_view(customer_id: int, profile: str) -> View:
    """Return a customer with the identifiers."""
    (only,) = json.loads(profile)["profiles"]
    identifiers = {identifier["type"]: identifier["value"] for identifier in only["identifiers"]}
    names = {"first_name": only["firstName"], "last_name": only["lastName"]}
    return {"id": customer_id, **names, "auto_update_time": only["autoUpdateTime"], "identifiers": identifiers}


def coupon_view(row: CouponRow) -> View:
    """Return an issued coupon."""
    view = {"id": row.id, "code": row.code, "series_id": row.series_id, "customer_id": row.customer_id}
    return {**view, "issued_at": rfc3339(row.issued_at)}


def fixture_view(series: SeedSeries) -> tuple[str, View]:
    """Return the state of a series in a target file, which its text begins with, and the series as it stands there."""
    state = series.state.split()[0]
    if series.limit_per_customer is None:
        left = coupons_left(series)  # a target file says how many are left where one run uses them up
        return state, {"id": series.id, **({"left": left} if left <= MOST_LEFT else {})}
    return state, {"id": series.id, **({"limit": series.limit_per_customer} if series.limit_per_customer > 1 else {})}
