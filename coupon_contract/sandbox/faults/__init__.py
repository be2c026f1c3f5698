"""Named faults (FAULTS), and correct variants that differ from the sandbox (VARIANTS), active one at a time.

`create_app` imports this module only when one is named. Each is a `Behaviour`, so the contract path does not know about
it.
"""

from collections.abc import Iterable
from difflib import get_close_matches

from coupon_contract.sandbox.behaviour import Behaviour, UnknownBehaviour
from coupon_contract.sandbox.faults import (
    access,
    bodies,
    bookkeeping,
    codes,
    companion_queries,
    companions,
    counts,
    customers,
    identity,
    limits,
    limits_in_full,
    races,
    refusals,
    semantics,
    series,
    shapes,
    shared_state,
    statuses,
    storage,
    tokens,
    variant_access,
    variant_responses,
    variants,
)
from coupon_contract.sandbox.faults.model import Fault, Variant

__all__ = [
    "FAULTS",
    "VARIANTS",
    "Fault",
    "UnknownBehaviour",
    "Variant",
    "behaviour_named",
    "fault_named",
    "variant_named",
]

MODULES = (
    *(shapes, statuses, bodies, codes, refusals, counts, identity, customers),
    *(series, limits, races, access, tokens, storage, companions, companion_queries, semantics),
    *(bookkeeping, limits_in_full, shared_state),
)
VARIANT_MODULES = (variants, variant_responses, variant_access, companions, bookkeeping)
FAULTS: dict[str, Fault] = {fault.name: fault for module in MODULES for fault in module.FAULTS}
VARIANTS: dict[str, Variant] = {entry.name: entry for module in VARIANT_MODULES for entry in module.VARIANTS}


def behaviour_named(name: str) -> Behaviour:
    """Return a new instance of the behaviour of a fault or variant. Raises UnknownBehaviour."""
    if entry := FAULTS.get(name) or VARIANTS.get(name):
        return entry.behave()
    raise UnknownBehaviour(unknown(name, "fault or variant", [*FAULTS, *VARIANTS]))


def fault_named(name: str) -> Fault:
    """Return the fault. Raises UnknownBehaviour."""
    if name not in FAULTS:
        raise UnknownBehaviour(unknown(name, "fault", FAULTS))
    return FAULTS[name]


def variant_named(name: str) -> Variant:
    """Return the variant. Raises UnknownBehaviour."""
    if name not in VARIANTS:
        raise UnknownBehaviour(unknown(name, "variant", VARIANTS))
    return VARIANTS[name]


def unknown(name: str, kind: str, known: Iterable[str]) -> str:
    """Return the error for an unknown name."""
    likely = "".join(f" did you mean {match}?" for match in get_close_matches(name, known, 1))
    return f"{name}: no such {kind};{likely} --list-faults and /__sandbox/behaviours list them"
