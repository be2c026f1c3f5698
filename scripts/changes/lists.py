"""Compares the closed lists of the document (codes, discount types): values added, removed, or renamed."""

from collections.abc import Iterator
from typing import Any, Literal

Json = Any
Rated = tuple[Literal["breaking", "additive", "documentation"], str, str]
NAMES = "x-enum-varnames"
TABLE = "x-error-table"
PLATFORM = "x-platform-codes"
PROOF = "withoutCoupons"


def closed_lists(document: Json) -> dict[str, Json]:
    """Return the schemas that are closed lists, by name: those that name their values."""
    return {name: schema for name, schema in document["components"]["schemas"].items() if NAMES in schema}


def within(place: str, document: Json) -> bool:
    """Return True if a JSON pointer leads into a closed list."""
    parts = place.split("/")
    return parts[1:3] == ["components", "schemas"] and len(parts) > 3 and parts[3] in closed_lists(document)


def differences(before: Json, after: Json) -> Iterator[Rated]:
    """Return every difference of the closed lists that both documents have, and every removed list."""
    for name, old in closed_lists(before).items():
        place = f"/components/schemas/{name}"
        new = closed_lists(after).get(name)
        if new is None:
            yield "breaking", place, f"The list {name} was removed."
        elif new != old:
            yield from _values(place, old, new)
            yield from _rows(place, old, new)
            yield from _proofs(place, old, new)
            yield from _texts(place, old, new)


def named(schema: Json) -> dict[Json, str]:
    """Return the names of a closed list, by value."""
    return dict(zip(schema["enum"], schema[NAMES], strict=False))


def _values(place: str, old: Json, new: Json) -> Iterator[Rated]:
    before, after = named(old), named(new)
    for value in after.keys() - before.keys():
        yield "additive", f"{place}/enum", f"`{value}` ({after[value]}) is new."
    for value in before.keys() - after.keys():
        yield "breaking", f"{place}/enum", f"`{value}` ({before[value]}) was removed."
    for value in before.keys() & after.keys():
        if before[value] != after[value]:
            yield (
                "breaking",
                f"{place}/{NAMES}",
                f"The name of `{value}` was {before[value]} and is {after[value]}, also in generated code.",
            )


def _rows(place: str, old: Json, new: Json) -> Iterator[Rated]:
    before, after = ({row["code"]: row for row in schema.get(TABLE, ())} for schema in (old, new))
    for code in before.keys() & after.keys():
        for key, value in after[code].items():
            was = before[code].get(key)
            if value != was and key not in ("name", PROOF):  # names are those of the values, proofs are compared below
                words = f"`{key}` of {code} was {was!r} and is {value!r}."
                yield ("breaking" if key == "partialCode" else "documentation"), f"{place}/{TABLE}", words


def _proofs(place: str, old: Json, new: Json) -> Iterator[Rated]:
    """Return the codes that no longer prove a refusal: clients that rely on them break."""
    before, after = _proven(old), _proven(new)
    for code in sorted(before.keys() | after.keys()):
        was, now = before.get(code, "nothing"), after.get(code, "nothing")
        if was != now:
            words = f"An error {code} without coupons proved {was!r} and proves {now!r}."
            yield ("breaking" if was == "refused" else "additive"), f"{place}/{TABLE}", words


def _proven(schema: Json) -> dict[int, str]:
    """Return the proof of each code of both tables; codes without an entry prove nothing."""
    rows = (*schema.get(TABLE, ()), *schema.get(PLATFORM, ()))
    return {code: row[PROOF] for row in rows if PROOF in row for code in row.get("codes") or [row["code"]]}


def _texts(place: str, old: Json, new: Json) -> Iterator[Rated]:
    for key in ("type", "format"):
        if old.get(key) != new.get(key):
            yield "breaking", f"{place}/{key}", f"{key} was {old.get(key)} and is {new.get(key)}."
    if old.get("description") != new.get("description"):
        yield "documentation", f"{place}/description", "description was modified."
