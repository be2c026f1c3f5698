"""What an answer says happened, read as leniently as can be.

Whether the answer has the right shape is for the oracle's rules to say; a wrong shape must not hide which outcome the
implementation meant, or one defect would be blamed on every clause.
"""

from typing import Any, Literal

from attrs import field, frozen

from coupon_contract.suite.exchange import Exchange, NotJson, loads

Json = Any
Outcome = Literal["coupons", "refused", "http", "unclear"]


@frozen
class Answer:
    """The outcome of one exchange.

    `outcome` is "coupons" (some were issued), "refused", "http" (any status but 200) or "unclear" (a 200 that is
    neither). `errors` and `warnings` hold the codes that could be read as numbers.
    """

    exchange: Exchange = field(repr=False)
    outcome: Outcome
    status: int
    coupons: tuple[Json, ...] = field(default=(), repr=False)
    errors: tuple[int, ...] = ()
    warnings: tuple[int, ...] = ()
    body: Json = field(default=None, repr=False)

    def issued(self, count: int) -> bool:
        """Whether exactly `count` coupons were issued."""
        return self.outcome == "coupons" and len(self.coupons) == count

    def refused_with(self, *codes: int) -> bool:
        """Whether nothing was issued and one of `codes` says why."""
        return self.outcome == "refused" and not set(codes).isdisjoint(self.errors)

    def __str__(self) -> str:
        if self.outcome == "http":
            return f"HTTP {self.status}"
        if self.outcome == "unclear":
            return "HTTP 200 with neither coupons nor errors"
        said = [
            f"{name} {list(codes)}" for name, codes in (("errors", self.errors), ("warnings", self.warnings)) if codes
        ]
        count = f"{len(self.coupons)} coupon(s)" if self.outcome == "coupons" else "a refusal"
        return " with ".join([count, *said])


def read(exchange: Exchange) -> Answer:
    """Read the outcome of an exchange of the issuing operation. Never raises."""
    response = exchange.response
    if response.status != 200:
        return Answer(exchange, "http", response.status)
    try:
        body = loads(response.body)
    except NotJson:
        return Answer(exchange, "unclear", 200)
    if not isinstance(body, dict):
        return Answer(exchange, "unclear", 200, body=body)
    coupons = _entries(body.get("coupons"))
    errors, warnings = _codes(body.get("errors")), _codes(body.get("warnings"))
    refused = bool(_entries(body.get("errors")))
    outcome: Outcome = "coupons" if coupons else "refused" if refused else "unclear"
    return Answer(exchange, outcome, 200, coupons, errors, warnings, body)


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
