"""Headers, attribution, limits and retries, for a client and for a single call."""

import asyncio
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    Attribution,
    CallOptions,
    CouponClient,
    CouponClientError,
    InvalidRequest,
    Mobile,
    NotSent,
    OAuth,
    SqliteJournal,
    Timeouts,
)
from coupon_client.exchange import Progress, Request, Response
from coupon_client.testing import InProcessSandbox, Script, answered, issued, never_sent
from tests.client.conftest import ABIJITH, NOWHERE, TILL, Issue, client_of
from tests.client.disturbed_sandbox import SERIES

TYPE, CODE = "X-CAP-API-ATTRIBUTION-ENTITY-TYPE", "X-CAP-API-ATTRIBUTION-ENTITY-CODE"
STORE = Attribution("STORE_CODE", "store.7")

# what every public method sends, by name: each takes options
METHODS: dict[str, Callable[..., Any]] = {
    "issue": lambda client, journal, **options: client.issue(SERIES, ABIJITH, **options),
    "read_back": lambda client, journal, **options: client.read_back(555567088, **options),
    "issue_once": lambda client, journal, **options: client.issue_once(
        "order-1", SERIES, ABIJITH, journal=journal, settle=0, **options
    ),
    "find": lambda client, journal, **options: client.find("order-1", ABIJITH, **options),
    "audit": lambda client, journal, **options: client.audit("order-1", ABIJITH, journal=journal, **options),
    "check_keys": lambda client, journal, **options: client.check_keys(
        SERIES, Mobile("11223569866"), journal=journal, settle=5, **options
    ),
    "revoke": lambda client, journal, **options: client.revoke(SERIES, ["NO-SUCH-CODE"], **options),
}


class Recorded(InProcessSandbox):
    """The sandbox, with the requests and limits that reached it."""

    def __init__(self) -> None:
        super().__init__()
        self.requests: list[Request] = []
        self.timeouts: list[Timeouts] = []

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        self.requests.append(request)
        self.timeouts.append(timeouts)
        return super().send(request, timeouts, progress)

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        self.requests.append(request)
        self.timeouts.append(timeouts)
        return await super().send_async(request, timeouts, progress)


def in_a_thread(transport: Recorded, journal: SqliteJournal, name: str, **options: Any) -> None:
    METHODS[name](CouponClient(NOWHERE, TILL, transport=transport), journal, **options)


def in_a_task(transport: Recorded, journal: SqliteJournal, name: str, **options: Any) -> None:
    asyncio.run(METHODS[name](AsyncCouponClient(NOWHERE, TILL, transport=transport), journal, **options))


@pytest.mark.parametrize("run", [in_a_thread, in_a_task])
@pytest.mark.parametrize("name", METHODS)
def test_each_method_takes_headers_attribution_and_limits_for_its_call(run: Any, name: str, tmp_path: Any) -> None:
    sandbox, journal = Recorded(), SqliteJournal(tmp_path / "journal.db")
    run(sandbox, journal, "check_keys")
    run(sandbox, journal, "issue_once")
    sandbox.requests.clear()
    sandbox.timeouts.clear()
    limits = Timeouts(read=7, total=9)
    options = CallOptions(timeouts=limits, headers={"X-Trace": "t-1"}, attribution=STORE)
    if name == "check_keys":  # which sends nothing where the journal has a check
        journal = SqliteJournal(tmp_path / "another.db")
    run(sandbox, journal, "check_keys" if name == "issue_once" else name, options=options)
    if name == "issue_once":  # with a new key, so that it sends
        run(sandbox, journal, "issue_once", options=options)

    sent = {(request.headers.get("X-Trace"), request.headers.get(CODE)) for request in sandbox.requests}
    assert sent in ({("t-1", "store.7")}, set())
    assert set(sandbox.timeouts) <= {limits}
    assert sandbox.requests or name == "issue_once"


def test_reconcile_takes_options() -> None:
    sandbox = Recorded()
    client = CouponClient(NOWHERE, TILL, transport=sandbox)
    lost, _ = client_of(answered(503, {}))
    with pytest.raises(CouponClientError) as caught:
        lost.issue(SERIES, ABIJITH, key="k")
    client.reconcile(caught.value, settle=0, options=CallOptions(headers={"X-Trace": "t-2"}))  # type: ignore[arg-type]

    assert {request.headers.get("X-Trace") for request in sandbox.requests} == {"t-2"}


def test_headers_and_attribution_of_the_client_are_sent_with_every_call_and_its_token() -> None:
    token = answered(200, {"data": {"accessToken": "t1", "ttlSeconds": 600}})
    client, script = client_of(
        *(token, issued(), issued()),
        auth=OAuth("key", "secret"),
        headers={"X-Gateway-Key": "g"},
        attribution=Attribution("TILL", "till.01"),
        app="shop/1.2",
    )
    client.issue(1, ABIJITH)
    client.issue(1, ABIJITH)

    assert [request.headers["X-Gateway-Key"] for request in script.requests] == ["g", "g", "g"]
    assert [request.headers["User-Agent"].split()[-1] for request in script.requests] == ["shop/1.2"] * 3
    assert [request.headers.get(CODE) for request in script.requests] == [None, "till.01", "till.01"]
    assert script.requests[1].headers[TYPE] == "TILL"


def test_what_a_call_says_wins_whatever_the_letter_case_of_a_header_and_for_this_call_alone() -> None:
    headers = {"X-Trace": "client"}
    client, script = client_of(issued(), issued(), headers=headers, attribution=Attribution("TILL", "till.01"))
    client.issue(1, ABIJITH, options=CallOptions(headers={"x-trace": "call"}, attribution=STORE))
    client.issue(1, ABIJITH)

    first, second = (request.headers for request in script.requests)
    assert [value for name, value in first.items() if name.lower() == "x-trace"] == ["call"]
    assert (first[TYPE], first[CODE]) == ("STORE_CODE", "store.7")
    assert (second["X-Trace"], second[TYPE], second[CODE]) == ("client", "TILL", "till.01")


@pytest.mark.parametrize(
    "name",
    ["Authorization", "HOST", "content-length", "X-Cap-Api-OAuth-Token", "Cookie", "Transfer-Encoding", "User-Agent"],
)
def test_a_header_that_the_client_sets_cannot_be_replaced(name: str) -> None:
    with pytest.raises(InvalidRequest, match="is set by the client"):
        CallOptions(headers={name: "x"})


@pytest.mark.parametrize(
    "headers",
    [
        *({"X-A": "secret\r\nX-B: 1"}, {"X-A": "secr\u00e9t"}, {"X-A": ""}, {"X-A": " secret"}, {"X-A": 7}),
        *({"X A": "1"}, {"": "1"}, {"X-\u00c4": "1"}, {7: "1"}, ["X-A"], {"X-A": "\ud800"}),
    ],
)
@pytest.mark.parametrize("make", [lambda headers: CallOptions(headers=headers), lambda h: client_of(headers=h)])
def test_a_header_that_servers_may_read_in_two_ways_is_refused_without_its_value(make: Any, headers: Any) -> None:
    with pytest.raises(InvalidRequest, match="header") as caught:
        make(headers)

    assert "secr" not in str(caught.value)


@pytest.mark.parametrize(
    "make",
    [
        lambda: Attribution("TILL", ""),
        lambda: Attribution("TILL", "caf\u00e9"),
        lambda: Attribution("", "till.01"),
        lambda: Attribution("TILL", 7),  # type: ignore[arg-type]
        lambda: CallOptions(attribution=("TILL", "till.01")),  # type: ignore[arg-type]
        lambda: CallOptions(timeouts=7),  # type: ignore[arg-type]
        lambda: CallOptions(retries=-1),
        lambda: client_of(app="two\nlines"),
        lambda: client_of(app="x" * 201),
        lambda: client_of()[0].issue(1, ABIJITH, options={"retries": 1}),  # type: ignore[arg-type]
    ],
)
def test_a_setting_that_cannot_be_one_is_refused_before_anything_is_sent(make: Callable[[], object]) -> None:
    with pytest.raises(InvalidRequest):
        make()


def test_retries_of_a_call_take_the_place_of_the_clients(no_waiting: list[float]) -> None:
    client, script = client_of(never_sent, retries=2)
    with pytest.raises(NotSent):
        client.issue(1, ABIJITH, options=CallOptions(retries=0))

    assert len(script.requests) == 1


def test_no_value_of_a_header_is_shown() -> None:
    options = CallOptions(headers={"X-Key": "CANARY"}, attribution=Attribution("TILL", "CANARY"))

    assert "CANARY" not in repr(options)


# --- the total time ---------------------------------------------------------------------------------------------------


@contextmanager
def full(address: str = "127.0.0.1", port: int = 0) -> Iterator[int]:
    """A port that takes no connection: its queue is full, so that connecting takes as long as it may."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.socket())
        listener.bind((address, port))
        listener.listen(0)
        for _ in range(4):
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]


def test_the_total_time_bounds_connecting_retries_and_pauses_together(issue: Issue) -> None:
    with full() as port:
        start = time.monotonic()
        end = issue(f"http://127.0.0.1:{port}", timeouts=Timeouts(connect=3, total=1), retries=5)

    assert isinstance(end, NotSent)
    assert time.monotonic() - start < 2.5


def test_the_total_time_bounds_all_addresses_of_a_host(issue: Issue, monkeypatch: pytest.MonkeyPatch) -> None:
    with full() as port, full("127.0.0.2", port):
        resolve = socket.getaddrinfo

        def addresses(host: Any, *args: Any, **options: Any) -> Any:
            if host not in ("localhost", b"localhost"):
                return resolve(host, *args, **options)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (f"127.0.0.{last}", port)) for last in (1, 2)]

        monkeypatch.setattr("socket.getaddrinfo", addresses)
        start = time.monotonic()
        end = issue(f"http://localhost:{port}", timeouts=Timeouts(connect=3, total=1), retries=0)

    assert isinstance(end, NotSent)
    assert time.monotonic() - start < 2.5


def test_a_pause_that_the_total_time_has_no_room_for_is_not_begun(issue: Issue, no_waiting: list[float]) -> None:
    script = Script(never_sent)

    assert isinstance(issue(transport=script, timeouts=Timeouts(total=0.15), retries=5), NotSent)
    assert no_waiting == []


def test_the_time_for_a_token_is_part_of_the_total_time(issue: Issue) -> None:
    def slowly(_: Request) -> Response:
        time.sleep(0.3)
        return Response(200, {}, b'{"data": {"accessToken": "t1", "ttlSeconds": 600}}')

    script = Script(slowly, issued())
    end = issue(auth=OAuth("key", "secret"), transport=script, timeouts=Timeouts(total=0.2))

    assert isinstance(end, NotSent)
    assert len(script.requests) == 1


def test_the_limits_of_a_call_bound_that_call() -> None:
    with full() as port, CouponClient(f"http://127.0.0.1:{port}", TILL) as client:
        start = time.monotonic()
        with pytest.raises(NotSent):
            client.issue(SERIES, ABIJITH, options=CallOptions(timeouts=Timeouts(total=0.5), retries=3))

    assert time.monotonic() - start < 2
