"""The one gate: every byte that the suite sends goes through here.

It sends to the target's own address only, never twice, follows no redirect, and counts the coupons that a request could
issue before it goes out.
"""

from itertools import count
from threading import Lock
from types import TracebackType
from typing import Self

import httpx

import spec
from contract_tests.answer import read
from contract_tests.budget import Budget, most_coupons
from contract_tests.credentials import headers
from contract_tests.exchange import Exchange, Request, Response, dumps, loads
from contract_tests.outcomes import NotObserved, NotOffered
from contract_tests.target import Target

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0


class Transport:
    """Sends requests to one target. Safe to use from several threads; use as a context manager."""

    def __init__(self, target: Target, client: httpx.Client | None = None) -> None:
        self.target = target
        self.budget = Budget(target.max_coupons)
        self.numbers = count(1)
        self.sent = 0
        self._token: str | None = None
        self._lock = Lock()
        # retries=0: the contract has no idempotency key, so nothing may be sent twice. trust_env=False: no proxy and no
        # .netrc from the environment may send credentials elsewhere.
        self._client = client or httpx.Client(
            transport=httpx.HTTPTransport(retries=0, limits=httpx.Limits(max_connections=64)),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            trust_env=False,
        )

    def send(self, request: Request) -> Exchange:
        """Send a request and return the exchange.

        Raises NotOffered when the target lacks the credentials, NotObserved when there was no answer, the target limits
        the rate, or the budget is used up. Nothing is sent when the budget is.
        """
        who = request.who
        if who == "caller":
            who = "till" if "till" in self.target.auth else "oauth"
        credentials = headers(who, self.target, self.token() if who == "oauth" else None)
        reserved = most_coupons(request)
        self.budget.reserve(reserved)
        with self._lock:
            number = next(self.numbers)
            self.sent += 1
        response = self._send(request, credentials)  # a reservation stays when there is no answer: it may have issued
        exchange = Exchange(number, request, response)
        self.budget.settle(reserved, _issued(exchange, reserved))
        if response.status == httpx.codes.TOO_MANY_REQUESTS:
            raise NotObserved("the target limits the rate: HTTP 429")
        return exchange

    def token(self) -> str:
        """An access token, fetched once per run. Raises NotOffered or NotObserved."""
        if self._token is None:
            if "oauth" not in self.target.auth or "oauth" not in self.target.features:
                raise NotOffered("features.oauth with auth.oauth")
            self._token = granted_token(self.send(token_request(*self.target.auth["oauth"])))
        return self._token

    def _send(self, request: Request, credentials: tuple[tuple[str, str], ...]) -> Response:
        # Headers as bytes: httpx would refuse text outside ASCII, and some tests are about just that.
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*request.headers, *credentials)]
        url = self.target.base_url + request.url
        try:
            answer = self._client.request(request.method, url, content=request.body, headers=pairs)
        except httpx.HTTPError as problem:
            raise NotObserved(f"no answer from the target: {type(problem).__name__}") from None
        sent_back = tuple((name, value) for name, value in answer.headers.multi_items())
        return Response(answer.status_code, sent_back, answer.content, answer.elapsed.total_seconds())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._client.close()


def token_request(key: str, secret: str) -> Request:
    """The request that trades key and secret for a token."""
    return Request(path=spec.TOKEN_PATH, body=dumps({"key": key, "secret": secret}), who="nobody")


def granted_token(exchange: Exchange) -> str:
    """The token of an answer. Raises NotObserved when it has none."""
    try:
        token = loads(exchange.response.body)["data"]["accessToken"]
    except (ValueError, TypeError, KeyError):
        token = None
    if exchange.response.status != httpx.codes.OK or not isinstance(token, str) or not token:
        raise NotObserved(f"the target granted no token: HTTP {exchange.response.status}")
    return token


def _issued(exchange: Exchange, reserved: int) -> int:
    """Coupons to charge: what the answer shows, or the whole reservation where it shows nothing reliable."""
    answer = read(exchange)
    if answer.outcome == "coupons":
        return len(answer.coupons)
    return 0 if answer.outcome == "refused" or 400 <= answer.status < 500 else reserved
