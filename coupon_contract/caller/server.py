"""The scripted server of a case: it disturbs an issuing request, is honest afterwards, and knows what it issued.

It answers issuing, the token operation, and the reading operations with which a caller finds its coupons again. It
loses messages itself, at any byte, as a proxy in front of it would.
"""

import json
import re
import socket
import socketserver
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import h11

from coupon_contract import facts, spec
from coupon_contract.caller import messages
from coupon_contract.caller.cases import Case
from coupon_contract.caller.issue_record import Coupon, IssueRecord, Rehearsal
from coupon_contract.caller.request_stream import Lost, Request, RequestStream

Json = Any
HOST = "127.0.0.1"
LONGEST_PATH = 100  # characters of a path that are shown
NOTHING_MORE = 0.05  # seconds between looks at whether the case is over
USUAL_REQUEST = 300  # bytes of an issuing request with its head, of a program that was not rehearsed
UNKNOWN = Rehearsal()


class _Listener(socketserver.ThreadingTCPServer):
    """Hands each connection to `handle`, in a thread of its own, with a timeout in seconds."""

    daemon_threads, block_on_close, request_queue_size = True, False, 64

    def __init__(self, handle: Callable[[socket.socket], None], timeout: float) -> None:
        super().__init__((HOST, 0), socketserver.BaseRequestHandler)
        self._handle, self._timeout = handle, timeout
        self.url = f"http://{HOST}:{self.server_address[1]}"

    def start(self) -> None:
        """Accept connections in the background."""
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def finish_request(self, request: Any, client_address: Any) -> None:
        """Serve one connection."""
        request.settimeout(self._timeout)
        with suppress(OSError, h11.RemoteProtocolError):
            self._handle(request)


class Server:
    """A listening server. `on_kill` is called where the program is to be killed; `rehearsal` is of the program."""

    def __init__(
        self,
        case: Case,
        mobile: str,
        limit: float,
        rehearsal: Rehearsal = UNKNOWN,
        on_kill: Callable[[], None] = lambda: None,
    ) -> None:
        self.case, self.mobile, self.limit, self.rehearsal, self.on_kill = case, mobile, limit, rehearsal, on_kill
        self.record = IssueRecord()
        self.over = threading.Event()
        self._timers: list[threading.Timer] = []
        self._listener = _Listener(self._connection, limit * 4)
        self._elsewhere = _Listener(self._trap, limit * 4) if case.redirect else None
        self._listeners = [listener for listener in (self._listener, self._elsewhere) if listener is not None]
        self.url = self._listener.url

    def __enter__(self) -> "Server":
        if self.case.dead:
            self._listener.server_close()  # the address stays free for the moments of the case, and refuses connections
            return self
        for listener in self._listeners:
            listener.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        for timer in self._timers:
            timer.join()  # coupons that are issued late are issued, whether the program still runs or not
        for listener in () if self.case.dead else self._listeners:
            listener.shutdown()
            listener.server_close()

    def _trap(self, connection: socket.socket) -> None:
        """Notice a request at the address of a redirect."""
        if connection.recv(1):
            self.record.redirected += 1
        connection.sendall(b"HTTP/1.1 500 Not here\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    # --- one connection ---

    def _connection(self, connection: socket.socket) -> None:
        stream = RequestStream(connection, self._lost_at)
        while not self.over.is_set():
            try:
                request = stream.read()
            except Lost:
                self.record.arrive(ours=True)
                _end(connection, self.case.ends)
                return
            if request is None:
                return
            target = urlsplit(request.target)
            if target.path != spec.ISSUE_PATH or request.method != b"POST":
                connection.sendall(self._reading(request.method.decode(), target.path, parse_qs(target.query)))
            elif not self._issuing(connection, request):
                return
            if request.last:
                return

    def _lost_at(self) -> int | None:
        """Return after how many bytes the issuing request that begins now is lost, or None."""
        number = self.record.begin()
        if self.case.of != "request" or number != self.rehearsal.earlier:
            return None
        return max(1, self.case.position(self.rehearsal.request or USUAL_REQUEST))

    def _issuing(self, connection: socket.socket, request: Request) -> bool:
        """Run an issuing request. Return True if the connection goes on."""
        fields = _fields(request.body)
        if fields is None:
            self.record.note("an issuing request whose body is no JSON object with `customer` arrived")
            connection.sendall(messages.response(400, messages.errors(400, "The request is not a JSON object")))
            return True
        ours = fields["customer"].get("mobile") == self.mobile
        wanted = fields.get("count", 1)
        if type(wanted) is not int or not facts.COUNT_MINIMUM <= wanted <= facts.COUNT_MAXIMUM:
            self.record.note(
                f"an issuing request with a `count` that is no integer from 1 to {facts.COUNT_MAXIMUM} arrived"
            )
            refusal = messages.errors(677, "Invalid coupon count. Minimum 1 and Maximum 500.")
            connection.sendall(messages.response(200, refusal))
            return True
        number = self.record.arrive(ours)
        if 0 < number <= self.case.unauthenticated:
            connection.sendall(messages.unauthenticated())
            return True
        if number == self.case.unauthenticated + 1:
            return self._scripted(connection, fields, wanted, request.size)
        coupons = self.record.issue(wanted, fields, ours)
        connection.sendall(messages.response(200, messages.issued(fields, coupons, wanted)))
        return True

    def _scripted(self, connection: socket.socket, fields: dict[str, Json], wanted: int, size: int) -> bool:
        case = self.case
        number = wanted if case.issues == "all" else 0 if case.issues == "none" else min(int(case.issues), wanted)
        coupons: list[Coupon] = []
        if case.late:
            timer = threading.Timer(case.late, self.record.issue, (number, fields, True))
            self._timers.append(timer)
            timer.start()
        else:
            coupons = self.record.issue(number, fields, True)
        message = self._message(fields, coupons, wanted)
        self.record.rehearsal = Rehearsal(size, len(message), self.record.begun - 1)
        part = b"" if case.of == "request" else message[: case.position(len(message))]
        if case.kill:
            self._send(connection, part if case.is_cut else b"")
            self.on_kill()
            self.over.wait(self.limit)
            return False
        self.over.wait(case.delay * self.limit)
        self._send(connection, part)
        if case.ends == "whole":
            return True
        if case.ends == "silence":
            while not self.over.wait(NOTHING_MORE):
                pass
        _end(connection, case.ends)
        return False

    def _send(self, connection: socket.socket, message: bytes) -> None:
        if not self.case.pace:
            connection.sendall(message)
            return
        for position in range(len(message)):
            connection.sendall(message[position : position + 1])
            if self.over.wait(self.case.pace):
                return

    def _message(self, fields: dict[str, Json], coupons: list[Coupon], wanted: int) -> bytes:
        case = self.case
        if case.answer == "issued":
            body = messages.issued(fields, coupons, wanted)
        elif case.answer == "refused":
            body = messages.errors(case.code or 0, "The request could not be processed")
        else:
            names = [{"code": coupon.code, "couponId": coupon.id} for coupon in coupons]
            values = {"coupons": json.dumps(names), "one": json.dumps(names[:1]), "count": str(wanted)}
            body = re.sub(r"\{(coupons|one|count)\}", lambda match: values[match[1]], case.answer)
        headers = dict(case.headers)
        if self._elsewhere is not None:
            headers["Location"] = f"{self._elsewhere.url}{spec.ISSUE_PATH}"
        return messages.response(case.status, body, headers) * (2 if case.again else 1)

    # --- the other operations ---

    def _reading(self, method: str, path: str, query: dict[str, list[str]]) -> bytes:
        operation = spec.OPERATIONS.get(path)
        match operation:
            case "token":
                body = messages.token()
            case "customer-coupons":
                ours = query.get("mobile") == [self.mobile]
                body = messages.listing(self.record.issued if ours else self.record.others, query)
            case "read-back":
                body = messages.read_back(self.record.issued + self.record.others, query.get("couponIds", []))
            case _:
                self.record.note(f"{method} {path[:LONGEST_PATH]} arrived, which is no issuing path")
                return messages.response(404, messages.errors(404, "No such operation"))
        self.record.note(f"{method} {path} arrived")
        return messages.response(200, body)


def _end(connection: socket.socket, how: str) -> None:
    """End a connection: by a reset, or in order, without waiting for what the client still sends."""
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
    connection.close()


def _fields(body: bytes) -> dict[str, Json] | None:
    try:
        fields = json.loads(body)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and isinstance(fields.get("customer"), dict) else None
