"""The table of spec/outcomes.toml, applied to a response with the `json` module: the judge of clients and helpers.

It finds the facts of the table by recursion on parsed JSON, unlike the clients, so that the same mistake on both sides
is unlikely.
"""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from coupon_contract import spec

Json = Any
TABLE = spec.outcomes()
STATUSES, TEXT = TABLE["statuses"], TABLE["text"]
CERTAIN = spec.certain_refusals()
HARMLESS = CERTAIN | {*STATUSES["rejected"], STATUSES["unauthenticated"]}
LISTS = ("errors", "warnings")
LONE_SURROGATE = re.compile("[\ud800-\udfff]")
NUMBER_AT_CODE = re.compile(r'"code"\s*:\s*("?)(-?[0-9][-+.0-9eE]*)\1(?=\s*[,}\]])')
CUT_CODE = re.compile(r'"code"\s*:\s*[-+.0-9A-Za-z]+\Z')  # a number that may go on has no value
COUNT = re.compile(r'"successcount"\s*:\s*(?!(?:0|null)\s*[,}\]])(?=[^\s]+\s*[,}\]])')


class Pairs(list[tuple[str, Json]]):
    """An object with all of its pairs."""

    def get(self, key: str) -> Json:
        """Return the first value of the key, or MISSING."""
        return next((value for name, value in self if name == key), MISSING)


class Number(NamedTuple):
    """A number as written."""

    written: str

    def integer(self, digits: int) -> int | None:
        """Return the integer value, of at most this many digits."""
        try:
            number = Decimal(self.written)
            if not number:
                return 0
            if number.adjusted() >= digits or number.adjusted() < 0 or number != number.to_integral_value():
                return None
            return int(number)
        except InvalidOperation:
            return None


class Missing:
    """A missing member."""


MISSING = Missing()


def decide(requested: int, status: int, body: bytes, whole: bool = True) -> str:
    """Return the outcome by the first row of the table whose facts hold."""
    facts = Facts(requested, status, body, whole)
    return str(next(row["outcome"] for row in TABLE["rows"] if all(map(facts.holds, row["when"]))))


def named_codes(body: bytes) -> list[str]:
    """Return every code of a coupon that a JSON text names, as written; none for another text."""
    content = parsed(body)
    return [] if content is None else [code for code, _ in _codes(content, "", False)]


def parsed(body: bytes) -> Json:
    """Return the value of a JSON text, with all pairs and written numbers; None if the text is not JSON."""
    try:
        text = body.removeprefix(b"\xef\xbb\xbf").decode()
        return json.loads(text, object_pairs_hook=Pairs, parse_int=Number, parse_float=Number, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> Json:
    raise ValueError(name)


class Facts:
    """The facts of the table about one response."""

    def __init__(self, requested: int, status: int, body: bytes, whole: bool) -> None:
        self.asked, self.status, self.is_whole = requested, status, whole
        self.text = body.decode(errors="replace").replace("\0", "")
        self.content = parsed(body)
        self.top: Pairs = self.content if isinstance(self.content, Pairs) else Pairs()
        self.codes = [] if self.content is None else list(_codes(self.content, "", False))

    def holds(self, fact: str) -> bool:
        """Return whether a fact holds; `not …` asks for its opposite."""
        if fact.startswith("not "):
            return not self.holds(fact.removeprefix("not "))
        check: Callable[[], bool] = getattr(self, fact.replace("-", "_"))
        return check()

    def whole(self) -> bool:
        return self.is_whole

    def processed(self) -> bool:
        return bool(self.status == STATUSES["processed"])

    def rejected(self) -> bool:
        return self.status in STATUSES["rejected"]

    def unauthenticated(self) -> bool:
        return bool(self.status == STATUSES["unauthenticated"])

    def readable(self) -> bool:
        if not isinstance(self.content, Pairs):
            return False
        for entry in everything(self.content):
            if isinstance(entry, Pairs):
                names = Counter(name for name, _ in entry)
                if any(LONE_SURROGATE.search(name) for name in names):
                    return False
                if any(names[name] > 1 for name in TEXT["deciding_keys"]):
                    return False
                if isinstance(code := entry.get("code"), str) and LONE_SURROGATE.search(code):
                    return False
        return True

    def speaks_of_coupons(self) -> bool:
        if self.content is None:
            lower = self.text.lower()
            return any(marker in lower for marker in TEXT["markers"]) or COUNT.search(lower) is not None
        pairs = [pair for entry in everything(self.content) if isinstance(entry, Pairs) for pair in entry]
        for name, value in pairs:
            if name.lower() in TEXT["naming_keys"] and value is not None and value != []:
                return True
            if name.lower() == "successcount" and value is not None and value != [] and _integer(value) != 0:
                return True
        if self.codes:
            return True
        surrogate = any(LONE_SURROGATE.search(name) for name, _ in pairs)
        return not surrogate and any(map(_counts_some, everything(self.top)))

    def foreign_code(self) -> bool:
        if self.content is None and CUT_CODE.search(self.text):
            return True
        if self.content is None:
            numbers = [Number(written) for _, written in NUMBER_AT_CODE.findall(self.text)]
        else:
            theirs = {id(code) for _, code in self.codes}
            numbers = []
            for entry in everything(self.content):
                for name, value in entry if isinstance(entry, Pairs) else ():
                    if name == "code" and id(value) not in theirs:
                        numbers += [value] if isinstance(value, Number) else _numbers_of_text(value)
        return any(number.integer(TEXT["code_digits"]) not in HARMLESS for number in numbers)

    def coupons_agree(self) -> bool:
        listed = self.top.get("coupons")
        if not isinstance(listed, list) or isinstance(listed, Pairs) or not listed or len(listed) != len(self.codes):
            return False
        codes = [entry.get("code") if isinstance(entry, Pairs) else None for entry in listed]
        if not all(isinstance(code, str) and code for code in codes) or len(set(codes)) < len(codes):
            return False
        given = len(codes)
        return given <= self.asked and all(_says(self.top.get(name), number) for name, number in self._counts(given))

    def all_named(self) -> bool:
        return len(self.codes) == self.asked

    def refusal_proven(self) -> bool:
        errors, warnings = self.top.get("errors"), self.top.get("warnings")
        if not isinstance(errors, list) or isinstance(errors, Pairs) or not errors:
            return False
        for entry in errors:
            if not isinstance(entry, Pairs) or not any(entry.get("status") is no for no in (MISSING, None, False)):
                return False
            if _integer(entry.get("code"), TEXT["code_digits"]) not in CERTAIN:
                return False
        counts = [(self.top.get(name), number) for name, number in self._counts(0)]
        none = all(value is None or value is MISSING or _integer(value) == number for value, number in counts)
        empty = warnings is None or warnings is MISSING or (warnings == [] and not isinstance(warnings, Pairs))
        return none and empty

    def _counts(self, given: int) -> list[tuple[str, int]]:
        return [("successCount", given), ("totalCount", self.asked), ("failureCount", self.asked - given)]


def everything(value: Json) -> Iterator[Json]:
    """Return a value and all below it, also in JSON inside a text."""
    yield value
    below = [entry for _, entry in value] if isinstance(value, Pairs) else value if isinstance(value, list) else []
    if isinstance(value, str) and value.startswith(("{", "[")):
        below = [parsed(value.encode("utf-8", "replace"))]
    for entry in below:
        yield from everything(entry)


def _counts_some(entry: Json) -> bool:
    """Return whether an object counts other than as many failures as coupons asked for."""
    if not isinstance(entry, Pairs):
        return False
    total, failed = _integer(entry.get("totalCount")), _integer(entry.get("failureCount"))
    return total is not None and failed is not None and total != failed


def _codes(value: Json, key: str, inside: bool) -> Iterator[tuple[str, Json]]:
    """Yield each code of a coupon: as text, and the value. `inside`: a parent key holds codes."""
    holder = key.lower() in TEXT["code_holders"]
    if isinstance(value, Pairs):
        coupon = inside or holder or value.get("couponId") is not MISSING
        has_code = value.get("code") is not MISSING
        for name, entry in value:
            if name == "code" and coupon and _is_code(entry):
                yield (entry if isinstance(entry, str) else entry.written), entry
            else:
                below = coupon and (inside or holder) and not has_code and name not in LISTS
                yield from _codes(entry, "coupons" if name == "code" and coupon else name, below)
    elif isinstance(value, list):
        for entry in value:
            direct = holder and _is_code(entry)
            if direct and not _is_json(entry):
                yield (entry if isinstance(entry, str) else entry.written), entry
            else:
                yield from _codes(entry, key if holder else "", inside)
    elif isinstance(value, str) and _is_json(value):
        yield from _codes(parsed(value.encode("utf-8", "replace")), key if holder else "", inside)
    elif isinstance(value, str) and value and (holder or inside):
        yield value, value


def _is_code(value: Json) -> bool:
    return isinstance(value, Number) or (isinstance(value, str) and value != "")


def _is_json(value: Json) -> bool:
    return (
        isinstance(value, str) and value.startswith(("{", "[")) and parsed(value.encode("utf-8", "replace")) is not None
    )


def _numbers_of_text(value: Json) -> list[Number]:
    proper = isinstance(value, str) and re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", value)
    return [Number(value)] if proper and Number(value).integer(TEXT["code_digits"]) is not None else []


def _integer(value: Json, digits: int = TEXT["id_digits"]) -> int | None:
    return value.integer(digits) if isinstance(value, Number) else None


def _says(value: Json, number: int) -> bool:
    """Return whether a count beside coupons says this number, or none that can be read."""
    if isinstance(value, Number):
        return value.integer(TEXT["id_digits"]) == number
    written = _numbers_of_text(value) if isinstance(value, str) else []
    return not written or written[0].integer(TEXT["id_digits"]) == number
