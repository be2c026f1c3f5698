"""How a customer is identified."""

from collections.abc import Callable

import pytest

from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotOffered
from coupon_contract.suite.target import Customer
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries


@pytest.mark.clause("external-id-unpadded")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("padded", [False, True], ids=["stripped", "padded"])
def test_an_external_id_identifies_with_and_without_leading_zeros(
    api: Api, run: Run, series: OfferedSeries, padded: bool
) -> None:
    bare = _external_id_of_digits(run).lstrip("0")
    answer = api.issue(series.ordinary, {"externalId": bare.zfill(12) if padded else bare}, 1)

    assert answer.issued(1) or (padded and answer.refused_with(701)), f"answered with {answer}"


def _external_id_of_digits(run: Run) -> str:
    for customer in run.target.known:
        if customer.get("externalId", "").isdigit():
            return customer["externalId"]
    raise NotOffered("customers.known with an externalId of digits")


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable  # elsewhere, the changed number might be a stranger's
@pytest.mark.parametrize(
    "change",
    [lambda text: text[:-1], lambda text: text + "0"],
    ids=["prefix", "longer"],
)
def test_a_mobile_number_is_matched_whole(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, change: Callable[[str], str]
) -> None:
    answer = api.issue(series.ordinary, {"mobile": change(customers.known("mobile")["mobile"])}, 1)

    assert answer.refused_with(701) or answer.status == 400, f"answered with {answer}"


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable  # elsewhere, a server that is taken in would give a stranger a coupon
@pytest.mark.parametrize("customer", [{"email": "' OR '1'='1"}, {"mobile": "%"}], ids=["SQL", "wildcard"])
def test_an_identifier_that_is_meant_for_a_database_names_nobody(
    api: Api, series: OfferedSeries, customer: Customer
) -> None:
    answer = api.issue(series.ordinary, customer, 1)

    assert answer.refused_with(701) or answer.status in (400, 403), f"answered with {answer}"


@pytest.mark.clause("customer-missing")
@pytest.mark.disposable  # elsewhere, the customer with this id might be a stranger
def test_a_customer_by_an_undocumented_identifier_alone_is_refused(api: Api, series: OfferedSeries) -> None:
    answer = api.issue(series.ordinary, {"id": 1}, 1)

    assert answer.refused_with(701, 756) or answer.status in (400, 403), f"answered with {answer}"


@pytest.mark.clause("unusable-body")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("wrong", [int, lambda text: [text]], ids=["number", "array"])
def test_an_identifier_of_another_type_is_unusable(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, wrong: Callable[[str], object]
) -> None:
    mobile = customers.unknown("mobile")["mobile"]
    if not (mobile.isascii() and mobile.isdigit()):
        raise NotOffered("customers.unknown.mobile of digits")
    answer = api.issue(series.ordinary, {"mobile": wrong(mobile)}, 1)

    assert answer.status == 400, f"answered with {answer}"


@pytest.mark.clause("customer-unknown")
@pytest.mark.sends(1, 1)
def test_an_identifier_is_looked_up_as_its_own_type(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = api.issue(series.ordinary, {"email": customers.known("mobile")["mobile"]}, 1)

    assert answer.refused_with(701) or answer.status == 400, f"answered with {answer}"
