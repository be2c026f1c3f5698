"""The implementation to judge, as records: its address, its credentials, its customers and its series."""

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path

from attrs import field, frozen

from coupon_contract.suite.states import CLAIMED, State

FEATURES = ("oauth", "read-back", "issual-details", "customer-coupons", "revoke")
AUTH_KEYS = {
    "till": ("user", "password"),
    "no-access": ("user", "password"),
    "oauth": ("key", "secret"),
}

Customer = Mapping[str, str]


@frozen
class Series:
    """A coupon series of the target: its state, its id, and the number that belongs to some states.

    `number` counts coupons; `number_key` of the state says which.
    """

    state: State
    id: int
    number: int | None = None

    @property
    def cap(self) -> int | None:
        """The number of coupons that the series lets through, None without a limit."""
        return self.state.cap if self.number is None else self.number


@frozen
class Deviation:
    """A clause that is known to fail: the reason, and the date."""

    reason: str
    since: date
    link: str = ""


@frozen
class OptOut:
    """A clause that is not judged: the reason, and the last day on which it is not."""

    reason: str
    until: date


@frozen
class Connection:
    """The settings of a connection to a target, besides its address.

    `certificate` holds the files of a client certificate and of its key, `authorities` a file of the authorities that
    are trusted in place of the system's. `requests_per_second` is None for no limit.
    """

    proxy: str | None = field(default=None, repr=False)
    certificate: tuple[Path, Path | None] | None = None
    authorities: Path | None = None
    requests_per_second: float | None = None


@frozen
class Fixtures:
    """A way to get fresh series before a run: a command, or a URL to POST to. One of them is empty."""

    command: tuple[str, ...] = ()
    url: str = ""


@frozen
class Target:
    """An implementation, as its target file describes it. Secrets stay out of the representation.

    `max_seconds` bounds a run, and so does `max_unanswered`: well-formed requests in a row without a response.
    `headers` are sent with every request. `secrets` are values of environment variables that the file names. `fixtures`
    are for the command line, which asks them before a run; the suite itself never does.
    """

    name: str
    base_url: str
    disposable: bool
    max_coupons: int | None
    auth: Mapping[str, tuple[str, str]] = field(repr=False)
    expired_token: str | None = field(repr=False)
    features: frozenset[str]
    known: tuple[Customer, ...] = field(repr=False)
    unknown: Customer = field(repr=False)
    series: Mapping[str, Series]
    deviations: Mapping[str, Deviation]
    skip: Mapping[str, OptOut] = field(factory=dict)
    max_seconds: int = 3600
    max_unanswered: int = 10
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    connection: Connection = Connection()
    secrets: frozenset[str] = field(default=frozenset(), repr=False)
    fixtures: Fixtures | None = field(default=None, repr=False)

    @property
    def place(self) -> str:
        """The name with the address, which the name of a target without a file has already."""
        return self.name if self.base_url in self.name else f"{self.name} at {self.base_url}"

    @property
    def pool(self) -> frozenset[int]:
        """The ids of the series that any request may name: one more coupon changes nothing for another test."""
        shared = (series for series in self.series.values() if series.number is None and not series.state.claimed)
        return frozenset(series.id for series in shared)

    def claimed(self, except_states: Iterable[str] = ()) -> frozenset[int]:
        """Return the ids of the series in claimed states, except those in `except_states`."""
        states = (self.series.keys() & set(CLAIMED)).difference(except_states)
        return frozenset(self.series[state].id for state in states)

    def series_by_id(self, series_id: int) -> Series | None:
        """Return the described series with this id, or None."""
        return next((series for series in self.series.values() if series.id == series_id), None)
