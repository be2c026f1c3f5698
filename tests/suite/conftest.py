"""What the tests of the suite share: the sandbox's target, the documented examples, exchanges that never happened, and
a stub server."""

import copy
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from attrs import define, field

from coupon_contract import spec
from coupon_contract.suite.connection import Limits, Pairs, Received
from coupon_contract.suite.exchange import JSON_HEADERS, Exchange, Headers, Request, Response, dumps
from coupon_contract.suite.response_reader import Outcome, read
from coupon_contract.suite.target_file import load

Json = Any

TARGET = load(str(spec.DIRECTORY / "targets" / "sandbox.toml"), {"SANDBOX_URL": "http://127.0.0.1:1"})
MOBILE = {"mobile": "11223569865"}
EMAIL = {"email": "Tomhills@mail.com"}
OMIT: Json = object()


def example(name: str) -> Json:
    """A documented example, free to be changed."""
    return copy.deepcopy(spec.document()["components"]["examples"][name]["value"])


def body(**changes: Json) -> dict[str, Json]:
    """A request body for one coupon of the ordinary series, with fields changed or left out."""
    fields = {"seriesId": 415446, "count": 1, "customer": MOBILE} | changes
    return {name: value for name, value in fields.items() if value is not OMIT}


def of_series(state: str, count: int = 1, customer: Json = MOBILE) -> dict[str, Json]:
    """A request body for the target's series in this state."""
    return body(seriesId=TARGET.series[state].id, count=count, customer=customer)


def request(sent: Json, **fields: Any) -> Request:
    """A request of the issuing operation; `sent` is bytes or any JSON value."""
    return Request(body=sent if isinstance(sent, bytes) else dumps(sent), **fields)


def response(got: Json, status: int = 200, headers: Headers = JSON_HEADERS) -> Response:
    """A response; `got` is bytes or any JSON value."""
    return Response(status, headers, got if isinstance(got, bytes) else dumps(got))


def exchange(sent: Json, got: Json, status: int = 200, headers: Headers = JSON_HEADERS, **fields: Any) -> Exchange:
    """An exchange of the issuing operation; `fields` are those of the request."""
    return Exchange(1, request(sent, **fields), response(got, status, headers))


def entry(code: Json, **changes: Json) -> dict[str, Json]:
    """One item of `errors` or `warnings`."""
    return {"status": False, "code": code, "message": "why"} | changes


def coupons(count: int, *codes: int, twins: tuple[int, ...] = ()) -> Outcome:
    """A response with coupons, with `codes` in its errors and `twins` in its warnings."""
    given = [{"code": f"C{index}", "couponId": index} for index in range(count)]
    return _answer({"coupons": given, "errors": [*map(entry, codes)], "warnings": [*map(entry, twins)]})


def refusal(*codes: int) -> Outcome:
    """A response that refuses."""
    return _answer({"errors": [*map(entry, codes)]})


def status(number: int) -> Outcome:
    """A response with another status than 200."""
    return _answer(b"", number)


def _answer(got: Json, number: int = 200) -> Outcome:
    return read(exchange(body(), got, number))


# --- a wire without a network ---------------------------------------------------------------------------------------


@define
class Sent:
    """A request as a wire got it."""

    method: str
    path: str
    body: bytes


@define
class FakeWire:
    """Stands in for connection.Wire and its connections: `respond` makes the response to each request, or raises."""

    respond: Callable[[Sent], Response]
    sent: list[Sent] = field(factory=list)
    host: bytes = b"target.invalid"
    proxy_headers: Pairs = field(factory=list)

    def target(self, path_and_query: str) -> bytes:
        return path_and_query.encode()

    def open(self) -> "FakeWire":
        return self

    def exchange(self, method: str, target: bytes, headers: Pairs, body: bytes, _: Limits, *, keep: bool) -> Received:
        self.sent.append(Sent(method, target.decode(), body))
        made = self.respond(self.sent[-1])
        return Received(made.status, made.headers, made.body, made.extra_bytes)

    def usable(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing to close."""


def fake_wire(respond: Callable[[Sent], Response]) -> Any:
    """A wire for a Transport, which only looks like one."""
    return FakeWire(respond)


# --- a stub server --------------------------------------------------------------------------------------------------

Reply = tuple[int, Headers, bytes]


@define
class Seen:
    """A request as the stub server got it; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@define
class Stub:
    """A server that is running: its address and what it was sent."""

    url: str
    seen: list[Seen] = field(factory=list)

    @property
    def public_url(self) -> str:
        """The same server at an address that is not on loopback, so that nothing of its target may be printed."""
        return self.url.replace("127.0.0.1", "0.0.0.0")  # noqa: S104


@contextmanager
def serving(reply: Callable[[Seen], Reply | None]) -> Iterator[Stub]:
    """Serve on a free loopback port; a reply of None closes the connection without a response."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1  # head and body leave together

        def answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, self.rfile.read(length))
            stub.seen.append(seen)
            replied = reply(seen)
            if replied is None:
                self.close_connection = True
                return
            self.send_response(replied[0])
            for name, value in (*replied[1], ("Content-Length", str(len(replied[2])))):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(replied[2])

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    stub = Stub(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def always(got: Json, number: int = 200, headers: Headers = JSON_HEADERS) -> Callable[[Seen], Reply]:
    """The same reply to every request."""
    return lambda _: (number, headers, got if isinstance(got, bytes) else dumps(got))
