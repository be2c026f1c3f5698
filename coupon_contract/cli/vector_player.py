"""Plays decoding vectors over HTTP on loopback: that of id `some-id` under the base URL `<address>/some-id`.

Every other path responds with coupons, which reveals a client that follows a redirect.
"""

import base64
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from coupon_contract import spec

Json = Any
TRAP = {
    "status": 200,
    "headers": {"Content-Type": "application/json"},
    "body": '{"coupons": [{"code": "TRAP", "couponId": 1}], "errors": []}',
}
NO_BODY = (204, 304)


class _Player(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: Mapping[str, Json]
    arrived: Counter[str]

    def do_POST(self) -> None:
        """Answer as the vector says; a call of another path has gone astray."""
        self.arrived[self.path.strip("/").removesuffix(spec.ISSUE_PATH)] += 1
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._play(self.answers.get(self.path, TRAP))

    def do_GET(self) -> None:
        """Answer what followed a redirect."""
        self.arrived[f"GET {self.path}"] += 1
        self._play(TRAP)

    def _play(self, answer: Json) -> None:
        body = body_of(answer)
        sent = body[: len(body) - answer.get("cut", 0)]
        self.send_response(answer["status"])
        for name, value in answer["headers"].items():
            self.send_header(name, value)
        if answer["status"] not in NO_BODY:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(sent)
        self.close_connection |= len(sent) < len(body)  # or the request asked for it, as HTTP/1.0 does

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def body_of(answer: Json) -> bytes:
    """Return the body of a vector's response; empty when it has none."""
    return base64.b64decode(answer["bodyBase64"]) if "bodyBase64" in answer else answer.get("body", "").encode()


def server(decoding: Sequence[Json], port: int = 0, arrived: Counter[str] | None = None) -> ThreadingHTTPServer:
    """Return a server on loopback that plays these vectors; the caller runs and closes it.

    `arrived` counts the calls by the id of their vector, and by their path if it is not that of a vector.
    """
    answers = {f"/{vector['id']}{spec.ISSUE_PATH}": vector["answer"] for vector in decoding}
    fields = {"answers": answers, "arrived": Counter[str]() if arrived is None else arrived}
    return ThreadingHTTPServer(("127.0.0.1", port), type("Player", (_Player,), fields))


@contextmanager
def playing(decoding: Sequence[Json]) -> Iterator[str]:
    """Play these vectors in a thread and yield the address."""
    with server(decoding) as player:
        thread = Thread(target=player.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{player.server_port}"
        finally:
            player.shutdown()
            thread.join()
