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

from coupon_contract.sandbox.server.http_connection import MOST_CONNECTIONS, GuardedProtocol
from coupon_contract.terminal import Formatter

GRACE_SECONDS = 5  # for calls under way when the server is told to stop
IDLE_SECONDS = 75  # between two requests: longer than clients keep connections, so that they close them, not we
YOUNG_OBJECTS = 10_000  # that are made before the garbage collector looks for the first time
SPARE_FILES = 100  # besides those of connections: databases, workers, the log

LOG: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"terminal": {"()": Formatter, "format": "%(levelname)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "terminal"}},
    "loggers": {"uvicorn": {"handlers": ["stderr"], "propagate": False}},
}


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
    allow_files()
    server = uvicorn.Server(configured(app))
    stop_on_signals(server)
    spare_collecting()
    return partial(server.run, sockets=[listener])


def serve_with_workers(make_app: Callable[[], ASGIApp], listener: socket.socket, workers: int) -> Callable[[], None]:
    """What serves the application in several processes until SIGINT or SIGTERM; `make_app` has to be picklable."""
    allow_files()
    return Multiprocess(configured(partial(spared, make_app), workers=workers, factory=True), sockets=[listener]).run


def configured(app: Any, **more: Any) -> uvicorn.Config:
    """The settings of the server."""
    return uvicorn.Config(
        app,
        http=GuardedProtocol,
        ws="none",
        proxy_headers=False,  # nobody is believed about where a request comes from
        access_log=False,
        log_config=LOG,
        log_level="warning",
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        limit_concurrency=MOST_CONNECTIONS,
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


def spared(make_app: Callable[[], ASGIApp]) -> ASGIApp:
    """The application of a worker."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    app = make_app()
    spare_collecting()
    return app


def end_with_parent() -> None:
    """Have this worker end when the process that started it is gone, however that ended."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os.kill(os.getpid(), signal.SIGTERM)


def spare_collecting() -> None:
    """Have the garbage collector leave alone what was made to start, and look less often: it took a tenth of a call."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
