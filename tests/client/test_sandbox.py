"""The client against the sandbox in this process: each documented code in earnest."""

import asyncio
from collections.abc import Callable

import pytest

from coupon_client import AsyncCouponClient, CouponClient, Issued, Mobile, OAuth, Refused, refusals
from coupon_client.testing import InProcessSandbox
from tests.client.conftest import ABIJITH, TILL

Call = Callable[[CouponClient], object]


def client(behaviour: str | None = None) -> CouponClient:
    return CouponClient(InProcessSandbox.base_url, TILL, transport=InProcessSandbox(behaviour))


def twice(series_id: int, count: int) -> Call:
    def call(client: CouponClient) -> object:
        client.issue(series_id, ABIJITH, count)
        return client.issue(series_id, ABIJITH, count)

    return call


def once(series_id: int, count: int = 1, mobile: str = "11223569865") -> Call:
    return lambda client: client.issue(series_id, Mobile(mobile), count)


@pytest.mark.parametrize(
    ("call", "refusal"),
    [
        (once(415446, mobile="10000000000"), refusals.CustomerNotFound),
        (once(999999999), refusals.SeriesInvalid),
        (twice(96004, 1), refusals.CustomerHasCoupon),
        (once(71300), refusals.CouponExpired),
        (once(50010), refusals.SeriesLimitReached),
        (twice(50020, 5), refusals.CustomerLimitReached),
        (once(50050), refusals.NoCodesLeft),
    ],
)
def test_a_documented_refusal_has_its_class(call: Call, refusal: type[Refused]) -> None:
    with client() as sandbox, pytest.raises(refusal):
        call(sandbox)


def test_a_partial_success_is_issued() -> None:
    with client() as sandbox:
        issued = sandbox.issue(50060, ABIJITH, 5)

    assert (len(issued.coupons), issued.missing, [error.code for error in issued.errors]) == (3, 2, [5006])


@pytest.mark.parametrize(
    "fault", ["coupon-config-as-text", "warnings-missing", "time-as-epoch", "answered-customer-missing"]
)
def test_an_issued_answer_with_an_odd_field_is_no_refusal(fault: str) -> None:
    with client(fault) as sandbox:
        assert len(sandbox.issue(415446, ABIJITH, 2).coupons) == 2


def test_tasks_and_tokens_work_too() -> None:
    async def calls() -> list[Issued]:
        transport = InProcessSandbox()
        auth = OAuth("sandbox-key", "sandbox-secret")
        async with AsyncCouponClient(transport.base_url, auth, transport=transport) as sandbox:
            return await asyncio.gather(*(sandbox.issue(415446, ABIJITH, 2) for _ in range(5)))

    codes = [code for issued in asyncio.run(calls()) for code in issued.codes]

    assert len(set(codes)) == 10


def test_a_client_for_threads_works_where_a_loop_is_running() -> None:
    async def call() -> Issued:
        with client() as sandbox:
            return sandbox.issue(415446, ABIJITH)

    assert asyncio.run(call()).complete
