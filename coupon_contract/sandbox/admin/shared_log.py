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
from coupon_contract.sandbox.admin.request_view import Told
from coupon_contract.sandbox.behaviour import UnknownBehaviour
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.request_log import KEPT, Journal
from coupon_contract.sandbox.runtime_settings import UnusableSettings
from coupon_contract.sandbox.store import StoreTrouble, Transaction

EVERY = 0.5  # seconds
OLD = 3600.0  # seconds after which the requests of a dead worker are removed
WATCHED = 10.0  # seconds after each view of the page
MOST = 50  # requests that a worker shares at a time
LONGEST = 1000  # characters of a shared request or response
PREFIX = "requests of "  # one setting per worker


@define
class Sharing:
    """The requests of one worker, shared with the others."""

    sandbox: Sandbox
    journal: Journal
    _shared: int = field(init=False, default=0)

    async def latest(self, after: float = 0) -> list[Told]:
        """Return the last requests of all workers that began after that moment (epoch seconds), the latest first."""
        own = request_view.latest(self.sandbox, self.journal, after)
        if not self.sandbox.live.shared:
            return own
        try:
            await self._look()
            shared = await asyncio.to_thread(self._of_others)
        except (StoreTrouble, UnknownBehaviour, UnusableSettings):  # the page matters most when something fails
            return own
        since = max(after, self.sandbox.live.settings().since)
        others = [told for told in shared if told.at > since]
        return sorted([*own, *others], key=lambda told: told.at, reverse=True)[:KEPT]

    async def run(self) -> None:
        """Share the requests while somebody watches."""
        with suppress(StoreTrouble):
            await self._clean()
        while self.sandbox.live.shared:
            await asyncio.sleep(EVERY)
            newest = self.journal.notes[-1].number if self.journal.notes else 0
            if newest == self._shared or not await self._is_watched():
                continue
            try:
                await self.sandbox.store.write(self._share)
            except StoreTrouble:
                continue
            self._shared = newest

    async def _is_watched(self) -> bool:
        """Return True if somebody watches."""
        await self.sandbox.live.refresh()
        return self.sandbox.live.settings().watched_until >= time.time()

    async def _clean(self) -> None:
        """Remove the requests of workers that ended long ago."""
        long_ago = time.time() - OLD
        held = await asyncio.to_thread(self.sandbox.store.settings)
        stale = [
            name
            for name, rows in held.items()
            if name.startswith(PREFIX) and max((told.at for told in converted(rows)), default=0.0) < long_ago
        ]
        for name in stale:
            await self.sandbox.store.write(partial(Transaction.set_setting, name=name, value=None))

    async def _look(self) -> None:
        """Tell the other workers that somebody watches."""
        now = time.time()
        if self.sandbox.live.settings().watched_until < now + WATCHED / 2:
            await self.sandbox.live.change(lambda _: {"watched_until": now + WATCHED})

    def _share(self, transaction: Transaction) -> None:
        own = request_view.latest(self.sandbox, self.journal)[:MOST]
        transaction.set_setting(PREFIX + self.journal.worker, msgspec.to_builtins([shortened(told) for told in own]))

    def _of_others(self) -> list[Told]:
        own = PREFIX + self.journal.worker
        held = self.sandbox.store.settings().items()
        return [told for name, rows in held if name.startswith(PREFIX) and name != own for told in converted(rows)]


def shortened(told: Told) -> Told:
    """Return a request that is cheap to store."""
    return msgspec.structs.replace(told, request=cut(told.request), answer=cut(told.answer))


def cut(text: str) -> str:
    """Return the first LONGEST characters."""
    return text if len(text) <= LONGEST else text[:LONGEST] + request_view.CUT_OFF


def converted(rows: Any) -> list[Told]:
    """Return the requests of another worker, or nothing if its version differs."""
    try:
        return msgspec.convert(rows, list[Told])
    except msgspec.ValidationError:
        return []
