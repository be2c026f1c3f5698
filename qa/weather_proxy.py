"""Conditions under which a target is judged: other callers, a second judge, late and lost responses, rate limits.

A proxy on loopback stands between the suite and the sandbox. The suite uses a connection per request, so the proxy
counts connections.
"""

import asyncio
import json
import random
from contextlib import suppress
from itertools import count

import httpx
from attrs import frozen

SCALE = 20  # the suite's waits and the responses that come too late are shortened by this factor
LATE_SECONDS = 31 / SCALE  # a second more than the suite waits for a response
LONGEST_REQUEST = 10  # seconds until a proxied request has been read
TOO_MANY = b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


@frozen
class Conditions:
    """The conditions of one run; 0 means that the trouble does not occur.

    `calls_per_second` are those of another caller to the same customers. Of `late_every`, `dropped_every` and
    `limited_every` requests, one is answered too late, loses its connection, or is answered with 429.
    """

    calls_per_second: float = 0.0
    judges: int = 1
    late_every: int = 0
    dropped_every: int = 0
    limited_every: int = 0

    @classmethod
    def drawn(cls, seed: int) -> "Conditions":
        """Return a mixture of conditions, with at least one of them."""
        draw = random.Random(seed)  # noqa: S311  # reproducible, no secret
        while True:
            conditions = cls(
                calls_per_second=draw.choice((0.0, 0.0, 0.1, 1.0, 5.0, 20.0)),
                judges=draw.choice((1, 1, 1, 2)),
                late_every=draw.choice((0, 0, 150, 300)),
                dropped_every=draw.choice((0, 100)),
                limited_every=draw.choice((0, 40)),
            )
            if conditions != cls():
                return conditions

    @property
    def alone(self) -> bool:
        """True if nobody else issues coupons, so that the target may be called disposable."""
        return not self.calls_per_second and self.judges == 1

    def __str__(self) -> str:
        words = {
            f"another caller, {self.calls_per_second:g} calls a second": self.calls_per_second,
            "two judges at once": self.judges == 2,
            f"every {self.late_every}th response too late": self.late_every,
            f"every {self.dropped_every}th connection dropped": self.dropped_every,
            f"429 for every {self.limited_every}th request": self.limited_every,
        }
        return ", ".join(text for text, holds in words.items() if holds)


@frozen
class OtherCaller:
    """A caller that issues coupons to the same customers: who it is, and what it may ask for."""

    auth: tuple[str, str]
    path: str
    customers: tuple[dict[str, str], ...]
    series: tuple[int, ...]

    async def call(self, url: str, per_second: float, seed: int) -> None:
        """Issue until the task is cancelled. The first of the series is the usual one."""
        draw = random.Random(seed)  # noqa: S311
        async with httpx.AsyncClient(base_url=url, auth=self.auth, trust_env=False) as client:
            while True:
                await asyncio.sleep(draw.expovariate(per_second))
                series = self.series[0] if draw.random() < 0.7 else draw.choice(self.series)
                body = {"seriesId": series, "count": draw.randint(1, 3), "customer": draw.choice(self.customers)}
                with suppress(httpx.HTTPError):
                    await client.post(self.path, content=json.dumps(body), headers={"Content-Type": "application/json"})


class Proxy:
    """Forwards connections to a server, and makes trouble by turns."""

    def __init__(self, url: str, conditions: Conditions, seed: int) -> None:
        self._port = int(url.rpartition(":")[2].strip("/"))
        self._conditions = conditions
        self._numbers = count(random.Random(seed).randrange(1, 1000))  # noqa: S311
        self._before = random.Random(seed)  # noqa: S311  # for whether a dropped request is processed

    async def serve(self, other: OtherCaller, url: str, seed: int) -> None:
        """Print the address, then forward until the process is terminated, beside the other caller's calls."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, limit=2**20)
        print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
        if self._conditions.calls_per_second:
            await other.call(url, self._conditions.calls_per_second, seed)
        await server.serve_forever()

    def _is_turn(self, number: int, every: int) -> bool:
        return bool(every) and number % every == 0

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number, conditions = next(self._numbers), self._conditions
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, TimeoutError):
            if self._is_turn(number, conditions.limited_every):
                await self._refuse(reader, writer)
            elif self._is_turn(number, conditions.dropped_every) and self._before.random() < 0.5:
                await asyncio.wait_for(reader.read(2**16), LONGEST_REQUEST)
            else:
                await self._forward(
                    reader,
                    writer,
                    dropped=self._is_turn(number, conditions.dropped_every),
                    late=self._is_turn(number, conditions.late_every),
                )
        with suppress(OSError):
            writer.close()

    async def _refuse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read the request, and answer 429 in the server's place."""
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LONGEST_REQUEST)
        sizes = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        if sizes and sizes[0].strip().isdigit():
            await asyncio.wait_for(reader.readexactly(int(sizes[0])), LONGEST_REQUEST)
        writer.write(TOO_MANY)
        await writer.drain()

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, dropped: bool, late: bool
    ) -> None:
        from_server, to_server = await asyncio.open_connection("127.0.0.1", self._port, limit=2**20)
        requests = asyncio.create_task(_pump(reader, to_server))
        try:
            if first := await from_server.read(2**16):
                if dropped:
                    return
                if late:
                    await asyncio.sleep(LATE_SECONDS)
                writer.write(first)
                await _pump(from_server, writer)
        finally:
            requests.cancel()
            to_server.close()


async def _pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while piece := await source.read(2**16):
            sink.write(piece)
            await sink.drain()
