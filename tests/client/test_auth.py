import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    AuthenticationFailed,
    CouponClient,
    InvalidRequest,
    Issued,
    NotSent,
    OAuth,
    OutcomeUnknown,
    Problem,
    SqliteJournal,
    TillAuth,
)
from coupon_client.exchange import Progress, Request, Response, Timeouts
from coupon_client.testing import InProcessSandbox, Script, answered, issued, listed, lost, never_sent
from tests.client.conftest import ABIJITH, NOWHERE, Issue, client_of
from tests.client.disturbed_sandbox import SERIES

HEADER = "X-CAP-API-OAUTH-TOKEN"


def token(text: str, seconds: Any = 3600) -> Any:
    return answered(200, {"data": {"accessToken": text, "ttlSeconds": seconds}, "errors": None})


class Clock:
    """Seconds, moved by hand."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def sent_tokens(script: Script) -> list[str | None]:
    return [request.headers.get(HEADER) for request in script.requests]


def test_a_token_is_fetched_once_and_sent_with_every_call() -> None:
    script = Script(token("t1"), issued(), issued())
    with CouponClient(NOWHERE, OAuth("key", "secret"), transport=script) as client:
        client.issue(1, ABIJITH)
        client.issue(1, ABIJITH)

    assert sent_tokens(script) == [None, "t1", "t1"]
    assert script.requests[0].url == f"{NOWHERE}/v3/oauth/token/generate"
    assert script.requests[0].body == b'{"key": "key", "secret": "secret"}'


@pytest.mark.parametrize(("passed", "tokens"), [(539, ["t1", "t1"]), (541, ["t1", "t2"])])
def test_a_token_is_renewed_60_seconds_before_it_expires(passed: float, tokens: list[str]) -> None:
    clock = Clock()
    script = Script(token("t1", 600), issued(), *([token("t2", 600)] if tokens[1] == "t2" else []), issued())
    with CouponClient(NOWHERE, OAuth("key", "secret", clock), transport=script) as client:
        client.issue(1, ABIJITH)
        clock.now += passed
        client.issue(1, ABIJITH)

    assert [sent for sent in sent_tokens(script) if sent] == tokens


@pytest.mark.parametrize("seconds", [None, "soon", 30, -1, 10**400, True])
def test_a_token_with_an_odd_or_short_life_is_used_once(seconds: Any) -> None:
    script = Script(token("t1", seconds), issued(), token("t2", seconds), issued())
    with CouponClient(NOWHERE, OAuth("key", "secret"), transport=script) as client:
        client.issue(1, ABIJITH)
        client.issue(1, ABIJITH)

    assert sent_tokens(script) == [None, "t1", None, "t2"]


def test_a_401_that_names_no_coupon_is_answered_with_a_new_token_and_one_resend(issue: Issue) -> None:
    script = Script(token("t1"), answered(401, {}), token("t2"), issued())

    assert isinstance(issue(auth=OAuth("key", "secret"), transport=script), Issued)
    assert sent_tokens(script) == [None, "t1", None, "t2"]


def test_a_second_401_fails_the_authentication(issue: Issue) -> None:
    script = Script(token("t1"), answered(401, {}), token("t2"), answered(401, {}))

    assert isinstance(issue(auth=OAuth("key", "secret"), transport=script), AuthenticationFailed)
    assert len(script.requests) == 4


@pytest.mark.parametrize(
    "body", [{"coupons": [{"code": "A1"}]}, {"successCount": 1}, {"errors": [{"code": 748}]}, b'<coupon code="A1">']
)
def test_a_401_that_speaks_of_coupons_or_proves_nothing_is_never_resent(issue: Issue, body: Any) -> None:
    script = Script(token("t1"), answered(401, body))

    assert isinstance(issue(auth=OAuth("key", "secret"), transport=script), OutcomeUnknown)
    assert len(script.requests) == 2


def test_a_401_to_a_till_is_not_resent_because_its_header_stays_the_same(issue: Issue) -> None:
    script = Script(answered(401, {}))

    assert isinstance(issue(transport=script), AuthenticationFailed)
    assert len(script.requests) == 1


def test_what_is_lost_after_the_resend_is_unknown(issue: Issue) -> None:
    script = Script(token("t1"), answered(401, {}), token("t2"), lost)

    assert isinstance(issue(auth=OAuth("key", "secret"), transport=script), OutcomeUnknown)


@pytest.mark.parametrize(("ending", "end"), [(answered(401, {}), AuthenticationFailed), (lost, NotSent)])
def test_without_a_new_token_nothing_is_resent(issue: Issue, ending: Any, end: type[Exception]) -> None:
    script = Script(token("t1"), answered(401, {}), ending)

    assert isinstance(issue(auth=OAuth("key", "secret"), transport=script), end)
    assert len(script.requests) == 3


def test_a_read_back_is_answered_with_a_new_token_too() -> None:
    script = Script(token("t1"), answered(401, {}), token("t2"), listed())
    with CouponClient(NOWHERE, OAuth("key", "secret"), transport=script) as client:
        assert client.read_back(1).coupons == ()


def test_a_refused_token_does_not_drop_the_newer_one_of_another_caller() -> None:
    auth = OAuth("key", "secret")
    script = Script(token("t2"), issued(), issued())
    with CouponClient(NOWHERE, auth, transport=script) as client:
        client.issue(1, ABIJITH)
        auth.forget({HEADER: "t1"})
        client.issue(1, ABIJITH)

    assert sent_tokens(script) == [None, "t2", "t2"]


def test_a_401_costs_no_coupon_of_a_key(tmp_path: Path) -> None:
    """The journal takes the 401 for an attempt that issued nothing, and the resend for the one that issued."""
    sandbox = Expiring()
    with CouponClient(sandbox.base_url, OAuth("sandbox-key", "sandbox-secret"), transport=sandbox) as client:
        journal = SqliteJournal(tmp_path / "journal.db")
        client.check_keys(SERIES, ABIJITH, journal=journal, settle=0)
        sandbox.refuse = True
        result = client.issue_once("order-1", SERIES, ABIJITH, 2, journal=journal, settle=0)

        assert (len(result.codes), len(client.find("order-1", ABIJITH))) == (2, 2)


@pytest.mark.parametrize("status", [400, 401])
def test_a_refused_key_or_secret_fails_the_authentication(issue: Issue, status: int) -> None:
    script = Script(answered(status, {}))

    assert isinstance(issue(auth=OAuth("key", "wrong"), transport=script), AuthenticationFailed)
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "ending",
    [
        answered(500, {}),
        answered(200, b"<html>"),
        answered(200, {"data": None}),
        answered(200, {"data": {"accessToken": ""}}),
        answered(200, {"data": {"accessToken": 7}}),
        answered(200, {"data": {"accessToken": "two\r\nlines"}}),
        answered(200, {"data": {"accessToken": "outer blank "}}),
        lost,
        never_sent,
    ],
)
def test_without_a_token_nothing_is_sent(issue: Issue, ending: Any) -> None:
    script = Script(ending)

    assert isinstance(issue(auth=OAuth("key", "secret"), transport=script), NotSent)
    assert len(script.requests) == 1


class Expiring(InProcessSandbox):
    """The sandbox, which refuses the token of the next request that issues."""

    refuse = False

    async def _answer(self, request: Request) -> Response:
        if self.refuse and request.url.endswith("/multiple"):
            self.refuse = False
            return Response(401, {}, b"<response/>")
        return await super()._answer(request)


class Slow:
    """Grants tokens slowly and issues at once; counts both. For threads and tasks."""

    def __init__(self) -> None:
        self.tokens = 0

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        if request.url.endswith("/generate"):
            self.tokens += 1
            time.sleep(0.05)
            return token("t1")(request)  # type: ignore[no-any-return]
        return issued()(request)

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        if request.url.endswith("/generate"):
            await asyncio.sleep(0.05)
        return await asyncio.to_thread(self.send, request, timeouts, progress)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


def test_threads_and_tasks_that_share_credentials_fetch_one_token() -> None:
    transport = Slow()
    auth = OAuth("key", "secret")
    ends: list[Issued] = []

    def in_a_thread() -> None:
        ends.append(CouponClient(NOWHERE, auth, transport=transport).issue(1, ABIJITH))

    async def in_tasks() -> None:
        client = AsyncCouponClient(NOWHERE, auth, transport=transport)
        ends.extend(await asyncio.gather(*(client.issue(1, ABIJITH) for _ in range(8))))

    threads = [threading.Thread(target=in_a_thread) for _ in range(8)]
    threads += [threading.Thread(target=lambda: asyncio.run(in_tasks())) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (transport.tokens, len(ends)) == (1, 24)


def test_a_task_cancelled_while_it_fetches_a_token_leaves_the_way_free() -> None:
    transport = Slow()
    auth = OAuth("key", "secret")

    async def cancelled_then_again() -> Issued:
        client = AsyncCouponClient(NOWHERE, auth, transport=transport)
        task = asyncio.create_task(client.issue(1, ABIJITH))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await client.issue(1, ABIJITH)

    assert asyncio.run(cancelled_then_again()).complete


WRONG: Any = None


@pytest.mark.parametrize(
    "make",
    [
        *(lambda: TillAuth("", "x"), lambda: TillAuth("a:b", "x"), lambda: TillAuth(WRONG, "x"), lambda: OAuth("", "")),
        *(lambda: TillAuth("till", WRONG), lambda: OAuth("", "x"), lambda: OAuth("key", WRONG)),
    ],
)
def test_credentials_that_cannot_work_are_refused_at_once(make: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"till has an id|key and a secret"):
        make()


def test_who_waits_for_a_fetch_that_nobody_ends_gives_up(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_client.auth.PATIENCE", 0.05)
    auth = OAuth("key", "secret")
    auth._fetching.acquire()

    assert isinstance(issue(auth=auth, transport=Script()), NotSent)


def test_a_process_that_was_forked_during_a_fetch_can_fetch() -> None:
    auth = OAuth("key", "secret")
    auth._fetching.acquire()
    auth._process -= 1  # as after a fork: made in another process

    with CouponClient(NOWHERE, auth, transport=Script(token("t1"), issued())) as client:
        assert client.issue(1, ABIJITH).complete


class Failing(Slow):
    """Grants no tokens, slowly."""

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        self.tokens += 1
        time.sleep(0.1)
        return Response(503, {}, b"")


def test_those_who_wait_for_a_fetch_share_its_failure() -> None:
    transport, auth = Failing(), OAuth("key", "secret")
    ends: list[object] = []

    def call() -> None:
        with pytest.raises(NotSent) as caught:
            CouponClient(NOWHERE, auth, transport=transport).issue(1, ABIJITH)
        ends.append(caught.value)

    threads = [threading.Thread(target=call) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(ends), transport.tokens < 8) == (8, True)


@pytest.mark.parametrize(
    "make",
    [
        *(lambda: TillAuth("till", "\ud800canary"), lambda: TillAuth("\udfffcanary", "x")),
        *(lambda: TillAuth("canary\0", "x"), lambda: OAuth("key", "canary\udc00")),
    ],
)
def test_a_password_that_no_encoding_holds_is_refused_without_an_exception_that_carries_it(make: Any) -> None:
    with pytest.raises(InvalidRequest, match="lone surrogates") as caught:
        make()

    assert not isinstance(
        caught.value.__context__ or caught.value.__cause__, UnicodeError
    )  # its object is the password
    assert "canary" not in str(caught.value)


def test_who_waits_for_a_token_waits_no_longer_than_the_call_may_take(issue: Issue) -> None:
    auth = OAuth("key", "secret")
    auth._fetching.acquire()
    start = time.monotonic()

    assert isinstance(issue(auth=auth, transport=Script(), timeouts=Timeouts(total=0.2)), NotSent)
    assert time.monotonic() - start < 5


@pytest.mark.parametrize("status", [400, 401, 429, 503])
@pytest.mark.parametrize(("given", "kept"), [("r-17", "r-17"), ("for-canary-key", None), ("canary-secret", None)])
def test_a_token_that_is_refused_has_the_request_id_unless_it_holds_the_credentials(
    issue: Issue, status: int, given: str, kept: str | None
) -> None:
    end = issue(
        auth=OAuth("canary-key", "canary-secret"), transport=Script(answered(status, {}, {"x-request-id": given}))
    )

    assert isinstance(end, AuthenticationFailed | NotSent)
    assert end.request_id == kept


@pytest.mark.parametrize("status", [400, 401])
def test_refused_key_and_secret_come_with_the_status_and_the_reason_of_the_server(status: int) -> None:
    body = {"errors": [{"code": 1200, "message": "key canary is locked"}]}
    client, _ = client_of(answered(status, body), auth=OAuth("key", "secret"))
    with pytest.raises(AuthenticationFailed) as caught:
        client.issue(1, ABIJITH)

    assert (caught.value.status, caught.value.errors) == (status, (Problem(1200, "key canary is locked"),))
