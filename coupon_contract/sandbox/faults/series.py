"""Faults of series: issuing when it must not."""

import re
from collections.abc import Callable
from functools import partial

from attrs import evolve
from msgspec.structs import replace

from coupon_contract.sandbox import codec, issuing
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.counts import reading, ruled
from coupon_contract.sandbox.faults.fault_wrapper import Behave, Json
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.issuing import Decision, IssueRequest, Series, Situation
from coupon_contract.sandbox.store import Transaction

INT32, INT64 = 2**31, 2**63


def with_series(change: Callable[[Series], Series]) -> Behave:
    """Return a behaviour whose rules see another state of the series."""

    def decide(requested: int, situation: Situation) -> Decision:
        series = situation.series and change(situation.series)
        return issuing.decide(requested, evolve(situation, series=series))

    return ruled(decide=decide)


def plural_too(fields: dict[str, Json]) -> dict[str, Json]:
    """Take seriesIds if seriesId is missing, the first of several."""
    ids = fields.get("seriesIds")
    first = ids[0] if isinstance(ids, list) and ids else ids
    return fields if "seriesId" in fields or not isinstance(first, int) else {**fields, "seriesId": first}


def first_of_list(fields: dict[str, Json]) -> dict[str, Json]:
    """Take the first entry of an array."""
    ids = fields.get("seriesId")
    return {**fields, "seriesId": ids[0]} if isinstance(ids, list) and ids else fields


def truncated(fields: dict[str, Json]) -> dict[str, Json]:
    """Cut off a fraction."""
    value = fields.get("seriesId")
    return {**fields, "seriesId": int(value)} if isinstance(value, float) else fields


def leading_digits(fields: dict[str, Json]) -> dict[str, Json]:
    """Read a text up to the first character that is not a digit, as parseInt does."""
    value = fields.get("seriesId")
    digits = re.match(r"\d{1,18}", value) if isinstance(value, str) else None
    return {**fields, "seriesId": int(digits[0])} if digits else fields


def texts_are_unknown(fields: dict[str, Json]) -> dict[str, Json]:
    """Take any text for the id of an unknown series."""
    return {**fields, "seriesId": 0} if isinstance(fields.get("seriesId"), str | bool) else fields


def null_is_zero(fields: dict[str, Json]) -> dict[str, Json]:
    """Take null as 0."""
    return {**fields, "seriesId": 0} if "seriesId" in fields and fields["seriesId"] is None else fields


def wrapping(bound: int) -> Behave:
    """Return a behaviour that keeps seriesId as a signed integer in [-bound, bound)."""

    def wrap(fields: dict[str, Json], bound: int) -> IssueRequest:
        request = codec.issue_request(fields)
        number = request.series_id
        return evolve(request, series_id=None if number is None else (number + bound) % (2 * bound) - bound)

    return lambda: Behaviour(read=partial(wrap, bound=bound))


class WithDefault(Transaction):
    """Falls back to the first series."""

    def series(self, series_id: int) -> Series | None:
        series = super().series(series_id)
        return series or super().series(int(self._run("SELECT max(id) FROM series").fetchone()[0]))


FAULTS = [
    Fault(
        "series-ids-taken",
        "seriesIds is taken where seriesId is missing, as the documentation's table has it.",
        "series-missing",
        reading(plural_too),
    ),
    Fault(
        "series-list-taken",
        "The first of several series in a list is taken.",
        "series-not-integer",
        reading(first_of_list),
        also="refused-leaves-nothing",
    ),
    Fault(
        "series-truncated",
        "A seriesId with a fraction is cut to an integer.",
        "series-not-integer",
        reading(truncated),
    ),
    Fault(
        "series-parsed-as-far-as-it-goes",
        "A text is taken as far as it is a number, and the rest is dropped.",
        "series-not-integer",
        reading(leading_digits),
    ),
    Fault(
        "series-text-as-707",
        "A seriesId that is not a number is refused with 707 instead of HTTP 400.",
        "series-not-integer series-as-text",
        reading(texts_are_unknown),
        also="issues-what-was-asked invalid-issues-nothing",
    ),
    Fault(
        "series-null-as-707",
        "A seriesId that is null is read as 0 and refused with 707.",
        "null-fields",
        reading(null_is_zero),
    ),
    Fault(
        "unknown-series-issues",
        "A series that does not exist falls back to a default one.",
        "series-unknown",
        lambda: Behaviour(transaction_type=WithDefault),
        also="numbers-out-of-range series-as-text codes-unique",
    ),
    Fault(
        "external-series-issues",
        "A series that is managed externally issues like any other.",
        "series-externally-managed",
        with_series(lambda series: replace(series, externally_managed=False)),
    ),
    Fault(
        "expired-series-issues",
        "The expiry of a series is not checked.",
        "series-expired",
        with_series(lambda series: replace(series, expires_at=None)),
        also="refused-leaves-nothing read-back-lists-issued same-meaning",
    ),
    Fault(
        "series-wraps-at-64-bits",
        "A seriesId beyond 64 bits wraps around to one that exists.",
        "numbers-out-of-range",
        wrapping(INT64),
    ),
    Fault(
        "series-wraps-at-32-bits",
        "A seriesId beyond 32 bits wraps around to one that exists.",
        "numbers-out-of-range",
        wrapping(INT32),
        also="series-unknown",
    ),
]
