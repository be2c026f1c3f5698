"""A PostgreSQL server that hangs or is gone: who waits, for how long, and who does not."""

import asyncio
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import httpx
import psycopg
import pytest
from attrs import define, field

from coupon_contract import spec
from coupon_contract.sandbox.runtime_settings import PATIENCE as LOOK_PATIENCE
from coupon_contract.sandbox.store import StoreBusy, StoreDown
from coupon_contract.sandbox.store.postgres import MOST_CONNECTIONS, PostgresStore
from coupon_contract.sandbox.store.postgres_connection import Connection
from tests.sandbox.conftest import BASIC, ORDINARY, PATIENCE, Api

SHORT, LONG = 0.2, 10.0  # seconds that the server may be silent


@define(eq=False)
class Relay:
    """Stands between the sandbox and a server. While it hangs, connections are taken, and nothing comes back."""

    server: tuple[str, int]
    listener: socket.socket = field(factory=lambda: socket.create_server(("127.0.0.1", 0)))
    goes_on: threading.Event = field(factory=threading.Event)
    opened: list[socket.socket] = field(factory=list)

    def run(self) -> None:
        self.goes_on.set()
        with suppress(OSError):  # the listener was closed
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.server)
                self.opened += [client, server]
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self.carry, args=ends, daemon=True).start()

    def carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while piece := source.recv(65536):
                self.goes_on.wait()
                sink.sendall(piece)
            sink.shutdown(socket.SHUT_WR)

    def end(self) -> None:
        """Take no connections any more, and cut those that there are."""
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.goes_on.set()
        for each in self.opened:
            each.close()


@pytest.fixture
def relay(postgres: Callable[[], str]) -> Iterator[Relay]:
    with psycopg.connect(postgres()) as connection:
        relay = Relay((connection.info.host, connection.info.port))
    threading.Thread(target=relay.run, daemon=True).start()
    yield relay
    with suppress(OSError):
        relay.end()


@pytest.fixture
def url(postgres: Callable[[], str], relay: Relay) -> str:
    """An empty database behind the relay."""
    port = relay.listener.getsockname()[1]
    return postgres().replace(f":{relay.server[1]}/", f":{port}/")


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    store = PostgresStore(url)
    store.setting("x")
    yield store
    store.close()


@pytest.fixture
def hung(open_api: Callable[..., Api], url: str, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> Api:
    """A sandbox that has worked, and whose server hangs; it does not wait for ever."""
    api = open_api(url)
    api.issue(415446)
    token = api.token().json()["data"]["accessToken"]
    assert api.request("GET", spec.READ_BACK_PATH, auth=None, headers={"X-CAP-API-OAUTH-TOKEN": token}).status_code
    monkeypatch.setattr(Connection, "patience", SHORT)
    monkeypatch.setattr("coupon_contract.sandbox.store.postgres.BUSY_SECONDS", SHORT)
    relay.goes_on.clear()
    return api


def waits_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "patience", LONG)


def order(api: Api, *calls: dict[str, Any]) -> list[str]:
    """The paths of calls that are made at the same time, in the order of their answers; those that come in time."""
    answered: list[str] = []

    async def call(client: httpx.AsyncClient, options: dict[str, Any]) -> None:
        await client.request(**options)
        answered.append(options["url"])

    async def all_calls() -> None:
        transport = httpx.ASGITransport(api.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            tasks = [asyncio.create_task(call(client, options)) for options in calls]
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                task.cancel()
            api.close()  # ends whoever waits

    asyncio.run(all_calls())
    return answered


@pytest.mark.parametrize(
    ("status", "options"),
    [
        (401, {"body": ORDINARY, "auth": ("nobody", "x")}),
        (400, {"body": b"{"}),
        (503, {"body": ORDINARY}),
        (503, {"body": ORDINARY, "auth": None, "headers": {"X-CAP-API-OAUTH-TOKEN": "unknown"}}),
    ],
    ids=["no till", "bad body", "issue", "token"],
)
def test_a_server_that_hangs_is_told_only_to_those_who_need_it(hung: Api, status: int, options: dict[str, Any]) -> None:
    assert hung.post(**options).status_code == status


@pytest.mark.parametrize("path", ["/", "/__sandbox/series", "/healthz", spec.READ_BACK_PATH + "?couponIds=1"])
@pytest.mark.usefixtures("hung")
def test_whoever_looks_into_a_database_that_hangs_keeps_nobody_else(
    hung: Api, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits_for_ever(monkeypatch)
    slow = {"method": "GET", "url": path, "auth": BASIC}

    assert order(hung, slow, {"method": "GET", "url": "/metrics"}) == ["/metrics"]


def test_the_sandbox_works_again_when_its_server_does(hung: Api, relay: Relay) -> None:
    statuses = [hung.post(ORDINARY).status_code]
    relay.goes_on.set()
    while statuses[-1] != 200:
        statuses.append(hung.post(ORDINARY).status_code)

    assert set(statuses) == {503, 200}


def test_a_server_that_is_gone_is_busy(store: PostgresStore, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_contract.sandbox.store.postgres.BUSY_SECONDS", SHORT)
    relay.end()

    def look_until_it_is_noticed() -> None:
        for _ in range(MOST_CONNECTIONS + 1):
            with suppress(StoreDown):  # on a connection that was cut
                store.setting("x")

    with pytest.raises(StoreBusy):
        look_until_it_is_noticed()


def test_one_caller_at_a_time_asks_a_server_that_did_not_answer(
    store: PostgresStore, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Connection, "patience", SHORT)
    relay.goes_on.clear()
    with pytest.raises(StoreDown):
        store.setting("x")
    monkeypatch.setattr(store._pool, "getconn", None)

    with store._trying, pytest.raises(StoreBusy):
        store.setting("x")


def test_closing_the_store_ends_whoever_waits(store: PostgresStore, relay: Relay) -> None:
    relay.goes_on.clear()
    told: list[Exception] = []

    def wait() -> None:
        try:
            store.setting("x")
        except StoreDown as error:
            told.append(error)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    store.close()
    thread.join(PATIENCE)

    assert [str(error) for error in told] in (["NoAnswer"], [])
    assert not thread.is_alive()


def test_only_what_may_take_long_may_be_silent_for_long(store: PostgresStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Connection, "patience", SHORT)
    silent = f"SELECT pg_sleep({SHORT * 4})"
    with store.transaction() as transaction:
        transaction._session.run_long(silent)

    with pytest.raises(StoreDown, match="NoAnswer"), store.transaction() as transaction:
        transaction._run(silent)


def test_a_sandbox_whose_server_hangs_can_be_stopped(url: str, relay: Relay) -> None:
    command = [sys.executable, "-m", "coupon_contract.sandbox", "--database", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        address = process.stdout.readline().split()[-1]
        relay.goes_on.clear()
        call = threading.Thread(target=ask, args=[address])
        call.start()
        call.join(LOOK_PATIENCE)
        process.send_signal(signal.SIGTERM)
        status = process.wait(PATIENCE)
        call.join()

    assert status == 0


def ask(address: str) -> None:
    with suppress(httpx.HTTPError):
        httpx.post(address + spec.ISSUE_PATH, json=ORDINARY, auth=BASIC, timeout=PATIENCE)
