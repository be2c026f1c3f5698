"""Ledger certain-refusals: which codes a client believes, and what it does with every other one."""

import asyncio
import json
import logging
import random
from enum import IntEnum
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    CouponClient,
    CouponClientError,
    NothingIssued,
    OutcomeUnknown,
    Refused,
    WereIssued,
)
from coupon_client.exchange import Progress, Request, Response, Timeouts
from coupon_client.result import Coupon, Problem
from coupon_client.testing import InProcessSandbox, Script, answered
from coupon_contract import spec
from tests.client.conftest import ABIJITH, NOWHERE, TILL, Issue, client_of, of

Json = Any
CERTAIN = {677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005}
EVERY_CODE = range(-1, 10_001)
CUSTOMER = 555567088


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A failure is explained by its case, not by thousands of lines of log."""
    caplog.set_level(logging.CRITICAL, "coupon_client")


def entry(code: Json, message: str = "Some text") -> Json:
    return {"status": False, "code": code, "message": message}


def ends(bodies: list[Json], **options: Any) -> list[CouponClientError]:
    """The exceptions with which these answers end."""
    client, _ = client_of(*(answered(200, body) for body in bodies), **options)
    caught: list[CouponClientError] = []
    for _ in bodies:
        with pytest.raises((NothingIssued, OutcomeUnknown)) as raised:
            client.issue(415446, ABIJITH, 2)
        caught.append(raised.value)
    return caught


def test_the_document_has_the_certain_refusals_of_the_ledger() -> None:
    assert spec.certain_refusals() == CERTAIN


def test_a_time_out_of_the_coupon_service_is_no_refusal(issue: Issue) -> None:
    body = {"errors": [entry(748, "Coupon service timed out")]}
    end = of(issue(transport=Script(answered(200, body))), OutcomeUnknown)

    assert end.errors == (Problem(748, "Coupon service timed out"),)


@pytest.mark.parametrize(("others", "place"), [([], 0), ([701], 0), ([701], 1), ([701, 5002], 1)])
def test_of_all_codes_in_any_position_only_certain_refusals_refuse(others: list[int], place: int) -> None:
    mixed = [[*others[:place], code, *others[place:]] for code in EVERY_CODE]
    refused = {
        code
        for code, end in zip(EVERY_CODE, ends([{"errors": list(map(entry, codes))} for codes in mixed]), strict=True)
        if isinstance(end, Refused)
    }

    assert refused == CERTAIN


def test_a_list_of_many_codes_refuses_only_when_all_of_them_do() -> None:
    chance = random.Random(748)  # noqa: S311 - repeatable on purpose
    pool = [*CERTAIN, *CERTAIN, *CERTAIN, 748, 5006, 678, 0, 7999]
    mixed = [chance.choices(pool, k=chance.randint(1, 8)) for _ in range(2_000)]
    caught = ends([{"errors": list(map(entry, codes))} for codes in mixed])

    assert [isinstance(end, Refused) for end in caught] == [set(codes) <= CERTAIN for codes in mixed]
    assert {True, False} == {set(codes) <= CERTAIN for codes in mixed}
    assert [
        [error.code for error in end.errors] for end in caught if isinstance(end, OutcomeUnknown | Refused)
    ] == mixed


def test_of_all_codes_none_refuses_as_a_warning() -> None:
    bodies = [{"errors": [entry(707)], "warnings": [entry(code)]} for code in EVERY_CODE]

    assert {type(end) for end in ends(bodies)} == {OutcomeUnknown}


@pytest.mark.parametrize("warnings", [[entry("621")], [entry([621])], entry(621), [entry(6999), entry(True)]])
def test_a_warning_whose_code_cannot_be_read_proves_no_refusal(issue: Issue, warnings: Json) -> None:
    body = {"errors": [entry(707)], "warnings": warnings}

    of(issue(transport=Script(answered(200, body))), OutcomeUnknown)


@pytest.mark.parametrize(
    "body",
    [
        b'{"errors": [{"code": 748, "code": 701}]}',
        b'{"errors": [{"status": true, "code": 701, "status": false}]}',
        b'{"errors": [{"code": 701}], "warnings": [{"code": 621}], "warnings": []}',
        b'{"errors": [{"code": 701}], "warnings": [{"code": 621, "code": 6999}]}',
    ],
)
def test_a_repeated_key_that_decides_proves_no_refusal(issue: Issue, body: bytes) -> None:
    of(issue(transport=Script(answered(200, body))), OutcomeUnknown)


def test_a_code_of_the_callers_own_contract_refuses_and_alone_of_its_kind() -> None:
    codes = (740, 750, 740)
    bodies: list[Json] = [{"errors": [entry(740)]}, {"errors": [entry(750)]}, {"errors": [entry(740), entry(748)]}]
    refused, other, mixed = ends(bodies, refusal_codes={740})

    assert (type(refused), of(refused, Refused).code) == (Refused, codes[0])
    of(other, OutcomeUnknown)
    of(mixed, OutcomeUnknown)


def test_tasks_know_the_callers_refusal_codes_too() -> None:
    async def call() -> None:
        script = Script(answered(200, {"errors": [entry(740)]}))
        async with AsyncCouponClient(NOWHERE, TILL, transport=script, refusal_codes=[740]) as client:
            await client.issue(415446, ABIJITH)

    with pytest.raises(Refused):
        asyncio.run(call())


class Code(IntEnum):
    FRAUD = 740


@pytest.mark.parametrize(
    "codes", [set(), {740}, frozenset({740, 12345}), [740, 740], (701,), range(740, 742), {Code.FRAUD}]
)
def test_refusal_codes_are_any_collection_of_integers(codes: Any) -> None:
    CouponClient(NOWHERE, TILL, transport=Script(), refusal_codes=codes)


@pytest.mark.parametrize(
    "codes",
    [
        *(740, None, "740", b"740", bytearray(b"7"), {740: "fraud"}, iter([740])),
        *({"740"}, {740.0}, {True}, [False], {None}, [[740]], {0}, {-1}),
    ],
)
@pytest.mark.parametrize("kind", [CouponClient, AsyncCouponClient])
def test_refusal_codes_that_are_no_positive_integers_are_a_mistake(kind: Any, codes: Any) -> None:
    with pytest.raises(ValueError, match="refusal_codes must"):
        kind(NOWHERE, TILL, transport=Script(), refusal_codes=codes)


@pytest.mark.parametrize("code", sorted(spec.issued_or_in_doubt()))
def test_a_code_that_is_documented_as_issued_partial_or_in_doubt_is_no_refusal_code(code: int) -> None:
    with pytest.raises(ValueError, match=f"must not hold {code}"):
        CouponClient(NOWHERE, TILL, transport=Script(), refusal_codes={740, code})


A1, B2 = {"code": "A1", "couponId": 1}, {"code": "B2", "couponId": 2}
BOTH = (Coupon("A1", 1), Coupon("B2", 2))


@pytest.mark.parametrize("status", [200, 201, 302, 400, 401, 403, 404, 429, 500, 502, 520])
@pytest.mark.parametrize(
    ("body", "coupons"),
    [
        ({"coupons": [A1, B2], "successCount": 7}, BOTH),
        ({"coupons": [A1, {"couponId": 5}, None, B2]}, BOTH),
        ({"coupons": [A1, A1]}, (BOTH[0], BOTH[0])),
        ({"coupons": ["A1", "B2"]}, (Coupon("A1", None), Coupon("B2", None))),
        ({"coupons": A1}, BOTH[:1]),
        ({"entity": {"coupons": [A1, B2]}}, BOTH),
        ([{"coupons": [A1]}, {"coupons": [B2]}], BOTH),
        (b'{"coupons": [{"code": "A1", "couponId": 1}], "coupons": [{"code": "B2", "couponId": 2}]}', BOTH),
    ],
)
def test_an_unknown_outcome_carries_every_coupon_that_the_answer_names(
    issue: Issue, status: int, body: Json, coupons: tuple[Coupon, ...]
) -> None:
    end = of(issue(transport=Script(answered(status, body)), count=3), OutcomeUnknown)

    assert (end.coupons, end.status) == (coupons, status)


@pytest.mark.parametrize("status", [200, 404, 500])
def test_an_unknown_outcome_carries_errors_and_warnings_and_shows_none_of_them(issue: Issue, status: int) -> None:
    body = {
        "errors": [entry(748, "CANARY1"), entry("707", "CANARY2"), "CANARY3", {"code": 7777}],
        "warnings": [entry(704, "CANARY4")],
    }
    end = of(issue(transport=Script(answered(status, body))), OutcomeUnknown)

    assert end.errors == (
        Problem(748, "CANARY1"),
        Problem(None, "CANARY2"),
        Problem(None, "CANARY3"),
        Problem(7777, ""),
    )
    assert end.warnings == (Problem(704, "CANARY4"),)
    for text in (str(end), repr(end), repr(end.errors), end.reason):
        assert "CANARY" not in text
    assert not any(code in str(end) for code in ("748", "7777", "704"))


class TimesOut(InProcessSandbox):
    """A sandbox that issues, and answers the first issuance with 748."""

    def __init__(self) -> None:
        super().__init__()
        self.late = True

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        reply = super().send(request, timeouts, progress)
        if request.method == "POST" and self.late:
            self.late = False
            return Response(
                200, reply.headers, json.dumps({"errors": [entry(748, "Coupon service timed out")]}).encode()
            )
        return reply


def test_a_caller_of_a_server_that_issues_and_says_time_out_gets_what_it_asked_for_and_no_more() -> None:
    with CouponClient(InProcessSandbox.base_url, TILL, transport=TimesOut()) as client:
        before = client.read_back(CUSTOMER)
        with pytest.raises(OutcomeUnknown) as caught:  # what is NothingIssued may be called again, and gives 4
            client.issue(415446, ABIJITH, 2)
        result = client.reconcile(caught.value, before=before, settle=0, exclusive=True)

        assert isinstance(result, WereIssued)
        assert client.read_back(CUSTOMER).codes(415446) == dict.fromkeys(result.codes, 1)
        assert len(result.codes) == 2
