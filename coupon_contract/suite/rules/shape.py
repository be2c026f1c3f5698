"""Status, body and shape of an answer."""

from collections.abc import Iterable
from typing import Any

import httpx

from coupon_contract.facts import STATUSES, placeholders
from coupon_contract.suite.exchange import Response
from coupon_contract.suite.generated_client import (
    AuthenticatedClient,
    CustomerReference,
    IssuanceRequest,
    IssuanceResponse,
    issue_multiple_coupons,
)
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.rules.accessors import entries, profiles
from coupon_contract.suite.schema import Flaw

Json = Any

COUNTS = ("totalCount", "failureCount", "successCount")
LISTS = ("errors", "warnings")


@rule("documented-status")
def status_is_documented(facts: Facts) -> str:
    status = facts.answer.status
    return "" if status in STATUSES or status >= 500 else f"answered with HTTP {status}"


@rule("no-server-error")
def no_server_error(facts: Facts) -> str:
    return f"answered with HTTP {facts.answer.status}" if facts.answer.status >= 500 else ""


@rule("one-response")
def nothing_follows_the_response(facts: Facts) -> str:
    return "bytes follow the response on its connection" if facts.exchange.response.extra_bytes else ""


@rule("json-answer")
def body_is_a_json_object(facts: Facts) -> str | None:
    response = facts.exchange.response
    if response.status != 200:
        return None
    declared = response.header("content-type")
    if declared.partition(";")[0].strip().lower() != "application/json":
        return "a 200 answer that is not declared as application/json"
    return "" if isinstance(facts.answer.body, dict) else "a 200 answer whose body is not a JSON object"


def _clause_of(flaw: Flaw, has_coupons: bool) -> str:
    """The clause that a flaw belongs to, by its place in the answer."""
    root = flaw.path[0] if flaw.path else ""
    if root in COUNTS and flaw.keyword == "minimum":
        return "counts-add-up"
    if flaw.keyword == "dependentRequired" or root in COUNTS:
        return "companions-of-coupons"
    if has_coupons and ((root in LISTS and len(flaw.path) == 1) or (flaw.keyword == "required" and not flaw.path)):
        return "companions-of-coupons"
    if flaw.keyword == "enum" and flaw.path[-1] == "code":
        return "documented-code"
    if len(flaw.path) <= 1:
        return {"couponConfig": "coupon-config-shape", "customer": "customer-shape"}.get(str(root), "clear-outcome")
    return {"coupons": "coupon-shape", "couponConfig": "coupon-config-shape", "customer": "customer-shape"}.get(
        str(root), "error-shape"
    )


def _shape(clause: str, *, only_with_coupons: bool = False) -> None:
    @rule(clause)
    def shape(facts: Facts) -> Iterable[str] | None:
        found = facts.flaws
        if found is None or (only_with_coupons and not facts.has_coupons):
            return None
        return {flaw.words for flaw in found if _clause_of(flaw, facts.has_coupons) == clause} or {""}


_shape("clear-outcome")
_shape("companions-of-coupons", only_with_coupons=True)
_shape("coupon-shape", only_with_coupons=True)
_shape("coupon-config-shape", only_with_coupons=True)
_shape("customer-shape", only_with_coupons=True)


@rule("error-shape")
def errors_have_their_shape(facts: Facts) -> Iterable[str] | None:
    found = facts.flaws
    if found is None or not (entries(facts, "errors") or entries(facts, "warnings")):
        return None
    return {flaw.words for flaw in found if _clause_of(flaw, facts.has_coupons) == "error-shape"} or {""}


@rule("documented-code")
def codes_are_documented(facts: Facts) -> Iterable[str] | None:
    if not (facts.answer.errors or facts.answer.warnings):
        return None
    found = facts.flaws or ()
    no_numbers = {flaw.path for flaw in found if flaw.keyword == "type"}  # error-shape says so
    return {flaw.words for flaw in found if flaw.keyword == "enum" and flaw.path not in no_numbers} or {""}


@rule("placeholders-present")
def placeholders_are_present(facts: Facts) -> Iterable[str] | None:
    if not facts.has_coupons:
        return None
    missing = [f"couponConfig.{name}" for name in _absent("CouponConfig", facts.answer.body.get("couponConfig"))]
    for profile in profiles(facts):
        missing += [f"customer.profiles[].{name}" for name in _absent("CustomerProfile", profile)]
    return {f"{name} is missing" for name in missing} or {""}


def _absent(schema: str, value: Json) -> Iterable[str]:
    return [name for name in placeholders(schema) if name not in value] if isinstance(value, dict) else ()


@rule("readable-by-clients")
def generated_client_reads_it(facts: Facts) -> str | None:
    answer = facts.answer
    if answer.status == 200 and (answer.outcome == "unclear" or facts.flaws):
        return None  # another clause has said so already
    try:
        parsed = read_by_generated_client(facts.exchange.response)
    except Exception as problem:  # whatever it is, an integrator would see it
        return f"the generated client raises {type(problem).__name__}"
    if answer.status != 200:
        return ""
    coupons = parsed.coupons if isinstance(parsed, IssuanceResponse) else ()
    return "" if len(coupons or ()) == len(answer.coupons) else "the generated client reads another number of coupons"


def read_by_generated_client(response: Response) -> object:
    """What `coupon_api` makes of these bytes. Raises whatever it raises."""
    content_type = [value.encode("latin-1") for name, value in response.headers if name.lower() == "content-type"]
    headers = [(b"content-type", value) for value in content_type]
    canned = httpx.MockTransport(lambda _: httpx.Response(response.status, headers=headers, content=response.body))
    with httpx.Client(base_url="http://target.invalid", transport=canned, trust_env=False) as inner:
        client = AuthenticatedClient("http://target.invalid", token="none")  # noqa: S106 - sent to nobody
        client.set_httpx_client(inner)
        body = IssuanceRequest(series_id=1, customer=CustomerReference(mobile="1"))
        return issue_multiple_coupons.sync_detailed(client=client, body=body).parsed
