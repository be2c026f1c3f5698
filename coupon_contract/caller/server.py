"""The scripted server of a case: it disturbs the first issuing request, is honest afterwards, and knows what it issued.

It answers issuing, the token operation, and the reading operations with which a caller finds its coupons again. It
loses messages itself, at any byte, as a proxy in front of it would.
"""

import json
import re
import socket
import socketserver
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs, urlsplit

import h11
from attrs import define, field, frozen

from coupon_contract import facts, spec
from coupon_contract.caller.cases import Case
from coupon_contract.facts import COUNT_MAXIMUM, IDENTIFIERS

Json = Any
HOST = "127.0.0.1"
NOTHING_MORE = 0.05  # seconds between looks at whether the case is over
REASONS = {200: "OK", 307: "Temporary Redirect", 308: "Permanent Redirect", 302: "Found"}
CUSTOMER_ID = 555567088
USUAL_REQUEST = 300  # bytes of an issuing request with its head, before its length is known
PARTIAL = {"status": False, "code": 5006, "message": "Unable to issue certain number of coupons"}


@frozen
class Coupon:
    """An issued coupon, with the metadata that it was issued with."""

    id: int
    code: str
    series: Json
    metadata: Json


@define
class IssueRecord:
    """The coupons that a server issued, and the number of issuing requests that arrived. Shared by threads."""

    issued: list[Coupon] = field(factory=list)  # to the customer of the case
    others: list[Coupon] = field(factory=list)  # of other customers, such as one that proves keys
    requests: int = 0
    redirected: int = 0
    _lock: threading.Lock = field(factory=threading.Lock)
    _last: int = 0

    def arrived(self) -> int:
        """Count an issuing request and return its number."""
        with self._lock:
            self.requests += 1
            return self.requests

    def issue(self, number: int, fields: dict[str, Json], ours: bool) -> list[Coupon]:
        """Issue coupons and return them."""
        with self._lock:
            numbers = range(self._last + 1, self._last + 1 + number)
            self._last += number
            new = [
                Coupon(70_000_000 + n, f"JUDGED{n:05d}Q", fields.get("seriesId"), fields.get("metadata") or {})
                for n in numbers
            ]
            (self.issued if ours else self.others).extend(new)
            return new


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
    """A listening server. `on_request` is called when the first request of a case with `kill` has been run."""

    def __init__(self, case: Case, mobile: str, limit: float, on_request: Callable[[], None] = lambda: None) -> None:
        self.case, self.mobile, self.limit, self.on_request = case, mobile, limit, on_request
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
        rest = b""
        while not self.over.is_set():
            allowed = self._request_bytes()
            parser = h11.Connection(h11.SERVER)
            request, body, rest = self._read(connection, parser, rest, allowed)
            if request is None:
                return
            path = urlsplit(request.target.decode("latin-1"))
            if path.path != spec.ISSUE_PATH or request.method != b"POST":
                connection.sendall(_response(200, self._reading(path.path, parse_qs(path.query))))
            elif not self._issuing(connection, body):
                return
            if _closes(request):
                return

    def _request_bytes(self) -> int | None:
        """Return how many bytes of the first request pass, as far as is known before it is there."""
        cut = self.case.of == "request" and self.record.requests == 0
        return self.case.position(USUAL_REQUEST) if cut else None

    def _read(
        self, connection: socket.socket, parser: h11.Connection, rest: bytes, allowed: int | None
    ) -> tuple[h11.Request | None, bytes, bytes]:
        """Return a request, its body and what follows; None when the connection ends, or is ended after `allowed`."""
        request, body, seen = None, b"", len(rest)
        if rest:
            parser.receive_data(rest)
        while True:
            event = parser.next_event()
            if event is h11.NEED_DATA:
                if parser.they_are_waiting_for_100_continue:
                    connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
                    parser.send(h11.InformationalResponse(status_code=100, headers=[]))
                piece = connection.recv(65536 if allowed is None else max(1, min(65536, allowed - seen)))
                seen += len(piece)
                parser.receive_data(piece)
                if not piece:
                    return None, b"", b""
                if allowed is not None and seen >= allowed:
                    self.record.arrived()
                    _end(connection, self.case.ends)
                    return None, b"", b""
            elif isinstance(event, h11.Request):
                request = event
            elif isinstance(event, h11.Data):
                body += bytes(event.data)
            elif isinstance(event, h11.EndOfMessage):
                return request, body, parser.trailing_data[0]
            else:
                return None, b"", b""

    def _issuing(self, connection: socket.socket, body: bytes) -> bool:
        """Run an issuing request. Return True if the connection goes on."""
        fields = _fields(body)
        if fields is None:
            connection.sendall(_response(400, _errors(400, "The request is no JSON object")))
            return True
        ours = _customer_of(fields) == self.mobile
        wanted = fields.get("count", 1)
        if type(wanted) is not int or not facts.COUNT_MINIMUM <= wanted <= COUNT_MAXIMUM:
            connection.sendall(_response(200, _errors(677, "Invalid coupon count. Minimum 1 and Maximum 500.")))
            return True
        if not ours or self.record.arrived() > 1:
            coupons = self.record.issue(wanted, fields, ours)
            connection.sendall(_response(200, _issued(fields, coupons, wanted)))
            return True
        return self._scripted(connection, fields, wanted)

    def _scripted(self, connection: socket.socket, fields: dict[str, Json], wanted: int) -> bool:
        case = self.case
        number = wanted if case.issues == "all" else 0 if case.issues == "none" else min(int(case.issues), wanted)
        coupons: list[Coupon] = []
        if case.late:
            timer = threading.Timer(case.late, self.record.issue, (number, fields, True))
            self._timers.append(timer)
            timer.start()
        else:
            coupons = self.record.issue(number, fields, True)
        if case.kill:
            self.on_request()
            self.over.wait(self.limit)
            return False
        self.over.wait(case.delay * self.limit)
        message = self._message(fields, coupons, wanted)
        self._send(connection, b"" if case.of == "request" else message[: case.position(len(message))])
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
            body = _issued(fields, coupons, wanted)
        elif case.answer == "refused":
            body = _errors(case.code or 0, "The request could not be processed")
        else:
            names = [{"code": coupon.code, "couponId": coupon.id} for coupon in coupons]
            values = {"coupons": json.dumps(names), "one": json.dumps(names[:1]), "count": str(wanted)}
            body = re.sub(r"\{(coupons|one|count)\}", lambda match: values[match[1]], case.answer)
        headers = dict(case.headers)
        if self._elsewhere is not None:
            headers["Location"] = f"{self._elsewhere.url}{spec.ISSUE_PATH}"
        return _response(case.status, body, headers) * (2 if case.again else 1)

    # --- the other operations ---

    def _reading(self, path: str, query: dict[str, list[str]]) -> str:
        everything = self.record.issued + self.record.others
        match spec.OPERATIONS.get(path):
            case "token":
                return json.dumps({"data": {"accessToken": "token-of-the-case", "ttlSeconds": 3600}})
            case "customer-coupons":
                own = self.record.issued if query.get("mobile") == [self.mobile] else self.record.others
                return _listing(own, query)
            case "read-back":
                ids = set(query.get("couponIds", []))
                rows = [_row(coupon) for coupon in everything if str(coupon.id) in ids]
                return json.dumps({"data": rows, "warnings": [], "errors": []})
        return _errors(404, "No such operation")


def _closes(request: h11.Request) -> bool:
    """Return True if the client wants the connection closed behind the response (RFC 9112, 9.3)."""
    options = b",".join(value for name, value in request.headers if name == b"connection").lower()
    return b"close" in options or (request.http_version < b"1.1" and b"keep-alive" not in options)


def _end(connection: socket.socket, how: str) -> None:
    """End a connection: by a reset, or in order, without waiting for what the client still sends."""
    if how == "reset":
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    else:
        with suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
    connection.close()


def _response(status: int, body: str, headers: dict[str, str] | None = None) -> bytes:
    content = body.encode()
    kind = "application/json" if body[:1] in ("{", "") else "text/html"
    lines = [f"HTTP/1.1 {status} {REASONS.get(status, 'Status')}", f"Content-Type: {kind}"]
    lines += [f"Content-Length: {len(content)}", *(f"{name}: {value}" for name, value in (headers or {}).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + content


def _errors(code: int, message: str) -> str:
    return json.dumps({"errors": [{"status": False, "code": code, "message": message}]})


def _fields(body: bytes) -> dict[str, Json] | None:
    try:
        fields = json.loads(body)
    except ValueError:
        return None
    return fields if isinstance(fields, dict) and isinstance(fields.get("customer"), dict) else None


def _customer_of(fields: dict[str, Json]) -> Json:
    return fields["customer"].get("mobile")


def _issued(fields: dict[str, Json], coupons: list[Coupon], wanted: int) -> str:
    identifiers = [
        {"type": kind, "value": fields["customer"][kind]} for kind in IDENTIFIERS if kind in fields["customer"]
    ]
    return json.dumps(
        {
            "coupons": [{"code": coupon.code, "couponId": coupon.id} for coupon in coupons],
            "couponConfig": {"description": "Series of the judge", "discountType": "ABS", "discountValue": 5},
            "totalCount": wanted,
            "failureCount": wanted - len(coupons),
            "successCount": len(coupons),
            "customer": {"id": CUSTOMER_ID, "profiles": [{"identifiers": identifiers}]},
            "errors": [PARTIAL] if len(coupons) < wanted else [],
            "warnings": [],
        }
    )


def _row(coupon: Coupon) -> dict[str, Json]:
    return {"id": coupon.id, "code": coupon.code, "seriesId": coupon.series, "couponIssualDetails": coupon.metadata}


def _listing(coupons: list[Coupon], query: dict[str, list[str]]) -> str:
    (order, *_), (limit, *_), (offset, *_) = (
        query.get(name, [default]) for name, default in (("sort_order", "DESC"), ("limit", "100"), ("offset", "0"))
    )
    ordered = coupons if order.upper() == "ASC" else coupons[::-1]
    start, number = (int(value) if value.isdigit() else 0 for value in (offset, limit))
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    rows = [{**_row(coupon), "createdDate": now} for coupon in ordered[start : start + number]]
    pagination = {"limit": limit, "offset": offset, "total": len(coupons)}
    customers = [{"id": CUSTOMER_ID, "coupons": rows}]
    return json.dumps({"entity": {"pagination": pagination, "customers": customers}, "warnings": [], "errors": []})
