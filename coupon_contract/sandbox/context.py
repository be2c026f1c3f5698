"""The context that all request handlers of a sandbox share."""

from collections.abc import Callable

from attrs import frozen

from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.runtime_settings import RuntimeSettings
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.store import Store

Clock = Callable[[], float]


@frozen
class Sandbox:
    """The shared context. `clock` returns the real epoch seconds; `database` describes the location of the store."""

    seed: Seed
    store: Store
    clock: Clock
    runtime: RuntimeSettings
    database: str

    @property
    def behaviour(self) -> Behaviour:
        """The steps of a call."""
        return self.runtime.behaviour()

    def now(self) -> int:
        """Return epoch milliseconds by the sandbox's clock."""
        return int(self.clock() * 1000) + self.runtime.settings().clock_offset_ms
