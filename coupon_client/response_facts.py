"""The facts of a response's text that decide its outcome (spec/outcomes.toml), and everything that it names.

Pure: no I/O, no clock. The `outcome` files of the other languages find the same facts in the same way (interop/).
"""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import NamedTuple

from coupon_client.contract import (
    CODE_DIGITS,
    CODE_HOLDERS,
    DECIDING_KEYS,
    ID_DIGITS,
    MARKERS,
    NAMING_KEYS,
    REJECTIONS,
    UNAUTHENTICATED,
)
from coupon_client.response_text import ARRAY, FALSE, NULL, NUMBER, OBJECT, ROOT, TEXT, Nodes, integer
from coupon_client.result import Coupon, Problem

ELSEWHERE, HOLDER, ENTRY, BELOW = range(4)  # places of a value: see Facts._all_places
LISTS = ("errors", "warnings")
COUNTS = ("successCount", "totalCount", "failureCount")
STATUSES = frozenset((*REJECTIONS, UNAUTHENTICATED))


class ProblemEntry(NamedTuple):
    """An entry of `errors` or `warnings`; `top` is True if the list is at the top."""

    list_name: str
    top: bool
    problem: Problem


class Facts:
    """The facts about a text, for a call that requested `asked` coupons, with the codes of certain refusals.

    `coupons` are all that the text names, in its order.
    """

    def __init__(self, nodes: Nodes, body: bytes, requested: int, refusals: Set[int]) -> None:
        self._nodes = nodes
        self._asked = requested
        self._refusals = refusals
        self._members: dict[tuple[int, str], int] = {}  # the first member of each object with each key
        for index, node in enumerate(nodes):
            if node.key is not None:
                self._members.setdefault((node.parent, node.key), index)
        self._parents = {node.parent for node in nodes}
        self._places = self._all_places()
        self._top = 1 if nodes.clean and nodes[1].kind == OBJECT else -1
        self.coupons = [self._coupon(index) for index in range(len(nodes)) if self._names_a_code(index)]
        self.readable = self._top > ROOT and not self._repeats_a_deciding_key() and self._codes_are_intact()
        self.speaks_of_coupons = (
            bool(self.coupons)
            or any(map(self._claims, range(len(nodes))))
            or (not nodes.clean and _holds_a_marker(body))
        )
        self.foreign_code = any(map(self._is_foreign, range(len(nodes))))

    def coupons_agree(self) -> bool:
        """Return the fact `coupons-agree` of a readable text."""
        codes = [self._only_code(entry) for entry in self._entries("coupons")]
        if not 0 < len(codes) == len(self.coupons) <= self._asked or None in codes:
            return False
        given = len(codes)
        return len(set(codes)) == given and all(
            map(self._count_agrees, COUNTS, (given, self._asked, self._asked - given))
        )

    def refusal_proven(self) -> bool:
        """Return the fact `refusal-proven` of a readable text."""
        errors = self._entries("errors")
        return (
            bool(errors)
            and all(map(self._is_certain_refusal, errors))
            and self._is_none(self._members.get((self._top, "warnings"), ROOT))
            and all(map(self._count_is, COUNTS, (0, self._asked, self._asked)))
        )

    def listed(self) -> Iterator[ProblemEntry]:
        """Return every entry of `errors` and `warnings`, at any depth; an object in place of a list is its
        only entry.
        """
        for index, node in enumerate(self._nodes):
            parent = self._nodes[node.parent]
            if node.kind == OBJECT and node.key in LISTS:
                yield ProblemEntry(node.key, False, self._problem(index))
            elif node.parent > ROOT and parent.kind == ARRAY and parent.key in LISTS:
                yield ProblemEntry(parent.key, parent.parent == self._top, self._problem(index))

    def customer_id(self) -> int | None:
        """Return the id of the customer that the text names; None for several, because none is certain."""
        numbers = {
            self._number(self._members.get((index, "id")), ID_DIGITS)
            for index, node in enumerate(self._nodes)
            if node.kind == OBJECT and (node.key or self._nodes[node.parent].key) == "customer"
        }
        return numbers.pop() if len(numbers) == 1 else None

    def _all_places(self) -> list[int]:
        """Return where each value stands: is it the value of a code holder, an entry of its list, or below either?

        An object there with a `code` is a coupon, and what is below it is elsewhere again.
        """
        places = [ELSEWHERE]
        for node in self._nodes[1:]:
            parent, place = self._nodes[node.parent], places[node.parent]
            if parent.kind == TEXT and parent.key == "code":
                place = ELSEWHERE  # a code may look like JSON, and is a code nevertheless
            coupon = place != ELSEWHERE or (node.parent, "couponId") in self._members
            if (node.key == "code" and coupon) or (node.key or "").lower() in CODE_HOLDERS:
                place = HOLDER
            elif parent.kind == ARRAY:
                place = ENTRY if place == HOLDER else place
            elif parent.kind == OBJECT and place != ELSEWHERE:
                has_code = (node.parent, "code") in self._members
                place = ELSEWHERE if has_code or node.key in LISTS else BELOW
            places.append(place)
        return places

    def _names_a_code(self, index: int) -> bool:
        node, place = self._nodes[index], self._places[index]
        if node.kind not in (TEXT, NUMBER) or not node.text:
            return False
        if node.key == "code":
            return self._is_coupon(node.parent)
        if index in self._parents:
            return False
        return place == ENTRY or (place != ELSEWHERE and node.kind == TEXT)

    def _is_coupon(self, index: int) -> bool:
        return self._places[index] != ELSEWHERE or (index, "couponId") in self._members

    def _coupon(self, index: int) -> Coupon:
        node = self._nodes[index]
        id = self._members.get((node.parent, "couponId")) if node.key == "code" else None
        return Coupon(node.text, self._number(id, ID_DIGITS))

    def _only_code(self, index: int) -> str | None:
        code = self._nodes[self._members.get((index, "code"), ROOT)]
        return code.text or None if code.kind == TEXT else None

    def _claims(self, index: int) -> bool:
        key = self._nodes[index].key
        if key is None:
            return False
        if key.lower() == "successcount":
            return not self._is_none(index) and self._number(index, ID_DIGITS) != 0
        if key == "totalCount":
            return self._counts_some(self._nodes[index].parent)
        return key.lower() in NAMING_KEYS and not self._is_none(index)

    def _counts_some(self, index: int) -> bool:
        """Return whether an object counts other than as many failures as coupons asked for."""
        total, failed = (self._number(self._members.get((index, name)), ID_DIGITS) for name in COUNTS[1:])
        return self._top > ROOT and total is not None and failed is not None and total != failed

    def _is_foreign(self, index: int) -> bool:
        node = self._nodes[index]
        if node.key != "code" or node.kind not in (TEXT, NUMBER) or self._is_coupon(node.parent):
            return False
        number = integer(node.text, CODE_DIGITS)
        if number is None:
            return node.kind == NUMBER
        return int(number) not in self._refusals and int(number) not in STATUSES

    def _repeats_a_deciding_key(self) -> bool:
        keys = [(node.parent, node.key) for node in self._nodes if node.key in DECIDING_KEYS]
        return len(set(keys)) < len(keys)

    def _codes_are_intact(self) -> bool:
        return all(node.intact for node in self._nodes if node.key == "code")

    def _count_agrees(self, name: str, meant: int) -> bool:
        node = self._nodes[self._members.get((self._top, name), ROOT)]
        if node.kind not in (TEXT, NUMBER):
            return True
        number = integer(node.text, ID_DIGITS)
        return number == str(meant) or (number is None and node.kind == TEXT)

    def _count_is(self, name: str, meant: int) -> bool:
        index = self._members.get((self._top, name))
        return index is None or self._nodes[index].kind == NULL or self._number(index, ID_DIGITS) == meant

    def _is_certain_refusal(self, index: int) -> bool:
        status = self._members.get((index, "status"), ROOT)
        denies = status == ROOT or self._nodes[status].kind in (FALSE, NULL)
        return denies and self._number(self._members.get((index, "code")), CODE_DIGITS) in self._refusals

    def _is_none(self, index: int) -> bool:
        """Return whether a value is null, an empty list, or the text as a whole, which stands for a missing member."""
        kind = self._nodes[index].kind
        return index == ROOT or kind == NULL or (kind == ARRAY and index not in self._parents)

    def _entries(self, key: str) -> list[int]:
        list_index = self._members.get((self._top, key), ROOT)
        if self._nodes[list_index].kind != ARRAY:
            return []
        return [index for index, node in enumerate(self._nodes) if node.parent == list_index]

    def _number(self, index: int | None, digits: int) -> int | None:
        if index is None or self._nodes[index].kind != NUMBER:
            return None
        text = integer(self._nodes[index].text, digits)
        return None if text is None else int(text)

    def _problem(self, index: int) -> Problem:
        node = self._nodes[index]
        message = node if node.kind == TEXT else self._nodes[self._members.get((index, "message"), ROOT)]
        code = self._number(self._members.get((index, "code")), CODE_DIGITS)
        return Problem(code, message.text if message.kind == TEXT else "")


def _holds_a_marker(body: bytes) -> bool:
    text = body.replace(b"\0", b"").lower()
    return any(marker.encode() in text for marker in MARKERS)
