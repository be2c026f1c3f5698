"""One key, one journal: at most `count` coupons (docs/issue-once.md)."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    Audit,
    CannotTell,
    CouponClient,
    InvalidRequest,
    IssuedOnce,
    KeysNotChecked,
    KeysNotReturned,
    Metadata,
    Mobile,
    NotIssued,
    OutcomeUnknown,
    Rejected,
    SqliteJournal,
    WereIssued,
    boot_clock,
)
from coupon_client.exchange import Progress, Request, Response, Timeouts
from coupon_client.issue_once import wire_key
from coupon_client.refusals import CouponExpired
from tests.client.conftest import ABIJITH, TILL
from tests.client.disturbed_sandbox import SERIES, Disturbed

FEW_CODES, EXPIRED, GENERIC = 50060, 71300, 18426


def issued_to_abijith(client: CouponClient) -> int:
    return len(client.read_back(555567088).coupons)


@pytest.mark.parametrize(
    "losses", [[], ["lost after"], ["lost before"], ["cut"], ["lost after", "lost before", "cut"], ["lost before"] * 3]
)
def test_a_key_issues_its_count_whatever_is_lost_and_however_often_it_is_called(
    losses: list[str], client: CouponClient, server: Disturbed, journal: SqliteJournal
) -> None:
    server.issuing = [*losses]
    first = client.issue_once("order 1", SERIES, ABIJITH, 3, journal=journal)
    second = client.issue_once("order 1", SERIES, ABIJITH, 3, journal=journal)

    assert (first == second, first.complete, len(first.codes)) == (True, True, 3)
    assert issued_to_abijith(client) == 3


def test_two_keys_are_two_issuances(client: CouponClient, journal: SqliteJournal) -> None:
    codes = {code for key in ("a", "b") for code in client.issue_once(key, SERIES, ABIJITH, 2, journal=journal).codes}

    assert len(codes) == issued_to_abijith(client) == 4


def test_coupons_of_others_are_never_claimed(client: CouponClient, server: Disturbed, journal: SqliteJournal) -> None:
    server.issuing = ["lost after"]
    server.hazards(strangers=2)
    result = client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)

    assert set(result.codes) == {coupon.code for coupon in client.find("order 1", ABIJITH)}
    assert issued_to_abijith(client) == 4


def test_a_key_with_other_parameters_is_refused(client: CouponClient, journal: SqliteJournal) -> None:
    client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)
    for changed in ({"count": 3}, {"series_id": 18426}, {"customer": Mobile("11223569866")}):
        arguments: dict[str, Any] = {"series_id": SERIES, "customer": ABIJITH, "count": 2, **changed}
        with pytest.raises(InvalidRequest, match="another issuance"):
            client.issue_once("order 1", **arguments, journal=journal)


def test_a_refusal_is_kept_with_its_key(client: CouponClient, server: Disturbed, journal: SqliteJournal) -> None:
    for _ in range(2):
        with pytest.raises(CouponExpired):
            client.issue_once("order 1", EXPIRED, ABIJITH, journal=journal)

    assert server.issue_requests == 1


def test_a_limit_gives_fewer_coupons_and_the_reason(client: CouponClient, journal: SqliteJournal) -> None:
    results = [client.issue_once("order 1", FEW_CODES, ABIJITH, 9, journal=journal) for _ in range(2)]

    assert [(len(result.codes), result.missing) for result in results] == [(3, 6)] * 2
    assert [error.code for error in results[1].errors] == [5006]


def test_what_was_lost_before_a_limit_is_found_behind_the_refusal(
    client: CouponClient, server: Disturbed, journal: SqliteJournal
) -> None:
    server.issuing = ["lost after"]
    result = client.issue_once("order 1", FEW_CODES, ABIJITH, 9, journal=journal)

    assert (len(result.codes), result.missing) == (3, 6)


def test_nothing_is_promised_before_the_keys_are_checked(
    client: CouponClient, server: Disturbed, tmp_path: Path
) -> None:
    with pytest.raises(KeysNotChecked):
        client.issue_once("order 1", SERIES, ABIJITH, journal=SqliteJournal(tmp_path / "journal.db"))

    assert not server.requests


def test_a_check_costs_one_coupon_and_lasts_over_a_restart(client: CouponClient, tmp_path: Path) -> None:
    client.check_keys(SERIES, ABIJITH, journal=SqliteJournal(tmp_path / "journal.db"))
    client.issue_once("order 1", SERIES, ABIJITH, journal=SqliteJournal(tmp_path / "journal.db"))

    assert issued_to_abijith(client) == 2


def test_a_check_that_is_in_the_journal_costs_no_further_coupon(client: CouponClient, tmp_path: Path) -> None:
    checks = [client.check_keys(SERIES, ABIJITH, journal=SqliteJournal(tmp_path / "journal.db")) for _ in range(3)]

    assert (checks[0] == checks[1] == checks[2], issued_to_abijith(client)) == (True, 1)


@pytest.mark.parametrize("details", ["none", "without-metadata"])
def test_a_platform_that_drops_the_key_fails_the_check(
    details: Any, client: CouponClient, server: Disturbed, tmp_path: Path
) -> None:
    server.hazards(lists={"details": details})
    with pytest.raises(KeysNotReturned):
        client.check_keys(SERIES, ABIJITH, journal=SqliteJournal(tmp_path / "journal.db"), settle=0)


def test_a_list_that_is_cut_off_ends_in_cannot_tell_and_nothing_is_sent(
    client: CouponClient, server: Disturbed, journal: SqliteJournal
) -> None:
    client.issue(SERIES, ABIJITH, 150)
    server.hazards(lists={"rows": 100})
    before = server.issue_requests
    with pytest.raises(CannotTell, match="nothing was sent"):
        client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)

    assert server.issue_requests == before


@pytest.mark.parametrize(
    ("rows", "rows_from"), [(50, "oldest"), (100, "oldest"), (100, "newest"), *((n, "first") for n in (1, 7, 99, 149))]
)
def test_a_list_that_is_cut_off_is_noticed(
    rows: int, rows_from: Any, client: CouponClient, server: Disturbed, journal: SqliteJournal
) -> None:
    client.issue(SERIES, ABIJITH, 150)
    server.hazards(lists={"rows": rows, "rows_from": rows_from})

    with pytest.raises(CannotTell):
        client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)


def test_lists_in_upper_case_are_read(client: CouponClient, server: Disturbed, journal: SqliteJournal) -> None:
    server.issuing = ["lost after"]
    server.hazards(lists={"code_case": "LOWER"})

    assert client.issue_once("order 1", 535521, ABIJITH, 2, journal=journal).complete


def test_a_rejected_request_can_be_called_again(
    client: CouponClient, server: Disturbed, journal: SqliteJournal, no_waiting: list[float]
) -> None:
    server.issuing = ["rejected"]
    with pytest.raises(Rejected):
        client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)
    no_waiting.clear()

    assert client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal).complete
    assert not [seconds for seconds in no_waiting if seconds > 1]


def test_after_a_lost_response_it_waits_until_the_server_must_have_finished(
    client: CouponClient, server: Disturbed, journal: SqliteJournal, no_waiting: list[float]
) -> None:
    server.issuing = ["lost after"]
    client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal, settle=20)

    assert 19 < max(no_waiting) <= 20


class Killed(KeyboardInterrupt):
    """The end of a process at a moment of the test's choice."""


def test_a_process_that_ends_during_a_request_leaves_enough_to_go_on(
    server: Disturbed, client: CouponClient, journal: SqliteJournal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real = server.send

    def killed(request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        response = real(request, timeouts, progress)
        if request.url.endswith("/multiple"):
            raise Killed
        return response

    monkeypatch.setattr(server, "send", killed)
    with pytest.raises(Killed):
        client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)
    monkeypatch.setattr(server, "send", real)
    result = client.issue_once("order 1", SERIES, ABIJITH, 2, journal=SqliteJournal(tmp_path / "journal.db"))

    assert (len(result.codes), issued_to_abijith(client)) == (2, 2)


def test_an_attempt_of_another_boot_is_waited_for_in_full(
    client: CouponClient,
    server: Disturbed,
    journal: SqliteJournal,
    monkeypatch: pytest.MonkeyPatch,
    no_waiting: list[float],
) -> None:
    """Whatever the wall clock shows: an attempt of unknown age is taken for one that has just begun."""
    server.issuing = ["lost before"] * 99
    with pytest.raises(CannotTell):
        client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal, settle=1)
    monkeypatch.setattr(boot_clock, "_clock", lambda: "another boot")
    server.issuing, no_waiting[:] = [], []
    client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal, settle=33)

    assert no_waiting[0] >= 33


def test_an_audit_names_the_surplus_of_a_server_that_was_too_late(
    client: CouponClient, server: Disturbed, journal: SqliteJournal
) -> None:
    result = client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)
    late = client.issue(SERIES, ABIJITH, 1, key="order 1")
    audit = client.audit("order 1", ABIJITH, journal=journal)
    revoked = client.revoke(SERIES, [coupon.code for coupon in audit.surplus])

    assert audit == Audit((*result.coupons, *late.coupons), late.coupons)
    assert (revoked.codes, revoked.failures) == (late.codes, ())
    assert client.audit("order 1", ABIJITH, journal=journal).surplus == ()


def test_an_audit_without_a_result_cannot_tell(client: CouponClient, journal: SqliteJournal) -> None:
    with pytest.raises(CannotTell):
        client.audit("never used", ABIJITH, journal=journal)


@pytest.mark.parametrize(("loss", "verdict"), [("lost after", WereIssued), ("lost before", NotIssued)])
def test_a_call_with_a_key_is_reconciled_by_its_key(
    loss: str, verdict: type, client: CouponClient, server: Disturbed
) -> None:
    server.hazards(strangers=1)
    server.issuing = [loss]
    with pytest.raises(OutcomeUnknown) as caught:
        client.issue(SERIES, ABIJITH, 2, key="order 1")

    result = client.reconcile(caught.value, settle=0)

    assert isinstance(result, verdict)
    if isinstance(result, WereIssued):
        assert set(result.codes) == {coupon.code for coupon in client.find("order 1", ABIJITH)}


def test_no_verdict_by_key_where_the_platform_returns_none(client: CouponClient, server: Disturbed) -> None:
    server.hazards(lists={"details": "without-metadata"})
    server.issuing = ["lost after"]
    with pytest.raises(OutcomeUnknown) as caught:
        client.issue(SERIES, ABIJITH, 2, key="order 1")

    assert isinstance(client.reconcile(caught.value, settle=0), CannotTell)


def test_the_field_of_a_call_finds_its_key_also_for_a_client_with_another(server: Disturbed) -> None:
    client_of_notes = CouponClient(server.base_url, TILL, transport=server, key_field="notes")
    server.issuing = ["lost after"]
    with pytest.raises(OutcomeUnknown) as caught:
        client_of_notes.issue(SERIES, ABIJITH, 2, key="1")
    result = CouponClient(server.base_url, TILL, transport=server).reconcile(caught.value, settle=0)

    assert result == WereIssued(tuple(coupon.code for coupon in client_of_notes.find("1", ABIJITH)), 0)


def test_a_journal_tells_platforms_apart(client: CouponClient, server: Disturbed, journal: SqliteJournal) -> None:
    client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)
    other = CouponClient("https://other.invalid", TILL, transport=server)
    other.check_keys(SERIES, ABIJITH, journal=journal)

    with pytest.raises(InvalidRequest):
        other.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)


class SoftTimeLimitExceeded(Exception): ...


@pytest.mark.parametrize("interruption", [asyncio.CancelledError(), SoftTimeLimitExceeded()])
def test_a_call_that_is_interrupted_ends_and_sends_nothing_more(
    interruption: BaseException, client: CouponClient, server: Disturbed, journal: SqliteJournal
) -> None:
    before, server.issuing = server.issue_requests, [interruption]
    with pytest.raises(OutcomeUnknown):
        client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)

    assert server.issue_requests == before + 1


def test_an_audit_tells_coupons_with_one_code_apart(client: CouponClient, journal: SqliteJournal) -> None:
    client.issue_once("order 1", GENERIC, ABIJITH, 1, journal=journal)
    (late,) = client.issue(GENERIC, ABIJITH, 1, key="order 1").coupons

    assert client.audit("order 1", ABIJITH, journal=journal).surplus == (late,)


@pytest.mark.parametrize("rows", [25, 64, 75, 128])
def test_a_list_that_ends_at_a_usual_limit_proves_nothing(
    rows: int, client: CouponClient, server: Disturbed, journal: SqliteJournal
) -> None:
    client.issue(SERIES, ABIJITH, rows + 10)
    server.hazards(lists={"rows": rows})
    with pytest.raises(CannotTell, match="nothing was sent"):
        client.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal)


def test_the_key_travels_as_a_hash_in_the_field_that_is_chosen(server: Disturbed) -> None:
    metadata = Metadata(source_id="mine", notes="n")
    with CouponClient(server.base_url, TILL, transport=server, key_field="reason") as client:
        client.issue(SERIES, ABIJITH, metadata=metadata, key="order of a customer")

    body = server.requests[-1].body or b""
    assert b'"sourceId": "mine"' in body
    assert f'"reason": "{wire_key("order of a customer")}"'.encode() in body


def test_metadata_that_uses_the_field_of_the_key_is_refused(client: CouponClient) -> None:
    with pytest.raises(InvalidRequest, match="source_id"):
        client.issue(SERIES, ABIJITH, metadata=Metadata(source_id="mine"), key="order 1")


@pytest.mark.parametrize("key", ["", None, 7])
def test_a_key_is_a_text(key: Any, client: CouponClient, journal: SqliteJournal) -> None:
    with pytest.raises(InvalidRequest, match="key must be a text"):
        client.issue_once(key, SERIES, ABIJITH, journal=journal)


def test_a_key_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="key_field"):
        CouponClient("https://coupons.invalid", TILL, key_field="sourceId")


def test_tasks_with_one_key_issue_once(server: Disturbed, client: CouponClient, journal: SqliteJournal) -> None:
    async def all_at_once() -> list[IssuedOnce]:
        async with AsyncCouponClient(server.base_url, TILL, transport=server) as tasks:
            calls = [tasks.issue_once("order 1", SERIES, ABIJITH, 2, journal=journal) for _ in range(5)]
            return await asyncio.gather(*calls)

    results = asyncio.run(all_at_once())

    assert all(result == results[0] for result in results)
    assert issued_to_abijith(client) == 2
