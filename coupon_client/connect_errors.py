"""Words for the errors of a connection that was not made. They name no address and repeat no text of a server."""

from __future__ import annotations

import os
import re
import socket
import ssl
from collections.abc import Iterator

MOST = 20  # links of a chain of errors


def reason(error: BaseException) -> str:
    """Return the reason for which there is no connection; the name of the error's class where it is none of these."""
    words = (_words(link) for link in _chain(error))
    return next((text for text in words if text), type(error).__name__)


def _words(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the server's certificate is not accepted ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"no TLS with the server ({error.reason or type(error).__name__})"
    if isinstance(error, socket.gaierror):
        return f"the host name cannot be looked up ({error.strerror})"
    if isinstance(error, TimeoutError) or type(error).__name__ in ("ConnectTimeout", "PoolTimeout", "BrokenAnswer"):
        return "no connection in time"
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    if type(error).__name__ == "ProxyError":
        status = re.match(r"[1-5]\d\d\b", str(error))
        return f"the proxy made no connection (HTTP {status[0]})" if status else "the proxy made no connection"
    return ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the error and those that it came from; of a group, the first."""
    link: BaseException | None = error
    for _ in range(MOST):
        if link is None:
            return
        yield link
        link = link.exceptions[0] if isinstance(link, BaseExceptionGroup) else link.__cause__ or link.__context__
