"""The journal's entry of a key: what is known of its attempts, and its outcome."""

from __future__ import annotations

import hashlib
import json
import secrets
from contextlib import suppress
from typing import Any, NamedTuple

from coupon_client import boot_clock
from coupon_client.boot_clock import Moment
from coupon_client.errors import InvalidRequest, Refused
from coupon_client.issued_once import IssuedOnce
from coupon_client.journal import JournalError
from coupon_client.refusals import BY_CODE
from coupon_client.result import Coupon, Problem


class Attempt(NamedTuple):
    """A request that may still be under way: it began at `start` and ends within `span` seconds."""

    start: Moment
    span: float

    def remaining(self, settle: float) -> float:
        """Return the seconds until the platform has finished or dropped it, by the caller's assumption `settle`."""
        return boot_clock.remaining(self.start, self.span + settle)


class Entry:
    """The journal's entry of a key. Holds no key and no customer identifier in clear."""

    def __init__(self, text: str, parameters: str) -> None:
        """Read the text; an empty one begins a new entry. Raises InvalidRequest if the key had other parameters."""
        state: dict[str, Any] = state_of(text) if text else {"salt": secrets.token_hex(8)}
        self.salt: str = state["salt"]
        self.parameters = hashlib.sha256(f"{self.salt} {parameters}".encode()).hexdigest()
        if state.get("parameters", self.parameters) != self.parameters:
            raise InvalidRequest("the key was used for another issuance; use a new key for other parameters")
        attempt = state.get("attempt")
        self.attempt = Attempt(Moment(*attempt[0]), attempt[1]) if attempt else None
        self.known: set[int] = set(state.get("known", ()))  # ids of earlier coupons that are not ours
        self.named: set[str] = set(state.get("named", ()))  # codes of responses that were not believed
        self.result: dict[str, Any] | None = state.get("result")

    def text(self) -> str:
        """Return the text for the journal."""
        state = {
            "salt": self.salt,
            "parameters": self.parameters,
            "attempt": self.attempt,
            "known": sorted(self.known),
            "named": sorted(self.named),
            "result": self.result,
        }
        return json.dumps(state)

    def outcome(self, count: int) -> IssuedOnce | None:
        """Return the stored outcome, or None. Raises the stored refusal."""
        if self.result is None:
            return None
        coupons = tuple(Coupon(code, number) for code, number in self.result["coupons"])
        errors = tuple(Problem(code, "") for code in self.result["errors"])
        if not coupons and errors:
            code = errors[0].code or 0
            raise BY_CODE.get(code, Refused)(code, errors)
        return IssuedOnce(coupons, count - len(coupons), errors)


def state_of(text: str) -> dict[str, Any]:
    """Return the values of an entry. Raises JournalError without the text, which holds codes."""
    state: Any = None
    with suppress(ValueError, RecursionError):
        state = json.loads(text)
    if not isinstance(state, dict) or not isinstance(state.get("salt"), str):
        raise JournalError("the journal's entry of the key cannot be read; nothing was sent")
    return state


def check_text(coupon: Coupon) -> str:
    """Return the text for the journal of a check that found its coupon by the key."""
    return json.dumps({"keys": "returned", "coupon": coupon})


def coupon_of_check(text: str) -> Coupon:
    """Return the coupon of a check. Raises JournalError without the text, which holds a code."""
    with suppress(ValueError, RecursionError, KeyError, TypeError):
        code, number = json.loads(text)["coupon"]
        return Coupon(code, number)
    raise JournalError("the journal's entry of the check cannot be read; nothing was sent")
