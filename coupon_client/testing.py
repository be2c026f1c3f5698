"""For users' own tests: a transport with scripted ends, and the sandbox in this process.

    script = Script(issued(), refused(713), lost)
    client = CouponClient("https://test.invalid", TillAuth("till", "x"), transport=script)

Both transports serve `CouponClient` and `AsyncCouponClient` alike.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from coupon_client.exchange import NeverSent, Progress, Reply, Request, Timeouts

Json = Any
Ending = Callable[[Request], Reply]

JSON = {"content-type": "application/json"}
CUSTOMER_ID = 555567088
NAMES = {"mobile", "email", "externalId"}

_numbers = count(1)


class ScriptEnded(BaseException):
    """More requests than ends were scripted. No Exception, so that no rule of the client takes it for a lost answer."""


class Script:
    """A transport that ends each request as scripted, in order. `requests` are all that were made."""

    def __init__(self, *endings: Ending) -> None:
        self._endings = list(endings)
        self.requests: list[Request] = []

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Reply:
        """The next ending."""
        self.requests.append(request)
        if len(self.requests) > len(self._endings):
            progress.nothing_left = True
            raise ScriptEnded(f"{len(self._endings)} end(s) scripted, and this is request {len(self.requests)}")
        return self._endings[len(self.requests) - 1](request)

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Reply:
        """The next ending."""
        return self.send(request, timeouts, progress)

    def close(self) -> None:
        """Nothing is open."""

    async def aclose(self) -> None:
        """Nothing is open."""


def issued(*codes: str, given: int | None = None) -> Ending:
    """Issues all coupons that are asked for, or only `given` of them, with these codes or invented ones."""

    def ending(request: Request) -> Reply:
        asked = json.loads(request.body or b"{}")
        wanted = asked.get("count", 1)
        return _json(200, _issued(asked, codes or invented(wanted if given is None else given), wanted))

    return ending


def invented(number: int) -> tuple[str, ...]:
    """So many codes, none of them twice in one process."""
    return tuple(f"TEST{next(_numbers):06d}" for _ in range(number))


def refused(code: int, message: str = "refused by the script") -> Ending:
    """Answers with an error of this code and no coupons; a code that is no certain refusal ends as OutcomeUnknown."""
    return answered(200, {"errors": [{"status": False, "code": code, "message": message}]})


def listed(*coupons: tuple[str, int]) -> Ending:
    """Answers a read-back with these coupons: code and series id of each."""
    data = [{"code": code, "seriesId": series_id} for code, series_id in coupons]
    return answered(200, {"data": data, "warnings": [], "errors": []})


def answered(status: int, body: Json, headers: Mapping[str, str] = JSON) -> Ending:
    """Answers whatever you like; a body of bytes is sent as it is."""

    def ending(_: Request) -> Reply:
        return Reply(status, headers, body) if isinstance(body, bytes) else _json(status, body, headers)

    return ending


def lost(_: Request) -> Reply:
    """The request leaves, and no answer comes: the outcome is unknown."""
    raise TimeoutError


def never_sent(_: Request) -> Reply:
    """No connection: the request never leaves."""
    raise NeverSent("ConnectionRefusedError")


class InProcessSandbox:
    """A transport that calls a sandbox in this process; state as in the sandbox's seed. Needs `coupon-contract`.

    `behaviour` names one of the sandbox's faults or variants, to see how your code takes it.
    """

    base_url = "http://sandbox"

    def __init__(self, behaviour: str | None = None) -> None:
        try:
            from coupon_contract.sandbox import create_app
        except ImportError:
            raise ImportError("the sandbox is not installed: pip install coupon-contract") from None
        self.app = create_app(behaviour=behaviour)

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Reply:
        """The sandbox's answer."""
        from asyncio import run
        from concurrent.futures import ThreadPoolExecutor

        with ThreadPoolExecutor(1) as thread:  # of its own: the caller's may have a loop already
            return thread.submit(run, self.send_async(request, timeouts, progress)).result()

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Reply:
        """The sandbox's answer."""
        import httpx

        asked = httpx.Request(
            request.method, request.url, params=request.query or None, headers=request.headers, content=request.body
        )
        answer = await httpx.ASGITransport(self.app, raise_app_exceptions=False).handle_async_request(asked)
        return Reply(answer.status_code, dict(answer.headers), await answer.aread())

    def close(self) -> None:
        """Nothing is open between requests: another client may go on with the same state."""

    async def aclose(self) -> None:
        """See close."""


def _json(status: int, body: Json, headers: Mapping[str, str] = JSON) -> Reply:
    return Reply(status, headers, json.dumps(body).encode())


def _issued(asked: dict[str, Json], codes: tuple[str, ...], wanted: int) -> Json:
    """An issued or partly issued answer, valid by the document."""
    short = [{"status": False, "code": 5006, "message": "Unable to issue certain number of coupons"}]
    identifiers = [{"type": kind, "value": value} for kind, value in asked["customer"].items() if kind in NAMES]
    return {
        "coupons": [{"code": code, "couponId": next(_numbers)} for code in codes],
        "couponConfig": {"description": "A series of tests", "discountType": "ABS", "discountValue": 5},
        "totalCount": wanted,
        "failureCount": wanted - len(codes),
        "successCount": len(codes),
        "customer": {"id": CUSTOMER_ID, "profiles": [{"identifiers": identifiers}]},
        "errors": short if len(codes) < wanted else [],
        "warnings": [],
    }
