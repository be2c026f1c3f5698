"""Access to the page and to the control API: for holders of the key, or without a key for this machine only.

Contract operations are not affected: they take the credentials of the seed.
"""

import base64
import binascii
import hmac
from urllib.parse import urlsplit

from attrs import field, frozen
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection

from coupon_contract.loopback import is_loopback

KEY_HEADER = "X-Sandbox-Key"
KEY_VARIABLE = "COUPON_SANDBOX_CONTROL_KEY"
SAFE_METHODS = ("GET", "HEAD")
FORWARDED = ("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via")
CHALLENGE = {"WWW-Authenticate": 'Basic realm="coupon sandbox: any user, the control key as password", charset="UTF-8"'}

NOT_LOCAL = (
    "Only callers on this machine may see and control the sandbox. To let others in, start it with a key"
    f" (--control-key or {KEY_VARIABLE}) and send that as {KEY_HEADER}, or as the password of Basic authentication."
)
WRONG_KEY = f"Send the control key as {KEY_HEADER}, or as the password of Basic authentication."
OTHER_SITE = "Another web site may not control the sandbox."


class Closed(Exception):
    """The caller has no access; `status` is 401 or 403, the text says how to get it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@frozen
class Access:
    """The access rule: a key, or None for this machine only."""

    key: str | None = field(default=None, repr=False)

    def check(self, caller: HTTPConnection) -> None:
        """Raise Closed unless the caller has access."""
        if caller.scope.get("method") not in SAFE_METHODS and is_of_another_site(caller):
            raise Closed(403, OTHER_SITE)
        if self.key is None and not is_local(caller):
            raise Closed(403, NOT_LOCAL)
        if self.key is not None and not self._is_key(sent_key(caller.headers)):
            raise Closed(401, WRONG_KEY)

    def allows(self, caller: HTTPConnection) -> bool:
        """Return True if the caller has access."""
        try:
            self.check(caller)
        except Closed:
            return False
        return True

    def _is_key(self, sent: bytes) -> bool:
        return hmac.compare_digest((self.key or "").encode("utf-8", "surrogateescape"), sent)


def sent_key(headers: Headers) -> bytes:
    """Return the key that the request carries, or nothing."""
    if KEY_HEADER in headers:
        return headers[KEY_HEADER].encode("latin-1")  # Starlette decodes header bytes as Latin-1
    scheme, _, encoded = headers.get("Authorization", "").partition(" ")
    try:
        decoded = base64.b64decode(encoded.strip(), validate=True) if scheme.lower() == "basic" else b""
    except (binascii.Error, ValueError):
        return b""
    return decoded.partition(b":")[2]


def is_local(caller: HTTPConnection) -> bool:
    """Return True if the request comes from this machine, by a name of this machine, and through no proxy.

    The name matters because a web page may point its own name at 127.0.0.1 (DNS rebinding). HTTP/1.0 is what nginx
    sends to a server behind it by default, without a header about the real caller.
    """
    host = caller.client.host if caller.client else ""
    named = host_name(f"//{caller.headers.get('Host', '')}")
    forwarded = caller.scope.get("http_version") == "1.0" or any(name in caller.headers for name in FORWARDED)
    return is_loopback(host) and is_loopback(named) and not forwarded


def host_name(address: str) -> str:
    """Return the host of an address, or an empty text."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def net_location(address: str) -> str | None:
    """Return host and port of an address, or None for an invalid one."""
    try:
        return urlsplit(address).netloc
    except ValueError:
        return None


def is_of_another_site(caller: HTTPConnection) -> bool:
    """Return True if a browser says that a page of another site sends this."""
    site, origin = caller.headers.get("Sec-Fetch-Site"), caller.headers.get("Origin")
    elsewhere = origin is not None and net_location(origin) != caller.headers.get("Host")
    return elsewhere or site not in (None, "same-origin", "none")
