"""The two ways to authenticate (ledger authentication). Neither shows its secret."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from coupon_client.contract import TOKEN_HEADER, TOKEN_PATH
from coupon_client.effects import Steps, Wait
from coupon_client.error_response import ErrorResponse
from coupon_client.errors import AuthenticationFailed, InvalidRequest, NothingIssued, NotReadable, NotSent
from coupon_client.exchange import Request, Response
from coupon_client.response_headers import shown_request_id
from coupon_client.response_reader import errors_of
from coupon_client.texts import is_sendable
from coupon_client.value import Hidden

REFRESH_BEFORE = 60.0  # seconds before a token expires
POLL = 0.01  # seconds between checks whether another caller has fetched the token
PATIENCE = 30.0  # seconds to wait for another caller to fetch it
A_YEAR = 366 * 86_400  # seconds
REFUSED = (400, 401)  # clause token-refused
FAILURES = range(400, 600)  # HTTP statuses; another response may hold a token in a form that cannot be read
TOKEN = re.compile(r"[!-~]+")  # characters that a header carries unchanged

Clock = Callable[[], float]
Retrying = Callable[[Request], Steps[Response]]


class Auth(Protocol):
    """A way to sign requests."""

    def headers(self, base_url: str, retrying: Retrying, latest: float) -> Steps[Mapping[str, str]]:
        """Return the headers that carry the credentials; `retrying` sends a request that is safe to send again.

        Gives up at `latest`, on the clock `time.monotonic`.
        """

    def forget(self, refused: Mapping[str, str]) -> bool:
        """Drop what was derived from the credentials, after the server refused these headers.

        Return True if the next headers will be others, so that a second request may succeed.
        """


def checked_auth(auth: Auth) -> Auth:
    """Return the credentials. Raises InvalidRequest, without them, for anything else."""
    ours = not isinstance(auth, type) and all(callable(getattr(auth, name, None)) for name in ("headers", "forget"))
    if not ours:
        raise InvalidRequest('auth must be credentials: TillAuth("till", "password") or OAuth("key", "secret")')
    return auth


class TillAuth:
    """A till: its id, and its password in clear. The MD5 that the operation asks for is computed here.

    Raises InvalidRequest, without the values, for an id or a password that cannot be one.
    """

    def __init__(self, till: str, password: str) -> None:
        if not isinstance(till, str) or not till or ":" in till or not isinstance(password, str):
            raise InvalidRequest("a till has an id, a text without a colon and not empty, and a password, a text")
        if not (is_sendable(till) and is_sendable(password)):
            raise InvalidRequest("a till's id and password must be without lone surrogates and control characters")
        digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        token = base64.b64encode(f"{till}:{digest}".encode()).decode()
        self._headers = Hidden(Authorization=f"Basic {token}")

    def headers(self, base_url: str, retrying: Retrying, latest: float) -> Steps[Mapping[str, str]]:
        """Return the same header every time."""
        yield from ()
        return self._headers

    def forget(self, refused: Mapping[str, str]) -> bool:
        """Return False: a till has no derived state, and its next header is the same."""
        return False

    def __repr__(self) -> str:
        return "TillAuth(…)"


class OAuth:
    """Key and secret of a client application, exchanged for a token that is reused until 60 seconds before it expires.

    An object may be shared by clients of one deployment, by threads and by tasks: the first caller fetches the token,
    the others wait for it and share a failure too. `clock` returns seconds. Raises InvalidRequest, without the values,
    unless key and secret are texts that are not empty.
    """

    def __init__(self, key: str, secret: str, clock: Clock = time.monotonic) -> None:
        if not (isinstance(key, str) and isinstance(secret, str) and key and secret):
            raise InvalidRequest("OAuth needs a key and a secret, both texts")
        if not (is_sendable(key) and is_sendable(secret)):
            raise InvalidRequest("key and secret must be without lone surrogates and control characters")
        if not callable(clock):
            raise InvalidRequest("clock must be a function that returns seconds, such as time.monotonic")
        self._claim = Hidden(key=key, secret=secret)
        self._clock = clock
        self._tokens: dict[str, tuple[Hidden, float]] = {}  # base URL: header, when to fetch the next
        self._fetching = threading.Lock()
        self._process = os.getpid()
        self._failures = 0  # fetches that failed, and why the last one did
        self._failure: NothingIssued | None = None

    def headers(self, base_url: str, retrying: Retrying, latest: float) -> Steps[Mapping[str, str]]:
        """Return the header with a token that lives long enough.

        Raises AuthenticationFailed when key and secret are refused, NotSent when there is no token for another reason.
        """
        kept = self._kept(base_url)
        return kept if kept is not None else (yield from self._fetched_once(base_url, retrying, latest))

    def forget(self, refused: Mapping[str, str]) -> bool:
        """Drop the refused token, and no newer one that another caller has fetched; the next request has another."""
        token = refused.get(TOKEN_HEADER)
        for base_url, (header, _) in list(self._tokens.items()):
            if header[TOKEN_HEADER] == token:
                self._tokens.pop(base_url, None)
        return True

    def _kept(self, base_url: str) -> Hidden | None:
        header, until = self._tokens.get(base_url, (None, 0.0))
        return header if self._clock() < until else None

    def _fetched_once(self, base_url: str, retrying: Retrying, latest: float) -> Steps[Mapping[str, str]]:
        lock, failures = self._lock(), self._failures
        start = time.monotonic()
        patience = min(start + PATIENCE, latest)
        acquired = False
        try:
            while not (acquired := lock.acquire(blocking=False)):  # never blocks: a waiting task must not stop its loop
                if time.monotonic() > patience:
                    raise NotSent(f"no access token: another caller has been fetching it for {patience - start:.0f} s")
                yield Wait(POLL)
            kept = self._kept(base_url)
            if kept is None and self._failures > failures and self._failure is not None:
                raise type(self._failure)(
                    *self._failure.args
                )  # a caller that waited for a fetch that failed shares its failure
            return kept if kept is not None else (yield from self._fetch(base_url, retrying))
        except NothingIssued as failure:
            if acquired and time.monotonic() < latest:  # others may have more time than this caller
                self._failures, self._failure = self._failures + 1, failure.with_traceback(None)
            raise
        finally:
            if acquired:
                lock.release()

    def _lock(self) -> threading.Lock:
        """Return the lock of this process: after a fork, a lock that another thread held would stay locked for ever."""
        if self._process != os.getpid():
            self._process, self._fetching = os.getpid(), threading.Lock()
        return self._fetching

    def _fetch(self, base_url: str, retrying: Retrying) -> Steps[Hidden]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        request = Request("POST", base_url + TOKEN_PATH, headers, json.dumps(self._claim).encode())
        try:
            response = yield from retrying(request)
        except NotReadable as error:
            raise NotSent(f"no access token: {error}") from None
        number = shown_request_id(request, response)
        if response.status in REFUSED:
            text = f"key and secret were refused: HTTP {response.status} from {TOKEN_PATH}"
            raw = ErrorResponse.bounded(response)
            raise AuthenticationFailed(text, number, response.status, errors_of(response), raw)
        header, seconds = _granted(response, number)
        self._tokens[base_url] = (header, self._clock() + seconds - REFRESH_BEFORE)
        return header

    def __repr__(self) -> str:
        return "OAuth(…)"


def _granted(response: Response, number: str | None) -> tuple[Hidden, float]:
    """Return the header and its lifetime in seconds (0 if unreadable: the token is used once). Raises NotSent.

    `number` is the server's id of the request.
    """
    try:
        data = Hidden(json.loads(response.body)["data"])
    except (ValueError, KeyError, TypeError, RecursionError):
        data = Hidden()
    if (
        response.status != 200
        or not isinstance(data.get("accessToken"), str)
        or not TOKEN.fullmatch(data["accessToken"])
    ):
        raw = ErrorResponse.bounded(response) if response.status in FAILURES else None
        raise NotSent(f"no access token: HTTP {response.status} from {TOKEN_PATH}, and no readable token", number, raw)
    seconds: Any = data.get("ttlSeconds")
    sensible = type(seconds) in (int, float) and 0 < seconds < A_YEAR
    return Hidden({TOKEN_HEADER: data["accessToken"]}), float(seconds) if sensible else 0.0
