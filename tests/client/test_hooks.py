"""Hooks for requests and responses: events without secrets, and hooks that change no outcome."""

import asyncio
import logging
import re
from functools import partial
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    CallOptions,
    CouponClient,
    CouponClientError,
    InvalidRequest,
    Issued,
    OAuth,
    RequestEvent,
    ResponseEvent,
)
from coupon_client.testing import Script, answered, issued, listed, lost, never_sent, refused
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


def test_the_headers_of_a_response_are_in_its_event_in_lower_case_and_hidden_in_its_representation(call: Any) -> None:
    _, (response,) = told(call, answered(200, {}, {"X-RateLimit-Remaining": "7", "traceparent": "canary"}))

    assert response.headers == {"x-ratelimit-remaining": "7", "traceparent": "canary"}
    assert "canary" not in repr(response)


def test_a_lost_response_has_no_headers_and_no_body(call: Any) -> None:
    _, (response,) = told(call, lost)

    assert (response.headers, response.body) == ({}, b"")


def test_hooks_of_a_call_get_its_raw_responses_after_the_clients() -> None:
    order: list[str] = []
    seen: list[ResponseEvent] = []

    def clients(_: object) -> None:
        order.append("client")
        raise RuntimeError

    script = Script(answered(503, b"canary", {"Retry-After": "7"}), issued("A1"))
    client = CouponClient(NOWHERE, TILL, transport=script, on_request=clients, on_response=clients)
    options = CallOptions(on_request=lambda _: order.append("call"), on_response=seen.append)
    with client:
        with pytest.raises(CouponClientError):
            client.issue(1, ABIJITH, options=options)
        client.issue(1, ABIJITH)

    assert order == ["client", "call", "client", "client", "client"]
    assert [(event.status, event.headers["retry-after"], event.body) for event in seen] == [(503, "7", b"canary")]
    assert "canary" not in repr(seen) + repr(options)


def test_a_hook_of_a_call_is_told_without_one_of_the_client() -> None:
    seen: list[ResponseEvent] = []
    with CouponClient(NOWHERE, TILL, transport=Script(listed())) as client:
        client.read_back(1, options=CallOptions(on_response=seen.append))

    assert seen[0].body == b'{"data": [], "warnings": [], "errors": []}'


@pytest.mark.parametrize("name", ["on_request", "on_response"])
def test_what_cannot_be_a_hook_of_a_call_is_an_invalid_request(name: str) -> None:
    mistake: dict[str, Any] = {name: a_coroutine}
    with pytest.raises(InvalidRequest, match=f"{name} must be a"):
        CallOptions(**mistake)


def test_the_log_has_each_attempt_at_its_lowest_level_and_each_outcome_above(
    call: Any, no_waiting: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "coupon_client")
    body = {"coupons": [{"code": "CANARY77", "couponId": 1}], "errors": []}
    call(Script(never_sent, answered(200, body, {"x-request-id": "r-17"})), retries=1)
    lines = [(record.levelname, re.sub(r"\d+\.\d{3} s", "0 s", record.getMessage())) for record in caplog.records]

    assert lines == [
        ("DEBUG", f"POST {ISSUE}, attempt 1: no response, NeverSent after 0 s"),
        ("DEBUG", f"POST {ISSUE}, attempt 2: HTTP 200 after 0 s (request id r-17)"),
        ("INFO", "issued 1 of 1 coupon of series 1 (request id r-17)"),
    ]


@pytest.mark.parametrize("ending", [never_sent, lost, answered(401, {}), answered(429, {}), refused(707)])
@pytest.mark.parametrize(
    "token", [(), (answered(503, {}),), (answered(401, {}),)], ids=["a till", "no token", "refused"]
)
def test_the_log_has_one_line_for_each_call_that_ends_without_coupons(
    call: Any, ending: Any, token: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "coupon_client")
    auth = {"auth": OAuth("key", "secret")} if token else {}
    end = call(Script(*(token or (ending,))), retries=0, **auth)

    assert [record.getMessage() for record in caplog.records] == [f"{type(end).__name__}: {end}"]


def test_a_hook_cannot_change_the_headers_that_the_client_reads(call: Any) -> None:
    def hook(event: ResponseEvent) -> None:
        event.headers.clear()  # type: ignore[attr-defined]

    end = call(Script(answered(429, {}, {"retry-after": "7"})), on_response=hook)

    assert end.retry_after == 7


def test_an_event_with_headers_can_be_a_member_of_a_set() -> None:
    event = ResponseEvent("POST", ISSUE, 1, 0.5, 200, headers={"a": "b"})

    assert event in {event}


async def a_coroutine(_: Any) -> None: ...


async def an_async_generator(_: Any) -> Any:
    yield


def a_generator(_: Any) -> Any:
    yield


class AsyncObject:
    """Its instances are called as a coroutine function."""

    async def __call__(self, _: Any) -> None: ...


class AsyncMethod:
    """Has a coroutine function as its method."""

    async def hook(self, _: Any) -> None: ...


def kind_of(hook: Any) -> str:
    """Return a name that is the same in every process."""
    return type(hook).__name__


NO_HOOKS: list[Any] = [a_coroutine, an_async_generator, a_generator, AsyncObject(), AsyncMethod().hook]
NO_HOOKS += [partial(a_coroutine), 5, "print", []]


@pytest.mark.parametrize("name", ["on_request", "on_response"])
@pytest.mark.parametrize("hook", NO_HOOKS, ids=kind_of)
@pytest.mark.parametrize("kind", [CouponClient, AsyncCouponClient])
def test_what_cannot_be_a_hook_is_an_invalid_request(kind: Any, hook: Any, name: str) -> None:
    with pytest.raises(InvalidRequest, match=f"{name} must be a"):
        kind(NOWHERE, TILL, **{name: hook})


@pytest.mark.parametrize("hook", [[].append, partial(print), RequestEvent.__repr__, lambda _: None, str], ids=kind_of)
def test_anything_that_can_be_called_and_does_its_work_is_a_hook(hook: Any) -> None:
    CouponClient(NOWHERE, TILL, on_request=hook).close()
