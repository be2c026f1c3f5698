"""The two ways to say who calls (ledger authentication). Neither shows its secret."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from coupon_client.contract import TOKEN_HEADER, TOKEN_PATH
from coupon_client.errors import AuthenticationFailed, NotSent
from coupon_client.exchange import Reply, Request
from coupon_client.steps import Steps, Wait

REFRESH_BEFORE = 60.0  # seconds before a token expires
POLL = 0.01  # seconds between looks at whether somebody else has fetched the token
REFUSED = (400, 401)  # clause token-refused

Clock = Callable[[], float]


class Auth(Protocol):
    """How a request is signed."""

    def headers(self, base_url: str, retrying: Callable[[Request], Steps[Reply]]) -> Steps[Mapping[str, str]]:
        """The headers that carry the credentials; `retrying` sends a request that may be sent again."""

    def forget(self) -> None:
        """The credentials were refused: keep nothing that was derived from them."""


class TillAuth:
    """A till: its id, and its password in clear. The MD5 that the operation asks for is made here."""

    def __init__(self, till: str, password: str) -> None:
        if not till or ":" in till:
            raise ValueError("a till id is a text without a colon, and not empty")
        digest = hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()
        token = base64.b64encode(f"{till}:{digest}".encode()).decode()
        self._headers = {"Authorization": f"Basic {token}"}

    def headers(self, base_url: str, retrying: Callable[[Request], Steps[Reply]]) -> Steps[Mapping[str, str]]:
        """The same header every time."""
        yield from ()
        return self._headers

    def forget(self) -> None:
        """Nothing is kept."""

    def __repr__(self) -> str:
        return "TillAuth(…)"


class OAuth:
    """Key and secret of a client application, traded for a token that is kept until 60 seconds before it expires.

    One object may be shared by clients of one deployment, by threads and by tasks: whoever comes first fetches, the
    others wait. `clock` counts seconds.
    """

    def __init__(self, key: str, secret: str, clock: Clock = time.monotonic) -> None:
        if not key or not secret:
            raise ValueError("OAuth needs a key and a secret")
        self._claim = {"key": key, "secret": secret}
        self._clock = clock
        self._tokens: dict[str, tuple[str, float]] = {}  # base URL: token, when to fetch the next
        self._fetching = threading.Lock()

    def headers(self, base_url: str, retrying: Callable[[Request], Steps[Reply]]) -> Steps[Mapping[str, str]]:
        """The header with a token that lives long enough.

        Raises AuthenticationFailed when key and secret are refused, NotSent when there is no token for another reason.
        """
        token = self._kept(base_url)
        if token is None:
            while not self._fetching.acquire(blocking=False):  # never blocks: a waiting task must not stop its loop
                yield Wait(POLL)
            try:
                token = self._kept(base_url) or (yield from self._fetch(base_url, retrying))
            finally:
                self._fetching.release()
        return {TOKEN_HEADER: token}

    def forget(self) -> None:
        """Drop the tokens; the next request fetches a new one."""
        self._tokens.clear()

    def _kept(self, base_url: str) -> str | None:
        token, until = self._tokens.get(base_url, ("", 0.0))
        return token if token and self._clock() < until else None

    def _fetch(self, base_url: str, retrying: Callable[[Request], Steps[Reply]]) -> Steps[str]:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        reply = yield from retrying(Request("POST", base_url + TOKEN_PATH, headers, json.dumps(self._claim).encode()))
        if reply.status in REFUSED:
            raise AuthenticationFailed(f"key and secret were refused: HTTP {reply.status} from {TOKEN_PATH}")
        token, seconds = _granted(reply)
        self._tokens[base_url] = (token, self._clock() + seconds - REFRESH_BEFORE)
        return token

    def __repr__(self) -> str:
        return "OAuth(…)"


def _granted(reply: Reply) -> tuple[str, float]:
    """Token and lifetime in seconds (0 where unreadable: used once). Raises NotSent."""
    try:
        data: Any = json.loads(reply.body)["data"]
        token, seconds = data["accessToken"], data.get("ttlSeconds")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        token, seconds = None, None
    if reply.status != 200 or not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        raise NotSent(f"no access token: HTTP {reply.status} from {TOKEN_PATH}, and no readable token")
    return token, float(seconds) if type(seconds) in (int, float) else 0.0
