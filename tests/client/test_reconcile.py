import pickle
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from coupon_client import (
    CannotTell,
    CouponClient,
    InvalidRequest,
    NotIssued,
    NotReadable,
    OutcomeUnknown,
    ReadBack,
    Reconciliation,
    Revoked,
    WereIssued,
)
from coupon_client.reconcile import ListedCoupon, compare
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
    return ReadBack(
        customer, tuple(ListedCoupon(code, series) for code in codes), at or datetime(2020, 1, 1, tzinfo=UTC)
    )


@pytest.mark.parametrize(
    ("count", "before", "now", "result"),
    [
        (2, [], [], NotIssued()),
        (2, [], ["A", "B"], WereIssued(("A", "B"), 0)),
        (2, ["X"], ["X", "A", "B"], WereIssued(("A", "B"), 0)),
        (5, ["X"], ["A", "X"], WereIssued(("A",), 4)),
        (2, ["X", "Y"], ["X", "Y"], NotIssued()),
        (1, ["X", "Y"], ["X", "Y"], NotIssued()),
        (1, ["X"], ["X", "X"], WereIssued(("X",), 0)),
    ],
)
def test_new_coupons_are_those_that_were_not_there_before(
    count: int, before: list[str], now: list[str], result: Reconciliation
) -> None:
    assert compare(unknown(count), listing(*before), listing(*now), exclusive=True) == result


def test_new_coupons_are_nobodys_where_others_may_issue_to_the_customer() -> None:
    result = compare(unknown(), listing(), listing("A", "B"))

    assert isinstance(result, CannotTell)
    assert "others may have issued them" in result.why


@pytest.mark.parametrize("number", [10, 13, 50, 64, 75, 100, 337, 500])
def test_a_list_that_may_be_cut_off_proves_no_absence(number: int) -> None:
    held = [f"C{nth}" for nth in range(number)]

    assert isinstance(compare(unknown(), listing(*held), listing(*held)), CannotTell)


def test_a_list_shorter_than_any_limit_proves_an_absence() -> None:
    held = [f"C{nth}" for nth in range(9)]

    assert compare(unknown(), listing(*held), listing(*held)) == NotIssued()


@pytest.mark.parametrize(
    ("headers", "more"),
    [
        ({"age": "7"}, {}),
        ({"warning": '110 - "Response is Stale"'}, {}),
        ({}, {"pagination": {"hasMore": True}}),
        ({}, {"entity": {"nextPage": "2"}}),
        ({}, {"next_cursor": "abc"}),
        ({}, {"pagination": {"total": 1}}),
        ({}, {"pagination": {"total": "23", "limit": "100", "offset": "0"}}),
        ({}, {"entity": {"pagination": {"total": 23.0}}}),
        ({}, {"totalCount": 2}),
        ({}, {"total": "many"}),
        ({}, {"pagination": {"offset": "100", "total": 0}}),
        ({}, {"has_next_page": "true"}),
        ({}, {"isLastPage": False}),
        ({}, {"links": [{"rel": "self"}, {"rel": "next", "href": "/x"}]}),
        ({"link": '</v2/coupon?page=2>; rel="next"'}, {}),
        ({"cache-status": "edge; hit; ttl=30"}, {}),
        ({"age": "0, 7"}, {}),
        ({"warning": '199 - "x", 112 - "Disconnected Operation"'}, {}),
    ],
)
def test_a_list_that_says_it_is_old_or_not_all_is_not_believed(
    headers: dict[str, str], more: dict[str, Any], no_waiting: list[float]
) -> None:
    ending = answered(
        200, {"data": [], "warnings": [], "errors": [], **more}, {"content-type": "application/json", **headers}
    )
    with CouponClient(NOWHERE, TILL, transport=Script(ending)) as client:
        result = client.reconcile(unknown(), customer_id=CUSTOMER)

    assert isinstance(result, CannotTell)
    assert "reading back failed" in result.why


@pytest.mark.parametrize(
    ("count", "before", "now", "why"),
    [
        (1, [], ["A", "B"], "another caller"),
        (2, ["X"], ["A"], "no longer listed"),
        (1, ["X"], ["X"], "generic"),
        (2, ["X"], ["X"], "generic"),
        (2, ["X", "X"], ["X", "X"], "generic"),
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
    assert "call reconcile(unknown, customer_id=…)" in result.why
    assert not script.requests


def test_a_list_of_another_customer_cannot_tell() -> None:
    with CouponClient(NOWHERE, TILL, transport=Script()) as client:
        result = client.reconcile(unknown(), before=listing(customer=7), customer_id=CUSTOMER)

    assert isinstance(result, CannotTell)
    assert "customer_id, before and the response name different customers" in result.why


def test_it_waits_until_a_server_can_no_longer_be_working_on_the_call(no_waiting: list[float]) -> None:
    with CouponClient(NOWHERE, TILL, transport=Script(listed(), listed())) as client:
        client.reconcile(unknown(), customer_id=CUSTOMER, settle=30)

    assert 29 < no_waiting[0] <= 30


def test_the_documented_loop_ends_with_the_coupons_wanted_whatever_the_server_does_with_the_answers() -> None:
    """The loop of docs/integrate.md: what was issued behind a 502 is found, not issued again."""
    transport = InProcessSandbox("gateway-gives-up-on-many")
    with CouponClient(transport.base_url, TILL, transport=transport) as client:
        before = client.read_back(CUSTOMER)
        with pytest.raises(OutcomeUnknown) as caught:
            client.issue(SERIES, ABIJITH, 500)
        result = client.reconcile(caught.value, before=before, settle=0, exclusive=True)
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

    assert script.requests[1].query == (("issuedToIds", "9"), ("coupon_code_case", "AS_IT_IS"))


def test_the_codes_are_not_shown() -> None:
    assert "CANARY" not in repr(WereIssued(("CANARY",), 0)) + repr(listing("CANARY")) + repr(ListedCoupon("CANARY", 1))


def test_a_second_reconciliation_after_a_reissue_is_judged_by_a_new_list(no_waiting: list[float]) -> None:
    script = Script(listed(), lost, listed(), listed(), listed(), issued("A", "B"))
    with CouponClient(NOWHERE, TILL, transport=script) as client:
        before = client.read_back(CUSTOMER)
        with pytest.raises(OutcomeUnknown) as caught:
            client.issue(SERIES, ABIJITH, 2)
        assert client.reconcile(caught.value, before=before) == NotIssued()
        client.read_back(CUSTOMER)

        assert client.issue(SERIES, ABIJITH, 2).codes == ("A", "B")


def test_a_series_that_is_known_not_to_be_generic_can_be_told() -> None:
    assert compare(unknown(1), listing("X"), listing("X"), generic=False) == NotIssued()


def contradictory(*endings: Any) -> tuple[Reconciliation, Script]:
    """The verdict about a response that named A1 and customer 9, by these read-backs."""
    body = {"coupons": [{"code": "A1", "couponId": 1}], "successCount": 2, "customer": {"id": 9}, "errors": []}
    script = Script(answered(200, body), *endings)
    with CouponClient(NOWHERE, TILL, transport=script) as client:
        with pytest.raises(OutcomeUnknown) as caught:
            client.issue(SERIES, ABIJITH, 2)
        return client.reconcile(caught.value, before=listing(customer=9), settle=0), script


@pytest.mark.parametrize("now", [[], [("Z", SERIES)]])
def test_a_list_without_the_coupons_that_the_answer_named_cannot_tell(now: list[tuple[str, int]]) -> None:
    assert contradictory(listed(*now))[0] == CannotTell("the response contained coupons that are not listed")


def test_a_named_coupon_that_is_listed_in_other_letters_is_the_same() -> None:
    assert contradictory(*[listed(("a1", SERIES), ("b2", SERIES))] * 2)[0] == CannotTell(
        "new coupons are listed, and others may have issued them; issue with a key, or pass exclusive"
    )


def test_a_customer_id_that_the_answer_contradicts_cannot_tell() -> None:
    known = unknown()
    known.customer_id = 9
    with CouponClient(NOWHERE, TILL, transport=Script()) as client:
        assert isinstance(client.reconcile(known, customer_id=10), CannotTell)
        assert isinstance(client.reconcile(known, customer_id=0), CannotTell)


@pytest.mark.parametrize(
    ("first", "second", "result"),
    [
        ([], [], NotIssued()),
        ([], ["A", "B"], CannotTell),
        (["A"], ["A"], WereIssued(("A",), 1)),
        (["A"], ["A", "B"], CannotTell),
    ],
)
def test_less_than_all_is_only_believed_when_a_second_look_shows_the_same(
    first: list[str], second: list[str], result: Any, no_waiting: list[float]
) -> None:
    lists = [listed(*((code, SERIES) for code in codes)) for codes in (first, second)]
    with CouponClient(NOWHERE, TILL, transport=Script(*lists)) as client:
        found = client.reconcile(unknown(2), before=listing(), exclusive=True)

    assert found == result or (result is CannotTell and isinstance(found, CannotTell))
    assert no_waiting[1] == 5


def test_a_clock_that_is_set_does_not_shorten_the_wait(
    no_waiting: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    call = unknown()
    call.ended -= timedelta(hours=2)
    with CouponClient(NOWHERE, TILL, transport=Script(listed(), listed())) as client:
        client.reconcile(call, customer_id=CUSTOMER)

    assert 29 < no_waiting[0] <= 30


def test_an_end_from_another_process_waits_the_whole_time(no_waiting: list[float]) -> None:
    copy = pickle.loads(pickle.dumps(unknown()))  # noqa: S301 - our own bytes
    with CouponClient(NOWHERE, TILL, transport=Script(listed(), listed())) as client:
        client.reconcile(copy, customer_id=CUSTOMER)

    assert no_waiting[0] == 30


@pytest.mark.parametrize("settle", [-1, float("nan"), float("inf")])
def test_a_settle_that_is_no_time_is_refused(settle: float) -> None:
    with CouponClient(NOWHERE, TILL, transport=Script()) as client, pytest.raises(InvalidRequest, match="settle"):
        client.reconcile(unknown(), customer_id=CUSTOMER, settle=settle)


@pytest.mark.parametrize(
    "more",
    [
        {"pagination": {"total": 1, "limit": "100", "offset": "0", "hasMore": False, "nextPage": None}},
        {"pagination": {"total": "1"}, "isLastPage": True, "next": ""},
        {"links": [{"rel": "self"}], "cursor": "null"},
    ],
)
def test_a_list_that_says_it_is_whole_is_believed(more: dict[str, Any]) -> None:
    body = {"data": [{"code": "A", "seriesId": SERIES, "next": "x", "total": 7}], "warnings": [], "errors": [], **more}
    with CouponClient(NOWHERE, TILL, transport=Script(answered(200, body, {"age": "0"}))) as client:
        assert client.read_back(CUSTOMER).codes(SERIES) == {"A": 1}


def test_a_last_page_that_says_that_there_is_more_is_not_believed() -> None:
    entity = {"pagination": {"total": 0, "hasMore": True}, "customers": []}
    client = CouponClient(NOWHERE, TILL, transport=Script(*[answered(200, {"entity": entity})] * 6))
    with pytest.raises(NotReadable, match="says that there are more coupons"):
        client.find("key", ABIJITH)


def test_an_answer_without_a_customer_id_cannot_be_read_back_and_sends_nothing() -> None:
    with CouponClient(NOWHERE, TILL, transport=Script()) as client, pytest.raises(InvalidRequest, match="customer_id"):
        client.read_back(None)


def test_results_show_how_many_codes_they_hold_and_none_of_them() -> None:
    shown = f"{WereIssued(('CANARY', 'B'), 0)!r} {Revoked(('CANARY',), ())!r} {listing('CANARY', at=CALLED)!r}"

    assert "WereIssued(2 codes, missing=0)" in shown
    assert "Revoked(1 code, failures=())" in shown
    assert "ReadBack(1 coupon, at=" in shown
    assert "CANARY" not in shown
