"""Plain values for the page and the control API."""

import json
from typing import Any

from attrs import evolve

from coupon_contract.sandbox.codec import rfc3339
from coupon_contract.sandbox.issuing import Series
from coupon_contract.sandbox.records import CouponRow, SeriesRow, SeriesState
from coupon_contract.sandbox.runtime_settings import Live

View = dict[str, Any]


def state_view(live: Live, now: int) -> View:
    """Return the settings in force; `now` is the sandbox's clock in epoch milliseconds."""
    settings = live.settings()
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
        {"name": one.name, "kind": "fault", "text": one.text, "breaks": sorted(one.breaks)} for one in FAULTS.values()
    ]
    return faults + [
        {"name": one.name, "kind": "variant", "text": one.text, "rests_on": list(one.ledger)}
        for one in VARIANTS.values()
    ]


def series_view(found: SeriesState) -> View:
    """Return a series as it is now; `left` is the number of coupons that its limits leave, None without a limit."""
    series = found.series
    return {
        "id": series.id,
        "state": found.state,
        "description": json.loads(found.config)["description"],
        "issued": series.issued,
        "left": left(series),
        "limit_per_customer": series.limit_per_customer,
        "limit_in_all": series.limit_in_all,
        "codes_left": series.codes_left,
        "generic_code": series.generic_code,
        "expires": None if series.expires_at is None else rfc3339(series.expires_at),
        "externally_managed": series.externally_managed,
    }


def as_planted(row: SeriesRow) -> SeriesState:
    """Return the state of a series that was just added."""
    codes_left = None if row.codes is None else len(row.codes)
    return SeriesState(evolve(row.series, codes_left=codes_left), row.state, row.config)


def left(series: Series) -> int | None:
    """Return how many coupons the series can still issue to all customers together."""
    in_all = None if series.limit_in_all is None else series.limit_in_all - series.issued
    return min((max(0, one) for one in (in_all, series.codes_left) if one is not None), default=None)


def customer_view(customer_id: int, profile: str) -> View:
    """Return a customer with the identifiers."""
    (only,) = json.loads(profile)["profiles"]
    identifiers = {one["type"]: one["value"] for one in only["identifiers"]}
    names = {"first_name": only["firstName"], "last_name": only["lastName"]}
    return {"id": customer_id, **names, "auto_update_time": only["autoUpdateTime"], "identifiers": identifiers}


def coupon_view(row: CouponRow) -> View:
    """Return an issued coupon."""
    told = {"id": row.id, "code": row.code, "series_id": row.series_id, "customer_id": row.customer_id}
    return {**told, "issued_at": rfc3339(row.issued_at)}
