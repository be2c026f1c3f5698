"""Shows the requests of all workers on one page: while somebody watches, each worker stores its latest requests.

It costs nothing while nobody watches.
"""

import asyncio
import time
from contextlib import suppress
from functools import partial
from typing import Any

import msgspec
from attrs import define, field

from coupon_contract.sandbox.admin import request_view
from coupon_contract.sandbox.admin.request_view import RequestView
from coupon_contract.sandbox.behaviour import UnknownBehaviour
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.request_log import KEPT, RequestLog
from coupon_contract.sandbox.runtime_settings import UnusableSettings
from coupon_contract.sandbox.store import StoreTrouble, Transaction

EVERY = 0.5  # seconds
OLD = 3600.0  # seconds after which the requests of a dead worker are removed
WATCHED = 10.0  # seconds after each view of the page
MOST = 50  # requests that a worker shares at a time
LONGEST = 1000  # characters of a shared request or response
PREFIX = "requests of "  # one setting per worker


@define
class SharedLog:
    """The requests of one worker, shared with the others."""

    sandbox: Sandbox
    request_log: RequestLog
    _shared: int = field(init=False, default=0)

    async def latest(self, after: float = 0) -> list[RequestView]:
        """Return the last requests of all workers that began after that moment (epoch seconds), the latest first."""
        own = request_view.latest(self.sandbox, self.request_log, after)
        if not self.sandbox.runtime.shared:
            return own
        try:
            await self._look()
            shared = await asyncio.to_thread(self._of_others)
        except (StoreTrouble, UnknownBehaviour, UnusableSettings):  # the page matters most when something fails
            return own
        since = max(after, self.sandbox.runtime.settings().since)
        others = [view for view in shared if view.at > since]
        return sorted([*own, *others], key=lambda view: view.at, reverse=True)[:KEPT]

    async def run(self) -> None:
        """Share the requests while somebody watches."""
        with suppress(StoreTrouble):
            await self._clean()
        while self.sandbox.runtime.shared:
            await asyncio.sleep(EVERY)
            newest = self.request_log.notes[-1].number if self.request_log.notes else 0
            if newest == self._shared or not await self._is_watched():
                continue
            try:
                await self.sandbox.store.write(self._share)
            except StoreTrouble:
                continue
            self._shared = newest

    async def _is_watched(self) -> bool:
        """Return True if somebody watches."""
        await self.sandbox.runtime.refresh()
        return self.sandbox.runtime.settings().watched_until >= time.time()

    async def _clean(self) -> None:
        """Remove the requests of workers that ended long ago."""
        long_ago = time.time() - OLD
        settings = await asyncio.to_thread(self.sandbox.store.settings)
        stale = [
            name
            for name, rows in settings.items()
            if name.startswith(PREFIX) and max((view.at for view in converted(rows)), default=0.0) < long_ago
        ]
        for name in stale:
            await self.sandbox.store.write(partial(Transaction.set_setting, name=name, value=None))

    async def _look(self) -> None:
        """Tell the other workers that somebody watches."""
        now = time.time()
        if self.sandbox.runtime.settings().watched_until < now + WATCHED / 2:
            await self.sandbox.runtime.change(lambda _: {"watched_until": now + WATCHED})

    def _share(self, transaction: Transaction) -> None:
        own = request_view.latest(self.sandbox, self.request_log)[:MOST]
        transaction.set_setting(
            PREFIX + self.request_log.worker, msgspec.to_builtins([shortened(view) for view in own])
        )

    def _of_others(self) -> list[RequestView]:
        own = PREFIX + self.request_log.worker
        settings = self.sandbox.store.settings().items()
        return [view for name, rows in settings if name.startswith(PREFIX) and name != own for view in converted(rows)]


def shortened(view: RequestView) -> RequestView:
    """Return a request that is cheap to store."""
    return msgspec.structs.replace(view, request=cut(view.request), answer=cut(view.answer))


def cut(text: str) -> str:
    """Return the first LONGEST characters."""
    return text if len(text) <= LONGEST else text[:LONGEST] + request_view.CUT_OFF


def converted(rows: Any) -> list[RequestView]:
    """Return the requests of another worker, or nothing if its version differs."""
    try:
        return msgspec.convert(rows, list[RequestView])
    except msgspec.ValidationError:
        return []
