"""Codes that are made on demand: each follows from its coupon's id by a secret permutation.

Two ids never make the same code, so nothing has to be looked up before a code is given out, and the way back from a
code to its id needs no index. Both would cost more with every coupon that exists.
"""

import hashlib
import secrets
from array import array
from collections.abc import Sequence
from functools import cached_property
from itertools import product

from attrs import field, frozen

from sandbox.store.schema import FIRST_COUPON_ID

MOST_HALVES = 100_000  # entries of a table
ROUNDS = 4  # of a Feistel network with random functions: fewer would show patterns


@frozen
class Codes:
    """All the codes that one database makes; `key` is its secret."""

    key: bytes = field(repr=False)
    _spaces: dict[tuple[str, int], "CodeSpace"] = field(factory=dict, repr=False, init=False)

    def space(self, alphabet: str, length: int) -> "CodeSpace":
        """The codes of this length over this alphabet."""
        name = (alphabet, length)
        if name not in self._spaces:
            self._spaces[name] = CodeSpace(self.key, alphabet, length)
        return self._spaces[name]


@frozen(slots=False)
class CodeSpace:
    """A permutation of numbers, written with the letters of an alphabet; never with a leading zero.

    A code has two halves that follow from the id. Longer codes end in random letters.
    """

    key: bytes = field(repr=False)
    alphabet: str
    length: int

    @cached_property
    def half(self) -> int:
        """Letters in each half."""
        letters = 1
        while len(self.alphabet) ** (letters + 1) <= MOST_HALVES and 2 * (letters + 1) <= self.length:
            letters += 1
        return letters

    @cached_property
    def texts(self) -> tuple[list[str], list[str]]:
        """How the left and the right halves are written. Spreadsheets would lose a zero at the left end."""
        every = ["".join(letters) for letters in product(self.alphabet, repeat=self.half)]
        return [text for text in every if not text.startswith("0")], every

    @cached_property
    def size(self) -> int:
        """How many coupons there can be before no code follows from an id any more."""
        left, right = self.texts
        return len(left) * len(right)

    @cached_property
    def tables(self) -> Sequence[Sequence[int]]:
        """The random function of each round: what is added to one half because of the other one."""
        left, right = map(len, self.texts)
        return [self._table(nth, *((right, left) if nth % 2 == 0 else (left, right))) for nth in range(ROUNDS)]

    def _table(self, nth: int, inputs: int, outputs: int) -> Sequence[int]:
        name = f"{self.alphabet} {self.length} {nth}".encode()
        stream = hashlib.shake_256(self.key + name).digest(8 * inputs)
        return array("q", [number % outputs for number in array("Q", stream)])

    def has(self, first_id: int, count: int) -> bool:
        """Whether codes follow from `count` ids from `first_id` on."""
        return first_id >= FIRST_COUPON_ID and first_id + count <= FIRST_COUPON_ID + self.size

    def made(self, first_id: int, count: int) -> list[str]:
        """The codes for `count` consecutive ids; `has` says whether there are any."""
        (left_text, right_text), (first, second, third, fourth) = self.texts, self.tables
        lefts, rights = len(left_text), len(right_text)
        codes = []
        for number in range(first_id - FIRST_COUPON_ID, first_id - FIRST_COUPON_ID + count):
            left, right = divmod(number, rights)
            left = (left + first[right]) % lefts
            right = (right + second[left]) % rights
            left = (left + third[right]) % lefts
            right = (right + fourth[left]) % rights
            codes.append(left_text[left] + right_text[right])
        return self._lengthened(codes)

    def _lengthened(self, codes: list[str]) -> list[str]:
        more = self.length - 2 * self.half
        if not more:
            return codes
        ends = random_text(self.alphabet, more * len(codes))
        return [code + ends[nth * more : (nth + 1) * more] for nth, code in enumerate(codes)]

    def id_of(self, code: str) -> int | None:
        """The only id whose code can begin like this one, None if there is none."""
        if len(code) != self.length or code.startswith("0") or not set(code) <= set(self.alphabet):
            return None
        (lefts, rights), (first, second, third, fourth) = map(len, self.texts), self.tables
        left, right = self._left(code[: self.half]), self._place(code[self.half : 2 * self.half])
        right = (right - fourth[left]) % rights
        left = (left - third[right]) % lefts
        right = (right - second[left]) % rights
        left = (left - first[right]) % lefts
        return FIRST_COUPON_ID + left * rights + right

    def _left(self, text: str) -> int:
        """Its place among the left halves: those with a leading zero are not counted."""
        before = 0 <= self.alphabet.find("0") < self.alphabet.index(text[0])
        return self._place(text) - (len(self.alphabet) ** (self.half - 1) if before else 0)

    def _place(self, text: str) -> int:
        place = 0
        for letter in text:
            place = place * len(self.alphabet) + self.alphabet.index(letter)
        return place


def random_text(alphabet: str, length: int) -> str:
    """Random letters of an alphabet of at most 256, every one equally likely."""
    even = 256 - 256 % len(alphabet)
    letters = bytes(ord(alphabet[number % len(alphabet)]) for number in range(256))
    text = b""
    while len(text) < length:
        text += secrets.token_bytes(length + length // 4 + 8).translate(letters, bytes(range(even, 256)))
    return text[:length].decode()


def random_code(alphabet: str, length: int) -> str:
    """An unguessable code; never with a leading zero, which spreadsheets would lose."""
    code = random_text(alphabet, length)
    return random_code(alphabet, length) if code.startswith("0") else code


def new_key() -> bytes:
    """A secret for a new database."""
    return secrets.token_bytes(32)
