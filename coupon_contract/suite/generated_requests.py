"""Requests made by Schemathesis from the document, fed with the target's own series and customers.

Without its ids a generated request never reaches a success. Only the body is taken from Schemathesis; credentials and
sending are the transport's.
"""

from copy import deepcopy
from functools import cache
from typing import Any

import schemathesis
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.config import SchemathesisConfig

from coupon_contract import spec
from coupon_contract.facts import COUNT_MAXIMUM, IDENTIFIERS
from coupon_contract.suite.budget import series_mentioned
from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.request_reader import INT64
from coupon_contract.suite.target import Target

Json = Any

FREE_COUNT = 5  # coupons; what a generated count that is allowed is cut down to


@cache  # slow to make, and the same for every run of a process
def bodies(mode: GenerationMode) -> st.SearchStrategy[Json]:
    """Bodies that the document allows (POSITIVE) or rejects (NEGATIVE): JSON values, or bytes that are not JSON."""
    document = deepcopy(spec.document())
    del document["security"], document["components"]["securitySchemes"]  # or wrong headers would stand for wrong bodies
    settings = SchemathesisConfig()  # or Schemathesis looks for a file in the current directory and its parents
    operation = schemathesis.openapi.from_dict(document, config=settings)[spec.ISSUE_PATH]["POST"]
    return operation.as_strategy(generation_mode=mode).map(lambda case: case.body)


def requests(mode: GenerationMode, target: Target) -> st.SearchStrategy[Request]:
    """Generated requests in which what is plainly a series or a customer is mostly one of the target's.

    None of them could be read to name a series that is left to other tests.
    """
    series = [one.id for one in target.series.values() if one.id in target.pool]
    left_to_others = {one.id for one in target.series.values()} - target.pool
    customers = [{name: text} for customer in (*target.known, target.unknown) for name, text in customer.items()]
    fed = st.builds(_fed, bodies(mode), st.sampled_from(series), st.sampled_from(customers), st.integers(0, 9))
    made = fed.map(lambda body: Request(body=body if isinstance(body, bytes) else dumps(body)))
    return made.filter(lambda request: left_to_others.isdisjoint(series_mentioned(request)))


def _fed(body: Json, series: int, customer: dict[str, str], dice: int) -> Json:
    if not isinstance(body, dict):
        return body
    fed = dict(body)
    if _is_integer(body.get("seriesId")) and abs(body["seriesId"]) < INT64 and dice != 0:
        fed["seriesId"] = series
    if _is_reference(body.get("customer")) and dice != 1:
        fed["customer"] = customer
    if _is_integer(body.get("count")) and FREE_COUNT < body["count"] <= COUNT_MAXIMUM:
        fed["count"] = type(body["count"])(1 + int(body["count"]) % FREE_COUNT)
    return fed


def _is_integer(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value and value % 1 == 0


def _is_reference(value: Json) -> bool:
    if not isinstance(value, dict):
        return False
    given = [value[name] for name in IDENTIFIERS if name in value]
    return bool(given) and all(isinstance(text, str) for text in given)
