"""5,000 answers gone wrong: 0 wrong ends, 0 foreign exceptions, for threads and for tasks.

The judge is the table of spec/outcomes.toml, applied by qa/outcome_table.py; the facts below need no table.
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
from qa.outcome_table import decide
from tests.client.conftest import ABIJITH, NOWHERE, TILL, End
from tests.client.mutations import Answer, answers

Json = Any
NUMBER = 5_000  # `python -m qa.fuzz_client` and `python -m qa.differential` are the long forms
SEED = 20260801


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
    """A failure is explained by its case, not by 5,000 lines of log."""
    caplog.set_level(logging.CRITICAL, "coupon_client")


@pytest.fixture(scope="module")
def cases() -> list[Answer]:
    return list(answers(NUMBER, SEED))


@pytest.fixture(scope="module", params=[in_a_thread, in_a_task], ids=["thread", "task"])
def ends(request: pytest.FixtureRequest, cases: list[Answer]) -> list[End]:
    found: list[End] = request.param(cases)
    return found


KINDS = {
    "issued": Issued,
    "partly-issued": Issued,
    "refused": Refused,
    "rejected": Rejected,
    "not-authenticated": AuthenticationFailed,
    "outcome-unknown": OutcomeUnknown,
}


def right_end(case: Answer) -> type[Any]:
    return KINDS[decide(case.asked, case.status, case.body)]


def everything(value: Json) -> list[Json]:
    below = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [value, *(entry for part in below for entry in everything(part))]


def claims_coupons(entry: Json) -> bool:
    return isinstance(entry, dict) and bool(entry.get("coupons") or entry.get("successCount"))


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
