from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coupon_client import CannotTell, CouponClient, NotIssued, OutcomeUnknown, ReadBack, Reconciliation, WereIssued
from coupon_client.reconciling import Found, compare
from coupon_client.testing import InProcessSandbox, Script, answered, issued, listed, lost, never_sent
from tests.client.conftest import ABIJITH, NOWHERE, TILL

CALLED = datetime(2026, 1, 1, 12, tzinfo=UTC)
CUSTOMER = 555567088
SERIES = 415446


def unknown(count: int = 2) -> OutcomeUnknown:
    with CouponClient(NOWHERE, TILL, transport=Script(lost)) as client:
        try:
            client.issue(SERIES, ABIJITH, count)
        except OutcomeUnknown as error:
            return error
    raise AssertionError("not unknown")


def listing(*codes: str, at: datetime | None = None, series: int = SERIES, customer: int = CUSTOMER) -> ReadBack:
    return ReadBack(customer, tuple(Found(code, series) for code in codes), at or datetime(2020, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("count", "before", "now", "result"),
    [
        (2, [], [], NotIssued()),
        (2, [], ["A", "B"], WereIssued(("A", "B"), 0)),
        (2, ["X"], ["X", "A", "B"], WereIssued(("A", "B"), 0)),
        (5, ["X"], ["A", "X"], WereIssued(("A",), 4)),
        (2, ["X"], ["X"], NotIssued()),
        (1, ["X", "Y"], ["X", "Y"], NotIssued()),
        (1, ["X"], ["X", "X"], WereIssued(("X",), 0)),
    ],
)
def test_new_coupons_are_those_that_were_not_there_before(
    count: int, before: list[str], now: list[str], result: Reconciliation
) -> None:
    assert compare(unknown(count), listing(*before), listing(*now)) == result


@pytest.mark.parametrize(
    ("count", "before", "now", "why"),
    [
        (1, [], ["A", "B"], "somebody else"),
        (2, ["X"], ["A"], "no longer listed"),
        (1, ["X"], ["X"], "generic"),
    ],
)
def test_what_the_lists_do_not_settle_cannot_be_told(count: int, before: list[str], now: list[str], why: str) -> None:
    result = compare(unknown(count), listing(*before), listing(*now))

    assert isinstance(result, CannotTell)
    assert why in result.why


def test_without_a_list_from_before_only_an_empty_one_says_anything() -> None:
    assert compare(unknown(), None, listing()) == NotIssued()
    assert isinstance(compare(unknown(), None, listing("A")), CannotTell)


def test_coupons_of_other_series_do_not_count() -> None:
    assert compare(unknown(), None, listing("A", series=7)) == NotIssued()


def test_a_list_from_after_the_call_is_no_list_from_before() -> None:
    late = listing(at=datetime.now(UTC) + timedelta(hours=1))

    assert isinstance(compare(unknown(), late, listing("A")), CannotTell)


@pytest.mark.parametrize("ending", [answered(404, {}), answered(401, {}), answered(200, b"<html>"), lost, never_sent])
def test_a_read_back_that_fails_cannot_tell_and_says_why(ending: Any, no_waiting: list[float]) -> None:
    with CouponClient(NOWHERE, TILL, transport=Script(ending), retries=0) as client:
        result = client.reconcile(unknown(), customer_id=CUSTOMER)

    assert isinstance(result, CannotTell)
    assert "reading back failed" in result.why


def test_without_a_customer_id_it_cannot_tell_and_sends_nothing() -> None:
    script = Script()
    with CouponClient(NOWHERE, TILL, transport=script) as client:
        result = client.reconcile(unknown())

    assert isinstance(result, CannotTell)
    assert "customer_id" in result.why
    assert not script.requests


def test_a_list_of_another_customer_cannot_tell() -> None:
    with CouponClient(NOWHERE, TILL, transport=Script()) as client:
        result = client.reconcile(unknown(), before=listing(customer=7), customer_id=CUSTOMER)

    assert result == CannotTell("before was read for another customer")


def test_it_waits_until_a_server_can_no_longer_be_working_on_the_call(no_waiting: list[float]) -> None:
    with CouponClient(NOWHERE, TILL, transport=Script(listed())) as client:
        client.reconcile(unknown(), customer_id=CUSTOMER, settle=30)

    assert 29 < no_waiting[0] <= 30


def test_the_documented_loop_ends_with_the_coupons_wanted_whatever_the_server_does_with_the_answers() -> None:
    """The loop of docs/integrate.md: what was issued behind a 502 is found, not issued again."""
    transport = InProcessSandbox("gateway-gives-up-on-many")
    with CouponClient(transport.base_url, TILL, transport=transport) as client:
        before = client.read_back(CUSTOMER)
        with pytest.raises(OutcomeUnknown) as caught:
            client.issue(SERIES, ABIJITH, 500)
        result = client.reconcile(caught.value, before=before, settle=0)
        after = client.read_back(CUSTOMER)

    assert isinstance(result, WereIssued)
    assert (len(result.codes), result.missing) == (500, 0)
    assert sorted(after.codes(SERIES).elements()) == sorted(result.codes)


def test_a_contradictory_answer_names_the_customer_to_read_back(no_waiting: list[float]) -> None:
    body = {"coupons": [{"code": "A1", "couponId": 1}], "successCount": 2, "customer": {"id": 9}, "errors": []}
    script = Script(answered(200, body), listed(("A1", SERIES)))
    with CouponClient(NOWHERE, TILL, transport=script) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            client.issue(SERIES, ABIJITH, 2)
        client.reconcile(caught.value)

    assert script.requests[1].query == (("issuedToIds", "9"),)


def test_the_codes_are_not_shown() -> None:
    assert "CANARY" not in repr(WereIssued(("CANARY",), 0)) + repr(listing("CANARY")) + repr(Found("CANARY", 1))


def test_a_second_reconciliation_after_a_reissue_is_judged_by_a_new_list(no_waiting: list[float]) -> None:
    script = Script(listed(), lost, listed(), listed(), issued("A", "B"))
    with CouponClient(NOWHERE, TILL, transport=script) as client:
        before = client.read_back(CUSTOMER)
        with pytest.raises(OutcomeUnknown) as caught:
            client.issue(SERIES, ABIJITH, 2)
        assert client.reconcile(caught.value, before=before) == NotIssued()
        client.read_back(CUSTOMER)

        assert client.issue(SERIES, ABIJITH, 2).codes == ("A", "B")
