"""50,000 answers gone wrong: 0 wrong ends, 0 foreign exceptions, for threads and for tasks.

`right_end` says in its own words what the rules say; the facts below it need no such words.
"""

import asyncio
import logging
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    AuthenticationFailed,
    CouponClient,
    CouponClientError,
    Issued,
    NothingIssued,
    OutcomeUnknown,
    Refused,
    Rejected,
)
from coupon_client.exchange import Progress, Request, Response, Timeouts
from tests.client.conftest import ABIJITH, NOWHERE, TILL, End
from tests.client.mutations import Answer, answers

Json = Any
NUMBER = 50_000
SEED = 20260801
CERTAIN = {677, 701, 707, 709, 712, 713, 742, 755, 756, 777, 5001, 5002, 5004, 5005}  # ledger certain-refusals
PARTIAL = {621, 626, 678, 679, 702, 5006}
ISSUED_OR_IN_DOUBT = (
    PARTIAL | {500, 510, 629, 687, 700, 704, 722, 724, 730, 731, 748} | set(range(786, 800)) - {788, 795, 799}
)


class Replay:
    """Answers whatever was put in."""

    reply: Response

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        return self.reply

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        return self.send(request, timeouts, progress)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def in_a_thread(cases: list[Answer]) -> list[End]:
    transport = Replay()
    client = CouponClient(NOWHERE, TILL, transport=transport)
    ends: list[End] = []
    for case in cases:
        transport.reply = Response(case.status, case.headers, case.body)
        try:
            ends.append(client.issue(415446, ABIJITH, case.asked))
        except CouponClientError as error:
            ends.append(error)
    return ends


def in_a_task(cases: list[Answer]) -> list[End]:
    async def calls() -> list[End]:
        transport = Replay()
        client = AsyncCouponClient(NOWHERE, TILL, transport=transport)
        ends: list[End] = []
        for case in cases:
            transport.reply = Response(case.status, case.headers, case.body)
            try:
                ends.append(await client.issue(415446, ABIJITH, case.asked))
            except CouponClientError as error:
                ends.append(error)
        return ends

    return asyncio.run(calls())


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    """A failure is explained by its case, not by 50,000 lines of log."""
    caplog.set_level(logging.CRITICAL, "coupon_client")


@pytest.fixture(scope="module")
def cases() -> list[Answer]:
    return list(answers(NUMBER, SEED))


@pytest.fixture(scope="module", params=[in_a_thread, in_a_task], ids=["thread", "task"])
def ends(request: pytest.FixtureRequest, cases: list[Answer]) -> list[End]:
    found: list[End] = request.param(cases)
    return found


def number(value: Json) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def right_end(case: Answer) -> type[Any]:
    body = case.value if case.readable and isinstance(case.value, dict) else None
    if case.status in (400, 401, 403, 405, 415, 429):
        if any(claims_coupons(entry) for entry in everything(case.value)) or (
            not case.readable and any(word in case.body for word in (b'"coupons"', b'"coupon"'))
        ):
            return OutcomeUnknown
        return AuthenticationFailed if case.status == 401 else Rejected
    if body is None or not 200 <= case.status <= 299:
        return OutcomeUnknown
    if issued(case.asked, body):
        return Issued
    return Refused if case.status == 200 and refused(case.asked, body) else OutcomeUnknown


def everything(value: Json) -> list[Json]:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(entry for part in below for entry in everything(part))]


def claims_coupons(entry: Json) -> bool:
    return isinstance(entry, dict) and bool(entry.get("coupons") or entry.get("successCount"))


def issued(asked: int, body: Json) -> bool:
    coupons = body.get("coupons")
    if not isinstance(coupons, list) or not coupons:
        return False
    codes = [coupon.get("code") if isinstance(coupon, dict) else None for coupon in coupons]
    if not all(isinstance(code, str) and code != "" for code in codes) or len(set(codes)) < len(codes):
        return False
    ids = [int(coupon["couponId"]) for coupon in coupons if whole(coupon.get("couponId"))]
    said = {name: number(body.get(name)) for name in ("successCount", "totalCount", "failureCount")}
    meant = {"successCount": len(coupons), "totalCount": asked, "failureCount": asked - len(coupons)}
    agrees = all(said[name] is None or said[name] == meant[name] for name in said)
    return agrees and len(set(ids)) == len(ids) and len(coupons) <= asked


def whole(value: Json) -> bool:
    return number(value) is not None and value == int(value)


def refused(asked: int, body: Json) -> bool:
    errors = body.get("errors")
    if (
        body.get("coupons") not in (None, [])
        or body.get("coupons") is False
        or not isinstance(errors, list)
        or not errors
    ):
        return False
    explained = all(isinstance(error, dict) and whole(error.get("code")) for error in errors)
    if not explained or any(error.get("status") is True or int(error["code"]) not in CERTAIN for error in errors):
        return False
    warnings = body.get("warnings")
    for warning in warnings if isinstance(warnings, list) else [warnings]:
        code = warning.get("code") if isinstance(warning, dict) else None
        if code is not None and (not whole(code) or int(code) in ISSUED_OR_IN_DOUBT):
            return False
    if any(claims_coupons(entry) for entry in everything(body)) or body.get("successCount") not in (None, 0):
        return False
    return body.get("totalCount") in (None, asked) and body.get("failureCount") in (None, asked)


def test_every_answer_ends_as_the_rules_say(cases: list[Answer], ends: list[End]) -> None:
    wrong = [(case, end) for case, end in zip(cases, ends, strict=True) if not isinstance(end, right_end(case))]

    assert not wrong, wrong[:3]


def test_the_coupons_of_an_issued_answer_are_those_of_its_body(cases: list[Answer], ends: list[End]) -> None:
    for case, end in zip(cases, ends, strict=True):
        if isinstance(end, Issued):
            assert list(end.codes) == [coupon["code"] for coupon in case.value["coupons"]]
            assert end.missing == case.asked - len(end.codes) >= 0


def test_nothing_is_called_not_issued_while_the_body_names_coupons(cases: list[Answer], ends: list[End]) -> None:
    for case, end in zip(cases, ends, strict=True):
        if isinstance(end, NothingIssued) and case.readable:
            assert not any(claims_coupons(entry) for entry in everything(case.value))


def test_nothing_is_called_refused_behind_another_status_than_200(cases: list[Answer], ends: list[End]) -> None:
    assert {case.status for case, end in zip(cases, ends, strict=True) if isinstance(end, Refused)} == {200}


def test_no_5xx_is_called_anything_but_unknown(cases: list[Answer], ends: list[End]) -> None:
    assert {type(end) for case, end in zip(cases, ends, strict=True) if case.status >= 500} == {OutcomeUnknown}


def test_every_end_is_reached_hundreds_of_times(ends: list[End]) -> None:
    for kind in (Issued, Refused, Rejected, OutcomeUnknown):
        assert sum(isinstance(end, kind) for end in ends) >= 100
