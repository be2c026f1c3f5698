"""A load generator: one request on many connections, as fast as the server responds or at a steady rate.

It sends prepared bytes and reads little of the responses, so that it uses a fraction of the server's processor time;
its own use is part of the result.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any

import uvloop
from attrs import define, field, frozen

HEAD_END = b"\r\n\r\n"
LAST_CHUNK = b"0\r\n\r\n"
TICK = 0.001  # seconds between two checks for due requests


@frozen
class Measured:
    """The result of a run. `latencies` are seconds, sorted; `busy` is the generator's share of one processor.

    `spent` are processor seconds of the server, where somebody looked.
    """

    seconds: float
    latencies: list[float] = field(repr=False)
    failed: int
    busy: float
    spent: float = 0.0

    @property
    def rate(self) -> float:
        """Good responses per second."""
        return len(self.latencies) / self.seconds

    @property
    def rate_of_processor(self) -> float:
        """Good responses per processor second of the server."""
        return len(self.latencies) / self.spent if self.spent else 0.0

    def percentile(self, share: float) -> float:
        """Return the latency within which this share of the responses stays, in milliseconds."""
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))] * 1000


@define(eq=False)
class Connection(asyncio.Protocol):
    """A connection. It calls `free` with itself whenever it can take the next request."""

    request: bytes
    free: Callable[["Connection"], None]
    latencies: list[float]
    failed: int = 0
    _transport: asyncio.Transport | None = None
    _begun: float = 0.0
    _answer: bytes = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the first request."""
        self._transport = transport  # type: ignore[assignment] # a stream's
        self.free(self)

    def send(self, begun: float) -> None:
        """Send the request; its latency counts from `begun`."""
        self._begun = begun
        if self._transport is not None:
            self._transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        """Wait for the end of the response."""
        self._answer += data
        if is_whole(self._answer):
            self.latencies.append(time.perf_counter() - self._begun)
            self.failed += not self._answer.startswith(b"HTTP/1.1 200")
            self._answer = b""
            self.free(self)

    def connection_lost(self, exc: Exception | None) -> None:
        """Count an unfinished request as failed."""
        self._transport = None


def is_whole(answer: bytes) -> bool:
    """Return True if a response is complete."""
    end = answer.find(HEAD_END)
    if end < 0:
        return False
    head = answer[:end].lower()
    place = head.find(b"content-length:")
    if place < 0:
        return answer.endswith(LAST_CHUNK)
    return len(answer) >= end + len(HEAD_END) + int(head[place + 15 :].split(b"\r\n", 1)[0])


def http_request(path: str, headers: dict[str, str], body: bytes) -> bytes:
    """Return a POST request as bytes."""
    lines = [f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


def as_fast_as_answered(port: int, request: bytes, connections: int, seconds: float) -> Measured:
    """Send on each connection again as soon as it has its response."""
    return uvloop.run(_closed(port, request, connections, seconds))


def at_a_rate(port: int, request: bytes, connections: int, seconds: float, rate: float) -> Measured:
    """Send at a fixed rate, whatever the responses do; the latency includes the wait for a free connection."""
    return uvloop.run(_open(port, request, connections, seconds, rate))


async def _closed(port: int, request: bytes, connections: int, seconds: float) -> Measured:
    end = time.perf_counter() + seconds

    def again(connection: Connection) -> None:
        now = time.perf_counter()
        if now < end:
            connection.send(now)

    return await _measured(port, request, connections, again, lambda: asyncio.sleep(seconds))


async def _open(port: int, request: bytes, connections: int, seconds: float, rate: float) -> Measured:
    idle: deque[Connection] = deque()

    async def drive() -> None:
        start, sent = time.perf_counter(), 0
        while (now := time.perf_counter() - start) < seconds:
            while sent < now * rate and idle:
                idle.popleft().send(start + sent / rate)
                sent += 1
            await asyncio.sleep(TICK)

    return await _measured(port, request, connections, idle.append, drive)


async def _measured(
    port: int,
    request: bytes,
    connections: int,
    free: Callable[[Connection], None],
    drive: Callable[[], Coroutine[Any, Any, None]],
) -> Measured:
    latencies: list[float] = []
    begun, busy = time.perf_counter(), time.process_time()
    loop = asyncio.get_running_loop()
    opened = [
        (await loop.create_connection(lambda: Connection(request, free, latencies), "127.0.0.1", port))
        for _ in range(connections)
    ]
    await drive()
    seconds, busy = time.perf_counter() - begun, time.process_time() - busy
    good = sorted(latencies)
    for transport, _ in opened:
        transport.abort()
    return Measured(seconds, good, sum(connection.failed for _, connection in opened), busy / seconds)
