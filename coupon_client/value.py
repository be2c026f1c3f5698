"""A replacement for `dataclass(frozen=True, slots=True)` that is cheaper to import (`make bench` measures it)."""

from __future__ import annotations

from typing import Any, ClassVar


class Hidden(dict[str, Any]):
    """A mapping of secrets or identifiers whose representation hides them, for debuggers and tracebacks."""

    def __repr__(self) -> str:
        return "{…}"


class HiddenPairs(tuple[tuple[str, str], ...]):
    """The parameters of a query, which name customers and coupons; their representation hides them."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(…)"


class Value:
    """A frozen record: compared, hashed, shown and pickled by its `__slots__`, which `__init__` sets once.

    `hidden` names the slots that are left out of the representation.
    """

    __slots__ = ()
    __match_args__: ClassVar[tuple[str, ...]] = ()
    hidden: ClassVar[tuple[str, ...]] = ()

    def __setattr__(self, name: str, value: object) -> None:
        if hasattr(self, name):
            raise AttributeError(f"{name} of {type(self).__name__} cannot be changed; make a new one")
        object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        raise AttributeError(f"{name} of {type(self).__name__} cannot be removed")

    def _values(self) -> tuple[Any, ...]:
        return tuple(getattr(self, name) for name in self.__match_args__)

    def __eq__(self, other: object) -> bool:
        return self._values() == other._values() if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), self._values()))

    def __repr__(self) -> str:
        shown = (f"{name}={getattr(self, name)!r}" for name in self.__match_args__ if name not in self.hidden)
        return f"{type(self).__name__}({', '.join(shown)})"
