"""Compares two pages statement by statement: each difference says what changed, whatever number of lines it takes."""

import re
from collections.abc import Callable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from attrs import frozen

from scripts.drift.statements import Statement

Subject = Literal["code", "partial code", "message", "field", "limit", "property", "example", "text"]
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
LEAST_ALIKE = 0.5  # two lines of one block that are less alike are one that is gone and one that is new
ROWS = ("code", "field", "property")
_Lines = list[tuple[int, Statement]]  # with the number of the block that they stand in
_Pairs = list[tuple[int, Statement, Statement]]


@frozen
class Fact:
    """A change: its subject, its earlier and later value ("" where it is new or gone), and what it belongs to.

    `old` and `new` are codes, paths of fields, numbers, or texts. `code` and `field` name what a message, a partial
    code, a limit or a text is of, if anything.
    """

    subject: Subject
    old: str
    new: str
    code: str = ""
    field: str = ""


@frozen
class Difference:
    """A fact, the nearest text above its first line, and all lines of both pages that it takes."""

    fact: Fact
    after: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@frozen
class _Change:
    """A line that is gone, a line that is new, or both if the one became the other; the block they stand in."""

    block: int
    old: Statement | None
    new: Statement | None


def between(first: Sequence[Statement], second: Sequence[Statement]) -> list[Difference]:
    """Return the differences between the statements of two pages, from top to bottom."""
    changes, headings = _changes(first, second)
    known = {"old": _fields(first), "new": _fields(second)}
    grouped: dict[Fact, list[_Change]] = {}
    for block in range(len(headings)):
        of_block = [change for change in changes if change.block == block]
        facts = [_facts(change, known) for change in of_block]
        main = next((fact for found in facts for fact in found if fact.subject == "code"), None)
        text: dict[bool, Fact] = {}  # whole paragraphs are one difference
        for change, found in zip(of_block, facts, strict=True):
            for fact in found or [main or _of_example(of_block)]:
                if fact.subject == "text" and not (fact.old and fact.new):
                    fact = text.setdefault(bool(fact.new), fact)
                grouped.setdefault(fact, []).append(change)
    merged = _merged(grouped)
    return [
        Difference(
            fact,
            headings[min(change.block for change in found)],
            tuple(dict.fromkeys(change.old.line for change in found if change.old)),
            tuple(dict.fromkeys(change.new.line for change in found if change.new)),
        )
        for fact, found in merged.items()
    ]


def _changes(first: Sequence[Statement], second: Sequence[Statement]) -> tuple[list[_Change], list[str]]:
    """Return the changed lines, paired, and the heading of each block. A row that only moved is no change."""
    old, later = ([statement.line for statement in side] for side in (first, second))
    opcodes = SequenceMatcher(None, old, later, autojunk=False).get_opcodes()
    blocks = [opcode for opcode in opcodes if opcode[0] != "equal"]
    gone = [(block, statement) for block, (_, a, b, _, _) in enumerate(blocks) for statement in first[a:b]]
    new = [(block, statement) for block, (_, _, _, a, b) in enumerate(blocks) for statement in second[a:b]]
    pairs: _Pairs = []
    _pair(gone, new, pairs, lambda one, other: one.kind in ROWS and one.subject == other.subject)
    _pair_similar(gone, new, pairs)
    _pair(gone, new, pairs, _same_row)
    changes = [_Change(block, one, other) for block, one, other in pairs if one.line != other.line]
    changes += [_Change(block, one, None) for block, one in gone] + [
        _Change(block, None, other) for block, other in new
    ]
    headings = [_heading(first[:start]) for _, start, *_ in blocks]
    place = {id(statement): index for side in (first, second) for index, statement in enumerate(side)}
    changes.sort(key=lambda change: (change.block, place[id(change.old or change.new)]))
    return changes, headings


def _same_row(one: Statement, other: Statement) -> bool:
    """Return True for two rows that say the same of different subjects."""
    return one.kind in ROWS and len(one.values["text"]) > 3 and one.values["text"] == other.values["text"]


def _pair(gone: _Lines, new: _Lines, pairs: _Pairs, same: Callable[[Statement, Statement], bool]) -> None:
    """Move pairs of statements that are the same from both lists into the list of pairs."""
    for block, statement in list(gone):
        for position, (_, other) in enumerate(new):
            if statement.kind == other.kind and same(statement, other):
                pairs.append((block, statement, other))
                gone.remove((block, statement))
                del new[position]
                break


def _pair_similar(gone: _Lines, new: _Lines, pairs: _Pairs) -> None:
    """Pair the lines of each block that are most alike."""
    scores = sorted(
        (
            (_alike(one, other), -index, -position, block, one, other)
            for index, (block, one) in enumerate(gone)
            for position, (other_block, other) in enumerate(new)
            if block == other_block and one.kind == other.kind
        ),
        key=lambda score: score[:3],
        reverse=True,
    )
    for score, _, _, block, one, other in scores:
        if score >= LEAST_ALIKE and (block, one) in gone and (block, other) in new:
            pairs.append((block, one, other))
            gone.remove((block, one))
            new.remove((block, other))


def _alike(one: Statement, other: Statement) -> float:
    if one.kind == "member" and one.values["text"] == other.values["text"] and one.subject != other.subject:
        return 1.0  # a renamed member
    return SequenceMatcher(None, one.line, other.line, autojunk=False).ratio()


def _facts(change: _Change, known: dict[str, set[str]]) -> list[Fact]:
    """Return the facts of a changed line; none for a line of an example that says nothing by itself."""
    if change.old and change.new:
        return list(dict.fromkeys(_compared(change.old, change.new)))
    statement, side = (change.old, "old") if change.old else (change.new, "new")
    assert statement is not None  # noqa: S101 - one of both is there
    return [_one_sided(fact, side) for fact in _alone(statement, known["new" if side == "old" else "old"])]


def _one_sided(fact: Fact, side: str) -> Fact:
    return fact if side == "new" else Fact(fact.subject, fact.new, "", fact.code, fact.field)


def _alone(statement: Statement, others: set[str]) -> Iterator[Fact]:
    """Yield what a line says that only one page has, as if it was new. `others` are the fields of the other page."""
    name = statement.subject.rpartition(".")[2]
    if statement.kind == "code":
        yield Fact("code", "", statement.subject)
    elif statement.kind == "field":
        yield Fact("field", "", statement.subject)
    elif statement.kind == "property":
        yield Fact("property", "", statement.values["text"], field=statement.subject)
    elif statement.kind == "text" or (statement.kind == "title" and not statement.code):
        yield Fact("text", "", statement.values["text"])
    elif statement.code and (statement.kind == "title" or name == "code"):
        yield Fact("example", "", statement.code, code=statement.code)
    elif statement.kind == "member" and not {name, statement.subject} & others:
        yield Fact("field", "", statement.subject)


def _compared(old: Statement, new: Statement) -> Iterator[Fact]:
    """Yield what differs between two lines of which the one became the other."""
    code = new.code or old.code
    if old.kind == "code" and old.subject != new.subject:
        yield Fact("code", old.subject, new.subject)
    if old.kind in ("field", "member") and old.subject != new.subject:
        yield _rename(old.subject, new.subject)
    for name in old.values:
        was, now = old.values[name], new.values.get(name, "")
        if was != now:
            yield from _value(old, new, name, was, now, code)


def _value(old: Statement, new: Statement, name: str, was: str, now: str, code: str) -> Iterator[Fact]:
    member = new.subject.rpartition(".")[2]
    if name == "partial":
        yield Fact("partial code", was, now, code="" if {was, now} <= {"-", "*"} else new.subject)
    elif old.kind == "member" and member == "code" and NUMBER.fullmatch(was) and NUMBER.fullmatch(now) and new.code:
        yield Fact("code", was, now)
    elif (limits := _numbers(was, now)) and (member == "message" or old.kind in ("field", "code", "text")):
        field = new.subject if new.kind == "field" else ""
        yield from (Fact("limit", one, other, code if new.kind != "field" else "", field) for one, other in limits)
    elif old.kind == "member" and member == "message":
        yield Fact("message", was.strip('"'), now.strip('"'), code)
    elif old.kind == "member":
        yield Fact("example", was, now, field=member)
    elif old.kind == "property":
        yield Fact("property", was, now, field=new.subject)
    elif name in ("type", "mandatory"):
        yield Fact("field", f"{name} {was or 'none'}", f"{name} {now or 'none'}", field=new.subject)
    elif name == "text" and old.kind in ("code", "field"):
        yield Fact("text", was, now, code if old.kind == "code" else "", new.subject if old.kind == "field" else "")
    else:
        yield Fact("text", was, now)


def _numbers(was: str, now: str) -> list[tuple[str, str]]:
    """Return the numbers that changed in a text that is otherwise the same."""
    if NUMBER.sub("#", was) != NUMBER.sub("#", now):
        return []
    numbers = zip(NUMBER.findall(was), NUMBER.findall(now), strict=True)
    return list(dict.fromkeys((one, other) for one, other in numbers if one != other))


def _rename(old: str, new: str) -> Fact:
    """Return the rename between two paths: of the one name that differs, else of the paths."""
    first, second = old.split("."), new.split(".")
    differing = [(one, other) for one, other in zip(first, second, strict=False) if one != other]
    if len(first) == len(second) and len(differing) == 1:
        return Fact("field", *differing[0])
    return Fact("field", old, new)


def _fields(statements: Sequence[Statement]) -> set[str]:
    """Return the fields that a page names, by path and by name."""
    paths = {statement.subject for statement in statements if statement.kind in ("field", "member")}
    return paths | {path.rpartition(".")[2] for path in paths}


def _of_example(changes: Sequence[_Change]) -> Fact:
    """Return the fact of lines of an example that say nothing by themselves."""
    codes = [change.new.code or "" for change in changes if change.new] + [
        change.old.code for change in changes if change.old
    ]
    return Fact("example", "", "", code=next((code for code in codes if code), ""))


def _merged(grouped: dict[Fact, list[_Change]]) -> dict[Fact, list[_Change]]:
    """Return the groups with those that are one difference put together.

    A number that changed in several places is one limit. An example of a code that is new, gone or renumbered belongs
    to the code, a field within a new one to that, and a value within renamed fields to the rename.
    """
    merged: dict[Fact, list[_Change]] = {}
    for fact, found in grouped.items():
        merged.setdefault(_whole(fact, grouped), []).extend(found)
    return merged


def _whole(fact: Fact, facts: dict[Fact, list[_Change]]) -> Fact:
    """Return the fact that another one is a part of, else itself."""
    if fact.subject == "limit":
        same = [other for other in facts if other.subject == "limit" and (other.old, other.new) == (fact.old, fact.new)]
        field = next((other.field for other in same if other.field), "")
        code = next((other.code for other in same if other.code), "")
        return Fact("limit", fact.old, fact.new, code, field)
    if fact.subject == "example" and fact.code:
        return next((other for other in facts if other.subject == "code" and fact.code in (other.old, other.new)), fact)
    if fact.subject == "field" and not fact.field and "" in (fact.old, fact.new):
        path = (fact.old or fact.new).split(".")
        for length in range(1, len(path)):
            above = ".".join(path[:length])
            whole = Fact("field", above if fact.old else "", above if fact.new else "")
            if whole in facts:
                return whole
        row = next((other for other in facts if _is_row_of(fact, other)), None)
        return row or fact
    return fact


def _is_row_of(fact: Fact, other: Fact) -> bool:
    """Return True if `fact` is the member of an example that the new or lost row `other` is about."""
    if (
        other.subject != "field"
        or other.field
        or bool(fact.old) != bool(other.old)
        or bool(fact.new) != bool(other.new)
    ):
        return False
    path, row = fact.old or fact.new, other.old or other.new
    return path != row and (path.endswith(f".{row}") or row.endswith(f".{path}"))


def _heading(above: Sequence[Statement]) -> str:
    """Return the nearest line above that is neither a row nor a part of an example."""
    texts = (
        line.line for line in reversed(above) if line.kind == "text" and " | " not in line.line and line.line[:1] != "/"
    )
    return next(texts, "the top of the page")
