import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from coupon_client import (
    CouponClient,
    Mobile,
    SqliteJournal,
)
from coupon_client.exchange import NeverSent, Progress, Request, Response, Timeouts
from coupon_client.testing import InProcessSandbox
from coupon_contract.sandbox.hazards import Hazards
from tests.client.conftest import TILL

SERIES = 415446


class Disturbed(InProcessSandbox):
    """The sandbox in this process; `issuing` decides on each issue request whether and how it goes wrong."""

    def __init__(self) -> None:
        super().__init__()
        self.issuing: list[str] = []  # what happens to the next issue requests
        self.requests: list[Request] = []

    def hazards(self, **fields: Any) -> None:
        """Put hazards of the sandbox in force."""
        live = self.app.state.sandbox.live
        asyncio.run(live.change(lambda _: {"hazards": msgspec.to_builtins(Hazards(**fields))}))

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """The sandbox's response, or what the next entry of `issuing` makes of it."""
        self.requests.append(request)
        kind = self.issuing.pop(0) if request.url.endswith("/multiple") and self.issuing else "answered"
        if kind == "never sent":
            raise NeverSent("ConnectionRefusedError")
        if kind == "lost before":
            raise TimeoutError
        if kind == "rejected":
            return Response(429, {}, b"")
        response = await super().send_async(request, timeouts, progress)
        if kind == "lost after":
            raise TimeoutError
        if kind == "cut":
            return Response(200, response.headers, response.body[: len(response.body) // 2])
        return response

    @property
    def issue_requests(self) -> int:
        """How many requests to issue were made."""
        return sum(request.url.endswith("/multiple") for request in self.requests)


@pytest.fixture
def server() -> Disturbed:
    return Disturbed()


@pytest.fixture
def client(server: Disturbed, no_waiting: list[float]) -> Iterator[CouponClient]:
    with CouponClient(server.base_url, TILL, transport=server, retries=0) as made:
        yield made


@pytest.fixture
def journal(tmp_path: Path, client: CouponClient, server: Disturbed) -> SqliteJournal:
    """A journal in which the platform is checked."""
    made = SqliteJournal(tmp_path / "journal.db")
    client.check_keys(SERIES, Mobile("11223569866"), journal=made)
    server.requests.clear()
    return made
