"""The one gate: every byte that the suite sends goes through here.

It sends what tests of the suite send and nothing else (`permitted`), to the target's own address only, never twice,
follows no redirect, and counts the coupons that a request could issue before it goes out.
"""

import re
from http.cookiejar import CookieJar, DefaultCookiePolicy
from itertools import count
from math import inf
from socket import gaierror
from ssl import SSLCertVerificationError
from threading import Lock
from time import monotonic, perf_counter
from types import TracebackType
from typing import Self

import httpx

from coupon_contract import spec
from coupon_contract.suite.budget import Budget, most_coupons, series_mentioned
from coupon_contract.suite.credentials import headers
from coupon_contract.suite.exchange import Exchange, Request, Response, dumps, loads
from coupon_contract.suite.issued_bounds import issued_bounds
from coupon_contract.suite.permitted import objection
from coupon_contract.suite.plan import Allowance
from coupon_contract.suite.skips import BrokenOff, Defect, NotObserved, NotOffered
from coupon_contract.suite.target import Target

CONNECT_SECONDS = 5.0
READ_SECONDS = 30.0  # without a byte
ANSWER_SECONDS = 60.0  # for the whole body
MOST_BYTES = 20_000_000  # of an answer; 500 coupons take a fiftieth
FOREVER = 10**9  # seconds: more than any run takes, and a float
TOKEN_SHARE = 0.8  # of its lifetime, for which a token is used


class Forbidden(Defect):
    """A request that no test of the suite sends, or that the target file does not allow. It was not sent."""


class Transport:
    """Sends requests to one target. Safe to use from several threads; use as a context manager."""

    def __init__(self, target: Target, client: httpx.Client | None = None) -> None:
        self.target = target
        self.budget = Budget(target.max_coupons)
        self.allowance = Allowance()
        self.numbers = count(1)
        self.sent = 0
        self._token: str | None = None
        self._token_until = 0.0
        self._lock = Lock()
        # retries=0: the contract has no idempotency key, so nothing may be sent twice. trust_env=False: no proxy and no
        # .netrc from the environment may send credentials elsewhere.
        self._client = client or httpx.Client(
            transport=httpx.HTTPTransport(retries=0, limits=httpx.Limits(max_connections=64)),
            timeout=httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            follow_redirects=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # each request stands for itself
            trust_env=False,
        )

    def send(self, request: Request) -> Exchange:
        """Send a request and return the exchange.

        Raises NotOffered when the target lacks the credentials, NotObserved when there was no answer, the target limits
        the rate, or the budget is used up, and Forbidden for what `forbid` refuses. Nothing is sent when the budget is
        used up or the request is forbidden.
        """
        self.forbid(request)
        who = request.who
        if who == "caller":
            who = "till" if "till" in self.target.auth else "oauth"
        credentials = headers(who, self.target, self.token() if who == "oauth" else None)
        cost = most_coupons(request)
        if request.path != spec.TOKEN_PATH:
            self.allowance.take(cost)
        self.budget.spend(cost)
        with self._lock:
            number = next(self.numbers)
            self.sent += 1
        try:
            response = self._send(request, credentials)
        except NotObserved as problem:
            possible = 0 if isinstance(problem.__context__, NEVER_SENT) else cost
            self.budget.note(cost, issued_bounds(request, None, possible))
            raise
        exchange = Exchange(number, request, response)
        self.budget.note(cost, issued_bounds(request, response, cost))
        if response.status == httpx.codes.TOO_MANY_REQUESTS:
            raise NotObserved("the target limits the rate: HTTP 429")
        return exchange

    def token(self) -> str:
        """An access token, fetched anew when most of its life is over. Raises NotOffered or NotObserved."""
        if self._token is None or monotonic() > self._token_until:
            if "oauth" not in self.target.auth or "oauth" not in self.target.features:
                raise NotOffered("features.oauth with auth.oauth")
            begun = monotonic()
            exchange = self.send(token_request(*self.target.auth["oauth"]))
            self._token, self._token_until = granted_token(exchange), begun + lifetime(exchange) * TOKEN_SHARE
        return self._token

    @property
    def granted(self) -> str | None:
        """The access token of this run, if one was fetched; to be masked."""
        return self._token

    def forbid(self, request: Request) -> None:
        """Raise Forbidden for what no test of the suite sends, and for a series that the target file does not name."""
        if wrong := objection(request, disposable=self.target.disposable):
            raise Forbidden(f"a request with {wrong}")
        mentioned = series_mentioned(request)
        if mentioned & self.allowance.closed:
            raise Forbidden("a request that names a series which another test claims and uses up")
        if self.target.disposable:
            return
        strange = {series_id for series_id in mentioned if not self.target.series_by_id(series_id)}
        if strange:
            raise Forbidden(f"a request that names series {min(strange)}, which the target file does not")

    def _send(self, request: Request, credentials: tuple[tuple[str, str], ...]) -> Response:
        # Headers as bytes: httpx would refuse text outside ASCII, and some tests are about just that.
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*request.headers, *credentials)]
        url = self.target.base_url + request.url
        try:
            start = perf_counter()
            with self._client.stream(request.method, url, content=request.body, headers=pairs) as answer:
                body = whole(answer, start + ANSWER_SECONDS)
            seconds = perf_counter() - start
        except (httpx.RemoteProtocolError, httpx.ReadError) as problem:
            raise BrokenOff(f"no answer from the target: {reason(problem)}") from None
        except httpx.HTTPError as problem:
            raise NotObserved(f"no answer from the target: {reason(problem)}") from None
        sent_back = tuple((name, value) for name, value in answer.headers.multi_items())
        return Response(answer.status_code, sent_back, body, seconds)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        self._client.close()


def whole(answer: httpx.Response, until: float) -> bytes:
    """The body of an answer. Raises NotObserved for one that does not end by then, or is larger than any can be."""
    body = bytearray()
    for part in answer.iter_bytes():
        body += part
        if len(body) > MOST_BYTES or perf_counter() > until:
            raise NotObserved(f"no answer from the target that ends: {len(body)} bytes were read")
    return bytes(body)


NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (gaierror, "its name is not known"),
    (ConnectionRefusedError, "nothing listens there"),
    (SSLCertVerificationError, "its certificate is not trusted (SSL_CERT_FILE may name the authority)"),
)


def reason(problem: BaseException) -> str:
    """Why there was no answer, in our own words: those of the exception might hold anything."""
    cause: BaseException | None = problem
    while cause is not None:
        for kind, words in REASONS:
            if isinstance(cause, kind):
                return words
        cause = cause.__cause__ or cause.__context__
    return type(problem).__name__


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
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise NotObserved("the target granted a token that cannot stand in a header")
    return token


def lifetime(exchange: Exchange) -> float:
    """For how many seconds the answer says that its token is good; endless when it does not say."""
    try:
        seconds = loads(exchange.response.body)["data"]["ttlSeconds"]
    except (ValueError, TypeError, KeyError):
        return inf
    return float(min(seconds, FOREVER)) if type(seconds) in (int, float) and seconds > 0 else inf
