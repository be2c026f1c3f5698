"""Revoking coupons by code (ledger revoke). Never by customer: that revokes coupons of others too. No I/O."""

from __future__ import annotations

import json
from collections.abc import Sequence, Set
from functools import partial
from typing import Any, Final, NamedTuple

from coupon_client.arguments import checked_series_id
from coupon_client.call_rules import Calls
from coupon_client.contract import REVOKE_PATH
from coupon_client.effects import Steps
from coupon_client.errors import InvalidRequest
from coupon_client.exchange import Response
from coupon_client.masking import shown_code
from coupon_client.response_reader import not_readable
from coupon_client.texts import counted, is_sendable
from coupon_client.value import Value

MOST = 50  # codes of one request
ERROR_CODE_NAMES = ("errorCode", "errroCode", "errrorCode")  # as the documentation's examples spell it
QUERY = (("couponCodeCase", "AS_IT_IS"),)


class RevokeFailure(NamedTuple):
    """Codes that were not revoked, and the platform's reason. `code` is None if it gives none."""

    coupon_codes: tuple[str, ...]
    code: int | None

    def __repr__(self) -> str:
        return f"RevokeFailure({counted(len(self.coupon_codes), 'code')}, code={shown_code(self.code)})"


class Revoked(Value):
    """The codes that were revoked, as they were passed, and in `failures` those that were not, with the reason.

    A failure is no exception: look whether `failures` is empty.
    """

    __slots__ = __match_args__ = ("codes", "failures")
    hidden = ("codes",)

    def __init__(self, codes: tuple[str, ...], failures: tuple[RevokeFailure, ...]) -> None:
        self.codes: Final = codes
        self.failures: Final = failures

    def __repr__(self) -> str:
        return f"Revoked({counted(len(self.codes), 'code')}, failures={self.failures!r})"


def revoke(calls: Calls, series_id: int, codes: Sequence[str]) -> Steps[Revoked]:
    """Revoke coupons of one series by code, 50 at a time.

    Raises InvalidRequest before anything is sent, and NotReadable if a response says nothing; revoking the same
    codes again is safe.
    """
    checked_series_id(series_id)
    if not isinstance(codes, Sequence | Set) or isinstance(codes, str) or not codes or not all(map(_is_code, codes)):
        raise InvalidRequest("codes must be a list of coupon codes that is not empty")
    done: list[str] = []
    failures: list[RevokeFailure] = []
    different = list(dict.fromkeys(codes))
    for start in range(0, len(different), MOST):
        chunk = different[start : start + MOST]
        body = json.dumps({"couponSeriesId": series_id, "couponCodes": chunk}).encode()
        revoked = yield from calls.post(REVOKE_PATH, QUERY, body, partial(revoked_in, chunk=chunk))
        done += revoked.codes
        failures += revoked.failures
    return Revoked(tuple(done), tuple(failures))


def _is_code(code: object) -> bool:
    return is_sendable(code) and code != ""


def revoked_in(response: Response, chunk: Sequence[str]) -> Revoked:
    """The result in a response to a request for these codes, with or without an `entity`. Raises NotReadable."""
    try:
        content = json.loads(response.body.decode())
        entity = content.get("entity") or content
        listed = [row["couponCode"].casefold() for row in entity.get("revokedCoupons") or ()]
        refused = [(row, row.get("couponCodes") or ()) for row in entity.get("failedToRevoke") or ()]
        reasons = {code.casefold(): _reason(row) for row, named in refused for code in named}
        errors = [error.get("code") for error in content.get("errors") or ()]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise not_readable(f"HTTP {response.status}, and no readable result of revoking", response) from None
    if response.status != 200 and not errors:
        raise not_readable(f"HTTP {response.status}, and no readable result of revoking", response)
    done = tuple(code for code in chunk if code.casefold() in listed)
    left = [code for code in chunk if code.casefold() not in listed]
    why = {code: reasons.get(code.casefold(), next(iter(errors), None)) for code in left}
    failures = tuple(
        RevokeFailure(tuple(code for code in left if why[code] == reason), reason)
        for reason in dict.fromkeys(why.values())
    )
    return Revoked(done, failures)


def _reason(row: dict[str, Any]) -> int | None:
    value = next((row[name] for name in ERROR_CODE_NAMES if name in row), None)
    return int(value) if isinstance(value, int | str) and str(value).isdigit() else None
