"""Test doubles for users of the client: a transport with scripted responses, and the sandbox in the same process.

    script = Script(issued(), refused(713), lost)
    client = CouponClient("https://test.invalid", TillAuth("till", "x"), transport=script)

Both transports serve `CouponClient` and `AsyncCouponClient` alike.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from coupon_client.contract import IDENTIFIERS
from coupon_client.exchange import NeverSent, Progress, Request, Response, Timeouts
from coupon_client.texts import counted

__all__ = [
    "InProcessSandbox",
    "Script",
    "ScriptEnded",
    "answered",
    "invented",
    "issued",
    "listed",
    "lost",
    "never_sent",
    "refused",
]

Json = Any
Ending = Callable[[Request], Response]

JSON = {"content-type": "application/json"}
CUSTOMER_ID = 555567088
NOT_INSTALLED = (
    "the sandbox is not installed: pip install 'coupon-contract[sandbox] @ <file:// or https:// address of its wheel>'"
)

_numbers = count(1)


class ScriptEnded(BaseException):
    """More requests than scripted endings. Not an Exception, so that the client cannot take it for a lost response."""


class Script:
    """A transport that plays the scripted endings in order. `requests` are all requests that the client made."""

    def __init__(self, *endings: Ending) -> None:
        self._endings = list(endings)
        self.requests: list[Request] = []

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Play the next ending."""
        self.requests.append(request)
        if len(self.requests) > len(self._endings):
            progress.nothing_left = True
            raise ScriptEnded(
                f"{counted(len(self._endings), 'end')} scripted, and this is request {len(self.requests)}"
            )
        return self._endings[len(self.requests) - 1](request)

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Play the next ending."""
        return self.send(request, timeouts, progress)

    def close(self) -> None:
        """Do nothing: no connection is open."""

    async def aclose(self) -> None:
        """Do nothing: no connection is open."""


def issued(*codes: str, given: int | None = None) -> Ending:
    """Issue all coupons that are requested, or only `given` of them, with these codes or invented ones."""

    def ending(request: Request) -> Response:
        fields = json.loads(request.body or b"{}")
        wanted = fields.get("count", 1)
        return _json(200, _issued(fields, codes or invented(wanted if given is None else given), wanted))

    return ending


def invented(number: int) -> tuple[str, ...]:
    """Return invented codes, unique in this process."""
    return tuple(f"TEST{next(_numbers):06d}" for _ in range(number))


def refused(code: int, message: str = "refused by the script") -> Ending:
    """Respond with an error of this code and no coupons. Other codes than certain refusals end as OutcomeUnknown."""
    return answered(200, {"errors": [{"status": False, "code": code, "message": message}]})


def listed(*coupons: tuple[str, int]) -> Ending:
    """Respond to a read-back with these coupons: code and series id of each."""
    data = [{"code": code, "seriesId": series_id} for code, series_id in coupons]
    return answered(200, {"data": data, "warnings": [], "errors": []})


def answered(status: int, body: Json, headers: Mapping[str, str] = JSON) -> Ending:
    """Respond with this status and body; a body of bytes is sent as it is."""

    def ending(_: Request) -> Response:
        return Response(status, headers, body) if isinstance(body, bytes) else _json(status, body, headers)

    return ending


def lost(_: Request) -> Response:
    """Lose the response after the request has left: the outcome is unknown."""
    raise TimeoutError


def never_sent(_: Request) -> Response:
    """Fail to connect: the request never leaves."""
    raise NeverSent("connection refused")


class InProcessSandbox:
    """A transport to a sandbox in this process, seeded with the sandbox's own seed. Needs `coupon-contract[sandbox]`.

    `behaviour` names one of the sandbox's faults or variants, to see how your code takes it.
    """

    base_url = "https://sandbox.invalid"

    def __init__(self, behaviour: str | None = None) -> None:
        try:
            from coupon_contract.sandbox import create_app
        except ImportError:
            raise ImportError(NOT_INSTALLED) from None
        self.app = create_app(behaviour=behaviour)
        self._loop: asyncio.AbstractEventLoop | None = None

    def hazards(self, **fields: Json) -> None:
        """Let the sandbox go wrong on purpose from now on, as `PUT /__sandbox/hazards` does; no fields end it.

        For example `hazards(operation="issue", error_rate=1, error_when="after", failure="lost", times=1)` loses the
        response of the next call that issues, and `hazards(lists={"lag_ms": 500})` lists coupons half a second late.
        Raises ValueError for a field or value that the sandbox does not have.
        """
        request = Request(
            "PUT",
            f"{self.base_url}/__sandbox/hazards",
            {"content-type": "application/json", "host": "127.0.0.1"},
            json.dumps(fields).encode(),
        )
        response = self.send(request, Timeouts(), Progress())
        if response.status != 200:
            raise ValueError(json.loads(response.body)["message"])

    def send(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the sandbox's response."""
        return asyncio.run_coroutine_threadsafe(self._answer(request), self._running()).result()

    async def send_async(self, request: Request, timeouts: Timeouts, progress: Progress) -> Response:
        """Return the sandbox's response."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(self._answer(request), self._running()))

    def _running(self) -> asyncio.AbstractEventLoop:
        """Return a loop in a thread of its own: the sandbox may have work left when a call is over."""
        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            threading.Thread(target=self._loop.run_forever, daemon=True).start()
        return self._loop

    async def _answer(self, request: Request) -> Response:
        import httpx

        asgi_request = httpx.Request(
            request.method, request.url, params=request.query or None, headers=request.headers, content=request.body
        )
        try:
            answer = await httpx.ASGITransport(self.app, raise_app_exceptions=False).handle_async_request(asgi_request)
        except AssertionError:  # a response that the sandbox never completes, as over a connection that ends
            raise ConnectionError("the connection ended before the response did") from None
        return Response(answer.status_code, dict(answer.headers), await answer.aread())

    def close(self) -> None:
        """Do nothing: another client may go on with the same state."""

    async def aclose(self) -> None:
        """See close."""


def _json(status: int, body: Json, headers: Mapping[str, str] = JSON) -> Response:
    return Response(status, headers, json.dumps(body).encode())


def _issued(fields: dict[str, Json], codes: tuple[str, ...], wanted: int) -> Json:
    """Return the body of a complete or partial success, valid by the document."""
    short = [{"status": False, "code": 5006, "message": "Unable to issue certain number of coupons"}]
    identifiers = [{"type": kind, "value": value} for kind, value in fields["customer"].items() if kind in IDENTIFIERS]
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
