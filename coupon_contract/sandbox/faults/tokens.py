"""Faults of tokens: access for the wrong callers, and the reverse."""

import secrets
from collections.abc import Callable, Sequence
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


def empty_token(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Take an empty token for a request that was authenticated before."""
    if not tokens or any(tokens):
        auth.authorise(seed, store, basics, tokens, now)


def compared(agree: Callable[[str, str], bool]) -> Behave:
    """Return a behaviour that compares a token with each that it granted."""

    def behave() -> Behaviour:
        known: list[str] = []

        async def new_token(seed: Seed, store: Store, claim: KeyAndSecret, now: int) -> str:
            known.append(await auth.new_token(seed, store, claim, now))
            return known[-1]

        def authorise(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
            meant = [next((own for own in known if token and agree(token, own)), token) for token in tokens]
            auth.authorise(seed, store, basics, meant, now)

        return Behaviour(authorise=authorise, new_token=new_token)

    return behave


async def token_for_no_secret(seed: Seed, store: Store, claim: KeyAndSecret, now: int) -> str:
    """Return a token for a right key without a secret."""
    return await (auth.new_token if claim.secret else token_by_key)(seed, store, claim, now)


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
        "empty-token-taken",
        "The header of the token is asked for, and may be empty.",
        "token-invented",
        lambda: Behaviour(authorise=empty_token),
    ),
    Fault(
        "part-of-token-taken",
        "Tokens are looked up by their beginning.",
        "token-invented",
        compared(lambda token, own: own.startswith(token)),
    ),
    Fault(
        "text-after-token-taken",
        "A token is compared as far as the granted one goes.",
        "token-invented",
        compared(lambda token, own: token.startswith(own)),
    ),
    Fault(
        "token-without-secret",
        "A secret is compared if there is one.",
        "token-refused",
        lambda: Behaviour(new_token=token_for_no_secret),
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
