"""The last requests of this process. Logging a request is cheap; viewing the log does the rest of the work."""

import secrets
import time
from collections import deque
from collections.abc import Iterator
from itertools import count
from typing import Any

from attrs import define, field
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.sandbox.codec import CONTROL_PATH
from coupon_contract.sandbox.issuing import IssueRequest
from coupon_contract.sandbox.metrics import Metrics
from coupon_contract.sandbox.service import Issued, Refused

KEPT = 200
SHOWN = 4096  # bytes of a request or a response
NOTE = "sandbox.note"  # its key in the scope
OURS = (CONTROL_PATH, "/docs", "/healthz", "/metrics", "/favicon.ico")

Header = tuple[bytes, bytes]


@define
class Note:
    """The log entry of a request.

    `at` is epoch seconds, `seconds` the duration. `request` and `answer` are the first SHOWN bytes of request and
    response. `asked` and `outcome` are set once an issue call gets that far. `behaviour` names the active fault or
    variant, `hazard` what was done to the response on purpose.
    """

    number: int
    at: float
    method: str
    path: str
    query: bytes
    headers: list[Header] = field(repr=False)
    request: bytes = field(default=b"", repr=False)
    status: int = 0
    answer: bytes = field(default=b"", repr=False)
    seconds: float = 0.0
    issue_request: IssueRequest | None = field(default=None, repr=False)
    outcome: Issued | Refused | None = field(default=None, repr=False)
    behaviour: str | None = None
    hazard: str | None = None


@define
class RequestLog:
    """A ring of the last KEPT notes of one worker."""

    worker: str = field(factory=lambda: secrets.token_hex(3))
    notes: deque[Note] = field(factory=lambda: deque(maxlen=KEPT))
    numbers: Iterator[int] = field(factory=lambda: count(1))

    def begin(self, scope: Scope) -> Note:
        """Return a note for the request, and put it into the scope."""
        note = Note(
            next(self.numbers), time.time(), scope["method"], scope["path"], scope["query_string"], scope["headers"]
        )
        scope[NOTE] = note
        return note

    def end(self, note: Note) -> None:
        """Keep the note. Requests and responses of the token operation are credentials and are dropped."""
        if note.path == spec.TOKEN_PATH:
            note.request = note.answer = b""
        if len(note.request) == SHOWN:
            note.issue_request = None  # it may hold a megabyte
        self.notes.append(note)

    def after(self, moment: float) -> list[Note]:
        """Return the notes of requests that began after that moment (epoch seconds), the latest first."""
        return [note for note in reversed(self.notes.copy()) if note.at > moment]


@define
class Observer:
    """Logs and counts each request."""

    request_log: RequestLog
    metrics: Metrics

    def begin(self, scope: Scope) -> Note:
        """Return a note for the request, put it into the scope, and start its timer."""
        note = self.request_log.begin(scope)
        note.seconds = -time.perf_counter()
        return note

    def end(self, note: Note) -> None:
        """Log and count the finished request."""
        note.seconds += time.perf_counter()
        self.request_log.end(note)
        self.metrics.count(note.path, note.status, note.outcome, note.seconds)


@define
class RequestLogMiddleware:
    """Middleware that logs and counts requests."""

    app: ASGIApp
    observer: Observer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or is_ours(scope["path"]):
            await self.app(scope, receive, send)
            return
        note = self.observer.begin(scope)

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                note.status = message["status"]
            elif len(note.answer) < SHOWN:
                note.answer += message.get("body", b"")[: SHOWN - len(note.answer)]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            note.status = 500
            raise
        finally:
            self.observer.end(note)


def is_ours(path: str) -> bool:
    """Return True for requests to the page or to operators' endpoints, which no client sends."""
    return path == "/" or path.startswith(OURS)


def note_of(scope: Any) -> Note | None:
    """Return the note of the request, or None if it is not logged."""
    note: Note | None = scope.get(NOTE)
    return note
