"""Answers gone wrong: documented ones with something dropped, retyped, nulled, extended, cut or garbled."""

import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from attrs import frozen

from coupon_contract import spec

Json = Any
EXAMPLES = {
    name: entry["value"]
    for name, entry in spec.document()["components"]["examples"].items()
    if isinstance(entry["value"], dict) and "errors" in entry["value"] and "data" not in entry["value"]
}
VALUES: tuple[Json, ...] = (
    None,
    True,
    False,
    0,
    1,
    2,
    -1,
    2.0,
    1.5,
    1e300,
    2**63,
    "",
    "0",
    "2",
    "A1",
    [],
    [None],
    {},
    {"a": 1},
)
CODES = (677, 701, 707, 712, 740, 748, 704, 731, 5002, 5005, 5006, 621, 678, 702, 6999)
CONTENT_TYPES = ("application/json", "application/json; charset=utf-8", "text/html", "application/xml", "", "nonsense")
STATUSES = tuple(range(100, 1000))
DOCUMENTED = (400, 401, 403, 405, 415, 429)


@frozen
class Answer:
    """One answer, where it came from, and the JSON value that its body has (`readable` is False where it has none)."""

    example: str
    asked: int
    status: int
    headers: dict[str, str]
    body: bytes
    value: Json
    readable: bool


def answers(number: int, seed: int) -> Iterator[Answer]:
    """So many answers, the same for the same seed."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    for _ in range(number):
        yield _answer(random)


def _answer(random: Random) -> Answer:
    example = random.choice(list(EXAMPLES))
    value = copy.deepcopy(EXAMPLES[example])
    asked = value.get("totalCount", 2) if random.random() < 0.9 else random.randint(1, 5)
    for _ in range(random.choice((0, 1, 1, 1, 2, 3))):
        random.choice(CHANGES)(random, value)
    if random.random() < 0.1:  # a partial success, which one example alone shows
        asked += 1
    status = random.choice((200, 200, 200, 200, random.choice(DOCUMENTED), random.choice(STATUSES)))
    headers = {"content-type": random.choice(CONTENT_TYPES)}
    body, value, readable = _encoded(random, value)
    return Answer(example, asked, status, headers, body, value, readable)


def places(value: Json) -> list[tuple[Json, Json]]:
    """Every container below a value, with a key or index in it."""
    found = []
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        found += [(value, key), *places(value[key])]
    return found


def _place(random: Random, value: Json) -> tuple[Json, Json] | None:
    """Half of the time at the top, where the outcome is told, else anywhere."""
    found = places(value)
    top = [place for place in found if place[0] is value]
    return random.choice(top if top and random.random() < 0.5 else found) if found else None


def drop(random: Random, value: Json) -> None:
    """A field or entry is missing."""
    if place := _place(random, value):
        del place[0][place[1]]


def retype(random: Random, value: Json) -> None:
    """A value becomes another one, mostly of another type."""
    if place := _place(random, value):
        place[0][place[1]] = copy.deepcopy(random.choice(VALUES))


def null(random: Random, value: Json) -> None:
    """A value becomes null."""
    if place := _place(random, value):
        place[0][place[1]] = None


def extend(random: Random, value: Json) -> None:
    """An object gets an unknown field, or a list the same entry again."""
    if place := _place(random, value):
        container, key = place
        if isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        else:
            container[f"x{random.randint(0, 9)}"] = copy.deepcopy(random.choice(VALUES))


def graft(random: Random, value: Json) -> None:
    """A top-level field of another example appears, as when answers are mixed up."""
    other = EXAMPLES[random.choice(list(EXAMPLES))]
    key = random.choice(list(other))
    value[key] = copy.deepcopy(other[key])


def complain(random: Random, value: Json) -> None:
    """An error or a warning with a documented, another or an unreadable code is put first or last."""
    entries = value.setdefault(random.choice(("errors", "warnings")), [])
    if isinstance(entries, list):
        code = random.choice((*CODES, random.randint(-1, 10_000), "748", None))
        entries.insert(random.choice((0, len(entries))), {"status": False, "code": code, "message": "Some text"})


CHANGES: tuple[Callable[[Random, Json], None], ...] = (drop, retype, null, extend, graft, complain)


def _encoded(random: Random, value: Json) -> tuple[bytes, Json, bool]:
    """The bytes, the value that they hold, and whether they hold one."""
    text = json.dumps(value, ensure_ascii=random.random() < 0.5)
    body = text.encode()
    kind = random.random()
    if kind < 0.85:
        return body, json.loads(text), True
    if kind < 0.90:
        return body[: random.randint(0, len(body) - 1)], None, False
    if kind < 0.94:
        return random.randbytes(random.randint(0, 64)) + b"\xff", None, False
    if kind < 0.97:
        return body + random.choice((b"}", b"<!-- -->", b"{}")), None, False
    return random.choice((b"", b" ", b"<html>500</html>", b"null", b"[]", b'"issued"', b"[" * 100_000)), None, False
