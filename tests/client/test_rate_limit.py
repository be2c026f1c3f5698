"""After an HTTP 429, a request is sent again only if the caller asked for it, the 429 proves that it was not run, and
there is time (ledger rate-limit).
"""

import asyncio
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    CallOptions,
    CouponClient,
    CouponClientError,
    InvalidRequest,
    Issued,
    NotReadable,
    NotSent,
    OAuth,
    OutcomeUnknown,
    Rejected,
    SqliteJournal,
    Timeouts,
)
from coupon_client.testing import Script, answered, issued, listed, lost, never_sent
from tests.client.conftest import ABIJITH, NOWHERE, TILL, client_of
from tests.client.disturbed_sandbox import SERIES, Disturbed
from tests.client.test_interruption import MOST_LINES, Interrupt

Call = Callable[..., Any]

AT_ONCE = answered(429, {}, {"retry-after": "0"})
IN_SEVEN = answered(429, {}, {"retry-after": "7"})
BARE = answered(429, b"")
TOKEN = answered(200, {"data": {"accessToken": "t1", "ttlSeconds": 600}})


def in_a_thread(script: Script, *, auth: Any = TILL, **settings: Any) -> Any:
    with CouponClient(NOWHERE, auth, transport=script, **settings) as client:
        try:
            return client.issue(SERIES, ABIJITH, 2)
        except CouponClientError as error:
            return error


def in_a_task(script: Script, *, auth: Any = TILL, **settings: Any) -> Any:
    async def call() -> Any:
        async with AsyncCouponClient(NOWHERE, auth, transport=script, **settings) as client:
            try:
                return await client.issue(SERIES, ABIJITH, 2)
            except CouponClientError as error:
                return error

    return asyncio.run(call())


@pytest.fixture(params=[in_a_thread, in_a_task], ids=["thread", "task"])
def call(request: pytest.FixtureRequest) -> Call:
    function: Call = request.param
    return function


def test_a_429_is_not_followed_by_another_request_unless_asked_for(call: Call, no_waiting: list[float]) -> None:
    script = Script(IN_SEVEN)

    assert isinstance(call(script), Rejected)
    assert (len(script.requests), no_waiting) == (1, [])


def test_the_request_is_sent_again_after_the_time_of_retry_after(call: Call, no_waiting: list[float]) -> None:
    script = Script(IN_SEVEN, AT_ONCE, issued())

    assert isinstance(call(script, rate_limit_retries=2), Issued)
    assert len(script.requests) == 3
    assert 7 <= no_waiting[0] <= 7.2
    assert 0 <= no_waiting[1] <= 0.2


def test_without_retry_after_the_pauses_grow_and_are_spread(call: Call, no_waiting: list[float]) -> None:
    pauses = []
    for _ in range(20):
        no_waiting.clear()
        assert isinstance(call(Script(BARE, BARE, BARE, issued()), rate_limit_retries=3), Issued)
        pauses.append(tuple(no_waiting))

    assert all(0.2 <= one <= 0.4 < 0.8 <= two <= 1.6 < 3.2 <= three <= 6.4 for one, two, three in pauses)
    assert len(set(pauses)) == 20


def test_a_pause_is_a_minute_at_most_however_many_attempts_there_are(call: Call, no_waiting: list[float]) -> None:
    limits = Timeouts(total=86_400)
    script = Script(*[BARE] * 600, *[never_sent] * 600, issued())

    assert isinstance(call(script, rate_limit_retries=600, retries=600, timeouts=limits), Issued)
    assert max(no_waiting) <= 60


def test_after_the_last_attempt_the_429_is_raised_with_its_retry_after(call: Call, no_waiting: list[float]) -> None:
    script = Script(AT_ONCE, AT_ONCE, IN_SEVEN)
    end = call(script, rate_limit_retries=2)

    assert (type(end), end.status, end.retry_after, len(script.requests)) == (Rejected, 429, 7, 3)


def test_a_retry_after_beyond_the_total_time_is_raised_at_once(call: Call, no_waiting: list[float]) -> None:
    script = Script(answered(429, {}, {"retry-after": "61"}))
    end = call(script, rate_limit_retries=5, timeouts=Timeouts(total=60))

    assert (type(end), end.retry_after) == (Rejected, 61)
    assert (len(script.requests), no_waiting) == (1, [])


def test_the_total_time_bounds_all_attempts_together(call: Call) -> None:
    start = time.monotonic()
    end = call(Script(*[BARE] * 20), rate_limit_retries=20, timeouts=Timeouts(total=1))

    assert isinstance(end, Rejected)
    assert time.monotonic() - start < 1.5


@pytest.mark.parametrize(
    "body",
    [
        {"coupons": [{"code": "A1", "couponId": 1}]},
        {"errors": [{"code": 748, "message": "Coupon service timed out"}]},
        b'<coupon code="A1"/>',
    ],
)
def test_a_429_that_does_not_prove_that_nothing_ran_is_never_followed_by_another_request(
    call: Call, body: Any, no_waiting: list[float]
) -> None:
    script = Script(answered(429, body, {"retry-after": "0"}))

    assert isinstance(call(script, rate_limit_retries=5), OutcomeUnknown)
    assert len(script.requests) == 1


@pytest.mark.parametrize("status", [302, 400, 403, 408, 461, 500, 502, 503, 504, 521])
def test_no_other_status_is_followed_by_another_request(call: Call, status: int, no_waiting: list[float]) -> None:
    script = Script(answered(status, {}, {"retry-after": "0"}))

    assert not isinstance(call(script, rate_limit_retries=5), Issued)
    assert len(script.requests) == 1


def test_a_response_that_is_lost_after_a_429_leaves_the_outcome_unknown(call: Call, no_waiting: list[float]) -> None:
    script = Script(AT_ONCE, lost)
    end = call(script, rate_limit_retries=5)

    assert (type(end), end.status, end.response, len(script.requests)) == (OutcomeUnknown, None, None, 2)


def test_what_never_leaves_after_a_429_ends_in_the_429(call: Call, no_waiting: list[float]) -> None:
    end = call(Script(AT_ONCE, never_sent), rate_limit_retries=5, retries=0)

    assert (type(end), end.status) == (Rejected, 429)


def test_retries_and_those_after_a_429_are_counted_apart(call: Call, no_waiting: list[float]) -> None:
    endings = (never_sent, AT_ONCE, never_sent, AT_ONCE)

    assert isinstance(call(Script(*endings, issued()), rate_limit_retries=2, retries=2), Issued)
    assert isinstance(call(Script(*endings), rate_limit_retries=1, retries=2), Rejected)
    assert isinstance(call(Script(never_sent, never_sent), rate_limit_retries=9, retries=1), NotSent)


def test_the_request_for_a_token_is_sent_again_too(call: Call, no_waiting: list[float]) -> None:
    script = Script(IN_SEVEN, TOKEN, issued())

    assert isinstance(call(script, auth=OAuth("key", "secret"), rate_limit_retries=1), Issued)
    assert len(no_waiting) == 1


def test_a_request_for_a_token_that_stays_limited_is_not_sent(call: Call, no_waiting: list[float]) -> None:
    end = call(Script(AT_ONCE, AT_ONCE), auth=OAuth("key", "secret"), rate_limit_retries=1)

    assert (type(end), end.response.status) == (NotSent, 429)


def test_a_read_back_is_sent_again_too(no_waiting: list[float]) -> None:
    client, script = client_of(IN_SEVEN, listed(("A1", 7)), rate_limit_retries=1)

    assert len(client.read_back(5).coupons) == 1
    assert len(script.requests) == 2


def test_the_options_of_a_call_take_the_place_of_the_clients(no_waiting: list[float]) -> None:
    client, script = client_of(IN_SEVEN, IN_SEVEN, listed(), rate_limit_retries=9)
    with pytest.raises(NotReadable) as caught:
        client.read_back(5, options=CallOptions(rate_limit_retries=0))
    client.read_back(5, options=CallOptions(retries=0))

    assert (caught.value.retry_after, len(script.requests)) == (7, 3)


@pytest.mark.parametrize("number", [-1, 1.5, True, "2"])
@pytest.mark.parametrize("make", [lambda number: client_of(rate_limit_retries=number), CallOptions])
def test_the_number_is_an_integer_from_0_on(make: Callable[..., object], number: Any) -> None:
    arguments = {"rate_limit_retries": number} if make is CallOptions else {"number": number}
    with pytest.raises(InvalidRequest, match="rate_limit_retries"):
        make(**arguments)


def test_an_issuance_with_a_key_is_sent_again_and_issues_no_more(
    server: Disturbed, client: CouponClient, journal: SqliteJournal
) -> None:
    server.issuing = ["rejected", "rejected", "lost after", "rejected"]
    options = CallOptions(rate_limit_retries=2)
    result = client.issue_once("order-1", SERIES, ABIJITH, 3, journal=journal, options=options)

    assert (result.complete, len(set(result.codes))) == (True, 3)
    assert set(client.find("order-1", ABIJITH)) == set(result.coupons)
    assert server.issue_requests == 3


def test_ctrl_c_in_the_pause_says_that_nothing_was_issued(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("coupon_client.effects.time.sleep", stop)
    client, _ = client_of(IN_SEVEN, rate_limit_retries=1)
    with pytest.raises(KeyboardInterrupt) as caught:
        client.issue(SERIES, ABIJITH)

    assert isinstance(caught.value.coupon_outcome, Rejected)  # type: ignore[attr-defined]


def test_a_task_that_is_cancelled_in_the_pause_ends_as_cancelled() -> None:
    async def cancelled() -> BaseException:
        client = AsyncCouponClient(NOWHERE, TILL, transport=Script(IN_SEVEN), rate_limit_retries=1)
        task = asyncio.create_task(client.issue(SERIES, ABIJITH))
        await asyncio.sleep(0.05)
        task.cancel()
        (error,) = await asyncio.gather(task, return_exceptions=True)
        assert isinstance(error, BaseException)
        return error

    assert isinstance(asyncio.run(cancelled()), asyncio.CancelledError)


@pytest.mark.parametrize("last", [issued("A1", "B2"), lost], ids=["issued", "lost"])
def test_ctrl_c_at_any_line_after_a_429_never_takes_it_for_the_response_to_the_next_request(
    last: Any, no_waiting: list[float]
) -> None:
    lines = second = 0
    for at in range(1, MOST_LINES):
        interrupt = Interrupt(at)
        script = Script(interrupt.ending(AT_ONCE), last)
        client = CouponClient(NOWHERE, TILL, transport=script, rate_limit_retries=1)
        before = sys.gettrace()
        sys.settrace(interrupt.trace)
        try:
            end: Any = client.issue(SERIES, ABIJITH, 2)
        except KeyboardInterrupt as error:
            end = getattr(error, "coupon_outcome", error.__context__)
        except CouponClientError as error:
            end = error
        finally:
            sys.settrace(before)
        if interrupt.armed:
            break
        lines += 1
        if len(script.requests) == 2:
            second += 1
            assert isinstance(end, Issued | OutcomeUnknown), f"line {at}: {end!r}"
        else:  # OutcomeUnknown from the moment on at which the transport may send
            assert end is None or isinstance(end, Rejected | OutcomeUnknown), f"line {at}: {end!r}"

    assert lines > second > 5
