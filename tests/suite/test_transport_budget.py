import pytest

from coupon_contract.suite.plan import Allowance, Cost, OverPlan
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.transport import Forbidden, Transport
from tests.suite.conftest import (
    TARGET,
    always,
    body,
    example,
    request,
    serving,
)
from tests.suite.transport_helpers import TOKEN, Json, at, sent


def test_a_request_beyond_the_budget_never_goes_out() -> None:
    with (
        serving(always({})) as stub,
        Transport(at(stub.url, max_coupons=3)) as transport,
        pytest.raises(NotObserved, match="budget"),
    ):
        transport.send(request(body(count=4)))

    assert (stub.seen, transport.sent) == ([], 0)


@pytest.mark.parametrize(
    ("got", "number"), [(example("RefusedSeriesInvalid"), 200), (b"", 400), (b"", 500), (b"<html>", 200), (b"", 302)]
)
def test_no_answer_gives_budget_back(got: Json, number: int) -> None:
    with serving(always(got, number)) as stub, Transport(at(stub.url, max_coupons=9)) as transport:
        transport.send(request(body(count=5)))
        with pytest.raises(NotObserved, match="budget"):
            transport.send(request(body(count=5)))

    assert len(stub.seen) == 1


def test_a_request_without_an_answer_is_spent() -> None:
    with (
        serving(lambda _: None) as stub,
        Transport(at(stub.url, max_coupons=9)) as transport,
        pytest.raises(NotObserved),
    ):
        transport.send(request(body(count=5)))

    assert transport.budget.spent == 5


def test_coupons_that_an_answer_shows_are_counted() -> None:
    with serving(always(example("Issued"))) as stub, Transport(at(stub.url)) as transport:
        transport.send(request(body(count=5)))

    assert (transport.budget.spent, transport.budget.issued_at_least) == (5, 2)


def test_a_target_that_issues_more_than_asked_gets_no_more_requests() -> None:
    with serving(always(example("Issued"))) as stub, Transport(at(stub.url, max_coupons=900)) as transport:
        transport.send(request(body(count=1)))
        with pytest.raises(NotObserved):
            transport.send(request(body(count=1)))

    assert len(stub.seen) == 1


@pytest.mark.parametrize("series", [4711, "4711", [4711], 0])
def test_a_series_that_is_not_described_is_never_asked_for(series: Json) -> None:
    careful = {"disposable": False, "max_coupons": 900}
    with serving(always({})) as stub, Transport(at(stub.url, **careful)) as transport, pytest.raises(Forbidden):
        transport.send(request(body(seriesId=series)))

    assert stub.seen == []


def test_a_series_that_is_not_described_may_be_asked_of_a_disposable_target() -> None:
    (seen,) = sent(request(body(seriesId=4711)))

    assert b"4711" in seen.body


RACE = TARGET.series["race-one-per-customer"].id


@pytest.mark.parametrize("series", [RACE, str(RACE), [RACE], {"id": RACE}, float(RACE)], ids=repr)
def test_a_series_that_another_test_claims_is_never_asked_for(series: Json) -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(closed=TARGET.claimed())
        with pytest.raises(Forbidden, match="claims"):
            transport.send(request(body(seriesId=series)))

    assert stub.seen == []


def test_the_test_that_claims_a_series_may_ask_for_it() -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(closed=TARGET.claimed(except_states=["race-one-per-customer"]))
        transport.send(request(body(seriesId=RACE)))

    assert len(stub.seen) == 1


def test_a_test_may_not_send_more_than_it_declares() -> None:
    with serving(always({})) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(Cost.declared(requests=2, coupons=2))
        transport.send(request(body()))
        with pytest.raises(OverPlan):
            transport.send(request(body(count=2)))

    assert len(stub.seen) == 1


def test_the_token_of_a_run_is_not_charged_to_a_test() -> None:
    with serving(always(TOKEN)) as stub, Transport(at(stub.url)) as transport:
        transport.allowance = Allowance(Cost.declared(requests=1, coupons=1))
        transport.send(request(body(), who="oauth"))

    assert len(stub.seen) == 2
