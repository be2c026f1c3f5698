"""Requests that arrive before the response to the one before them is sent."""

import asyncio
from typing import Any

import pytest
from attrs import define, field
from uvicorn.server import ServerState

from coupon_contract.sandbox.server.http_connection import GuardedProtocol
from coupon_contract.sandbox.server.serve import configured

REQUEST = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
HEAD = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNK, END = b"3\r\none\r\n", b"3\r\ntwo\r\n0\r\n\r\n"
MESSAGES: list[dict[str, Any]] = [
    {"type": "http.response.start", "status": 200},
    {"type": "http.response.body", "body": b"one", "more_body": True},
    {"type": "http.response.body", "body": b"two"},
]


@define(eq=False)
class Kept(asyncio.Transport):
    """A transport that keeps what is written."""

    pieces: list[bytes] = field(factory=list)

    def write(self, data: Any) -> None:
        self.pieces.append(data)

    def is_closing(self) -> bool:
        return False

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return default

    def close(self) -> None:
        pass

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


async def answered_twice(before: int) -> list[bytes]:
    """Return the bytes sent if the second request arrives just before that message of the first response."""
    answered = 0

    async def app(_: Any, __: Any, send: Any) -> None:
        nonlocal answered
        for nth, message in enumerate(MESSAGES):
            if nth == before and not answered:
                protocol.data_received(REQUEST)
            await send(message)
        answered += 1

    protocol, transport = GuardedProtocol(configured(app), ServerState(), {}), Kept()
    protocol.connection_made(transport)
    protocol.data_received(REQUEST)
    async with asyncio.timeout(10):
        while answered < 2:
            await asyncio.sleep(0)
    protocol.connection_lost(None)
    return transport.pieces


@pytest.mark.parametrize("before", range(len(MESSAGES)), ids=["head", "first chunk", "last chunk"])
def test_an_answer_is_whole_and_in_time_though_the_next_request_arrives_meanwhile(before: int) -> None:
    written = asyncio.run(answered_twice(before))

    assert written[:2] == [HEAD + CHUNK, END]
    assert b"".join(written[2:]) == HEAD + CHUNK + END
