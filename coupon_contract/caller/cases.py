"""The cases of spec/caller_cases.toml, one for each code and cut."""

import random
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from coupon_contract import spec

Json = Any
NOT_CUT = -1


@frozen(kw_only=True)
class Case:
    """One case; the fields are described in spec/caller_cases.toml.

    `cut` is the position in the response or request where it ends, as a part of its length, or None. `cut_byte` is the
    same position in bytes, and takes precedence.
    """

    id: str
    text: str
    issues: int | str = "all"
    late: float = 0.0
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    answer: str = "issued"
    code: int | None = None
    ends: str = "whole"
    of: str = "response"
    cut: float | None = None
    cut_byte: int | None = None
    delay: float = 0.0
    pace: float = 0.0
    again: bool = False
    redirect: bool = False
    dead: bool = False
    kill: bool = False
    decisive: bool = False

    def position(self, length: int) -> int:
        """Return the number of bytes that pass, of a response or request of this length."""
        if self.cut_byte is not None:
            return min(self.cut_byte, length)
        return length if self.cut is None else min(int(self.cut * length), max(length - 1, 0))


def cases(seed: int = 0, *, every: int | None = None) -> list[Case]:
    """Return the cases, with cuts drawn from the seed, or at each `every`th byte."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    return [case for row in spec.caller_cases() for case in _expanded(row, draw, every)]


def selected(all_cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """Return the cases with these ids, or with ids that begin with one of them and a dash. Raises ValueError."""
    chosen = [case for case in all_cases if any(case.id == name or case.id.startswith(f"{name}-") for name in names)]
    for name in names:
        if not any(case.id == name or case.id.startswith(f"{name}-") for case in all_cases):
            raise ValueError(f"there is no case {name}; --list prints them")
    return chosen


LONGEST_MESSAGE = 700  # bytes; a request of two coupons, or the answer to it, is shorter


def _expanded(row: Mapping[str, Json], draw: random.Random, every: int | None) -> Iterator[Case]:
    fields = {name: value for name, value in row.items() if name not in ("codes", "cuts")}
    plain = Case(**fields)
    if codes := row.get("codes"):
        yield from (evolve(plain, id=f"{plain.id}-{code}", code=code) for code in codes)
    elif (stretches := row.get("cuts")) is None:
        yield plain
    elif stretches == 0:
        yield evolve(plain, cut=0.0 if plain.of == "response" else None, cut_byte=0)
    elif every is not None and plain.ends != "silence":
        for position in range(1, LONGEST_MESSAGE, every):
            yield evolve(plain, id=f"{plain.id}-byte-{position}", cut_byte=position)
    else:
        for number in range(stretches):
            cut = (number + draw.random()) / stretches
            yield evolve(plain, id=f"{plain.id}-{number + 1}" if stretches > 1 else plain.id, cut=cut)
