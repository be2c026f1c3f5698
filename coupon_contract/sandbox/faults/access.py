"""Faults of authentication: tills that get access and should not, and the reverse."""

import base64
from collections.abc import Callable, Sequence
from functools import partial

from attrs import evolve, frozen
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.sandbox import auth, codec
from coupon_contract.sandbox.auth import BASIC, TOKEN, NotPermitted, Unauthenticated
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.faults.fault_wrapper import (
    Behave,
    CapturedResponse,
    RequestRewriter,
    ResponseRewriter,
    asking,
    at_once,
    captured,
)
from coupon_contract.sandbox.faults.model import Fault
from coupon_contract.sandbox.seed import Seed, Till
from coupon_contract.sandbox.store import Store

COOKIE = b"SESSION=3f9a61c0d2"
JSON = ((b"content-type", b"application/json"),)


def authorising(proves: Callable[[Till, str], bool]) -> Behave:
    """Return an authentication with another check of passwords; tokens are checked as usual."""

    def authorise(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
        if not basics:
            return auth.authorise(seed, store, basics, tokens, now)
        user, password = auth.user_and_password(basics[0])
        till = next((till for till in seed.tills if till.user == user), None)
        if till is None or not proves(till, password):
            raise Unauthenticated
        if not till.access:
            raise NotPermitted
        return None

    return lambda: Behaviour(authorise=authorise)


def right(till: Till, password: str) -> bool:
    """Return True for the digest of the password."""
    return password == auth.password_hash(till.password)


def anybody(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Give everybody access."""


def any_till(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Check the digest only: it may be that of any till."""
    passwords = {auth.user_and_password(header)[1] for header in basics}
    digests = {auth.password_hash(till.password) for till in seed.tills}
    users = {auth.user_and_password(header)[0] for header in basics}
    if not basics or users & {till.user for till in seed.tills} or not passwords <= digests:
        auth.authorise(seed, store, basics, tokens, now)


def nobody_forbidden(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Forbid the requests of anonymous callers."""
    if not basics and not tokens:
        raise NotPermitted
    auth.authorise(seed, store, basics, tokens, now)


def permission_ignored(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Let every till issue."""
    try:
        auth.authorise(seed, store, basics, tokens, now)
    except NotPermitted:
        return


def permission_as_401(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Treat a till without permission as an unknown one."""
    try:
        auth.authorise(seed, store, basics, tokens, now)
    except NotPermitted:
        raise Unauthenticated from None


@frozen
class CredentialsLast:
    """Middleware that processes the request first and checks the credentials afterwards."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        reply = await captured(self.app, scope, receive)
        status = await run_in_threadpool(refused_status, scope)
        return await at_once(CapturedResponse(status, JSON, codec.failed(status, "No.")) if status else reply, send)


def refused_status(scope: Scope) -> int:
    """Return 401 or 403 for wrong credentials, 0 otherwise."""
    if scope["path"] == spec.TOKEN_PATH:
        return 0
    sandbox, headers = scope["app"].state.sandbox, Request(scope).headers
    basics, tokens = headers.getlist("Authorization"), headers.getlist(TOKEN_HEADER)
    try:
        auth.authorise(sandbox.seed, sandbox.store, basics, tokens, sandbox.now())
    except (Unauthenticated, NotPermitted) as error:
        return 401 if isinstance(error, Unauthenticated) else 403
    return 0


def let_in(scope: Scope) -> Scope:
    """Return the scope with the credentials of the first till, and no others."""
    till = scope["app"].state.sandbox.seed.tills[0]
    pair = f"{till.user}:{auth.password_hash(till.password)}".encode()
    others = [header for header in scope["headers"] if header[0] not in (BASIC, TOKEN)]
    return {**scope, "headers": [*others, (BASIC, b"Basic " + base64.b64encode(pair))]}


def has_credentials(scope: Scope) -> bool:
    """Return True if a request has a header with credentials."""
    return any(name in (BASIC, TOKEN) for name, _ in scope["headers"])


def in_chunks(scope: Scope) -> Scope:
    """Let requests in whose body comes in chunks, as a filter does that reads the Content-Length first."""
    chunked = (b"transfer-encoding", b"chunked") in scope["headers"]
    return let_in(scope) if chunked and not has_credentials(scope) else scope


def with_session(scope: Scope) -> Scope:
    """Let requests in that have the cookie of a session."""
    known = any(name == b"cookie" and COOKIE in value for name, value in scope["headers"])
    return let_in(scope) if known and not has_credentials(scope) else scope


def sessions(app: ASGIApp) -> ASGIApp:
    """Begin a session with each request, and keep its cookie for a credential."""
    setting = (b"set-cookie", COOKIE + b"; Path=/; HttpOnly")
    return ResponseRewriter(
        RequestRewriter(app, with_session), lambda reply: evolve(reply, headers=(*reply.headers, setting))
    )


def connections() -> Behaviour:
    """Return a behaviour that takes a connection for its first caller."""
    known: set[tuple[str, int]] = set()

    def change(scope: Scope) -> Scope:
        client = tuple(scope["client"])
        if not has_credentials(scope):
            return let_in(scope) if client in known else scope
        known.add(client)
        return scope

    return Behaviour(around=partial(RequestRewriter, change=change))


def bearer_taken(seed: Seed, store: Store, basics: Sequence[str], tokens: Sequence[str], now: int) -> None:
    """Leave every scheme but Basic to a filter that is not there."""
    if not any(header.lower().startswith("bearer ") for header in basics):
        auth.authorise(seed, store, basics, tokens, now)


def taking(who: Callable[[Scope], bool], *paths: str) -> Behave:
    """Return a behaviour that does not check the credentials of these requests on these paths."""

    def unchecked(app: ASGIApp) -> ASGIApp:
        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            taken = scope["type"] == "http" and scope["path"] in paths and who(scope)
            await app(let_in(scope) if taken else scope, receive, send)

        return call

    return lambda: Behaviour(around=unchecked)


def without_credentials(scope: Scope) -> bool:
    """Return True if a request has no header with credentials."""
    return not has_credentials(scope)


def having(header: bytes) -> Callable[[Scope], bool]:
    """Return a condition on requests: they have this header, whatever is in it."""
    return lambda scope: any(name == header for name, _ in scope["headers"])


FAULTS = [
    Fault(
        "lists-let-in",
        "Coupons are listed to everybody who asks.",
        "credentials-missing",
        taking(without_credentials, spec.READ_BACK_PATH, spec.CUSTOMER_COUPONS_PATH),
    ),
    Fault(
        "revoke-let-in",
        "Everybody may revoke.",
        "credentials-missing",
        taking(without_credentials, spec.REVOKE_PATH),
    ),
    Fault(
        "chunked-let-in",
        "Credentials are checked by a filter that skips chunked bodies.",
        "credentials-missing",
        asking(in_chunks),
    ),
    Fault(
        "cookie-let-in",
        "The cookie of an earlier answer is as good as credentials.",
        "credentials-missing",
        lambda: Behaviour(around=sessions),
    ),
    Fault(
        "connection-let-in",
        "A request after an authenticated call on the same connection is accepted as its caller's.",
        "credentials-missing",
        connections,
    ),
    Fault(
        "credentials-ignored",
        "Credentials are not checked.",
        "credentials-missing credentials-wrong credentials-plain-password permission token-invented token-expired",
        lambda: Behaviour(authorise=anybody),
        also="read-back-lists-issued",
    ),
    Fault(
        "any-password",
        "A till is let in by its name alone.",
        "credentials-wrong credentials-plain-password",
        authorising(lambda till, password: True),
        also="read-back-lists-issued",
    ),
    Fault(
        "any-till-name",
        "A till that does not exist is let in with a password that does.",
        "credentials-wrong",
        lambda: Behaviour(authorise=any_till),
    ),
    Fault(
        "plain-password-taken",
        "The plain password is taken as well as its digest.",
        "credentials-plain-password",
        authorising(lambda till, password: right(till, password) or password == till.password),
    ),
    Fault(
        "upper-case-digest-taken",
        "Digests are compared without regard to case.",
        "credentials-wrong",
        authorising(lambda till, password: right(till, password.lower())),
    ),
    Fault(
        "part-of-digest-taken",
        "The column for digests is eight characters wide, and so much is compared.",
        "credentials-wrong",
        authorising(lambda till, password: password[:8] == auth.password_hash(till.password)[:8]),
    ),
    Fault(
        "text-after-digest-taken",
        "A digest is compared as far as the stored one goes.",
        "credentials-wrong",
        authorising(lambda till, password: password.startswith(auth.password_hash(till.password))),
    ),
    Fault(
        "bearer-taken",
        "A request with a Bearer header is let in, whatever it bears.",
        "credentials-wrong",
        lambda: Behaviour(authorise=bearer_taken),
    ),
    Fault(
        "revoke-by-any-password",
        "Who revokes is asked for a header of Basic authentication, and it is not read.",
        "credentials-wrong",
        taking(having(BASIC), spec.REVOKE_PATH),
    ),
    Fault(
        "revoke-by-any-token",
        "Who revokes is asked for a token, and it is not looked up.",
        "token-invented token-expired",
        taking(having(TOKEN), spec.REVOKE_PATH),
    ),
    Fault(
        "permission-ignored",
        "A till without access may issue.",
        "permission",
        lambda: Behaviour(authorise=permission_ignored),
    ),
    Fault(
        "permission-as-401",
        "A till without access is answered with HTTP 401.",
        "permission",
        lambda: Behaviour(authorise=permission_as_401),
    ),
    Fault(
        "no-credentials-as-403",
        "A request without any credentials is answered with HTTP 403.",
        "credentials-missing",
        lambda: Behaviour(authorise=nobody_forbidden),
    ),
    Fault(
        "issued-though-401",
        "Credentials are checked after the coupons are issued.",
        "refused-leaves-nothing",
        lambda: Behaviour(authorise=anybody, around=CredentialsLast),
        also="read-back-lists-issued limit-per-customer one-per-customer",
    ),
]
