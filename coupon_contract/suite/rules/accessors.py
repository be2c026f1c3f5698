"""Accessors for responses of any shape."""

from collections.abc import Iterable, Sequence
from typing import Any

from coupon_contract.suite.history import series_named
from coupon_contract.suite.oracle import Facts

Json = Any


def entries(facts: Facts, name: str) -> Sequence[Json]:
    """Return the items of a list in the response, or nothing."""
    value = facts.outcome.body.get(name) if isinstance(facts.outcome.body, dict) else None
    return value if isinstance(value, list) else ()


def profiles(facts: Facts) -> Iterable[dict[str, Json]]:
    """Return the profiles of the customer in the response that are objects."""
    customer = facts.outcome.body.get("customer")
    profiles = customer.get("profiles") if isinstance(customer, dict) else None
    return [profile for profile in profiles if isinstance(profile, dict)] if isinstance(profiles, list) else ()


def identifiers(facts: Facts) -> Iterable[dict[str, Json]]:
    """Return all identifiers of the customer in the response that are objects."""
    lists = [profile.get(name) for profile in profiles(facts) for name in ("identifiers", "identifiersAll")]
    return [entry for entries in lists if isinstance(entries, list) for entry in entries if isinstance(entry, dict)]


def series_state(facts: Facts) -> str:
    """Return the described state of the requested series, or an empty text."""
    series_id = series_named(facts.outcome)
    series = facts.target.series_by_id(series_id) if series_id is not None else None
    return series.state.name if series else ""
