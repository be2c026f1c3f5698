"""Checks the base URL of a client: a host that can be asked, and TLS unless it is this machine."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from coupon_client.base_errors import InvalidRequest
from coupon_client.contract import CUSTOMER_COUPONS_PATH, ISSUE_PATH, READ_BACK_PATH, REVOKE_PATH, TOKEN_PATH

NAME = r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)*[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.?"
LONGEST_NAME = 253  # characters of a host name (RFC 1035, 2.3.4)
PATHS = (ISSUE_PATH, REVOKE_PATH, READ_BACK_PATH, CUSTOMER_COUPONS_PATH, TOKEN_PATH)
WANTED = "base_url is scheme and host, perhaps with a path, for example https://eu.api.example.com"


def checked(base_url: str, allow_http: bool = False) -> str:
    """Return the base URL without a slash at its end.

    Raises InvalidRequest, without the URL, which may hold a password: for a URL that cannot be one, for one that has
    the path of an operation, and for `http` to another machine, which would show credentials and coupons on the way.
    """
    if not _is_usable(base_url):
        raise InvalidRequest(WANTED)
    if not isinstance(allow_http, bool):  # "false" would permit it
        raise InvalidRequest("allow_http must be True or False")
    parts = urlsplit(base_url)
    if parts.scheme == "http" and not allow_http and not is_loopback(parts.hostname or ""):
        raise InvalidRequest(
            "base_url is http to another machine; use https, or allow_http=True in a network that you trust"
        )
    if (operation := _operation_in(parts.path)) is not None:
        raise InvalidRequest(f"base_url must end before {operation}, which the client adds: {WANTED}")
    return base_url.rstrip("/")


def server_of(base_url: str) -> str:
    """Return host and port of a checked base URL."""
    parts = urlsplit(base_url)
    return parts.netloc if parts.port else f"{parts.netloc.rstrip(':')}:{443 if parts.scheme == 'https' else 80}"


def _operation_in(path: str) -> str | None:
    """Return the path of the operation that a path contains, or ends with the beginning of: /v2, /v2/coupon, …"""
    words = path.lower().strip("/").split("/")
    for operation in PATHS:
        own = operation.lower().strip("/").split("/")
        starts = range(len(words))
        if any(words[start : start + len(own)] == own[: len(words) - start] for start in starts):
            return operation
    return None


def _is_usable(base_url: str) -> bool:
    if not isinstance(base_url, str) or not base_url.isascii() or re.search(r"[\s?#@\\\x00-\x1f\x7f]", base_url):
        return False
    try:
        parts = urlsplit(base_url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    return parts.scheme in ("https", "http") and port != 0 and _is_host(host, parts.netloc)


def _is_host(host: str, netloc: str) -> bool:
    if netloc.startswith("["):
        return _address(host) is not None and "%" not in host
    if re.fullmatch(NAME, host) is None or len(host) > LONGEST_NAME:
        return False
    if re.fullmatch(r"[0-9.]+", host):
        return _address(host) is not None
    try:
        host.encode("idna").decode("idna")  # as the resolver does it, whose UnicodeError would come with the first call
    except UnicodeError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Return whether a host name or address can only mean this machine; names under `localhost` do (RFC 6761, 6.3)."""
    name = host.lower().removesuffix(".")
    address = _address(name)
    if address is None:
        return name == "localhost" or name.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None  # is_loopback: from Python 3.13 on
    return (mapped or address).is_loopback


def _address(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
