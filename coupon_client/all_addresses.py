"""Connects to any of a host's addresses within one time limit."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterable

import httpcore

from coupon_client.exchange import LONGEST


class AllAddressesInTime(httpcore.SyncBackend):
    """Connects to a host within one time limit, however many addresses it has.

    The standard library gives each address the whole limit. The backend for tasks has one limit for all.
    """

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address that accepts one. Raises as httpcore does."""
        end = time.monotonic() + (LONGEST if timeout is None else timeout)
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(type(error).__name__) from None
        failure: Exception = httpcore.ConnectError("no address")
        for address in dict.fromkeys(str(entry[4][0]) for entry in found):
            left = end - time.monotonic()
            if left <= 0:
                raise httpcore.ConnectTimeout("no connection in time")
            try:
                return super().connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure
