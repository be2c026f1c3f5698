"""Authentication: Basic with the hash of a till's password, or a token that was fetched with a key and a secret."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from functools import lru_cache

from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.sandbox.codec import KeyAndSecret
from coupon_contract.sandbox.seed import Seed, Till
from coupon_contract.sandbox.store import Store, Transaction

BASIC, TOKEN = b"authorization", TOKEN_HEADER.lower().encode()  # names of headers, as ASGI has them
UNAUTHENTICATED = "Authentication failed. Please check username and password."
NO_PERMISSION = "Access denied. The till is not in the default access group."


class Unauthenticated(Exception):
    """Credentials are missing or wrong (HTTP 401)."""


class NotPermitted(Exception):
    """The credentials are right but have no access to the operations (HTTP 403)."""


@lru_cache
def password_hash(password: str) -> str:
    """Return the lower-case hexadecimal MD5 that a till sends as its password."""
    return hashlib.md5(password.encode(), usedforsecurity=False).hexdigest()


def token_hash(token: str) -> str:
    """Return the hash that the store keeps instead of the token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def authorise(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Check all credentials of a request: `Authorization` headers and tokens. At least one must be there, and all be
    right.

    Raises Unauthenticated or NotPermitted. `now` is epoch milliseconds.
    """
    tills = [till_of(seed, header) for header in basics]
    if not (tills or tokens) or None in tills or not all(is_live(store, token, now) for token in tokens):
        raise Unauthenticated
    if not all(till is None or till.access for till in tills):
        raise NotPermitted


def till_of(seed: Seed, header: str) -> Till | None:
    """Return the till that the `Authorization` header authenticates, or None."""
    user, password = user_and_password(header)
    till = next((till for till in seed.tills if till.user == user), None)
    expected = password_hash(till.password) if till else secrets.token_hex(16)
    return till if hmac.compare_digest(expected.encode(), password.encode("utf-8", "surrogatepass")) else None


def user_and_password(header: str) -> tuple[str, str]:
    """Return the contents of a Basic header, or empty strings."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return "", ""
    try:
        user, _, password = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return user, password


def is_live(store: Store, token: str, now: int) -> bool:
    """Return True if the token was issued and has not expired at `now` (epoch milliseconds)."""
    expires_at = store.token_expiry(token_hash(token))
    return expires_at is not None and now < expires_at


def may_block(store: Store, tokens: Sequence[str]) -> bool:
    """Return True if the lookup of the tokens may block."""
    return store.is_remote and not all(store.remembers(token_hash(token)) for token in tokens)


async def new_token(seed: Seed, store: Store, claim: KeyAndSecret, now: int) -> str:
    """Return a token for the holder of a key and its secret, valid for the seed's `ttl_seconds`.

    Tokens that have expired are deleted. Raises Unauthenticated or StoreTrouble.
    """
    if not is_client(seed, claim):
        raise Unauthenticated
    token = secrets.token_urlsafe(32)
    expires_at = now + seed.oauth.ttl_seconds * 1000

    def replace_expired(transaction: Transaction) -> None:
        transaction.delete_expired_tokens(now)
        transaction.add_token(token_hash(token), expires_at)

    await store.write(replace_expired)
    return token


def is_client(seed: Seed, claim: KeyAndSecret) -> bool:
    """Return True if the key exists and the secret matches."""
    client = next((client for client in seed.oauth.clients if client.key == claim.key), None)
    expected = client.secret if client else secrets.token_hex()
    return hmac.compare_digest(expected.encode(), claim.secret.encode("utf-8", "surrogatepass"))
