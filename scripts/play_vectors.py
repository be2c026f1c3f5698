"""Plays the decoding vectors over HTTP on loopback: python -m scripts.play_vectors [FILE].

FILE is a decoding.json (default: that of the repository). The first line of the output is the address. Vector `some-id`
is the response to POST <address>/some-id/v2/coupon/issue/multiple, so `<address>/some-id` is the base URL for a client.
Every other path responds with coupons, which reveals a client that follows a redirect.
"""

import base64
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from coupon_contract import spec
from scripts import vectors

Json = Any
TRAP = {
    "status": 200,
    "headers": vectors.JSON_HEADERS,
    "body": '{"coupons": [{"code": "TRAP", "couponId": 1}], "errors": []}',
}
NO_BODY = (204, 304)


class _Player(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    answers: Mapping[str, Json]

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._play(self.answers.get(self.path, TRAP))

    def do_GET(self) -> None:
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
        self.close_connection = len(sent) < len(body)

    def log_message(self, *_: object) -> None:
        pass


def body_of(answer: Json) -> bytes:
    """Return the body of a vector's response; empty when it has none."""
    return base64.b64decode(answer["bodyBase64"]) if "bodyBase64" in answer else answer.get("body", "").encode()


def server(decoding: Sequence[Json], port: int = 0) -> ThreadingHTTPServer:
    """Return a server on loopback that plays these vectors; the caller runs and closes it."""
    answers = {f"/{vector['id']}{spec.ISSUE_PATH}": vector["answer"] for vector in decoding}
    return ThreadingHTTPServer(("127.0.0.1", port), type("Player", (_Player,), {"answers": answers}))


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


def main(arguments: Sequence[str]) -> int:
    """Play until interrupted."""
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return vectors.USAGE
    played = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))["vectors"] if arguments else vectors.decoding()
    with server(played) as player:
        print(f"playing {len(played)} vectors at http://127.0.0.1:{player.server_port}", flush=True)
        try:
            player.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
