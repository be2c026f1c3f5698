"""Requests that mean the same are answered the same."""

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

Json = Any
COUNT = 2


def _escaped(body: Json) -> str:
    """JSON with every character of every text as a \\u escape."""
    if isinstance(body, dict):
        return "{" + ",".join(f"{_escaped(name)}:{_escaped(value)}" for name, value in body.items()) + "}"
    if isinstance(body, str):
        return '"' + "".join(f"\\u{unit:04x}" for unit in _utf_16(body)) + '"'
    return json.dumps(body)


def _utf_16(text: str) -> Iterator[int]:
    return (unit for (unit,) in struct.iter_unpack(">H", text.encode("utf-16-be")))


def _spaced(body: dict[str, Json]) -> bytes:
    return b" \r\n\t" + json.dumps(body, indent=8, separators=(" ,", " \t: ")).encode() + b"\n\n"


WRITINGS: dict[str, Callable[[dict[str, Json]], bytes]] = {
    "keys reversed": lambda body: json.dumps(dict(reversed(body.items()))).encode(),
    "customer first": lambda body: json.dumps({"customer": body["customer"]} | body).encode(),
    "white space": _spaced,
    "escapes": lambda body: _escaped(body).encode(),
}


def _summary(answer: Outcome) -> tuple[Json, ...]:
    customer = answer.body.get("customer") if isinstance(answer.body, dict) else None
    who = customer.get("id") if isinstance(customer, dict) else None
    return answer.kind, answer.status, len(answer.coupons), sorted(answer.errors), sorted(answer.warnings), who


@pytest.mark.clause("same-meaning")
@pytest.mark.sends(2, 2 * COUNT)
@pytest.mark.parametrize("writing", WRITINGS)
def test_another_way_to_write_the_same_request_is_answered_the_same(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, writing: str
) -> None:
    body = {"seriesId": series.ordinary.id, "count": COUNT, "customer": customers.any}
    plain = api.post(json.dumps(body).encode())
    other = api.post(WRITINGS[writing](body))

    assert _summary(other) == _summary(plain), f"{writing}: answered with {other}, and plainly with {plain}"


@pytest.mark.clause("same-meaning")
@pytest.mark.sends(2, 2)
@pytest.mark.parametrize("writing", WRITINGS)
def test_another_way_to_write_a_wrong_request_is_refused_the_same(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, writing: str
) -> None:
    body = {"seriesId": series.ordinary.id, "count": 0, "customer": customers.any}
    plain = api.post(json.dumps(body).encode())
    other = api.post(WRITINGS[writing](body))

    assert _summary(other) == _summary(plain), f"{writing}: answered with {other}, and plainly with {plain}"


@pytest.mark.clause("same-meaning")
@pytest.mark.sends(2, 2)
def test_another_identifier_of_a_customer_is_answered_as_the_same_customer(
    api: Api, run: Run, series: OfferedSeries
) -> None:
    one, other = (api.issue(series.ordinary, reference, 1) for reference in _two_references(run))
    if one.refused_with(701) or other.refused_with(701):
        raise NotObserved("a customer was not found by each identifier")  # other clauses say so

    assert _summary(one) == _summary(other), f"answered with {one} by one identifier, with {other} by another"


@pytest.mark.clause("same-meaning")
@pytest.mark.sends(2, 2)
def test_a_limit_per_customer_counts_the_customer_and_not_the_identifier(
    api: Api, run: Run, series: OfferedSeries
) -> None:
    references = _two_references(run)
    first = api.issue(series.one_per_customer, references[0], 1)
    second = api.issue(series.one_per_customer, references[1], 1)
    is_the_same = second.coupons == first.coupons  # ledger resending-series

    assert not second.coupons or is_the_same, f"by another identifier of the same customer: answered with {second}"


def _two_references(run: Run) -> list[dict[str, str]]:
    for customer in run.target.known:
        if len(customer) > 1:
            return [{name: text} for name, text in list(customer.items())[:2]]
    raise NotOffered("customers.known with two identifiers of one customer")
