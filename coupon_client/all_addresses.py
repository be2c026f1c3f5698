"""Connects to any of a host's addresses within one time limit, which includes looking them up."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

import anyio
import httpcore

from coupon_client.arguments import LONGEST
from coupon_client.exchange import NeverSent
from coupon_client.host_addresses import TOO_LATE, NoAddress, is_address, lookup

HEAD_START = 0.25  # seconds that an address has before the next one is tried beside it (RFC 8305, 8)
FAILED = (httpcore.ConnectError, httpcore.ConnectTimeout)
NO_CONNECTION = "no address of the host accepted a connection in time"

SocketOptions = Iterable[httpcore.SOCKET_OPTION] | None


class AllAddressesInTime(httpcore.SyncBackend):
    """Connects to a host within one time limit, however many addresses it has.

    The standard library gives each address the whole limit. Here, each gets an equal part of what is left, so that an
    address that never answers does not keep the next from being tried. `connect_tcp` raises as httpcore does, and
    NeverSent if there is no address, or none in time.
    """

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address that accepts one."""
        end = _end(timeout)
        addresses = [host] if is_address(host) else _addresses(host, port, end)
        failure: Exception = NeverSent(NO_CONNECTION)
        for number, address in enumerate(addresses):
            left = end - time.monotonic()
            if left <= 0:
                break
            try:
                share = left / (len(addresses) - number)
                return super().connect_tcp(address, port, share, local_address, socket_options)
            except FAILED as error:
                failure = error
        raise failure


class AllAddressesInTimeForTasks(httpcore.AnyIOBackend):
    """The same for tasks, which try the next address beside one that is slow."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: SocketOptions = None,
    ) -> httpcore.AsyncNetworkStream:
        """Return a connection to the first address that accepts one."""
        end = _end(timeout)
        addresses = [host] if is_address(host) else await _addresses_for_tasks(host, port, end)
        if len(addresses) == 1:
            left = max(end - time.monotonic(), 0.0)
            return await super().connect_tcp(addresses[0], port, left, local_address, socket_options)
        return await self._first(addresses, port, end, local_address, socket_options)

    async def _first(
        self, addresses: Sequence[str], port: int, end: float, local_address: str | None, options: SocketOptions
    ) -> httpcore.AsyncNetworkStream:
        connections: list[httpcore.AsyncNetworkStream] = []
        failures: list[Exception] = [NeverSent(NO_CONNECTION)]
        connect = super().connect_tcp

        async def attempt(address: str, over: anyio.Event) -> None:
            try:
                connections.append(await connect(address, port, end - time.monotonic(), local_address, options))
                group.cancel_scope.cancel()
            except FAILED as error:
                failures.append(error)
            finally:
                over.set()

        try:
            async with anyio.create_task_group() as group:
                for address in addresses:
                    over = anyio.Event()
                    group.start_soon(attempt, address, over)
                    with anyio.move_on_after(HEAD_START):
                        await over.wait()
        except BaseException:
            await _close(connections)
            raise
        if not connections:
            raise failures[-1]
        await _close(connections[1:])  # two may succeed at the same moment
        return connections[0]


def _end(timeout: float | None) -> float:
    return time.monotonic() + (LONGEST if timeout is None else timeout)


def _addresses(host: str, port: int, end: float) -> list[str]:
    """Return the addresses of a host. Raises NeverSent."""
    try:
        return lookup(host, port).result(max(end - time.monotonic(), 0.0))
    except TimeoutError:
        raise NeverSent(TOO_LATE) from None
    except NoAddress as error:
        raise NeverSent(str(error)) from None


async def _addresses_for_tasks(host: str, port: int, end: float) -> list[str]:
    """Return the addresses of a host. Raises NeverSent."""
    import asyncio  # here, so that programs with threads alone never load it

    try:
        async with asyncio.timeout(max(end - time.monotonic(), 0.0)):
            return await asyncio.wrap_future(lookup(host, port))
    except TimeoutError:
        raise NeverSent(TOO_LATE) from None
    except NoAddress as error:
        raise NeverSent(str(error)) from None


async def _close(connections: Iterable[httpcore.AsyncNetworkStream]) -> None:
    with anyio.CancelScope(shield=True):
        for connection in connections:
            await connection.aclose()
