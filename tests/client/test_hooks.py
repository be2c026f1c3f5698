"""Hooks for requests and responses: events without secrets, and hooks that change no outcome."""

import asyncio
import logging
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    CouponClient,
    CouponClientError,
    Issued,
    OAuth,
    RequestEvent,
    ResponseEvent,
)
from coupon_client.testing import Script, answered, issued, listed, lost, never_sent
from tests.client.conftest import ABIJITH, NOWHERE, TILL

ISSUE = "/v2/coupon/issue/multiple"
TOKEN = answered(200, {"data": {"accessToken": "t1", "ttlSeconds": 600}})


def in_a_thread(script: Script, **options: Any) -> Any:
    with CouponClient(NOWHERE, options.pop("auth", TILL), transport=script, **options) as client:
        try:
            return client.issue(1, ABIJITH)
        except CouponClientError as error:
            return error


def in_a_task(script: Script, **options: Any) -> Any:
    async def call() -> Any:
        async with AsyncCouponClient(NOWHERE, options.pop("auth", TILL), transport=script, **options) as client:
            try:
                return await client.issue(1, ABIJITH)
            except CouponClientError as error:
                return error

    return asyncio.run(call())


@pytest.fixture(params=[in_a_thread, in_a_task])
def call(request: pytest.FixtureRequest) -> Any:
    return request.param


def told(call: Any, *endings: Any, **options: Any) -> tuple[list[RequestEvent], list[ResponseEvent]]:
    requests: list[RequestEvent] = []
    responses: list[ResponseEvent] = []
    call(Script(*endings), on_request=requests.append, on_response=responses.append, **options)
    return requests, responses


def test_hooks_are_told_of_each_request_and_its_response(call: Any) -> None:
    ok = answered(200, {"coupons": [{"code": "A1", "couponId": 1}], "errors": []}, {"x-request-id": "r-17"})
    requests, (response,) = told(call, ok)

    assert requests == [RequestEvent("POST", ISSUE, 1)]
    assert (response.method, response.path, response.attempt) == ("POST", ISSUE, 1)
    assert (response.status, response.request_id, response.error) == (200, "r-17", None)
    assert 0 <= response.seconds < 60


def test_hooks_are_told_of_each_attempt_and_why_it_failed(call: Any, no_waiting: list[float]) -> None:
    requests, responses = told(call, never_sent, lost, retries=1)

    assert [event.attempt for event in requests] == [1, 2]
    assert [(event.status, event.error) for event in responses] == [(None, "NeverSent"), (None, "TimeoutError")]


def test_hooks_are_told_of_requests_for_tokens(call: Any) -> None:
    requests, _ = told(call, TOKEN, issued(), auth=OAuth("key", "secret"))

    assert [event.path for event in requests] == ["/v3/oauth/token/generate", ISSUE]


def test_the_path_of_an_event_has_no_query() -> None:
    events: list[RequestEvent] = []
    with CouponClient(NOWHERE, TILL, transport=Script(listed()), on_request=events.append) as client:
        client.read_back(555567088)

    assert [event.path for event in events] == ["/v2/coupon"]


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_a_hook_that_raises_changes_no_outcome_and_its_text_is_not_logged(
    call: Any, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    def hook(_: Any) -> None:
        raise RuntimeError("CANARY")

    caplog.set_level(logging.DEBUG)
    assert isinstance(call(Script(issued()), **{name: hook}), Issued)
    assert "a hook raised RuntimeError" in caplog.text
    assert "CANARY" not in caplog.text


@pytest.mark.parametrize("secret", ["CANARY77", "11223569865", "t1-long-token", "5550001112223"])
def test_no_event_holds_a_secret_that_the_server_repeats_as_its_request_id(call: Any, secret: str) -> None:
    body = {"coupons": [{"code": "CANARY77", "couponId": 5550001112223}], "errors": []}
    token = answered(200, {"data": {"accessToken": "t1-long-token", "ttlSeconds": 600}})
    ending = answered(200, body, {"x-request-id": f"r-{secret}"})
    _, responses = told(call, token, ending, auth=OAuth("key", "secret"))

    assert responses[-1].request_id is None
    assert secret not in repr(responses)
