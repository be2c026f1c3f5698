"""The settings of a client, and those that a single call may replace: time limits, retries, headers, attribution."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence, Set
from typing import Final

from coupon_client.base_errors import InvalidRequest
from coupon_client.contract import ISSUED_OR_IN_DOUBT
from coupon_client.exchange import Timeouts
from coupon_client.hooks import RequestHook, ResponseHook, checked_hook
from coupon_client.value import Hidden, Value

NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"  # RFC 9110, 5.6.2
VALUE = r"[!-~](?:[ -~]*[!-~])?"  # what every server reads alike
LONGEST_AGENT = 200  # characters of the application's part
ENTITY_TYPE = "X-CAP-API-ATTRIBUTION-ENTITY-TYPE"  # ledger attribution
ENTITY_CODE = "X-CAP-API-ATTRIBUTION-ENTITY-CODE"
OWN = frozenset(
    {
        *("accept", "accept-encoding", "authorization", "connection", "content-encoding", "content-length"),
        *("content-type", "cookie", "expect", "host", "keep-alive", "proxy-authorization", "te", "trailer"),
        *("transfer-encoding", "upgrade", "user-agent", "x-cap-api-oauth-token"),
    }
)  # in lower case: the client sets them, or they change how the request is framed


class Attribution(Value):
    """The till or store that a call is made for, other than that of the credentials (ledger attribution).

    `entity_type` is for example "TILL" or "STORE_CODE". Raises InvalidRequest unless both are printable ASCII.
    """

    __slots__ = __match_args__ = ("entity_type", "entity_code")
    hidden = ("entity_code",)

    def __init__(self, entity_type: str, entity_code: str) -> None:
        for value in (entity_type, entity_code):
            if not isinstance(value, str) or not re.fullmatch(VALUE, value):
                raise InvalidRequest("an attribution is two texts of printable ASCII, such as TILL and till.01")
        self.entity_type: Final = entity_type
        self.entity_code: Final = entity_code


class CallOptions(Value):
    """Settings of one call in place of its client's; None keeps the client's.

    `timeouts`, `retries`, `rate_limit_retries` and `attribution` take the place of the client's. `headers` are added to
    the client's, and win where the names are the same. `on_request` and `on_response` are called after the client's
    hooks: a list's `append` as `on_response` gets the raw responses of the call. Raises InvalidRequest for an invalid
    setting.
    """

    __slots__ = __match_args__ = (
        *("timeouts", "retries", "headers", "attribution", "on_request", "on_response", "rate_limit_retries"),
    )
    hidden = ("headers", "on_request", "on_response")

    def __init__(
        self,
        timeouts: Timeouts | None = None,
        retries: int | None = None,
        headers: Mapping[str, str] | None = None,
        attribution: Attribution | None = None,
        on_request: RequestHook | None = None,
        on_response: ResponseHook | None = None,
        rate_limit_retries: int | None = None,
    ) -> None:
        self.timeouts: Final = None if timeouts is None else checked_timeouts(timeouts)
        self.retries: Final = None if retries is None else checked_retries(retries)
        self.headers: Final[Mapping[str, str]] = checked_headers(headers, attribution)
        self.attribution: Final = attribution
        self.on_request: Final = checked_hook("on_request", on_request)
        self.on_response: Final = checked_hook("on_response", on_response)
        self.rate_limit_retries: Final = (
            None if rate_limit_retries is None else checked_retries(rate_limit_retries, "rate_limit_retries")
        )


def checked_headers(headers: Mapping[str, str] | None, attribution: Attribution | None) -> Hidden:
    """Return the headers with those of the attribution. Raises InvalidRequest; its text repeats no value."""
    if attribution is not None and not isinstance(attribution, Attribution):
        raise InvalidRequest('attribution must be an Attribution, for example Attribution("TILL", "till.01")')
    if headers is not None and not isinstance(headers, Mapping):
        raise InvalidRequest("headers must be a mapping of names to values")
    checked = Hidden()
    for name, value in (headers or {}).items():
        if not isinstance(name, str) or not re.fullmatch(NAME, name):
            raise InvalidRequest("the name of a header must be a text of letters, digits and hyphens")
        if name.lower() in OWN:
            raise InvalidRequest(f"the header {name} is set by the client; see auth, app and verify")
        if not isinstance(value, str) or not re.fullmatch(VALUE, value):
            raise InvalidRequest(f"the value of the header {name} must be a text of printable ASCII")
        checked = merged(checked, {name: value})
    if attribution is None:
        return checked
    return merged(checked, {ENTITY_TYPE: attribution.entity_type, ENTITY_CODE: attribution.entity_code})


def merged(first: Mapping[str, str], second: Mapping[str, str]) -> Hidden:
    """Return both mappings as one; where names are the same but for their case, the second wins."""
    names = {name.lower() for name in second}
    return Hidden({name: value for name, value in first.items() if name.lower() not in names} | dict(second))


def checked_timeouts(timeouts: Timeouts) -> Timeouts:
    """Return the time limits. Raises InvalidRequest."""
    if not isinstance(timeouts, Timeouts):
        raise InvalidRequest("timeouts must be a Timeouts, for example Timeouts(total=10)")
    return timeouts


def checked_retries(retries: int, name: str = "retries") -> int:
    """Return the number of retries. Raises InvalidRequest."""
    if type(retries) is not int or retries < 0:
        raise InvalidRequest(f"{name} is a number of further attempts, from 0 on")
    return retries


def user_agent(client: str, app: str | None) -> str:
    """Return the value of User-Agent: the client's part, and that of the application. Raises InvalidRequest."""
    if app is None:
        return client
    if not isinstance(app, str) or not re.fullmatch(VALUE, app) or len(app) > LONGEST_AGENT:
        raise InvalidRequest(f"app must be printable ASCII of at most {LONGEST_AGENT} characters, such as shop/1.2")
    return f"{client} {app}"


def checked_codes(codes: Collection[int]) -> frozenset[int]:
    """Return the caller's refusal codes. Raises InvalidRequest for a code that cannot be a refusal (ledger
    certain-refusals).
    """
    if not isinstance(codes, Set | Sequence) or isinstance(codes, str | bytes | bytearray | memoryview):
        raise InvalidRequest("refusal_codes must be a set of integers, for example refusal_codes={740}")
    for code in codes:
        if not isinstance(code, int) or isinstance(code, bool) or code < 1:  # 0 stands for "no code" in many servers
            raise InvalidRequest("refusal_codes must hold positive integers")
        if code in ISSUED_OR_IN_DOUBT:
            raise InvalidRequest(
                f"refusal_codes must not hold {code}: its documentation says that coupons were or may have been issued"
            )
    return frozenset(map(int, codes))
