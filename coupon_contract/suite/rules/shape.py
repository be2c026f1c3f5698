"""Rules for status, body and shape of a response."""

from codecs import BOM_UTF8
from collections.abc import Iterable
from typing import Any

import httpx

from coupon_contract.facts import STATUSES, placeholders
from coupon_contract.suite.exchange import Response, duplicate_keys
from coupon_contract.suite.generated_client import (
    AuthenticatedClient,
    CustomerReference,
    IssuanceRequest,
    IssuanceResponse,
    issue_multiple_coupons,
)
from coupon_contract.suite.oracle import Facts, rule
from coupon_contract.suite.problem import alternatives, unlike
from coupon_contract.suite.response_reader import profiles_of
from coupon_contract.suite.rules.accessors import entries
from coupon_contract.suite.schema import Mismatch, integers_not_plain, repeated

Json = Any

COUNTS = ("totalCount", "failureCount", "successCount")
LISTS = ("errors", "warnings")
DOCUMENTED = f"HTTP {alternatives(sorted(status for status in STATUSES if status < 500))}"
TIMES = ("fixedExpiryDate", "latestIssualTime", "latestRedemptionTime")
FIRST_TIME, LAST_TIME = 946_684_800_000, 253_402_300_799_999  # 2000 to 9999; seconds and microseconds lie outside
CLOSED = ("enum", "anyOf")  # keywords of the lists of codes, as judged


@rule("documented-status")
def status_is_documented(facts: Facts) -> str:
    status = facts.outcome.status
    return "" if status in STATUSES or status >= 500 else unlike(f"answered with HTTP {status}", DOCUMENTED)


@rule("no-server-error")
def no_server_error(facts: Facts) -> str:
    status = facts.outcome.status
    return unlike(f"answered with HTTP {status}", "no HTTP 5xx") if status >= 500 else ""


@rule("one-response")
def nothing_follows_the_response(facts: Facts) -> str:
    return "bytes follow the response on its connection" if facts.exchange.response.extra_bytes else ""


@rule("json-answer")
def body_is_a_json_object(facts: Facts) -> str | None:
    response = facts.exchange.response
    if response.status != 200:
        return None
    declared = response.media_types
    if "application/json" not in declared:
        return "a 200 answer that is not declared as application/json"
    if len(declared) > 1:
        return "a 200 answer that is declared as application/json and, in a second Content-Type, as something else"
    if response.body.startswith(BOM_UTF8) and facts.outcome.body is not None:
        return "a 200 answer with a byte order mark before its JSON"
    return "" if isinstance(facts.outcome.body, dict) else "a 200 answer whose body is not a JSON object"


@rule("keys-unique")
def no_field_stands_twice(facts: Facts) -> Iterable[str] | None:
    if not isinstance(facts.outcome.body, dict):
        return None
    body = facts.exchange.response.body
    if not duplicate_keys(body):
        return ""
    return {f"{place} stands there twice; expected once" for place in repeated("IssuanceResponse", body)} or {""}


@rule("integers-plain")
def integers_are_written_plainly(facts: Facts) -> Iterable[str] | None:
    if not isinstance(facts.outcome.body, dict):
        return None
    return {
        f"{mismatch.place} is written with a fraction or an exponent; expected digits alone"
        for mismatch in integers_not_plain("IssuanceResponse", facts.exchange.response.body)
    } or {""}


@rule("lists-not-null")
def lists_are_not_null(facts: Facts) -> Iterable[str] | None:
    if not isinstance(facts.outcome.body, dict):
        return None
    return {f"{name} is null; expected a list" for name in ("coupons", *LISTS) if _is_null(facts, name)} or {""}


def _is_null(facts: Facts, name: str) -> bool:
    return name in facts.outcome.body and facts.outcome.body[name] is None


def _clause_of(mismatch: Mismatch, facts: Facts) -> str:
    """Return the clause of a mismatch, by its place in the response."""
    has_coupons = facts.has_coupons
    root = mismatch.path[0] if mismatch.path else ""
    if len(mismatch.path) == 1 and root in ("coupons", *LISTS) and _is_null(facts, str(root)):
        return "lists-not-null"
    if root in COUNTS and mismatch.keyword == "minimum":
        return "counts-add-up"
    if mismatch.keyword == "dependentRequired" or root in COUNTS:
        return "companions-of-coupons"
    if has_coupons and (
        (root in LISTS and len(mismatch.path) == 1) or (mismatch.keyword == "required" and not mismatch.path)
    ):
        return "companions-of-coupons"
    if mismatch.keyword in CLOSED and mismatch.path[-1] == "code":
        return "documented-code"
    if len(mismatch.path) <= 1:
        return {"couponConfig": "coupon-config-shape", "customer": "customer-shape"}.get(str(root), "clear-outcome")
    return {"coupons": "coupon-shape", "couponConfig": "coupon-config-shape", "customer": "customer-shape"}.get(
        str(root), "error-shape"
    )


def _shape(clause: str, *, only_with_coupons: bool = False) -> None:
    @rule(clause)
    def shape(facts: Facts) -> Iterable[str] | None:
        mismatches = facts.mismatches
        if mismatches is None or (only_with_coupons and not facts.has_coupons):
            return None
        return {mismatch.words for mismatch in mismatches if _clause_of(mismatch, facts) == clause} or {""}


@rule("clear-outcome")
def errors_say_why_there_are_no_coupons(facts: Facts) -> str | None:
    if not isinstance(facts.outcome.body, dict):
        return None
    said_nothing = facts.outcome.kind == "unclear" and (_is_null(facts, "errors") or _is_null(facts, "coupons"))
    return "neither coupons nor an error" if said_nothing else ""


_shape("clear-outcome")
_shape("companions-of-coupons", only_with_coupons=True)
_shape("coupon-shape", only_with_coupons=True)
_shape("coupon-config-shape", only_with_coupons=True)
_shape("customer-shape", only_with_coupons=True)


@rule("times-in-milliseconds")
def times_are_epoch_milliseconds(facts: Facts) -> Iterable[str] | None:
    config = facts.outcome.body.get("couponConfig") if isinstance(facts.outcome.body, dict) else None
    if not isinstance(config, dict):
        return None
    times = {name: config[name] for name in TIMES if type(config.get(name)) is int and config[name] > 0}
    return {
        f"couponConfig.{name} is {'before 2000' if time < FIRST_TIME else 'after 9999'} as epoch milliseconds"
        for name, time in times.items()
        if not FIRST_TIME <= time <= LAST_TIME
    } or {""}


@rule("error-shape")
def errors_have_their_shape(facts: Facts) -> Iterable[str] | None:
    mismatches = facts.mismatches
    if mismatches is None or not (entries(facts, "errors") or entries(facts, "warnings")):
        return None
    return {mismatch.words for mismatch in mismatches if _clause_of(mismatch, facts) == "error-shape"} or {""}


@rule("documented-code")
def codes_are_documented(facts: Facts) -> Iterable[str] | None:
    if not (facts.outcome.errors or facts.outcome.warnings):
        return None
    mismatches = facts.mismatches or ()
    # The clause error-shape reports codes that are not numbers.
    no_numbers = {mismatch.path for mismatch in mismatches if mismatch.keyword == "type"}
    unknown = (mismatch for mismatch in mismatches if mismatch.keyword in CLOSED and mismatch.path not in no_numbers)
    return {mismatch.words for mismatch in unknown} or {""}


@rule("placeholders-present")
def placeholders_are_present(facts: Facts) -> Iterable[str] | None:
    if not facts.has_coupons:
        return None
    missing = [f"couponConfig.{name}" for name in _absent("CouponConfig", facts.outcome.body.get("couponConfig"))]
    for profile in profiles_of(facts.outcome.body):
        missing += [f"customer.profiles[].{name}" for name in _absent("CustomerProfile", profile)]
    return {f"{name} is missing; expected, also when it was not filled in" for name in missing} or {""}


def _absent(schema: str, value: Json) -> Iterable[str]:
    return [name for name in placeholders(schema) if name not in value] if isinstance(value, dict) else ()


@rule("readable-by-clients")
def generated_client_reads_it(facts: Facts) -> str | None:
    outcome = facts.outcome
    if outcome.status >= 500 or (outcome.status == 200 and (outcome.kind == "unclear" or facts.mismatches)):
        return None  # another clause reports it
    try:
        parsed = read_by_generated_client(facts.exchange.response)
    except Exception as problem:  # any exception, because an integrator would see it
        return f"the generated client raises {type(problem).__name__}"
    if outcome.status != 200:
        return ""
    coupons = parsed.coupons if isinstance(parsed, IssuanceResponse) else ()
    return "" if len(coupons or ()) == len(outcome.coupons) else "the generated client reads another number of coupons"


def read_by_generated_client(response: Response) -> object:
    """Return the result of `coupon_api` for these bytes. Raises whatever it raises."""
    content_type = [value.encode("latin-1") for name, value in response.headers if name.lower() == "content-type"]
    headers = [(b"content-type", value) for value in content_type]
    canned = httpx.MockTransport(lambda _: httpx.Response(response.status, headers=headers, content=response.body))
    with httpx.Client(base_url="http://target.invalid", transport=canned, trust_env=False) as inner:
        client = AuthenticatedClient("http://target.invalid", token="none")  # noqa: S106 - sent to nobody
        client.set_httpx_client(inner)
        body = IssuanceRequest(series_id=1, customer=CustomerReference(mobile="1"))
        return issue_multiple_coupons.sync_detailed(client=client, body=body).parsed
