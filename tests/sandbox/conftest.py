import asyncio
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from attrs import define, field

from coupon_contract import spec
from coupon_contract.sandbox import Seed, create_app, load_seed
from coupon_contract.sandbox.auth import password_hash
from qa.with_sandbox import running_sandbox

if TYPE_CHECKING:
    from playwright.sync_api import Browser

BASIC = ("till.sandbox", password_hash("sandbox-password"))
ABIJITH = {"mobile": "11223569865"}
PLERTHPRTH = {"email": "Tomhills@mail.com"}
PATIENCE = 60  # seconds
ORDINARY = {"seriesId": 415446, "customer": ABIJITH}


@define
class ManualClock:
    """A clock that only moves when told to; epoch seconds."""

    now: float = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@define
class Api:
    """The application in this process, called as over HTTP."""

    app: Any
    clock: ManualClock = field(factory=ManualClock)

    def request(self, method: str, path: str, **options: Any) -> httpx.Response:
        options.setdefault("auth", BASIC)

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
                return await client.request(method, path, **options)

        with ThreadPoolExecutor(1) as pool:  # a browser's API keeps a loop running in the thread of the tests
            return pool.submit(asyncio.run, send()).result()

    def post(self, body: Any, path: str = spec.ISSUE_PATH, **options: Any) -> httpx.Response:
        """Send any JSON value, or bytes."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        return self.request("POST", path, content=content, headers=headers, **options)

    def issue(self, series_id: Any, customer: Any = None, **fields: Any) -> dict[str, Any]:
        """The body of a processed request."""
        answer = self.post({"seriesId": series_id, "customer": customer or ABIJITH, **fields})
        assert answer.status_code == 200
        body: dict[str, Any] = answer.json()
        return body

    def token(self, **claim: Any) -> httpx.Response:
        return self.post({"key": "sandbox-key", "secret": "sandbox-secret", **claim}, spec.TOKEN_PATH, auth=None)

    def read_back(self, **query: Any) -> httpx.Response:
        return self.request("GET", spec.READ_BACK_PATH, params=query)

    def close(self) -> None:
        self.app.state.sandbox.store.close()


def codes(body: dict[str, Any]) -> list[int]:
    """The codes in `errors`."""
    return [error["code"] for error in body["errors"]]


def message(body: dict[str, Any]) -> str:
    """The text of the only error."""
    (error,) = body["errors"]
    return str(error["message"])


@pytest.fixture(scope="session")
def seed() -> Seed:
    return load_seed()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database that several processes can open: once a file, once a PostgreSQL URL."""
    if request.param == "sqlite":
        return str(tmp_path / "coupons.db")
    url: str = request.getfixturevalue("postgres")()
    return url


@pytest.fixture
def open_api(seed: Seed) -> Iterator[Callable[..., Api]]:
    """Opens applications, on a database file or in memory, and closes them."""
    opened: list[Api] = []

    def open_one(database: Path | str = ":memory:", contents: Seed = seed) -> Api:
        clock = ManualClock()
        opened.append(Api(create_app(contents, str(database), clock), clock))
        return opened[-1]

    yield open_one
    for each in opened:
        each.close()


@pytest.fixture
def api(open_api: Callable[..., Api]) -> Api:
    return open_api()


# --- a running sandbox, in a browser ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    from tests.browser import started  # here, because most tests need no browser

    with started() as running:
        yield running


@pytest.fixture(scope="module")
def served() -> Iterator[str]:
    """The address of a running sandbox."""
    with running_sandbox() as url:
        yield url


@pytest.fixture
def url(served: str) -> str:
    """The same, as if it had just begun."""
    httpx.post(f"{served}/__sandbox/reset").raise_for_status()
    return served


def issue_at(url: str, **body: Any) -> httpx.Response:
    """Issue at a running sandbox."""
    return httpx.post(url + spec.ISSUE_PATH, json={"customer": ABIJITH} | body, auth=BASIC, timeout=PATIENCE)
