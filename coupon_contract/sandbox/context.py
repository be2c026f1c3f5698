"""One running sandbox: what every handler of a request shares."""

from collections.abc import Callable

from attrs import frozen

from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.runtime_settings import Live
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.store import Store

Clock = Callable[[], float]


@frozen
class Sandbox:
    """What the handlers share. `clock` gives the real epoch seconds; `database` says in words where the store is."""

    seed: Seed
    store: Store
    clock: Clock
    live: Live
    database: str

    @property
    def behaviour(self) -> Behaviour:
        """The steps of a call."""
        return self.live.behaviour()

    def now(self) -> int:
        """Epoch milliseconds by the sandbox's clock."""
        return int(self.clock() * 1000) + self.live.settings().clock_offset_ms
