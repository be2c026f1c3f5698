"""A server that sends the same response to every request, as fast as Python can.

`python -m bench.fixed_response_server` prints its address. The body is the documented example with another number of
coupons.
"""

import asyncio
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from coupon_contract import spec

LENGTH = re.compile(rb"content-length: *(\d+)", re.I)
CLOSING = re.compile(rb"\nconnection: *close", re.I)


def issued(count: int) -> bytes:
    """Return a response with `count` coupons, as compact JSON, as most servers write it."""
    answer = dict(spec.document()["components"]["examples"]["Issued"]["value"])
    first = answer["coupons"][0]
    answer["coupons"] = [
        {"code": str(int(first["code"]) + 7919 * number), "couponId": first["couponId"] + number}
        for number in range(count)
    ]
    answer["totalCount"] = answer["successCount"] = count
    return json.dumps(answer, separators=(",", ":")).encode()


class Answering(asyncio.Protocol):
    """A connection that reads a whole request, responds, and closes if the request asks for it."""

    body = issued(1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - for mypy; connections of a server have this type
        self.transport = transport
        self.received = b""

    def data_received(self, data: bytes) -> None:
        """Respond once the request is complete."""
        self.received += data
        head, end, body = self.received.partition(b"\r\n\r\n")
        length = LENGTH.search(head)
        if end and len(body) >= int(length[1] if length else 0):
            self.received = b""
            self._answer(closing=bool(CLOSING.search(head)))

    def _answer(self, closing: bool) -> None:
        head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(self.body)}\r\n"
        head += "Connection: close\r\n\r\n" if closing else "\r\n"
        self.transport.write(head.encode() + self.body)
        if closing:
            self.transport.close()


@contextmanager
def answering() -> Iterator[str]:
    """Start the server in another process, yield its address, and stop it on exit."""
    process = subprocess.Popen([sys.executable, "-m", "bench.fixed_response_server"], stdout=subprocess.PIPE, text=True)
    try:
        yield (process.stdout.readline() if process.stdout else "").strip()
    finally:
        process.terminate()
        process.communicate()


async def serve() -> None:
    """Serve on a free port until terminated."""
    server = await asyncio.get_running_loop().create_server(Answering, "127.0.0.1", 0, backlog=1024)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve())
