"""Settings that change at run time: clock, fault or variant, hazards. All workers on one store agree on them.

A change is written to the store. A worker may use the settings that it has read for LEASE seconds, and a change is
confirmed after that time. So a confirmed change is in force at every worker, and a request needs no read of the store.

Local stores are polled inline. A store that may block callers is polled in a thread when a request begins; the last
settings stay in force during an outage.
"""

import asyncio
import math
import time
from collections.abc import Callable, Collection
from typing import Any

import msgspec
from attrs import define, field
from msgspec import Struct
from msgspec.structs import replace

from coupon_contract.sandbox.behaviour import CONTRACT, Behaviour, UnknownBehaviour
from coupon_contract.sandbox.error_handlers import LOG
from coupon_contract.sandbox.hazards import Hazards
from coupon_contract.sandbox.store import Session, Store, StoreTrouble, Transaction

LEASE = 0.1  # seconds
PATIENCE = 1.0  # seconds that a request waits for the settings
PAUSE = 1.0  # seconds after a failed poll
NAME = "control"  # name of the setting in the store
OTHER_VERSION = "they were set by another version of the sandbox; a reset over /__sandbox forgets them"

Changes = dict[str, Any]


class UnusableSettings(Exception):
    """The stored settings come from another version of the sandbox. The text says so, and how to recover."""


class Settings(Struct, frozen=True):
    """The settings. The sandbox's clock is `clock_offset_ms` ahead of the real one; `behaviour` names a fault or
    variant.

    Requests from before `since` (epoch seconds) are hidden, and somebody watches the page until `watched_until`. The
    hazards were set at `hazards_since`, so that limited failures are counted anew.
    """

    clock_offset_ms: int = 0
    behaviour: str | None = None
    hazards: Hazards = Hazards()
    hazards_since: float = 0
    since: float = 0
    watched_until: float = 0

    @property
    def nothing_on(self) -> bool:
        """True if only the contract determines responses."""
        return self.behaviour is None and self.hazards.inactive


@define
class RuntimeSettings:
    """The settings in force: those of the command line (`base`), overridden by changes since.

    `shared` says that other processes may have the same store. Raises UnknownBehaviour.
    """

    base: Settings = field(factory=Settings)
    shared: bool = True
    _settings: Settings = field(init=False)
    _good_until: float = field(init=False, default=math.inf)
    _at_once: bool = field(init=False, default=True)
    _looking: "asyncio.Task[None] | None" = field(init=False, default=None)
    _looked: float = field(init=False, default=0)  # start of the poll that gave the settings in force
    _since: float = field(init=False, default=0)  # start of the running poll
    _logged: str = field(init=False, default="")  # the last logged error about unusable settings
    _store: Store | None = field(init=False, default=None)
    _behaviours: dict[str | None, Behaviour] = field(init=False, factory=lambda: {None: CONTRACT})

    def __attrs_post_init__(self) -> None:
        self._load(self.base.behaviour)
        self._settings = self.base

    def opened(self, store: Store) -> None:
        """Use the settings of this store from now on."""
        self._store, self._at_once, self._good_until = store, not store.is_remote, 0
        self._look()

    def settings(self) -> Settings:
        """Return the settings in force; for a store that is polled in a thread, those of the last `refresh`."""
        if time.monotonic() >= self._good_until and self._at_once:
            self._look()
        return self._settings

    async def refresh(self) -> None:
        """Update the settings in force; they stay unchanged if the store does not respond soon."""
        now = time.monotonic()
        while now >= self._good_until and not self._at_once:
            if self._looking is None or self._looking.done():
                self._looking, self._since = asyncio.create_task(self._look_aside()), time.monotonic()
            left = self._since + PATIENCE - time.monotonic()
            if left <= 0:
                return
            await asyncio.wait({self._looking}, timeout=left)

    def behaviour(self) -> Behaviour:
        """Return the steps of the active fault or variant, or the contract's."""
        return self._behaviours[self.settings().behaviour]

    def is_changed(self) -> bool:
        """Return True if the settings in force differ from the command line."""
        return replace(self.settings(), since=0, watched_until=0, hazards_since=0) != self.base

    def transaction(self, session: Session) -> Transaction:
        """Return a database session wrapped by the active behaviour."""
        return self._behaviours[self._settings.behaviour].transaction_type(session)

    async def change(self, change: Callable[[Settings], Changes]) -> None:
        """Put the changed settings in force. Raises UnknownBehaviour, UnusableSettings or StoreTrouble."""

        def write(transaction: Transaction) -> None:
            stored = transaction.setting(NAME) or {}
            changed = {**stored, **change(self._over_base(stored))}
            self._put(
                transaction, {name: value for name, value in changed.items() if not self._is_ordinary(name, value)}
            )

        await self._opened().write(write)
        await self._agreed()

    async def forget(self, alongside: Callable[[Transaction], object]) -> None:
        """Restore the command line's settings, in one transaction with `alongside`. Raises StoreTrouble."""

        def write(transaction: Transaction) -> None:
            alongside(transaction)
            self._put(transaction, {"since": time.time()})

        await self._opened().write(write)
        await self._agreed()

    def forget_some(self, names: Collection[str]) -> None:
        """Restore the command line's values of these settings. Raises StoreTrouble."""
        with self._opened().transaction() as transaction:
            stored = transaction.setting(NAME) or {}
            if set(stored).intersection(names):
                transaction.set_setting(NAME, {name: value for name, value in stored.items() if name not in names})
        self._look()

    def _put(self, transaction: Transaction, stored: Changes) -> None:
        self._load(self._over_base(stored).behaviour)
        transaction.set_setting(NAME, stored)

    async def _agreed(self) -> None:
        """Wait until no worker can have older settings."""
        if self._at_once:
            self._look()
        else:
            await self._look_aside()
        if self.shared:
            await asyncio.sleep(LEASE)

    def _look(self) -> None:
        start = time.monotonic()
        self._take(self._kept(), start)

    async def _look_aside(self) -> None:
        start = time.monotonic()
        self._take(await asyncio.to_thread(self._kept), start)

    def _kept(self) -> Settings | None:
        """Return the stored settings, those in force if they are unusable; None if the store cannot be read."""
        try:
            settings = self._over_base(self._opened().setting(NAME) or {})
            self._load(settings.behaviour)
        except StoreTrouble:
            return None
        except (UnknownBehaviour, UnusableSettings) as error:
            self._tell(str(error))
            return self._settings
        return settings

    def _tell(self, text: str) -> None:
        """Log the error once, not at every poll."""
        if text != self._logged:
            LOG.error("the settings in the database are not in force: %s", text)
            self._logged = text

    def _take(self, settings: Settings | None, start: float) -> None:
        """Put the settings of the poll that began at `start` in force, unless a later poll was faster."""
        if settings is None:
            self._good_until = time.monotonic() + PAUSE
        elif start >= self._looked:
            self._settings, self._looked = settings, start
            self._good_until = start + LEASE if self.shared else math.inf

    def _is_ordinary(self, name: str, value: Any) -> bool:
        """Return True if the value is the default, and also that of the command line."""
        return all(value == msgspec.to_builtins(settings).get(name, self) for settings in (Settings(), self.base))

    def _over_base(self, stored: Changes) -> Settings:
        try:
            return msgspec.convert({**msgspec.to_builtins(self.base), **stored}, Settings)
        except msgspec.ValidationError as error:
            raise UnusableSettings(f"{OTHER_VERSION} ({error})") from None

    def _load(self, name: str | None) -> None:
        """Make the behaviour once: some count from their creation."""
        if name not in self._behaviours:
            from coupon_contract.sandbox import faults  # imported on demand: an ordinary sandbox never loads their code

            self._behaviours[name] = faults.behaviour_named(name or "")

    def _opened(self) -> Store:
        if self._store is None:
            raise RuntimeError("the store is not open yet")
        return self._store
