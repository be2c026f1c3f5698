"""Who may see and control the sandbox."""

import asyncio
import base64
from typing import Any

import httpx
import pytest

from coupon_contract.sandbox import Seed, create_app
from coupon_contract.sandbox.admin.access import Access
from tests.sandbox.conftest import BASIC, Api, ManualClock

KEY = "a control key"
LOCAL = "http://127.0.0.1"


def knock(
    app: Any, client: str = "127.0.0.1", method: str = "GET", path: str = "/__sandbox/state", **headers: str
) -> int:
    """The status for a caller at that address."""
    sent = {"Host": "127.0.0.1:8000", **{name.replace("_", "-"): value for name, value in headers.items()}}

    async def send() -> int:
        transport = httpx.ASGITransport(app, client=(client, 50000), raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as caller:
            return (await caller.request(method, path, headers=sent)).status_code

    return asyncio.run(send())


@pytest.mark.parametrize("path", ["/__sandbox/state", "/"])
@pytest.mark.parametrize(
    ("client", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {"Host": "[::1]:8000"}, 200),
        ("::ffff:127.0.0.1", {"Host": "localhost:8000"}, 200),
        ("10.0.0.7", {}, 403),
        ("127.0.0.1", {"Host": "evil.example.com"}, 403),
        ("127.0.0.1", {"Host": "[::1"}, 403),
        ("127.0.0.1", {"X_Forwarded_For": "10.0.0.7"}, 403),
        ("127.0.0.1", {"Forwarded": "for=10.0.0.7"}, 403),
    ],
)
def test_without_a_key_only_this_machine_is_let_in(
    api: Api, path: str, client: str, headers: dict[str, str], status: int
) -> None:
    assert knock(api.app, client, path=path, **headers) == status


@pytest.mark.parametrize("path", ["/__sandbox/state", "/"])
def test_what_nginx_sends_is_not_of_this_machine(api: Api, path: str) -> None:
    async def by_http_1_0(scope: Any, receive: Any, send: Any) -> None:
        await api.app(scope | {"http_version": "1.0"}, receive, send)

    assert knock(by_http_1_0, path=path) == 403


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Origin": "http://127.0.0.1:8000", "Sec_Fetch_Site": "same-origin"}, 200),
        ({"Origin": "http://evil.example.com"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://["}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
    ],
)
def test_another_web_site_changes_nothing(api: Api, headers: dict[str, str], status: int) -> None:
    assert knock(api.app, method="POST", path="/__sandbox/reset", **headers) == status


@pytest.fixture
def guarded(seed: Seed) -> Any:
    return create_app(seed, clock=ManualClock(), access=Access(KEY))


@pytest.mark.parametrize("path", ["/__sandbox/state", "/"])
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X_Sandbox_Key": "another key"}, 401),
        ({"X_Sandbox_Key": ""}, 401),
        ({"Authorization": "Basic !"}, 401),
        ({"Authorization": "Bearer YTphIGNvbnRyb2wga2V5"}, 401),
        ({"X_Sandbox_Key": KEY}, 200),
        ({"Authorization": "Basic YTphIGNvbnRyb2wga2V5"}, 200),
    ],
)
@pytest.mark.parametrize("client", ["127.0.0.1", "10.0.0.7"])
def test_with_a_key_only_who_has_it_is_let_in(
    guarded: Any, path: str, headers: dict[str, str], status: int, client: str
) -> None:
    assert knock(guarded, client, path=path, **headers) == status


NOT_ASCII = "Schlüssel ключ"


@pytest.mark.parametrize(
    ("key", "sent"), [(NOT_ASCII, NOT_ASCII.encode()), ("\udcff\udcfe", b"\xff\xfe")], ids=["UTF-8", "other bytes"]
)
@pytest.mark.parametrize("header", ["X_Sandbox_Key", "Authorization"])
def test_a_key_of_any_bytes_lets_in(seed: Seed, key: str, sent: bytes, header: str) -> None:
    app = create_app(seed, access=Access(key))
    value: Any = sent if header == "X_Sandbox_Key" else b"Basic " + base64.b64encode(b"a:" + sent)

    assert knock(app, **{header: value}) == 200
    assert knock(app, **{header: value[:-1] + b"!"}) == 401


@pytest.mark.parametrize(("client", "shown"), [("127.0.0.1", True), ("10.0.0.7", False)])
def test_the_reference_tells_credentials_to_this_machine_only(api: Api, client: str, shown: bool) -> None:
    async def look() -> str:
        transport = httpx.ASGITransport(api.app, client=(client, 50000))
        async with httpx.AsyncClient(transport=transport, base_url=LOCAL) as caller:
            return (await caller.get("/docs")).raise_for_status().text

    assert (BASIC[1] in asyncio.run(look())) == shown


def test_the_operations_need_no_control_key(guarded: Any) -> None:
    assert Api(guarded).issue(415446)["successCount"] == 1


def test_the_key_is_in_no_representation() -> None:
    assert KEY not in repr(Access(KEY))
