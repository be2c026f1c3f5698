"""The operations. They only map: headers to credentials, bytes to requests, outcomes to responses."""

from functools import partial

from attrs import evolve
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from coupon_contract.sandbox import codec, companions, disturbed, service
from coupon_contract.sandbox.auth import BASIC, TOKEN, may_block
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.errors import problem
from coupon_contract.sandbox.hazards import Lists
from coupon_contract.sandbox.json_body import json_object
from coupon_contract.sandbox.request_body import header_values, json_body
from coupon_contract.sandbox.request_log import note_of
from coupon_contract.sandbox.streaming import streamed, with_first_page

JSON = "application/json"
STRANGER = '{"sourceId": "somebody else"}'


async def issue(sandbox: Sandbox, scope: Scope, receive: Receive) -> bytes:
    """Handle `POST /v2/coupon/issue/multiple`: return the body of a response with status 200.

    Raises what coupon_contract/sandbox/error_handlers.py answers.
    """
    await authorise(sandbox, scope)
    steps = sandbox.behaviour
    requested = steps.read(steps.decode(await json_body(scope, receive)))
    if strangers := sandbox.runtime.settings().hazards.strangers:
        foreign = evolve(requested, count=strangers, metadata=STRANGER)
        await steps.issue(sandbox.store, foreign, sandbox.now(), steps.rules)
    outcome = await steps.issue(sandbox.store, requested, sandbox.now(), steps.rules)
    if note := note_of(scope):
        note.issue_request, note.outcome = requested, outcome
    if isinstance(outcome, service.Refused):
        return codec.refused(outcome.problem)
    return codec.issued(outcome.requested, outcome.coupons, outcome.parts, outcome.problem)


async def issuing(request: Request) -> Response:
    """Handle `issue` within Starlette and all of its middleware (the fast path is
    coupon_contract/sandbox/fast_path.py).
    """
    body = await issue(request.app.state.sandbox, request.scope, request.receive)
    return Response(body, media_type=JSON)


async def generate_token(request: Request) -> Response:
    """`POST /v3/oauth/token/generate`."""
    sandbox: Sandbox = request.app.state.sandbox
    claim = codec.key_and_secret(await json_body(request.scope, request.receive))
    token = await sandbox.behaviour.new_token(sandbox.seed, sandbox.store, claim, sandbox.now())
    body = codec.token(token, sandbox.seed.oauth.ttl_seconds)
    return Response(body, headers={"Cache-Control": "no-store"}, media_type=JSON)


async def read_back(request: Request) -> Response:
    """`GET /v2/coupon`."""
    sandbox: Sandbox = request.app.state.sandbox
    await authorise(sandbox, request.scope)
    query = request.query_params
    kinds = (query.getlist(name) for name in ("couponIds", "issuedToIds", "couponCodes"))
    letters = sandbox.behaviour.letter_case(query.get("coupon_code_case", ""))
    pages = sandbox.behaviour.find(sandbox.store, codec.wanted(*kinds))
    details = query.get("includeIssualDetails", "").lower() == "true"
    if (lists := sandbox.runtime.settings().hazards.lists) != Lists():
        cut = bool(query.getlist("issuedToIds"))
        pages = disturbed.pages(lists, pages, sandbox.now(), cut=cut)
        letters = disturbed.letters(lists, letters)
        details = details and lists.details != "none"
    return streamed(codec.read_back(await with_first_page(pages), letters, details), JSON)


async def customer_coupons(request: Request) -> Response:
    """`GET /v2/customers/coupons`."""
    sandbox: Sandbox = request.app.state.sandbox
    await authorise(sandbox, request.scope)
    query, letters = (
        request.query_params,
        sandbox.behaviour.letter_case(request.query_params.get("coupon_code_case", "")),
    )

    def answer() -> bytes:
        customer = companions.customer_id(query, sandbox.store)
        profile = None if customer is None else sandbox.store.profile(customer)
        if customer is None or profile is None:
            return codec.refused(problem(701))
        wanted = companions.listing(query, customer, sandbox.now())
        lists = sandbox.runtime.settings().hazards.lists
        list_coupons = sandbox.behaviour.list_coupons
        total, rows = disturbed.customer_list(lists, list_coupons, sandbox.store, wanted)
        return companions.customer_coupons(wanted, profile, total, rows, disturbed.letters(lists, letters))

    return Response(await run_in_threadpool(answer), media_type=JSON)


async def revoke(request: Request) -> Response:
    """`POST /v2/coupon/revoke`."""
    sandbox: Sandbox = request.app.state.sandbox
    await authorise(sandbox, request.scope)
    letters = sandbox.behaviour.letter_case(request.query_params.get("couponCodeCase", ""))
    requested = companions.revoke_request(json_object(await json_body(request.scope, request.receive)))

    def answer() -> bytes:
        with sandbox.store.transaction() as transaction:
            series = None if requested.series_id is None else transaction.series(requested.series_id)
            if code := companions.refusal(requested, series, sandbox.now()):
                return companions.revoke_refused(code)
        rows = companions.coupons_to_revoke(requested, sandbox.store)
        with sandbox.store.transaction() as transaction:
            return companions.revoked(requested, [row for row in rows if transaction.revoke(row.id)], letters)

    return Response(await run_in_threadpool(answer), media_type=JSON)


async def authorise(sandbox: Sandbox, scope: Scope) -> None:
    """Check that the caller may use the sandbox. Raises Unauthenticated, NotPermitted or StoreTrouble."""
    basics, tokens = header_values(scope, BASIC), header_values(scope, TOKEN)
    check = partial(sandbox.behaviour.authorise, sandbox.seed, sandbox.store, basics, tokens, sandbox.now())
    if may_block(sandbox.store, tokens):
        await run_in_threadpool(check)
    else:
        check()
