"""Reads the outcome of a response as leniently as possible.

The rules of the oracle judge the shape. A wrong shape must not hide the outcome that the implementation meant, or one
defect would violate every clause.
"""

from codecs import BOM_UTF8
from hashlib import sha256
from typing import Any, Literal

from attrs import evolve, field, frozen

from coupon_contract.suite.excerpt import excerpt
from coupon_contract.suite.exchange import Exchange, NotJson, Response, dumps, loads
from coupon_contract.suite.problem import counted

Json = Any
LARGE = 200_000  # bytes; of a larger response, only the beginning of its lists is kept
SHOWN = 10  # codes in the words for a response, and digits of each
OutcomeKind = Literal["coupons", "refused", "http", "unclear"]


@frozen
class Outcome:
    """The outcome of one exchange.

    `kind` is "coupons" (some were issued), "refused", "http" (any other status than 200) or "unclear" (a 200 that is
    neither). A status such as 201 with the body of a 200 is read like that: its clause is documented-status alone.
    `errors` and `warnings` hold the codes that could be read as numbers.
    """

    exchange: Exchange = field(repr=False)
    kind: OutcomeKind
    status: int
    coupons: tuple[Json, ...] = field(default=(), repr=False)
    errors: tuple[int, ...] = ()
    warnings: tuple[int, ...] = ()
    body: Json = field(default=None, repr=False)

    def issued(self, count: int) -> bool:
        """Return True if exactly `count` coupons were issued."""
        return self.kind == "coupons" and len(self.coupons) == count

    def refused_with(self, *codes: int) -> bool:
        """Return True if nothing was issued and one of `codes` says why."""
        return self.kind == "refused" and not set(codes).isdisjoint(self.errors)

    def without_body(self) -> "Outcome":
        """Return the outcome without the response, for those who keep many.

        A digest stands for each coupon, so that one that was answered twice can be told from two.
        """
        exchange = evolve(self.exchange, response=evolve(self.exchange.response, body=b""))
        return evolve(self, exchange=exchange, coupons=tuple(map(_digest, self.coupons)), body=None)

    def __str__(self) -> str:
        if self.kind == "http":
            return f"HTTP {self.status}"
        if self.kind == "unclear":
            return "HTTP 200 with neither coupons nor errors"
        is_refused = self.kind == "refused" and bool(self.errors)
        reasons = [
            f"{name} {_in_words(codes)}"
            for name, codes in (("errors", () if is_refused else self.errors), ("warnings", self.warnings))
            if codes
        ]
        refusal = f"a refusal with {_in_words(self.errors)[1:-1]}" if is_refused else "a refusal"
        count = counted(len(self.coupons)) if self.kind == "coupons" else refusal
        status = [] if self.status == 200 else [f"HTTP {self.status}"]
        return " with ".join([*status, count, *reasons])


def _digest(coupon: Json) -> str:
    return sha256(dumps(coupon)).hexdigest()


def _in_words(codes: tuple[int, ...]) -> str:
    more = ["…"] if len(codes) > SHOWN else []
    return f"[{', '.join([*(str(code)[:SHOWN] for code in codes[:SHOWN]), *more])}]"


def read(exchange: Exchange) -> Outcome:
    """Read the outcome of an exchange of the issuing operation. Never raises."""
    response = exchange.response
    body = _body(response) if 200 <= response.status < 300 else None
    if response.status != 200 and not (_entries_of(body, "coupons") or _entries_of(body, "errors")):
        return Outcome(exchange, "http", response.status)
    if body is None:
        return Outcome(exchange, "unclear", 200)
    if len(response.body) > LARGE:
        body = excerpt(body)
    coupons = _entries_of(body, "coupons")
    errors, warnings = _codes(body.get("errors")), _codes(body.get("warnings"))
    refused = bool(_entries_of(body, "errors"))
    kind: OutcomeKind = "coupons" if coupons else "refused" if refused else "unclear"
    return Outcome(exchange, kind, response.status, coupons, errors, warnings, body)


def _body(response: Response) -> dict[str, Json] | None:
    """Return the JSON object of a response, with or without a byte order mark; None if there is none."""
    try:
        body = loads(response.body.removeprefix(BOM_UTF8))
    except NotJson:
        return None
    return body if isinstance(body, dict) else None


def profiles_of(body: Json) -> list[dict[str, Json]]:
    """Return the profiles of the customer in a response that are objects."""
    customer = body.get("customer") if isinstance(body, dict) else None
    profiles = customer.get("profiles") if isinstance(customer, dict) else None
    return [profile for profile in _entries(profiles) if isinstance(profile, dict)]


def identifiers_of(body: Json) -> list[dict[str, Json]]:
    """Return all identifiers of the customer in a response that are objects."""
    lists = [profile.get(name) for profile in profiles_of(body) for name in ("identifiers", "identifiersAll")]
    return [entry for entries in lists for entry in _entries(entries) if isinstance(entry, dict)]


def _entries_of(body: Json, name: str) -> tuple[Json, ...]:
    return _entries(body.get(name)) if isinstance(body, dict) else ()


def _entries(value: Json) -> tuple[Json, ...]:
    return tuple(value) if isinstance(value, list) else ()


def _codes(value: Json) -> tuple[int, ...]:
    codes = (entry.get("code") for entry in _entries(value) if isinstance(entry, dict))
    return tuple(number for number in map(_number, codes) if number is not None)


def _number(value: Json) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        return int(value)
    except (ValueError, OverflowError):
        return None
