"""Faults of tokens: access for the wrong callers, and the reverse."""

import secrets
from collections.abc import Sequence
from functools import partial

from coupon_contract.sandbox import auth
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.codec import KeyAndSecret
from coupon_contract.sandbox.faults.fault_wrapper import Behave, CutOff, Edit, drops, edited, puts, replies
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.store import Store
from coupon_contract.spec import TOKEN_PATH


def any_token(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Accept any token."""
    if not tokens:
        auth.authorise(seed, store, basics, tokens, now)


def strange_token(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Take an unknown token for that of another node."""
    if not tokens or any(store.token_expiry(auth.token_hash(token)) is not None for token in tokens):
        auth.authorise(seed, store, basics, tokens, now)


def tokens_forever(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Ignore the expiry of tokens."""
    auth.authorise(seed, store, basics, tokens, -1)


def no_tokens(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Check tills only."""
    auth.authorise(seed, store, basics, (), now)


async def token_for_anybody(seed: Seed, store: Store, claim: KeyAndSecret, now: int) -> str:
    """Return a token to everybody."""
    client = seed.oauth.clients[0]
    return await auth.new_token(seed, store, KeyAndSecret(client.key, client.secret), now)


async def token_by_key(seed: Seed, store: Store, claim: KeyAndSecret, now: int) -> str:
    """Return a token to everybody who knows the key."""
    client = next((client for client in seed.oauth.clients if client.key == claim.key), None)
    return await auth.new_token(seed, store, KeyAndSecret(claim.key, client.secret) if client else claim, now)


async def useless_token(seed: Seed, store: Store, claim: KeyAndSecret, now: int) -> str:
    """Return a token that is not stored."""
    await auth.new_token(seed, store, claim, now)
    return secrets.token_urlsafe(32)


def for_one_request() -> Behaviour:
    """Return a behaviour that accepts each token once."""
    used: set[str] = set()

    def authorise(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
        if used & set(tokens):
            raise auth.Unauthenticated
        auth.authorise(seed, store, basics, tokens, now)
        used.update(tokens)

    return Behaviour(authorise=authorise)


def granted(edit: Edit) -> Behave:
    """Return a behaviour that edits the response with a token."""
    return replies(partial(edited, edit=lambda body: edit(body["data"]), when=lambda body: body["data"]), TOKEN_PATH)


FAULTS = [
    Fault(
        "token-cut-off",
        "The process ends at each request for a token.",
        "token-granted",
        lambda: Behaviour(around=partial(CutOff, when=lambda _: True, paths=(TOKEN_PATH,))),
    ),
    Fault("token-for-one-request", "A token is let in once.", "token-granted", for_one_request),
    Fault(
        "token-without-lifetime",
        "The response with a token does not state its lifetime.",
        "token-shape",
        granted(drops("ttlSeconds")),
    ),
    Fault(
        "token-lifetime-as-text",
        "The lifetime of a token is a text.",
        "token-shape",
        granted(puts(ttlSeconds=str)),
    ),
    Fault(
        "any-token",
        "A request with a token is let in, whatever the token is.",
        "token-invented token-expired",
        lambda: Behaviour(authorise=any_token),
    ),
    Fault(
        "token-of-another-node",
        "A token that is not in the table is taken for one that another node has given out.",
        "token-invented",
        lambda: Behaviour(authorise=strange_token),
    ),
    Fault(
        "tokens-never-expire",
        "The age of a token is not checked.",
        "token-expired",
        lambda: Behaviour(authorise=tokens_forever),
    ),
    Fault(
        "token-useless",
        "A granted token is not remembered.",
        "token-granted",
        lambda: Behaviour(new_token=useless_token),
    ),
    Fault(
        "tokens-unread",
        "Tokens are granted, but the operation only knows tills.",
        "token-granted",
        lambda: Behaviour(authorise=no_tokens),
    ),
    Fault(
        "token-for-anybody",
        "A token is granted whatever key and secret are.",
        "token-refused",
        lambda: Behaviour(new_token=token_for_anybody),
    ),
    Fault(
        "token-by-key-alone",
        "A token is granted for a right key with a wrong secret.",
        "token-refused",
        lambda: Behaviour(new_token=token_by_key),
    ),
]
