"""Reads the lines of a page as statements about codes, fields and limits.

A line is a row of a table, a line of an example, or text. Rows are told apart by the head of their table: codes,
parameters, or the properties of the operation (its rate limit, its method). Examples may lack a brace, as on the page.
"""

import re
from collections.abc import Iterable
from typing import Literal

from attrs import evolve, field, frozen

from scripts.drift import page

Kind = Literal["code", "field", "property", "title", "member", "bracket", "text"]
MEMBER = re.compile(r'"(\w+)": *(.*?),?')
NUMBER = re.compile(r"-?\d+")
BRACKETS = set("{}[], ")
LISTS_OF_ERRORS = ("errors", "warnings")


@frozen
class Statement:
    """A line and its meaning.

    `subject` is a code as text, the path of a field (`customer.profiles.userId`), the name of a property, or the path
    of a member of an example. `values` are the other cells, by name: `partial` and `text` of a code, `type`,
    `mandatory` and `text` of a field, `text` of a property, `text` (the value) of a member. `code` is the code of the
    object that a member of an example stands in, or the first code of the example that a title stands above.
    """

    kind: Kind
    line: str
    subject: str = ""
    values: dict[str, str] = field(factory=dict)
    code: str = ""


def statements(lines: Iterable[str]) -> list[Statement]:
    """Return the statements of a page, one for each of its lines (page.lines)."""
    found: list[Statement] = []
    head: list[str] = []
    example = _Example(found)
    for line in lines:
        cells = line.split(" | ") if " | " in line else []
        if not cells and line.endswith(" |"):
            cells = [line.removesuffix(" |")]
        if cells:
            example.end()
            head, statement = _row(head, cells, line)
            found.append(statement)
            continue
        head = []
        member = MEMBER.fullmatch(line)
        if member or set(line) <= BRACKETS:
            example.add(line, member)
        else:
            example.end()
            kind: Kind = "title" if line.startswith(page.TITLE) else "text"
            found.append(Statement(kind, line, values={"text": line}))
    example.end()
    return found


def _row(head: list[str], cells: list[str], line: str) -> tuple[list[str], Statement]:
    """Return the head of the table from here on, and the row as a statement."""
    names = [cell.lower() for cell in cells]
    if any(name == "error code" for name in names) or re.fullmatch("parameters?", names[0]):
        return names, Statement("text", line, values={"text": line})
    by_name = dict(zip(head, cells, strict=False))
    if "error code" in by_name and NUMBER.fullmatch(by_name["error code"]):
        partial = next((value for name, value in by_name.items() if "warning" in name), "")
        values = {"partial": partial, "text": by_name.get("description", "")}
        return head, Statement("code", line, by_name["error code"], values, by_name["error code"])
    if head and re.fullmatch("parameters?", head[0]):
        path = cells[0].rstrip("*").strip()
        values = {"mandatory": "yes" if "*" in cells[0] else "no", "text": by_name.get("description", "")}
        return head, Statement("field", line, path, values | {"type": by_name.get("datatype", "")})
    return head, Statement("property", line, cells[0], {"text": " | ".join(cells[1:])})


class _Example:
    """The example that is being read: the keys above a line, and the members of each open object."""

    def __init__(self, found: list[Statement]) -> None:
        self.found = found
        self.open: list[tuple[str, list[int]]] = []
        self.title: int | None = None

    def add(self, line: str, member: re.Match[str] | None) -> None:
        """Add a line of an example."""
        if not self.open and self.found and self.found[-1].kind == "title":
            self.title = len(self.found) - 1
        key, value = (member[1], member[2]) if member else ("", line)
        if not member:
            self.found.append(Statement("bracket", line))
        else:
            path = ".".join([*(name for name, _ in self.open if name), key])
            if self.open:
                self.open[-1][1].append(len(self.found))
            self.found.append(Statement("member", line, path, {"text": value.strip()}))
        balance = sum(value.count(bracket) for bracket in "{[") - sum(value.count(bracket) for bracket in "}]")
        if balance > 0:
            self.open.append((key, []))
        for _ in range(-balance):
            self._close()

    def _close(self) -> None:
        """Close an object: its members belong to its code."""
        if not self.open:
            return
        path, members = ".".join(name for name, _ in self.open if name), self.open.pop()[1]
        if path.rpartition(".")[2] not in LISTS_OF_ERRORS:
            return
        named = [index for index in members if self.found[index].subject.endswith(".code")]
        code = self.found[named[0]].values["text"] if named else ""
        for index in members:
            self.found[index] = evolve(self.found[index], code=code)
        if code and self.title is not None and not self.found[self.title].code:
            self.found[self.title] = evolve(self.found[self.title], code=code)

    def end(self) -> None:
        """End the example, whether its brackets are closed or not."""
        while self.open:
            self._close()
        self.title = None


def of_pages(old: str, new: str) -> tuple[list[Statement], list[Statement]]:
    """Return the statements of two pages, without what only one of the two saved forms can hold."""
    first, second = page.comparable(old, new)
    return statements(first), statements(second)
