"""The cases of spec/caller_cases.toml, one for each code and cut.

In the long form, messages are cut at each byte. How many there are is known once the program was rehearsed, so cases
are made in two steps: `cases` before that, and `cut_at_bytes` afterwards.
"""

import random
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from attrs import evolve, field, frozen

from coupon_contract import spec
from coupon_contract.caller.issue_record import Rehearsal

Json = Any
AT_BYTE = re.compile(r"(.+)-byte-([1-9]\d{0,8})")


@frozen(kw_only=True)
class Case:
    """One case; the fields are described in spec/caller_cases.toml.

    `cut` is the position in the response or request where it ends, as a part of its length, or None. `cut_byte` is the
    same position in bytes, and takes precedence. `every` stands for one case for each so many bytes.
    """

    id: str
    text: str
    issues: int | str = "all"
    unauthenticated: int = 0
    late: float = 0.0
    status: int = 200
    headers: Mapping[str, str] = field(factory=dict)
    answer: str = "issued"
    code: int | None = None
    ends: str = "whole"
    of: str = "response"
    cut: float | None = None
    cut_byte: int | None = None
    every: int | None = None
    delay: float = 0.0
    pace: float = 0.0
    again: bool = False
    redirect: bool = False
    dead: bool = False
    kill: bool = False
    restart: bool = False
    decisive: bool = False

    @property
    def starts_again(self) -> bool:
        """True if the program is started a second time with the same key."""
        return self.kill or self.restart

    @property
    def is_cut(self) -> bool:
        """True if the message does not pass as a whole."""
        return self.cut is not None or self.cut_byte is not None

    def position(self, length: int) -> int:
        """Return the number of bytes that pass, of a response or request of this length."""
        if self.cut_byte is not None:
            return min(self.cut_byte, length)
        return length if self.cut is None else min(int(self.cut * length), max(length - 1, 0))


def cases(seed: int = 0, *, every: int | None = None) -> list[Case]:
    """Return the cases, with cuts drawn from the seed, or in the long form at each `every`th byte."""
    draw = random.Random(seed)  # noqa: S311 - no secret
    return [case for row in spec.caller_cases() for case in _expanded(row, draw, every)]


def selected(all_cases: Sequence[Case], names: Sequence[str]) -> list[Case]:
    """Return the cases with these ids, or with one of them and a number.

    Cases of the long form, such as `cut-close-byte-12`, can be named without it. Raises ValueError.
    """
    long_form = {case.id: case for case in cases(every=1) if case.every}
    chosen = {case.id: case for case in all_cases if any(_is_named(case, name) for name in names)}
    for name in names:
        at_byte = AT_BYTE.fullmatch(name)
        if at_byte and at_byte[1] in long_form:
            chosen[name] = _at_byte(long_form[at_byte[1]], int(at_byte[2]))
        elif not any(_is_named(case, name) for case in all_cases):
            raise ValueError(f"there is no case {name}; --list prints them")
    return list(chosen.values())


def _is_named(case: Case, name: str) -> bool:
    return case.id == name or (case.id.startswith(f"{name}-") and case.id[len(name) + 1 :].isdigit())


def cut_at_bytes(chosen: Sequence[Case], rehearsal: Rehearsal) -> list[Case]:
    """Return the cases with one for each byte in place of a case with `every`. Without a rehearsal, one byte."""
    return [at_byte for case in chosen for at_byte in _at_bytes(case, rehearsal)]


def _at_bytes(case: Case, rehearsal: Rehearsal) -> Iterator[Case]:
    if case.every is None:
        yield case
        return
    length = rehearsal.request if case.of == "request" else rehearsal.response
    yield from (_at_byte(case, position) for position in range(1, max(length, 2), case.every))


def _at_byte(case: Case, position: int) -> Case:
    text = f"{case.text} Cut after byte {position} of the {case.of}."
    return evolve(case, id=f"{case.id}-byte-{position}", text=text, cut_byte=position, every=None)


def _expanded(row: Mapping[str, Json], draw: random.Random, every: int | None) -> Iterator[Case]:
    fields = {name: value for name, value in row.items() if name not in ("codes", "cuts")}
    plain = Case(**fields)
    if codes := row.get("codes"):
        yield from (
            evolve(plain, id=f"{plain.id}-{code}", text=plain.text.replace("{code}", str(code)), code=code)
            for code in codes
        )
    elif (stretches := row.get("cuts")) is None:
        yield plain
    elif stretches == 0:
        yield evolve(plain, cut=0.0 if plain.of == "response" else None, cut_byte=0)
    elif every is not None and plain.ends != "silence":
        yield evolve(plain, every=every)
    else:
        for number in range(stretches):
            cut = (number + draw.random()) / stretches
            if stretches == 1:
                yield evolve(plain, cut=cut)
            else:
                part = f"{plain.text} Cut in part {number + 1} of {stretches} of the {plain.of}."
                yield evolve(plain, id=f"{plain.id}-{number + 1}", text=part, cut=cut)
