"""Example requests for the API reference: one for each series of the seed, with the outcome that the rules decide."""

from itertools import count
from typing import Any

from msgspec.structs import replace

from coupon_contract.facts import COUNT_MAXIMUM
from coupon_contract.sandbox import issuing
from coupon_contract.sandbox.admin.request_view import first_identifier
from coupon_contract.sandbox.decision_text import in_short
from coupon_contract.sandbox.seed import Customer, Seed, Series
from coupon_contract.sandbox.seeding import record

UNKNOWN = "invalid"  # the state of a series that does not exist, as in target files

Json = Any


def series_examples(seed: Seed, now: int) -> dict[str, Json]:
    """Return examples of the document by name; `now` is epoch milliseconds. None without customers in the seed.

    A request for a series with a small limit asks for one coupon more than its limit, so that the example shows it.
    """
    if not seed.customers:
        return {}
    customer = seed.customers[0]
    examples: dict[str, Json] = {}
    for series in seed.series:
        name = series.state if series.state not in examples else f"{series.state}-{series.id}"
        examples[name] = example(name, series.id, as_seeded(series), customer, now)
    taken = {series.id for series in seed.series}
    unknown = next(number for number in count(999_999_999) if number not in taken)
    return examples | {UNKNOWN: example(UNKNOWN, unknown, None, customer, now)}


def example(name: str, series_id: int, series: issuing.Series | None, customer: Customer, now: int) -> Json:
    """Return the example of a series, with the outcome of its first request as its summary."""
    requested = one_too_many(series)
    decision = issuing.decide(requested, issuing.Situation(series, customer.id, 0, now))
    kind, value = first_identifier(customer)
    outcome = in_short(decision.granted, requested, decision.problem)
    return {
        "summary": f"Series {series_id}, {name}: {outcome}",
        "value": {"seriesId": series_id, "count": requested, "customer": {kind: value}},
    }


def as_seeded(series: Series) -> issuing.Series:
    """Return the record of a series without making its codes, of which there may be a million."""
    uploaded = series.uploaded
    left = None if uploaded is None else uploaded.count + len(uploaded.codes)
    return replace(record(series), codes_left=left)


def one_too_many(series: issuing.Series | None) -> int:
    """Return the tightest limit of the series and one more, or 1 where that is more than a request may ask for."""
    tightest = min((bound.fits for bound in issuing.bounds(series, 0)), default=0) if series else 0
    return tightest + 1 if 0 < tightest < COUNT_MAXIMUM else 1
