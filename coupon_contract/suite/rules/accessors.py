"""Ways to look into an answer without trusting its shape."""

from collections.abc import Iterable, Sequence
from typing import Any

from coupon_contract.suite.history import series_named
from coupon_contract.suite.oracle import Facts

Json = Any


def entries(facts: Facts, name: str) -> Sequence[Json]:
    """The items of a list in the answer, or nothing."""
    value = facts.answer.body.get(name) if isinstance(facts.answer.body, dict) else None
    return value if isinstance(value, list) else ()


def profiles(facts: Facts) -> Iterable[dict[str, Json]]:
    """The profiles of the customer in the answer that are objects."""
    customer = facts.answer.body.get("customer")
    profiles = customer.get("profiles") if isinstance(customer, dict) else None
    return [profile for profile in profiles if isinstance(profile, dict)] if isinstance(profiles, list) else ()


def identifiers(facts: Facts) -> Iterable[dict[str, Json]]:
    """All identifiers of the customer in the answer that are objects."""
    lists = [profile.get(name) for profile in profiles(facts) for name in ("identifiers", "identifiersAll")]
    return [entry for entries in lists if isinstance(entries, list) for entry in entries if isinstance(entry, dict)]


def series_state(facts: Facts) -> str:
    """The described state of the series that was asked, or an empty text."""
    series_id = series_named(facts.answer)
    series = facts.target.series_by_id(series_id) if series_id is not None else None
    return series.state.name if series else ""
