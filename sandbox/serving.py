"""The server: one process or several workers, and how long a connection may keep one waiting."""

import asyncio
import gc
import signal
import socket
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

GRACE_SECONDS = 5  # for calls under way when the server is told to stop
IDLE_SECONDS = 75  # between two requests: longer than clients keep connections, so that they close them, not we
REQUEST_SECONDS = 20.0  # from the first byte of a request to its last
ANSWER_SECONDS = 20.0  # without a byte of the answer being taken
WATCH_SECONDS = 1.0
MOST_HEAD_BYTES = 64 * 1024  # request line and headers
YOUNG_OBJECTS = 10_000  # that are made before the garbage collector looks for the first time
MOST_CONNECTIONS = 1000  # whoever comes then is answered 503

TOO_SLOW = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
TOO_LARGE = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class Joining:
    """A transport that sends the head of an answer with the beginning of its body: one system call, not two."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head: bytes | None = None
        self.holds_next = False

    def write(self, data: bytes) -> None:
        """Send it, or hold it for a moment."""
        if self.holds_next:
            self.holds_next, self._head = False, data
        else:
            self._transport.write(data if self._head is None else self._head + data)
            self._head = None

    def flush(self) -> None:
        """Send what is held."""
        if self._head is not None:
            self._transport.write(self._head)
            self._head = None

    def close(self) -> None:
        """Close, when all of it is sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)


class GuardedProtocol(HttpToolsProtocol):
    """HTTP that ends connections which send headers without end, dribble a request, or don't take their answer."""

    _out: Joining
    _watch: asyncio.TimerHandle
    _arriving_since: float | None  # a request has begun, or nothing has come at all
    _stuck_since: float | None = None  # the answer is not taken
    _head_bytes: int | None = 0  # of the request that is arriving; None once its body has begun

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        """Begin to watch."""
        self._out = Joining(transport)
        super().connection_made(self._out)  # type: ignore[arg-type] # all that uvicorn asks of a transport
        self._arriving_since = self.loop.time()
        self._watch = self.loop.call_later(WATCH_SECONDS, self._look)

    def connection_lost(self, exc: Exception | None) -> None:
        """End watching."""
        self._watch.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Count what comes before a body."""
        if self._head_bytes is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes is not None and self._head_bytes > MOST_HEAD_BYTES:
            self._end(TOO_LARGE)

    def on_message_begin(self) -> None:
        """A request begins."""
        self._arriving_since = self.loop.time()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Its body begins."""
        self._head_bytes = None
        self._out.holds_next = not self.expect_100_continue
        super().on_headers_complete()

    def on_response_complete(self) -> None:
        """The answer is complete."""
        self._out.flush()
        super().on_response_complete()

    def on_message_complete(self) -> None:
        """All of it is here."""
        self._arriving_since, self._head_bytes = None, 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """The answer is not taken as fast as it is sent."""
        self._stuck_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        """It is taken again."""
        self._stuck_since = None
        super().resume_writing()

    def _look(self) -> None:
        now = self.loop.time()
        if self._stuck_since is not None and now - self._stuck_since > ANSWER_SECONDS:
            self.transport.abort()
        elif self._arriving_since is not None and now - self._arriving_since > REQUEST_SECONDS:
            self._end(TOO_SLOW)
        else:
            self._watch = self.loop.call_later(WATCH_SECONDS, self._look)

    def _end(self, answer: bytes) -> None:
        """Close, with a word if nothing else is being said."""
        if not self.transport.is_closing():
            if self.cycle is None or self.cycle.response_complete:
                self._out.holds_next = False
                self._out.write(answer)
            self._out.close()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket: whoever connects from now on is served. Raises OSError."""
    family, kind, protocol, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(where)
        listener.listen(socket.SOMAXCONN)
    except BaseException:
        listener.close()
        raise
    return listener


def serve(app: ASGIApp, listener: socket.socket) -> Callable[[], None]:
    """What serves the application in this process until SIGINT or SIGTERM, which count from now on."""
    server = uvicorn.Server(configured(app))
    stop_on_signals(server)
    spare_collecting()
    return partial(server.run, sockets=[listener])


def serve_with_workers(make_app: Callable[[], ASGIApp], listener: socket.socket, workers: int) -> Callable[[], None]:
    """What serves the application in several processes until SIGINT or SIGTERM; `make_app` has to be picklable."""
    return Multiprocess(configured(partial(spared, make_app), workers=workers, factory=True), sockets=[listener]).run


def configured(app: Any, **more: Any) -> uvicorn.Config:
    """The settings of the server."""
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        proxy_headers=False,  # nobody is believed about where a request comes from
        access_log=False,
        log_level="warning",
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=MOST_CONNECTIONS,
        **more,
    )


def stop_on_signals(server: uvicorn.Server) -> None:
    """Stop cleanly at any time: uvicorn's own handlers come later, and would end the process by the signal."""

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def spared(make_app: Callable[[], ASGIApp]) -> ASGIApp:
    """The application of a worker."""
    app = make_app()
    spare_collecting()
    return app


def spare_collecting() -> None:
    """Have the garbage collector leave alone what was made to start, and look less often: it took a tenth of a call."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
