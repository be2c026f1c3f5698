"""Plays vectors for clients over HTTP on loopback: coupon-contract play-vectors decoding.json | issue-once.json.

The first line of the output is the address, and `<address>/some-id` is the base URL for a client of vector `some-id`. A
decoding vector is the response to its issuing call; every other path responds with coupons, which reveals a client that
follows a redirect. A vector of issue-once is a platform with its lists (play_issue_once.py). Exit status: 0 when it is
interrupted, 4 for a file that holds no vectors for clients.
"""

import argparse
import base64
import json
import signal
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from coupon_contract import spec, terminal
from coupon_contract.cli import play_issue_once

Json = Any
DECODING, ISSUE_ONCE = "decoding", "issue-once"
NEEDED = {DECODING: "answer", ISSUE_ONCE: "looks"}  # in each vector
PLAYED = "decoding.json or issue-once.json"
TRAP = {
    "status": 200,
    "headers": {"Content-Type": "application/json"},
    "body": '{"coupons": [{"code": "TRAP", "couponId": 1}], "errors": []}',
}
NO_BODY = (204, 304)
LARGEST_PORT = 65_535


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
    """`coupon-contract play-vectors`: play until interrupted or terminated."""
    parser = terminal.Parser(
        prog="coupon-contract play-vectors",
        description="Play the responses of decoding.json, or the lists of issue-once.json, on loopback, for a client in"
        " any language.",
        allow_abbrev=False,
    )
    parser.add_argument("file", metavar="FILE", type=vectors_in, help="a file of vectors/ in the bundle")
    parser.add_argument("--port", type=_port, default=0, metavar="PORT", help="port to listen on (default: a free one)")
    parser.add_argument(
        "--key",
        default=play_issue_once.KEY,
        help="what your client sends as its key, which the lists of issue-once.json then hold (default: %(default)s)",
    )
    chosen = parser.parse_args(list(arguments))
    kind, vectors = chosen.file
    try:
        player = (
            play_issue_once.server(vectors, chosen.key, chosen.port)
            if kind == ISSUE_ONCE
            else server(vectors, chosen.port)
        )
    except OSError as problem:
        parser.error(f"--port: {chosen.port} cannot be listened on ({problem.strerror})")
    with player:
        terminal.write(f"playing {len(vectors)} vectors at http://127.0.0.1:{player.server_port}")
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            player.serve_forever()
        except KeyboardInterrupt:
            return 0
    return 0


def vectors_in(file: str) -> tuple[str, list[Json]]:
    """Return the kind and the vectors of decoding.json or issue-once.json. Raises argparse.ArgumentTypeError."""
    try:
        content = json.loads(Path(file).read_bytes())
    except (OSError, ValueError):
        raise argparse.ArgumentTypeError(f"{file}: cannot be read as JSON; name {PLAYED}") from None
    kind = content.get("kind") if isinstance(content, dict) else None
    needed = NEEDED.get(str(kind))
    vectors = content.get("vectors") if needed else None
    if not isinstance(vectors, list) or not all(isinstance(entry, dict) and needed in entry for entry in vectors):
        raise argparse.ArgumentTypeError(f"{file}: holds no vectors for clients; name {PLAYED}")
    return str(kind), vectors


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > LARGEST_PORT:
        raise argparse.ArgumentTypeError(f"must be a number from 0 to {LARGEST_PORT}")
    return int(text)
