"""Named ways to be wrong (FAULTS), and ways to be right that are not the sandbox's own (VARIANTS), one at a time.

`create_app` loads this only when one is asked for. Each is a `Behaviour`, so the right path knows nothing of it.
"""

from sandbox.behaviour import Behaviour, UnknownBehaviour
from sandbox.faults import (
    access,
    appearances,
    bodies,
    codes,
    counts,
    customers,
    identity,
    limits,
    meaning,
    races,
    refusals,
    series,
    shapes,
    statuses,
    storage,
    surroundings,
    tokens,
    variants,
)
from sandbox.faults.kinds import Fault, Variant

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
    *(series, limits, races, access, tokens, storage, meaning),
)
VARIANT_MODULES = (variants, appearances, surroundings)
FAULTS: dict[str, Fault] = {fault.name: fault for module in MODULES for fault in module.FAULTS}
VARIANTS: dict[str, Variant] = {each.name: each for module in VARIANT_MODULES for each in module.VARIANTS}


def behaviour_named(name: str) -> Behaviour:
    """The behaviour of a fault or variant, made afresh. Raises UnknownBehaviour."""
    return FAULTS[name].behave() if name in FAULTS else variant_named(name).behave()


def fault_named(name: str) -> Fault:
    """The fault. Raises UnknownBehaviour."""
    if name not in FAULTS:
        raise UnknownBehaviour(f"{name}: no such fault; --list-faults lists them")
    return FAULTS[name]


def variant_named(name: str) -> Variant:
    """The variant. Raises UnknownBehaviour."""
    if name not in VARIANTS:
        raise UnknownBehaviour(f"{name}: no such variant; --list-faults lists them")
    return VARIANTS[name]
