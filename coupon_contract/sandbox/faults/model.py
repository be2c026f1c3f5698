"""What a fault and a variant are."""

from collections.abc import Callable

from attrs import field, frozen

from coupon_contract.sandbox.behaviour import Behaviour


def words(text: str) -> frozenset[str]:
    """The words of a text, as a set."""
    return frozenset(text.split())


def in_order(text: str) -> tuple[str, ...]:
    """The words of a text, in order."""
    return tuple(text.split())


@frozen
class Fault:
    """One way to be wrong.

    `text` says what a careless implementer did; `breaks` are the clauses that fail because of it, `also` those that may
    fail as a consequence, depending on what else a run asks. `behave` makes the behaviour, afresh for each application.
    """

    name: str
    text: str
    breaks: frozenset[str] = field(converter=words)
    behave: Callable[[], Behaviour] = field(repr=False)
    also: frozenset[str] = field(default="", converter=words)


@frozen
class Variant:
    """One way to be right that is not the sandbox's own; `ledger` are the entries that accept it."""

    name: str
    text: str
    ledger: tuple[str, ...] = field(converter=in_order)
    behave: Callable[[], Behaviour] = field(repr=False)
