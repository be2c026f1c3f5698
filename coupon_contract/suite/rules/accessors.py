"""Accessors for responses of any shape."""

from collections.abc import Sequence
from typing import Any

from coupon_contract.suite.history import series_named
from coupon_contract.suite.oracle import Facts

Json = Any


def entries(facts: Facts, name: str) -> Sequence[Json]:
    """Return the items of a list in the response, or nothing."""
    value = facts.outcome.body.get(name) if isinstance(facts.outcome.body, dict) else None
    return value if isinstance(value, list) else ()


def series_state(facts: Facts) -> str:
    """Return the described state of the requested series, or an empty text."""
    series_id = series_named(facts.exchange.request)
    series = facts.target.series_by_id(series_id) if series_id is not None else None
    return series.state.name if series else ""
