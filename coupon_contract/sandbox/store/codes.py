"""Codes made on demand: each is a secret permutation of its coupon's id.

Two ids never make the same code, so no lookup is needed before a code is issued, and the id of a code needs no index.
Both would cost more with every coupon.
"""

import hashlib
import secrets
from array import array
from collections.abc import Sequence
from functools import cache, cached_property

from attrs import define, field, frozen

from coupon_contract.sandbox.store.schema import FIRST_COUPON_ID

DIGITS = "0123456789"
MOST_INPUTS = 100_000  # entries of a random function: its table should fit into a processor's cache
FEW_AHEAD, MOST_AHEAD = 64, 4096  # codes per batch
ROUNDS = 3  # rounds of a Feistel network: with random functions it is a random permutation (Luby and Rackoff)


@frozen
class Codes:
    """All codes of one database; `key` is its secret."""

    key: bytes = field(repr=False)
    _spaces: dict[tuple[str, int], "CodeSpace"] = field(factory=dict, repr=False, init=False)

    def space(self, alphabet: str, length: int) -> "CodeSpace":
        """Return the codes of this length over this alphabet."""
        name = (alphabet, length)
        if name not in self._spaces:
            self._spaces[name] = CodeSpace(self.key, alphabet, length)
        return self._spaces[name]


@frozen
class Block:
    """A batch of codes for consecutive ids."""

    first_id: int = 0
    codes: Sequence[str] = field(default=(), repr=False)

    def has(self, first_id: int, count: int) -> bool:
        """Return True if the codes for `count` ids from `first_id` on are in the batch."""
        return self.first_id <= first_id and first_id + count <= self.first_id + len(self.codes)


@define(slots=False, eq=False)
class CodeSpace:
    """A permutation of numbers, written in the letters of an alphabet, never with a leading zero.

    A code has two halves derived from the id. Longer codes end in random letters. Codes are made in growing batches,
    because the tables stay in the processor's cache only while many are made.
    """

    key: bytes = field(repr=False)
    alphabet: str
    length: int
    _block: Block = field(factory=Block, init=False, repr=False)

    @cached_property
    def half(self) -> int:
        """The letters of each half."""
        letters = 1
        while len(self.alphabet) ** (letters + 1) <= MOST_INPUTS and 2 * (letters + 1) <= self.length:
            letters += 1
        return letters

    @cached_property
    def lefts(self) -> int:
        """The number of left halves. None has a leading zero, which spreadsheets would lose."""
        return int(len(self.alphabet.replace("0", "")) * len(self.alphabet) ** (self.half - 1))

    @cached_property
    def rights(self) -> int:
        """The number of right halves."""
        return int(len(self.alphabet) ** self.half)

    @property
    def size(self) -> int:
        """The number of coupons whose codes are derived from ids."""
        return self.lefts * self.rights

    @cached_property
    def tables(self) -> Sequence[Sequence[int]]:
        """The random function of each round: the number that one half adds to the other."""
        return [self._table(nth, self.rights if nth % 2 == 0 else self.lefts) for nth in range(ROUNDS)]

    def _table(self, nth: int, inputs: int) -> Sequence[int]:
        name = f"{self.alphabet} {self.length} {nth}".encode()
        numbers = array("I")
        numbers.frombytes(hashlib.shake_256(self.key + name).digest(numbers.itemsize * inputs))
        return numbers

    def has(self, first_id: int, count: int) -> bool:
        """Return True if codes are derived from `count` ids from `first_id` on."""
        return first_id >= FIRST_COUPON_ID and first_id + count <= FIRST_COUPON_ID + self.size

    def made(self, first_id: int, count: int) -> list[str]:
        """Return the codes for `count` consecutive ids; requires `has`."""
        block = self._block
        if not block.has(first_id, count):
            ahead = max(count, FEW_AHEAD, min(2 * len(block.codes), MOST_AHEAD))
            block = Block(first_id, self._halves(first_id, min(ahead, FIRST_COUPON_ID + self.size - first_id)))
            self._block = block
        start = first_id - block.first_id
        return self._lengthened(block.codes[start : start + count])

    def _halves(self, first_id: int, count: int) -> Sequence[str]:
        """Return the two halves of the codes for consecutive ids."""
        upper, lower = divmod(first_id - FIRST_COUPON_ID, self.rights)
        numbers: list[int] = []
        while len(numbers) < count:
            end = min(self.rights, lower + count - len(numbers))
            numbers += self._permuted(upper, lower, end)
            upper, lower = upper + 1, 0
        return self._written(numbers)

    def _permuted(self, upper: int, lower: int, end: int) -> list[int]:
        """Return the permutation of the numbers with one upper half, and lower halves from `lower` up to `end`."""
        (first, second, third), lefts, rights = self.tables, self.lefts, self.rights
        return [  # hot path: runs once per coupon
            (left + third[right]) % lefts * rights + right
            for half, added in enumerate(first[lower:end], lower)
            for left in [(upper + added) % lefts]
            for right in [(half + second[left]) % rights]
        ]

    def id_of(self, code: str) -> int | None:
        """Return the only id whose code can begin like this one, or None."""
        if len(code) != self.length or code.startswith("0") or not set(code) <= set(self.alphabet):
            return None
        (first, second, third), lefts, rights = self.tables, self.lefts, self.rights
        left, right = divmod(self._read(code[: 2 * self.half]), rights)
        left = (left - third[right]) % lefts
        lower = (right - second[left]) % rights
        upper = (left - first[lower]) % lefts
        return FIRST_COUPON_ID + upper * rights + lower

    def _written(self, numbers: Sequence[int]) -> list[str]:
        """Return the two halves of codes as letters."""
        if self.alphabet == DIGITS:  # numbers from 10…0 on: Python formats them faster than it looks up texts
            start = 10 ** (2 * self.half - 1)
            return [str(start + number) for number in numbers]
        lefts, rights = texts(self.alphabet, self.half)
        return [lefts[number // self.rights] + rights[number % self.rights] for number in numbers]

    def _read(self, text: str) -> int:
        """Return the number that the text stands for."""
        number = self.alphabet.replace("0", "").index(text[0])
        for letter in text[1:]:
            number = number * len(self.alphabet) + self.alphabet.index(letter)
        return number

    def _lengthened(self, codes: Sequence[str]) -> list[str]:
        more = self.length - 2 * self.half
        if not more:
            return [*codes]
        ends = random_text(self.alphabet, more * len(codes))
        return [code + ends[nth * more : (nth + 1) * more] for nth, code in enumerate(codes)]


@cache
def texts(alphabet: str, half: int) -> tuple[list[str], list[str]]:
    """Return the texts of the left halves of codes, in order, and of the right halves."""
    rests = words(alphabet, half - 1)
    return [letter + rest for letter in alphabet if letter != "0" for rest in rests], words(alphabet, half)


def words(alphabet: str, length: int) -> list[str]:
    """Yield every word of this length, in the order of the alphabet."""
    if length < 2:
        return [*alphabet] if length else [""]
    ends = words(alphabet, length // 2)
    return [start + end for start in words(alphabet, length - length // 2) for end in ends]


@cache
def letters(alphabet: str) -> tuple[bytes, bytes]:
    """Return the letter for each byte, and the bytes to drop so that every letter is equally likely."""
    even = 256 - 256 % len(alphabet)
    return bytes(ord(alphabet[number % len(alphabet)]) for number in range(256)), bytes(range(even, 256))


def random_text(alphabet: str, length: int) -> str:
    """Return random letters of an alphabet of at most 256, all equally likely."""
    letter_of, left_out = letters(alphabet)
    text = b""
    while len(text) < length:
        text += secrets.token_bytes(length + length // 4 + 8).translate(letter_of, left_out)
    return text[:length].decode()


def random_codes(alphabet: str, length: int, count: int) -> list[str]:
    """Return unguessable codes, never with a leading zero, which spreadsheets would lose."""
    codes: list[str] = []
    while len(codes) < count:
        text = random_text(alphabet, length * (count - len(codes)))
        codes += [text[start : start + length] for start in range(0, len(text), length) if text[start] != "0"]
    return codes


def random_code(alphabet: str, length: int) -> str:
    """Return an unguessable code."""
    (code,) = random_codes(alphabet, length, 1)
    return code


def new_key() -> bytes:
    """Return a secret for a new database."""
    return secrets.token_bytes(32)
