"""The records of a fault and of a variant."""

from collections.abc import Callable

from attrs import field, frozen

from coupon_contract.sandbox.behaviour import Behaviour

# The clauses about a whole run: a fault in any response may show in them as well.
OF_THE_WHOLE_RUN = frozenset({"issued-adds-up"})


def words(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def in_order(text: str) -> tuple[str, ...]:
    """Return the words of a text in order."""
    return tuple(text.split())


@frozen
class Fault:
    """A way to violate the contract.

    `text` describes the mistake of the implementer; `breaks` are the clauses that fail because of it, `also` those
    that may fail as a consequence, depending on the rest of the run; those OF_THE_WHOLE_RUN may fail with any fault.
    `behave` makes a new behaviour for each application.
    """

    name: str
    text: str
    breaks: frozenset[str] = field(converter=words)
    behave: Callable[[], Behaviour] = field(repr=False)
    also: frozenset[str] = field(default="", converter=words)


@frozen
class Variant:
    """A correct way to differ from the sandbox; `ledger` are the entries that accept it."""

    name: str
    text: str
    ledger: tuple[str, ...] = field(converter=in_order)
    behave: Callable[[], Behaviour] = field(repr=False)
