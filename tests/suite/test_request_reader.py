import pytest
from attrs import evolve

from coupon_contract.suite.request_reader import customers_named, read_request, requested_count, same_identifier
from coupon_contract.suite.states import STATES
from coupon_contract.suite.target import Series
from tests.suite.conftest import (
    EMAIL,
    MOBILE,
    OMIT,
    TARGET,
    body,
    request,
)
from tests.suite.expectation_helpers import TWO_CUSTOMERS, UNKNOWN, Json, raw


@pytest.mark.parametrize(
    ("sent", "count"),
    [
        (body(count=OMIT), 1),
        (body(count=7), 7),
        (body(count=501), 501),
        (body(count=-1), -1),
        (body(count=2.0), 2),
        (body(count=2.5), None),
        (body(count="2"), 2),
        (body(count=True), None),
        (body(count=None), None),
        (b'{"count": 1e400}', None),
        (b'{"count": 1, "count": 2}', None),
        (b"not JSON", None),
        ([], None),
    ],
)
def test_the_count_asked_for_is_said_only_where_it_is_plain(sent: Json, count: int | None) -> None:
    assert requested_count(request(sent)) == count


@pytest.mark.parametrize(
    ("name", "left", "right", "same"),
    [
        ("externalId", "000003873472", "3873472", True),
        ("externalId", "3873472", "38734720", False),
        ("externalId", "x918028464628", "918028464628", False),
        ("mobile", "011223569865", "11223569865", False),
        ("email", "0@example.com", "@example.com", False),
    ],
)
def test_only_external_ids_are_compared_without_leading_zeros(name: str, left: str, right: str, same: bool) -> None:
    assert same_identifier(name, left, right) is same


@pytest.mark.parametrize(
    ("customer", "named"),
    [(MOBILE, {0}), (EMAIL, {1}), (TWO_CUSTOMERS, {0, 1}), (UNKNOWN, set()), ({"externalId": "03873472"}, {0})],
)
def test_the_customers_that_a_request_names(customer: Json, named: set[int]) -> None:
    assert customers_named(request(body(customer=customer)), TARGET) == named


def test_a_large_series_id_with_a_decimal_point_names_no_neighbour() -> None:
    near = {"ordinary": 2**53 + 1, "expired": 2**53}
    target = evolve(TARGET, series={name: Series(STATES[name], id) for name, id in near.items()})
    reading = read_request(request(raw('{"seriesId": 9007199254740993.0, "customer": @}')), target)

    assert reading is not None
    assert reading.series == target.series["ordinary"]
