"""Finds what two documents call differently, so that a rename is one change and not one per mention."""

from collections.abc import Callable, Iterator, Mapping
from difflib import SequenceMatcher
from typing import Any, Literal

from attrs import frozen

from scripts.changes import lists

Json = Any
Kind = Literal["field", "component", "path", "code"]
LEAST_ALIKE = 0.8  # share of equal values of two components or paths
LEAST_ALIKE_NAMES = 0.6  # of two fields that stand at other positions and are described differently
DESCRIBED = ("description", "examples", "example", "summary")


@frozen
class Rename:
    """Something of another name: a field or parameter, a component, a path, or a code. `places` are JSON pointers into
    the later document.
    """

    kind: Kind
    old: str
    new: str
    places: tuple[str, ...]


def renames(before: Json, after: Json) -> list[Rename]:
    """Return the renames between two documents, each once."""
    seen: dict[tuple[Kind, str, str], list[str]] = {}
    for kind, old, new, place in (*_components(before, after), *_codes(before, after), *_paths(before, after)):
        seen.setdefault((kind, old, new), []).append(place)
    known = [Rename(kind, old, new, tuple(places)) for (kind, old, new), places in seen.items()]
    fields: dict[tuple[str, str], list[str]] = {}
    for old, new, place in _fields(aligned(before, after, known), after):
        fields.setdefault((old, new), []).append(place)
    return [*known, *(Rename("field", old, new, tuple(places)) for (old, new), places in fields.items())]


def aligned(before: Json, after: Json, known: list[Rename]) -> Json:
    """Return the earlier document with the later names, wherever the later one has them."""
    references = {
        f"#{item.places[0].rpartition('/')[0]}/{item.old}": f"#{item.places[0]}"
        for item in known
        if item.kind == "component"
    }
    keys = {item.old: item.new for item in known if item.kind != "code"}
    codes = {int(item.old): int(item.new) for item in known if item.kind == "code"}
    return _aligned(before, after, keys, references, codes)


def _aligned(
    before: Json, after: Json, keys: Mapping[str, str], references: Mapping[str, str], codes: Mapping[int, int]
) -> Json:
    if isinstance(before, dict) and isinstance(after, dict):
        called = {key: _later(key, keys, before, after) for key in before}
        return {
            called[key]: _aligned(value, after.get(called[key]), keys, references, codes)
            for key, value in before.items()
        }
    if isinstance(before, list):
        others = after if isinstance(after, list) else []
        called = {item: _later(item, keys, before, others) for item in before if isinstance(item, str)}
        padded = [*others, *[None] * len(before)]
        return [
            _aligned(called.get(item, item) if isinstance(item, str) else item, other, keys, references, codes)
            for item, other in zip(before, padded, strict=False)
        ]
    if isinstance(before, str):
        return _text(
            references.get(before, before), after, {**keys, **{str(old): str(new) for old, new in codes.items()}}
        )
    if type(before) is int and before in codes and codes[before] == after:
        return after
    return before


def _later(name: str, keys: Mapping[str, str], before: Any, after: Any) -> str:
    """Return the later name, where only the earlier container has the earlier one and only the later one the later."""
    new = keys.get(name, name)
    return new if name not in after and new in after and new not in before else name


def _text(before: str, after: Json, names: Mapping[str, str]) -> Json:
    """Return the later text if it differs from the earlier one by names alone."""
    if not isinstance(after, str) or before == after:
        return before
    changed = before
    for old, new in names.items():
        changed = changed.replace(old, new)
    return after if changed == after else before


def _components(before: Json, after: Json) -> Iterator[tuple[Kind, str, str, str]]:
    for kind, old in before.get("components", {}).items():
        new = after.get("components", {}).get(kind, {})
        for was, name in _matched(old, new, lambda one, other: _share(one, other) >= LEAST_ALIKE):
            yield "component", was, name, f"/components/{kind}/{_escaped(name)}"


def _paths(before: Json, after: Json) -> Iterator[tuple[Kind, str, str, str]]:
    old, new = before.get("paths", {}), after.get("paths", {})
    for was, name in _matched(old, new, lambda one, other: _share(one, other) >= LEAST_ALIKE):
        yield "path", was, name, f"/paths/{_escaped(name)}"


def _codes(before: Json, after: Json) -> Iterator[tuple[Kind, str, str, str]]:
    """Yield the values of closed lists that changed while their names stayed."""
    later = lists.closed_lists(after)
    for name, schema in lists.closed_lists(before).items():
        if name in later:
            old, new = ({label: value for value, label in lists.named(each).items()} for each in (schema, later[name]))
            for label, value in old.items():
                kept = new.get(label, value)
                if kept != value and type(kept) is type(value) is int:
                    yield "code", str(value), str(kept), f"/components/schemas/{name}/enum"


def _fields(before: Json, after: Json, place: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield the renamed properties and parameters of both documents, with their places in the later one."""
    if not (isinstance(before, dict) and isinstance(after, dict)):
        if isinstance(before, list) and isinstance(after, list):
            if place.endswith("/parameters"):
                yield from _parameters(before, after, place)
            for index, (one, other) in enumerate(zip(before, after, strict=False)):
                yield from _fields(one, other, f"{place}/{index}")
        return
    old, new = before.get("properties"), after.get("properties")
    if isinstance(old, dict) and isinstance(new, dict) and "/examples/" not in place:
        for was, name in _matched(old, new, _same_field(old, new)):
            yield was, name, f"{place}/properties/{_escaped(name)}"
    for key in (key for key in after if key in before):
        yield from _fields(before[key], after[key], f"{place}/{_escaped(str(key))}")


def _parameters(before: list[Json], after: list[Json], place: str) -> Iterator[tuple[str, str, str]]:
    old, new = ({item["name"]: item for item in items if "name" in item} for items in (before, after))
    for was, name in _matched(old, new, _same_field(old, new)):
        index = next(index for index, item in enumerate(after) if item.get("name") == name)
        yield was, name, f"{place}/{index}"


def _same_field(old: Mapping[str, Json], new: Mapping[str, Json]) -> Callable[[Json, Json], bool]:
    """Return whether two fields are the same: of equal type, and alike in description, position or name."""
    positions = [
        {id(schema): (index, name) for index, (name, schema) in enumerate(side.items())} for side in (old, new)
    ]

    def same(one: Json, other: Json) -> bool:
        if _bare(one) != _bare(other):
            return False
        if one.get("description") == other.get("description"):
            return True
        (place, name), (other_place, other_name) = positions[0][id(one)], positions[1][id(other)]
        return place == other_place or SequenceMatcher(None, name, other_name).ratio() >= LEAST_ALIKE_NAMES

    return same


def _bare(schema: Json) -> Json:
    return {key: value for key, value in schema.items() if key not in (*DESCRIBED, "name")}


def _matched(
    old: Mapping[str, Json], new: Mapping[str, Json], same: Callable[[Json, Json], bool]
) -> Iterator[tuple[str, str]]:
    """Yield pairs of names that only one side has, with contents that are the same; each name once."""
    free = [name for name in new if name not in old]
    for was in (name for name in old if name not in new):
        name = next((candidate for candidate in free if same(old[was], new[candidate])), None)
        if name is not None:
            free.remove(name)
            yield was, name


def _share(one: Json, other: Json) -> float:
    """Return the share of values that two trees have at the same places."""
    first, second = dict(_leaves(one)), dict(_leaves(other))
    places = first.keys() | second.keys()
    equal = sum(place in first and place in second and first[place] == second[place] for place in places)
    return equal / len(places) if places else 1.0


def _leaves(node: Json, place: str = "") -> Iterator[tuple[str, Json]]:
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    if children is None:
        yield place, node
        return
    for key, child in children:
        yield from _leaves(child, f"{place}/{key}")


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")
