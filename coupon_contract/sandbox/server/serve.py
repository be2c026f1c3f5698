"""The server: one process or several workers."""

import gc
import multiprocessing
import os
import resource
import signal
import socket
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.supervisors import Multiprocess

from coupon_contract.sandbox.hazards import NotOnPurpose
from coupon_contract.sandbox.server.http_connection import MOST_CONNECTIONS, ROOM, GuardedProtocol
from coupon_contract.terminal import Formatter

GRACE_SECONDS = 5  # seconds for running calls when the server stops
IDLE_SECONDS = 75  # seconds between two requests: longer than clients keep connections, so that they close first
YOUNG_OBJECTS = 10_000  # objects before the first run of the garbage collector
SPARE_FILES = 100  # besides those of connections: databases, workers, the log

LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"terminal": {"()": Formatter, "format": "%(levelname)s: %(message)s"}},
    "filters": {"not on purpose": {"()": NotOnPurpose}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "terminal", "filters": ["not on purpose"]}},
    "loggers": {"uvicorn": {"handlers": ["stderr"], "propagate": False}},
}


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket: connections are accepted from now on. Raises OSError."""
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
    """Return a function that serves the application in this process until SIGINT or SIGTERM, which count
    from now on.
    """
    allow_files()
    server = uvicorn.Server(configured(app))
    stop_on_signals(server)
    tune_garbage_collector()
    return partial(server.run, sockets=[listener])


def serve_with_workers(make_app: Callable[[], ASGIApp], listener: socket.socket, workers: int) -> Callable[[], None]:
    """Return a function that serves the application in several processes; `make_app` must be picklable."""
    allow_files()
    return Multiprocess(
        configured(partial(worker_app, make_app), workers=workers, factory=True), sockets=[listener]
    ).run


def configured(app: Any, **more: Any) -> uvicorn.Config:
    """Return the settings of the server."""
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        proxy_headers=False,  # no header about the origin of a request is trusted
        access_log=False,
        log_config=LOG,
        log_level="warning",
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=MOST_CONNECTIONS + ROOM,  # it also counts what closed connections have not finished yet
        **more,
    )


def allow_files() -> None:
    """Raise the number of files that this process may open, so that it can accept more connections than it keeps."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS + SPARE_FILES
    if soft != resource.RLIM_INFINITY and soft < wanted:
        limit = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def stop_on_signals(server: uvicorn.Server) -> None:
    """Stop cleanly at any time: uvicorn's own handlers come later, and would end the process by the signal."""

    def stop(*_: object) -> None:
        server.should_exit = True

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def worker_app(make_app: Callable[[], ASGIApp]) -> ASGIApp:
    """Return the application of a worker."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    app = make_app()
    tune_garbage_collector()
    return app


def end_with_parent() -> None:
    """End this worker when its parent process ends, for whatever reason."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def tune_garbage_collector() -> None:
    """Exempt startup objects from garbage collection, and collect less often: it took a tenth of a call."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
