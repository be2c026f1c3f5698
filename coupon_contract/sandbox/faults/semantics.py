"""Faults of meaning: equivalent requests treated differently, or meaningless ones accepted."""

import json
import re
from collections.abc import Callable
from typing import Any

from coupon_contract.facts import METADATA_LENGTHS, REQUEST_FIELDS
from coupon_contract.sandbox import codec
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.errors import Problem
from coupon_contract.sandbox.faults.counts import reading
from coupon_contract.sandbox.faults.fault_wrapper import Behave, Json
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.faults.statuses import decoding
from coupon_contract.sandbox.issuing import IssueRequest, Rules
from coupon_contract.sandbox.json_body import Unusable, json_object

SERIES = 415446


def refusing(unusual: Callable[[bytes], object]) -> Behave:
    """Return a behaviour that rejects an unusual property of a body."""

    def decode(body: bytes) -> dict[str, Any]:
        if unusual(body):
            raise Unusable
        return json_object(body)

    return decoding(decode)


def in_order(body: bytes) -> dict[str, Any]:
    """Read seriesId as the first field."""
    fields = json_object(body)
    if "seriesId" in fields and next(iter(fields)) != "seriesId":
        raise Unusable
    return fields


def escapes_kept(body: bytes) -> dict[str, Any]:
    """Keep the escapes of texts as they are."""
    json_object(body)
    return json_object(re.sub(rb"\\u(?=[0-9a-fA-F]{4})", rb"\\\\u", body))


def added_up(body: bytes) -> dict[str, Any]:
    """Add up the counts of a body that has several."""
    fields = json.loads(body, object_pairs_hook=repeated)
    return fields if isinstance(fields, dict) and "count" in fields else json_object(body)


def repeated(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return an object with repeated counts added up."""
    counts = [value for name, value in pairs if name == "count" and type(value) is int]
    return {**dict(pairs), "count": sum(counts)} if len(counts) > 1 else dict(pairs)


def tolerant(decode: Callable[[bytes], dict[str, Any]]) -> Behave:
    """Return another decoder for bodies that can be decoded at all."""

    def decoded(body: bytes) -> dict[str, Any]:
        try:
            return decode(body)
        except (ValueError, RecursionError):
            return json_object(body)

    return decoding(decoded)


def points_lost(body: bytes) -> dict[str, Any]:
    """Drop decimal points, so that 2.0 becomes 20."""
    return json_object(re.sub(rb"(?<=[0-9])\.(?=0[,}\s])", b"", body))


def quantity_wins(fields: dict[str, Json]) -> dict[str, Json]:
    """Let a count in the metadata override the count."""
    metadata = fields.get("metadata")
    inner = metadata.get("count") if isinstance(metadata, dict) else None
    return {**fields, "count": inner} if isinstance(inner, int) else fields


def strange(fields: dict[str, Json]) -> bool:
    """Return True for undocumented fields with names as programmers write them."""
    unknown = set(fields).difference(REQUEST_FIELDS, {"seriesIds"})
    return any(len(name) > 3 and name.isascii() and name.isalpha() for name in unknown)


class Strange(IssueRequest):
    """A request with fields that are not documented."""


def marked(fields: dict[str, Json]) -> IssueRequest:
    """Note unknown fields."""
    request = codec.issue_request(fields)
    return Strange(request.series_id, request.count, request.identifiers) if strange(fields) else request


def refuse_strange(request: IssueRequest) -> Problem | None:
    """Refuse undocumented fields with 756."""
    return Problem(756, "unknown field") if isinstance(request, Strange) else Rules().check_request(request)


def without_metadata(fields: dict[str, Json]) -> dict[str, Json]:
    """Reject any metadata."""
    if "metadata" in fields:
        raise Unusable
    return fields


def metadata_cut(fields: dict[str, Json]) -> dict[str, Json]:
    """Cut texts of metadata off at their longest."""
    given = fields.get("metadata")
    if not isinstance(given, dict):
        return fields
    cut = {
        name: value[: METADATA_LENGTHS.get(name)] if isinstance(value, str) else value for name, value in given.items()
    }
    return {**fields, "metadata": cut}


def two_wrongs(fields: dict[str, Json]) -> dict[str, Json]:
    """Toggle a flag for a wrong seriesId and again for a wrong count, and then use the defaults of both."""
    both = not isinstance(fields.get("seriesId"), int | str) and not isinstance(fields.get("count"), int | None)
    return {**fields, "seriesId": SERIES, "count": 1} if both else fields


SAME = [
    Fault(
        "key-order-matters",
        "seriesId is only found as the first field.",
        "same-meaning",
        decoding(in_order),
        also="count-omitted customer-unknown limit-in-all one-per-customer one-per-customer-count"
        " limit-per-customer series-expired no-codes-left series-unknown series-externally-managed"
        " generic-one-at-a-time issues-what-was-asked count-too-low valid-is-processed ambiguous-json",
    ),
    Fault(
        "lines-matter",
        "A body of several lines is answered with HTTP 400.",
        "same-meaning",
        refusing(lambda body: b"\n" in body.strip()),
        also="count-too-low issues-what-was-asked",
    ),
    Fault(
        "escapes-refused",
        "A body with an escape in it is answered with HTTP 400.",
        "same-meaning",
        refusing(lambda body: b"\\u" in body),
        also="issues-what-was-asked count-too-low valid-is-processed",
    ),
    Fault(
        "escapes-kept",
        "Escapes in texts are not decoded.",
        "same-meaning",
        decoding(escapes_kept),
        also="issues-what-was-asked",
    ),
]

READ = [
    Fault(
        "counts-added-up",
        "A body with two counts gets both.",
        "ambiguous-json",
        tolerant(added_up),
    ),
    Fault(
        "points-lost",
        "The decimal point is dropped, so that 2.0 is 20.",
        "ambiguous-json",
        tolerant(points_lost),
        also="complete-has-no-errors counts-add-up issues-what-was-asked never-more-than-asked",
    ),
    Fault(
        "metadata-count-wins",
        "A count in the metadata overrides the count.",
        "issues-what-was-asked",
        reading(quantity_wins),
        also="counts-add-up never-more-than-asked unknown-request-fields",
    ),
    Fault(
        "unknown-field-as-756",
        "A field that is not documented is refused with 756.",
        "unknown-request-fields",
        lambda: Behaviour(read=marked, rules=Rules(check_request=refuse_strange)),
        also="customer-unknown numbers-out-of-range count-omitted invalid-issues-nothing issues-what-was-asked"
        " hostile-body valid-is-processed same-meaning",
    ),
    Fault(
        "metadata-refused",
        "Metadata is answered with HTTP 400.",
        "metadata-taken",
        reading(without_metadata),
    ),
    Fault(
        "metadata-cut",
        "Metadata that is too long is cut off, and taken.",
        "metadata-too-long",
        reading(metadata_cut),
    ),
    Fault(
        "two-wrongs",
        "A wrong seriesId and a wrong count each turn a flag over, so that a request with both is right again.",
        "series-missing",
        reading(two_wrongs),
        also="invalid-issues-nothing",
    ),
]

FAULTS = [*SAME, *READ]
