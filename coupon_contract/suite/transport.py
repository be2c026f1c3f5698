"""The gate: every byte that the suite sends goes through here.

It sends only requests that tests of the suite send (`permitted`), to the target's own address only, follows no
redirect, and counts the coupons that a request could issue before it is sent. It repeats a request only after a 429
that names no coupon: that request was not run (ledger rate-limit), and the repetition is counted like the first.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import count
from math import inf
from threading import Lock, local
from time import monotonic, perf_counter, sleep
from types import TracebackType
from typing import Literal, Self

import httpx

from coupon_contract import spec
from coupon_contract.facts import COUNT_MAXIMUM
from coupon_contract.suite.budget import Budget, most_coupons, series_mentioned
from coupon_contract.suite.connection import Connection, Limits, Wire
from coupon_contract.suite.credentials import COOKIE_ALONE, WITH_TOKEN, headers
from coupon_contract.suite.exchange import Exchange, NotJson, Request, Response, dumps, loads
from coupon_contract.suite.history import key
from coupon_contract.suite.issued_bounds import Bounds, issued_bounds
from coupon_contract.suite.permitted import objection
from coupon_contract.suite.plan import Allowance
from coupon_contract.suite.skips import BrokenOff, Defect, NeverSent, NotObserved, NotOffered, NoToken
from coupon_contract.suite.target import Target
from coupon_contract.suite.target_file import tls_context

ANSWER_SECONDS = 30.0  # from the first byte of a request to the last byte of its response
LARGEST_RESPONSE = 2_000_000  # bytes; 500 coupons take a twentieth
LARGEST_LIST = 20_000_000  # bytes of a read-back response, which lists all coupons of a customer
LARGEST_WELL_FORMED = 64_000  # bytes of a request that a target must accept
WAITS = 2  # waits for a rate limit, per request
WAIT_SECONDS = 1.0  # seconds for a 429 without Retry-After
LONGEST_WAIT = 60.0  # seconds, the most that a 429 may ask for
FOREVER = 10**9  # seconds; longer than any run
MOST_COOKIES = 20  # that are kept of a target, by name
LONGEST_COOKIE = 4_096  # characters
COOKIE = re.compile(r"([\x21\x23-\x3a\x3c\x3e-\x7e]+)=([\x21-\x3a\x3c-\x7e]*)")  # as it comes back, without attributes
LONGEST_TOKEN = 16_000  # characters; servers and proxies refuse longer headers
TOKEN_SHARE = 0.8  # share of its lifetime for which a token is used
USUAL_HEADERS = (
    (b"User-Agent", b"coupon-contract"),
    (b"Accept", b"*/*"),
    (b"Accept-Encoding", b"identity"),
)


class Forbidden(Defect):
    """A request that no test of the suite sends, or that the target file does not allow. It was not sent."""


class Transport:
    """Sends requests to one target. Safe to use from several threads; use as a context manager.

    `stopped` says why the run cannot go on, once the target has left too many requests in a row without a response, or
    the time for the run is over; it is empty until then. Nothing is sent afterwards. `answered_empty_body` is the
    exchange of an empty body that got a response when the others in a row were cut off: the target is there, and drops
    them.
    """

    def __init__(self, target: Target, wire: Wire | None = None) -> None:
        self.target = target
        self.budget = Budget(target.max_coupons)
        self.allowance = Allowance()
        self.numbers = count(1)
        self.sent = 0
        self.lost = 0  # requests for coupons that left, and have no response
        self.stopped = ""
        self.answered_empty_body: Exchange | None = None
        self._unanswered = self._cut_off = 0  # well-formed requests in a row, and those of them that were cut off
        self._end = monotonic() + target.max_seconds
        self.cookies: dict[str, str] = {}  # that responses to our own credentials have set
        self._token: str | None = None
        self._token_until = 0.0
        self.granting: Exchange | None = None  # the exchange that gave the token
        self._lock = Lock()
        self._named: set[tuple[str, int]] = set()  # coupons that responses named, by code and id
        self._next_at = 0.0  # the moment for the next request, where the target file limits the rate
        self._wire = wire or Wire(target.base_url, tls_context(target.connection), target.connection.proxy)
        self._thread = local()  # `connection`: for the next request of this thread

    def send(self, request: Request) -> Exchange:
        """Send a request and return the exchange.

        Raises NotOffered if the target lacks the credentials, NotObserved if there was no response, the target limits
        the rate, or the budget is used up, and Forbidden for a request that `forbid` refuses. Nothing is sent if the
        budget is used up or the request is forbidden.
        """
        self.forbid(request)
        if request.path != spec.TOKEN_PATH:
            self.allowance.take(most_coupons(request))
        for _ in range(WAITS):
            exchange = self._send(request)
            if exchange.response.status != httpx.codes.TOO_MANY_REQUESTS:
                return exchange
            if issued_bounds(request, exchange.response, possible=1).at_most:
                raise NotObserved("the target limits the rate with an HTTP 429 that speaks of coupons; not sent again")
            self._wait(retry_after(exchange.response))
        exchange = self._send(request)
        if exchange.response.status == httpx.codes.TOO_MANY_REQUESTS:
            self._count_unanswered(request, is_cut_off=False)
            raise NotObserved(f"the target limits the rate: HTTP 429, {WAITS + 1} times")
        return exchange

    @contextmanager
    def connected(self, *, keep: bool = False) -> Iterator[None]:
        """Connect now, and send the next request of this thread on this connection; with `keep`, all of them.

        Raises NotObserved when no connection can be made.
        """
        self._seconds_left()
        if not keep:
            self._pace()  # here, so that calls made at the same time are not spread out by the rate
        self._thread.connection, self._thread.keep, self._thread.parallel = self._wire.open(), keep, not keep
        self._thread.is_paced = not keep
        try:
            yield
        finally:
            if connection := self._ahead():
                connection.close()
            self._thread.keep = self._thread.parallel = self._thread.is_paced = False

    def token(self) -> str:
        """Return an access token, fetched anew when most of its life is over. Raises NotOffered or NotObserved."""
        if self._token is None or monotonic() > self._token_until:
            if "oauth" not in self.target.auth or "oauth" not in self.target.features:
                raise NotOffered("features.oauth with auth.oauth")
            begun = monotonic()
            exchange = self.granting = self.send(token_request(*self.target.auth["oauth"]))
            self._token, self._token_until = granted_token(exchange), begun + lifetime(exchange) * TOKEN_SHARE
        return self._token

    @property
    def granted(self) -> str | None:
        """The access token of this run, if one was fetched, for masking."""
        return self._token

    def _without_resent(self, bounds: Bounds, response: Response) -> Bounds:
        """Return the bounds without the coupons that an earlier response named with code and id (ledger
        resending-series). They may be other coupons all the same, so the upper bound stays.
        """
        if not 0 < bounds.at_least <= COUNT_MAXIMUM:  # more than any right response names would fill the memory
            return bounds
        try:
            body = loads(response.body)
        except NotJson:
            return bounds
        coupons = body.get("coupons") if isinstance(body, dict) else None
        pairs = {
            (key(coupon["code"]), coupon["couponId"])
            for coupon in (coupons if isinstance(coupons, list) else ())
            if isinstance(coupon, dict) and isinstance(coupon.get("code"), str) and type(coupon.get("couponId")) is int
        }
        with self._lock:
            again = len(pairs & self._named)
            self._named |= pairs
        return Bounds(max(0, bounds.at_least - again), bounds.at_most)

    def forbid(self, request: Request) -> None:
        """Raise Forbidden for a request that no test sends, and for a series that the target file does not name."""
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

    def _send(self, request: Request) -> Exchange:
        """Count a request, send it once, and return the exchange."""
        who = request.who
        if who == "caller":
            who = "till" if "till" in self.target.auth else "oauth"
        credentials = headers(who, self.target, self.token() if who in WITH_TOKEN else None)
        if who == COOKIE_ALONE:
            credentials = (("Cookie", self._cookie()),)
        if request.path == spec.TOKEN_PATH or not getattr(self._thread, "is_paced", False):
            self._pace()
        else:
            self._thread.is_paced = False
        seconds = self._seconds_left()
        cost = most_coupons(request)
        self.budget.spend(cost)
        with self._lock:
            number = next(self.numbers)
            self.sent += 1
        limits = Limits(
            min(ANSWER_SECONDS, seconds), LARGEST_LIST if request.path == spec.READ_BACK_PATH else LARGEST_RESPONSE
        )
        try:
            response = self._exchange(request, credentials, limits)
        except NotObserved as problem:
            self.budget.note(cost, issued_bounds(request, None, 0 if isinstance(problem, NeverSent) else cost))
            with self._lock:
                self.lost += bool(cost) and not isinstance(problem, NeverSent)
            self._count_unanswered(request, is_cut_off=isinstance(problem, BrokenOff))
            raise
        with self._lock:  # or all of the calls at the same time have their responses read at once, which takes memory
            bounds = issued_bounds(request, response, cost)
        self.budget.note(cost, self._without_resent(bounds, response))
        if response.status != httpx.codes.TOO_MANY_REQUESTS:
            self._unanswered = self._cut_off = 0
        if who in ("till", "oauth"):
            self._keep_cookies(response)
        return Exchange(number, request, response, self._connection_kind())

    def _connection_kind(self) -> Literal["own", "kept", "parallel"]:
        """Return how this thread sends its requests now, for Exchange.connection."""
        if getattr(self._thread, "keep", False):
            return "kept"
        return "parallel" if getattr(self._thread, "parallel", False) else "own"

    def _exchange(self, request: Request, credentials: tuple[tuple[str, str], ...], limits: Limits) -> Response:
        # Headers as bytes: some tests are about text outside ASCII.
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in (*request.headers, *credentials)]
        own = [(name.encode("ascii"), value.encode("ascii")) for name, value in self.target.headers]
        named = {name.lower() for name, _ in own}
        pairs = [
            (b"Host", self._wire.host),
            *((name, value) for name, value in USUAL_HEADERS if name.lower() not in named),
            *own,
            *self._wire.proxy_headers,
            *pairs,
        ]
        keep = request.path != spec.TOKEN_PATH and getattr(self._thread, "keep", False)
        start = perf_counter()
        connection = self._ahead() if request.path != spec.TOKEN_PATH else None
        if connection is not None and not connection.usable():
            connection.close()  # nothing has been sent on it
            connection = None
        connection = connection or self._wire.open()
        try:
            target = self._wire.target(request.url)
            received = connection.exchange(request.method, target, pairs, request.body, limits, keep=keep)
        except BaseException:
            connection.close()
            raise
        seconds = perf_counter() - start
        if keep and not received.extra_bytes:
            self._thread.connection = connection
        else:
            connection.close()
        return Response(received.status, received.headers, received.body, seconds, received.extra_bytes)

    def _cookie(self) -> str:
        """Return the value of a Cookie header with all cookies that were set. Raises NotOffered."""
        if not self.cookies:
            raise NotOffered("cookies: no response to a request with the target file's credentials sets one")
        return "; ".join(f"{name}={value}" for name, value in self.cookies.items())

    def _keep_cookies(self, response: Response) -> None:
        """Keep the cookies of a response, for the requests that have nothing else."""
        for value in response.header_values("set-cookie"):
            cookie = COOKIE.match(value[:LONGEST_COOKIE])
            if cookie and (cookie[1] in self.cookies or len(self.cookies) < MOST_COOKIES):
                self.cookies[cookie[1]] = cookie[2]

    def _ahead(self) -> Connection | None:
        """Take the connection that this thread has opened in advance, or None."""
        connection: Connection | None = getattr(self._thread, "connection", None)
        self._thread.connection = None
        return connection

    def _seconds_left(self) -> float:
        """Return the seconds until the end of the run. Raises NotObserved if it is over or was stopped."""
        left = self._end - monotonic()
        if left <= 0 and not self.stopped:
            self.stopped = f"the run has taken max_seconds = {self.target.max_seconds}"
        if self.stopped:
            raise NotObserved(self.stopped)
        return left

    def _pace(self) -> None:
        """Wait for the turn of one request. Raises NotObserved when the run is over before that."""
        rate = self.target.connection.requests_per_second
        if rate is None:
            return
        with self._lock:
            at = max(monotonic(), self._next_at)
            self._next_at = at + 1 / rate
        sleep(max(0.0, min(at - monotonic(), self._seconds_left())))
        self._seconds_left()

    def _wait(self, seconds: float) -> None:
        """Wait for a rate limit to be over. Raises NotObserved when the run is over before that."""
        sleep(min(seconds, LONGEST_WAIT, self._seconds_left()))
        self._seconds_left()

    def _count_unanswered(self, request: Request, *, is_cut_off: bool) -> None:
        """Count a request without a response, and stop the run after too many of them in a row.

        Calls made at the same time are not in a row, and a target may cut off a request that is broken or large.
        """
        if getattr(self._thread, "parallel", False) or not is_well_formed(request):
            return
        with self._lock:
            self._unanswered += 1
            self._cut_off += is_cut_off
            number, all_cut_off = self._unanswered, self._cut_off == self._unanswered
        if number < self.target.max_unanswered or self.stopped:
            return
        if all_cut_off:
            with suppress(NotObserved, NotOffered):
                self.answered_empty_body = self._send(Request(body=b""))
        self.stopped = f"the target has left {number} well-formed requests in a row unanswered"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        """Nothing is open between two requests."""


def is_well_formed(request: Request) -> bool:
    """Return True for a request that every server has to answer: a GET, or a JSON object of a moderate size."""
    if request.method == "GET":
        return True
    try:
        return len(request.body) <= LARGEST_WELL_FORMED and isinstance(loads(request.body), dict)
    except NotJson:
        return False


def retry_after(response: Response) -> float:
    """Return the seconds that a 429 asks to wait: a number, or until a date; WAIT_SECONDS without either."""
    value = response.header("retry-after").strip()
    if re.fullmatch(r"[0-9]{1,9}", value):
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return WAIT_SECONDS
    now = datetime.now(UTC) if until.tzinfo else datetime.now(UTC).replace(tzinfo=None)
    return max(0.0, (until - now).total_seconds())


def token_request(key: str, secret: str) -> Request:
    """Return the request that exchanges key and secret for a token."""
    return Request(path=spec.TOKEN_PATH, body=dumps({"key": key, "secret": secret}), who="nobody")


def granted_token(exchange: Exchange) -> str:
    """Return the token of a response. Raises NotObserved if it has none."""
    try:
        token = loads(exchange.response.body)["data"]["accessToken"]
    except (ValueError, TypeError, KeyError):
        token = None
    if exchange.response.status >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NotObserved(f"the target granted no token: HTTP {exchange.response.status}")
    if exchange.response.status != httpx.codes.OK or not isinstance(token, str) or not token:
        raise NoToken(
            f"the target granted no token: HTTP {exchange.response.status}, without a text at data.accessToken"
        )
    if not re.fullmatch(rf"[\x21-\x7e]{{1,{LONGEST_TOKEN}}}", token):
        raise NoToken("the target granted a token that cannot stand in a header")
    return token


def lifetime(exchange: Exchange) -> float:
    """Return the lifetime of the token in seconds; infinite if the response does not state it."""
    try:
        seconds = loads(exchange.response.body)["data"]["ttlSeconds"]
    except (ValueError, TypeError, KeyError):
        return inf
    return float(min(seconds, FOREVER)) if type(seconds) in (int, float) and seconds > 0 else inf
