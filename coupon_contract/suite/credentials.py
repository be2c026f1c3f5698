"""The headers of each kind of caller. A caller is a word, so that no request holds a secret."""

import base64
import hashlib
from collections.abc import Callable, Mapping

from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.suite.exchange import Headers
from coupon_contract.suite.skips import NotOffered
from coupon_contract.suite.target import Target

COOKIE_ALONE = "cookie-alone"
INVENTED = "0123456789abcdef0123456789abcdef"


def digest(password: str) -> str:
    """Return the lower-case hexadecimal MD5, which the contract sends for a till's password (ledger authentication)."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def headers(who: str, target: Target, token: str | None = None) -> Headers:
    """Return the headers of a caller, one of CALLERS. Those in WITH_TOKEN need `token`.

    Raises NotOffered when the target file lacks the credentials.
    """
    if who == "nobody":
        return ()
    if who in WITH_TOKEN:
        return ((TOKEN_HEADER, WITH_TOKEN[who](token or "")),)
    if who == COOKIE_ALONE:  # the gate adds the cookies of earlier responses
        return ()
    if who in _FIXED:
        return (_FIXED[who],)
    if who == "expired-token":
        if target.expired_token is None:
            raise NotOffered("auth.expired-token")
        return ((TOKEN_HEADER, target.expired_token),)
    user, password = _pair("no-access" if who == "no-access" else "till", target.auth)
    return (("Authorization", _basic(*_VARIANTS[who](user, password))),)


_VARIANTS: dict[str, Callable[[str, str], tuple[str, str]]] = {
    "till": lambda user, password: (user, digest(password)),
    "no-access": lambda user, password: (user, digest(password)),
    "unknown-till": lambda user, password: (user + "-unknown", digest(password)),
    "wrong-password": lambda user, password: (user, digest(password + "-wrong")),
    "plain-password": lambda user, password: (user, password),
    "upper-case-digest": lambda user, password: (user, digest(password).upper()),
    "empty-password": lambda user, _: (user, ""),
    "part-of-digest": lambda user, password: (user, digest(password)[:8]),
    "digest-and-more": lambda user, password: (user, digest(password) + "-x"),
}
_FIXED: dict[str, tuple[str, str]] = {
    "invented-token": (TOKEN_HEADER, INVENTED),
    "empty-token": (TOKEN_HEADER, ""),
    "bearer": ("Authorization", f"Bearer {INVENTED}"),
    "not-base64": ("Authorization", "Basic §".encode().decode("latin-1")),
}
WITH_TOKEN: dict[str, Callable[[str], str]] = {
    "oauth": lambda token: token,
    "part-of-token": lambda token: token[:-4],
    "token-and-more": lambda token: token + "-x",
}
CALLERS = (*_VARIANTS, *_FIXED, *WITH_TOKEN, "nobody", COOKIE_ALONE, "expired-token")


def _pair(name: str, auth: Mapping[str, tuple[str, str]]) -> tuple[str, str]:
    if name not in auth:
        raise NotOffered(f"auth.{name}")
    return auth[name]


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
