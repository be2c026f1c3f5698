"""Measures what generated clients do without being told when a call goes wrong: follow a redirect, or send again.

`defaults` of a language is started for each situation, and the requests that arrive are counted. The program with the
documented settings is asked in the same situations, and each of its calls has to arrive once.
"""

import json
import socket
import struct
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, NamedTuple

from coupon_contract import spec
from interop.language import Language
from interop.program import Call, ProgramFailed, run_defaults

STATUSES = ("302", "307", "308", "408", "429", "503")
RESET, CLOSE, CLOSE_KEPT, CUT_HEAD = "reset", "close", "close of a kept connection", "cut in the head"
SITUATIONS = (*STATUSES, RESET, CLOSE, CLOSE_KEPT, CUT_HEAD)
AT_ONCE = {"Retry-After": "0"}  # invites to send again without a wait
HEADERS: dict[str, dict[str, str]] = {"302": {}, "307": {}, "308": {}, "408": {}, "429": AT_ONCE, "503": AT_ONCE}
ENDS = {"429": "rejected"}
ONCE, AGAIN, FOLLOWS = "once", "**sends again**", "follows with GET"
FOLLOWED = "followed"
NO_LINGER = struct.pack("ii", 1, 0)  # makes of a close a reset
TIMEOUT_MS = 30_000
REQUEST: dict[str, Any] = {"seriesId": 415446, "count": 2, "customer": {"mobile": "11223569865"}}
REFUSAL = json.dumps(
    {"errors": [{"status": False, "code": min(spec.certain_refusals()), "message": "Refused"}], "warnings": []}
).encode()
HEAD = "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: 96\r\n\r\n"
HEADS = [HEAD.format(status=status).encode() for status in ("200 OK", "400 Bad Request")]
# A call each. libcurl reports no error when headers end early; who takes them for a response believes the 400.
CUT_HEADS = [
    head[:length] for head in HEADS for length in (1, 9, 12, head.index(b"\n"), 40, 60, len(head) - 4, len(head) - 1)
]
CALLS = dict.fromkeys(SITUATIONS, 1) | {CLOSE_KEPT: 2, CUT_HEAD: len(CUT_HEADS)}  # a call makes the connection to keep


class Arrival(NamedTuple):
    """A request that arrived: its method, and whether it followed a redirect."""

    method: str
    followed: bool


Arrivals = dict[str, list[Arrival]]


class Handler(BaseHTTPRequestHandler):
    """Goes wrong as the first part of the path says, and refuses whatever is sent again."""

    protocol_version = "HTTP/1.1"
    arrivals: Arrivals

    def do_GET(self) -> None:
        """Answer what followed a redirect as a GET."""
        self._respond()

    def do_POST(self) -> None:
        """Go wrong, or refuse."""
        self._respond()

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing."""

    def _respond(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        situation, *rest = self.path.strip("/").split("/")
        situation = situation.replace("-", " ")
        arrived = self.arrivals[situation]
        arrived.append(Arrival(self.command, FOLLOWED in rest))
        number = len(arrived)
        if situation == CUT_HEAD and number <= CALLS[situation]:
            self.close_connection = True
            self.wfile.write(CUT_HEADS[number - 1])
            return None
        if number != CALLS[situation]:
            return self._send(200, {})
        if situation in STATUSES:
            location = {"Location": f"/{situation}/{FOLLOWED}"} if situation.startswith("3") else {}
            return self._send(int(situation), HEADERS[situation] | location)
        self.close_connection = True
        if situation == RESET:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NO_LINGER)
            self.rfile.close()  # the last that keeps the socket open
            self.connection.close()
        return None

    def _send(self, status: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(REFUSAL)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with suppress(ConnectionError):
            self.wfile.write(REFUSAL)


@contextmanager
def serve() -> Iterator[tuple[str, Arrivals]]:
    """Yield the address of a server that goes wrong, and what has arrived there by situation."""
    arrivals: Arrivals = defaultdict(list)
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Counting", (Handler,), {"arrivals": arrivals}))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", arrivals
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _path(situation: str) -> str:
    return situation.replace(" ", "-")


def calls(url: str) -> list[Call]:
    """Return the calls for the program with the documented settings, with their ends."""
    made = []
    for situation, number in CALLS.items():
        told = {"url": f"{url}/{_path(situation)}", "user": "till", "password": "", "timeoutMs": TIMEOUT_MS}
        end = ENDS.get(situation, "outcome-unknown")
        ends = [*["refused"] * (number - 1), end] if situation == CLOSE_KEPT else [end] * number
        made += [
            Call(f"situation {situation}, call {index}", told | {"request": REQUEST}, {"end": end})
            for index, end in enumerate(ends, start=1)
        ]
    return made


def sent_again(arrivals: Arrivals) -> list[str]:
    """Return a line for each situation in which the documented settings did not send once."""
    words = {situation: behaviour(arrivals[situation], number) for situation, number in CALLS.items()}
    return [f"situation {situation}: {word or 'nothing arrived'}" for situation, word in words.items() if word != ONCE]


def behaviour(arrived: Sequence[Arrival], number: int) -> str | None:
    """Return what a client did that made so many calls; None if not all of them arrived."""
    followed = [arrival.method for arrival in arrived if arrival.followed]
    if len(arrived) < number:
        return None
    if "POST" in followed or len(arrived) - len(followed) > number:
        return AGAIN
    return FOLLOWS if followed else ONCE


def observe(language: Language) -> tuple[dict[str, str], list[str]]:
    """Start the generated client with its defaults in each situation. Return what it did, and the problems."""
    observed, problems = {}, []
    with serve() as (url, arrivals):
        for situation, number in CALLS.items():
            try:
                run_defaults(language, f"{url}/{_path(situation)}", REQUEST, number)
            except ProgramFailed as problem:
                problems.append(f"defaults in situation {situation}: {problem}")
            word = behaviour(arrivals[situation], number)
            observed[situation] = word or ""
            if word is None:
                problems.append(f"defaults in situation {situation}: not every call arrived")
    return observed, problems
