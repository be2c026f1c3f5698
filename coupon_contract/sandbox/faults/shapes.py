"""Faults of shape: missing fields, and fields of the wrong type."""

import json
import re

from attrs import evolve

from coupon_contract.sandbox.faults.fault_wrapper import (
    CapturedResponse,
    Json,
    answers,
    complete,
    config,
    drops,
    each_coupon,
    each_error,
    issued,
    profile,
    puts,
    refusal,
    replies,
    with_coupons,
)
from coupon_contract.sandbox.faults.model import Fault

COUNTS = ("totalCount", "failureCount", "successCount")


def without_zeros(fields: dict[str, Json]) -> None:
    """Drop fields that are 0, false or empty, as serialisers do that omit defaults."""
    drops(*(name for name, value in fields.items() if not value and name != "identifiers"))(fields)


def warned_only(body: Json) -> None:
    """Put the reason into warnings, and leave errors empty."""
    body.update(errors=[], warnings=body["errors"])


def in_array(reply: CapturedResponse) -> CapturedResponse | None:
    """Wrap the refusals of expired series in an array."""
    return reply.with_json([json.loads(reply.body)]) if b":713" in reply.body else None


def with_timing(reply: CapturedResponse) -> CapturedResponse | None:
    """Append a comment to the refusals of used-up series."""
    return evolve(reply, body=reply.body + b"\n<!-- 3 ms -->") if b":5001" in reply.body else None


def with_mark(reply: CapturedResponse) -> CapturedResponse | None:
    """Put a byte order mark before the refusals of expired series."""
    return evolve(reply, body=b"\xef\xbb\xbf" + reply.body) if b":713" in reply.body else None


def marked(reply: CapturedResponse) -> CapturedResponse:
    """Put a byte order mark before any answer."""
    return evolve(reply, body=b"\xef\xbb\xbf" + reply.body)


def in_snake_case(reply: CapturedResponse) -> CapturedResponse | None:
    """Write every field of a 200 answer in snake case."""
    return reply.with_json(snake_case(json.loads(reply.body))) if reply.status == 200 else None


def snake_case(value: Json) -> Json:
    """Return a value with the names of its fields in snake case."""
    if isinstance(value, dict):
        return {re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower(): snake_case(item) for name, item in value.items()}
    return [snake_case(item) for item in value] if isinstance(value, list) else value


def with_long_number(reply: CapturedResponse) -> CapturedResponse | None:
    """Put a very long number into the refusals of expired series."""
    longer = reply.body[:-1] + b',"trace":' + b"7" * 5000 + b"}"
    return evolve(reply, body=longer) if b":713" in reply.body else None


def with_exponents(reply: CapturedResponse) -> CapturedResponse:
    """The three counts with an exponent."""
    return evolve(reply, body=re.sub(rb'(Count":[0-9]+)', rb"\1E0", reply.body))


def with_errors_twice(reply: CapturedResponse) -> CapturedResponse | None:
    """The refusals of expired series with a second list of errors, which is empty."""
    return evolve(reply, body=b'{"errors":[],' + reply.body[1:]) if b":713" in reply.body else None


def with_two_types(reply: CapturedResponse) -> CapturedResponse:
    """Any answer, declared a second time, as HTML."""
    return evolve(reply, headers=(*reply.headers, (b"content-type", b"text/html")))


def as_html(reply: CapturedResponse) -> CapturedResponse:
    """Declare any response as HTML."""
    return reply.with_header(b"content-type", b"text/html; charset=utf-8")


def refusals_as_text(reply: CapturedResponse) -> CapturedResponse | None:
    """Declare refusals as plain text."""
    is_refusal = reply.status == 200 and not with_coupons(json.loads(reply.body))
    return reply.with_header(b"content-type", b"text/plain") if is_refusal else None


COUPONS = [
    Fault(
        "coupon-id-as-text",
        "Coupon ids are written as text, because JavaScript rounds large numbers.",
        "coupon-shape",
        each_coupon(puts(couponId=str)),
    ),
    Fault(
        "coupon-id-as-float",
        "Coupon ids are kept as floating-point numbers and written with a fraction.",
        "integers-plain",
        each_coupon(puts(couponId=float)),
    ),
    Fault(
        "counts-with-exponent",
        "The counts are written as 2E0.",
        "integers-plain",
        replies(with_exponents),
    ),
    Fault(
        "coupon-id-zero",
        "Coupons are answered with 0 as couponId, which nobody fills in.",
        "coupon-ids-filled",
        each_coupon(puts(couponId=0)),
    ),
    Fault(
        "coupon-id-missing",
        "Coupons are answered with nothing but their code.",
        "coupon-shape",
        each_coupon(drops("couponId")),
        also="read-back-lists-issued",
    ),
    Fault(
        "coupon-id-null",
        "Coupons are answered before the database has given them an id.",
        "coupon-shape",
        each_coupon(puts(couponId=None)),
        also="read-back-lists-issued customer-coupons-shape",
    ),
    Fault(
        "code-as-number",
        "Codes that are all digits are written as numbers.",
        "coupon-shape",
        each_coupon(puts(code=lambda code: int(code) if code.isdigit() else code)),
    ),
    Fault(
        "code-missing",
        "Coupons are answered with nothing but their id.",
        "coupon-shape",
        each_coupon(drops("code")),
    ),
    Fault(
        "code-empty",
        "The code of a coupon is masked away.",
        "coupon-shape codes-unique",
        each_coupon(puts(code="")),
        also="read-back-lists-issued customer-coupons-complete issual-details-returned revoke-only-named",
    ),
]

COMPANIONS = [
    *(
        Fault(
            f"{slug}-missing",
            f"{name} is left out of responses with coupons.",
            "companions-of-coupons",
            issued(drops(name)),
            also,
        )
        for slug, name, also in (
            ("total-count", "totalCount", ""),
            ("success-count", "successCount", ""),
            ("failure-count", "failureCount", ""),
            ("coupon-config", "couponConfig", ""),
            ("answered-customer", "customer", "customer-answered"),
            ("warnings", "warnings", ""),
        )
    ),
    Fault(
        "errors-missing",
        "errors is left out when there is nothing to report.",
        "companions-of-coupons",
        answers(lambda body: body["errors"] or body.pop("errors")),
    ),
    Fault(
        "counts-as-text",
        "The three counts are written as text.",
        "companions-of-coupons",
        issued(puts(**dict.fromkeys(COUNTS, str))),
    ),
    Fault(
        "coupon-config-as-text",
        "couponConfig is JSON inside a text, as it stands in the database column.",
        "coupon-config-shape",
        issued(puts(couponConfig=json.dumps)),
    ),
    Fault(
        "config-number-as-text",
        "numTotal is written as text.",
        "coupon-config-shape",
        config(puts(numTotal=str)),
    ),
    Fault(
        "expiry-in-seconds",
        "fixedExpiryDate is in seconds.",
        "times-in-milliseconds",
        config(puts(fixedExpiryDate=1_893_456_000)),
    ),
    Fault(
        "issued-at-microseconds",
        "latestIssualTime is in microseconds.",
        "times-in-milliseconds",
        config(puts(latestIssualTime=1_732_000_000_000_000)),
    ),
    Fault(
        "config-boolean-as-number",
        "Booleans are answered as 0 and 1, as the database keeps them.",
        "coupon-config-shape",
        config(puts(alphaNumeric=int, issueToLoyalty=int, externalIssual=int, updateProductData=int)),
    ),
    Fault(
        "expiry-as-date",
        "fixedExpiryDate is an ISO date instead of epoch milliseconds.",
        "coupon-config-shape",
        config(puts(fixedExpiryDate="2026-12-31")),
    ),
    Fault(
        "discount-as-text",
        "discountValue is a decimal written as text.",
        "coupon-config-shape",
        config(puts(discountValue="{:.2f}".format)),
    ),
    Fault(
        "zeros-dropped",
        "The serialiser omits whatever is 0, false or empty.",
        "placeholders-present",
        config(without_zeros),
    ),
    Fault(
        "profile-empties-dropped",
        "The serialiser omits the empty fields of a profile.",
        "placeholders-present",
        profile(without_zeros),
    ),
]

CUSTOMERS = [
    Fault(
        "customer-id-as-text",
        "The id of the customer is written as text.",
        "customer-shape",
        issued(lambda body: puts(id=str)(body["customer"])),
    ),
    Fault(
        "profiles-missing",
        "The customer is answered without profiles.",
        "customer-shape",
        issued(lambda body: drops("profiles")(body["customer"])),
    ),
    Fault(
        "profiles-as-object",
        "A single profile is answered as an object instead of a list.",
        "customer-shape",
        issued(lambda body: puts(profiles=lambda profiles: profiles[0])(body["customer"])),
    ),
    Fault(
        "identifiers-missing",
        "Profiles are answered with identifiersAll alone.",
        "customer-shape",
        profile(drops("identifiers")),
        also="placeholders-present",
    ),
    Fault(
        "time-without-zone",
        "autoUpdateTime is a local time with a blank in it and without an offset.",
        "customer-shape",
        profile(puts(autoUpdateTime="2024-08-20 09:57:15")),
    ),
    Fault(
        "time-as-epoch",
        "autoUpdateTime is epoch milliseconds.",
        "customer-shape",
        profile(puts(autoUpdateTime=1724147835000)),
    ),
]

ERRORS = [
    Fault(
        "empty-coupons-in-refusals",
        "Refusals hold an empty list of coupons.",
        "clear-outcome",
        answers(puts(coupons=[]), refusal()),
    ),
    Fault(
        "refusal-only-warns",
        "The refusal of an expired series stands in warnings, beside empty errors.",
        "clear-outcome",
        answers(warned_only, refusal(713)),
    ),
    Fault(
        "errors-as-object",
        "A single error is an object instead of a list when a series has expired.",
        "clear-outcome",
        answers(puts(errors=lambda errors: errors[0]), refusal(713)),
    ),
    Fault(
        "warnings-null",
        "warnings is null when there are none.",
        "lists-not-null",
        answers(lambda body: body.update(warnings=body.get("warnings") or None)),
    ),
    Fault(
        "errors-null",
        "errors is null when everything was issued.",
        "lists-not-null",
        answers(puts(errors=None), complete),
    ),
    Fault(
        "coupons-null",
        "coupons is null in refusals.",
        "lists-not-null",
        answers(puts(coupons=None), refusal()),
    ),
    Fault(
        "nothing-said",
        "The refusal of an expired series has null for errors.",
        "lists-not-null clear-outcome",
        answers(puts(errors=None), refusal(713)),
    ),
    Fault("message-missing", "Errors come without a message.", "error-shape", each_error(drops("message"))),
    Fault(
        "message-empty",
        "The message is empty if no translation exists.",
        "error-shape",
        each_error(puts(message="")),
    ),
    Fault(
        "error-code-as-text",
        "The codes of errors are written as text.",
        "error-shape",
        each_error(puts(code=str)),
        also="documented-code",
    ),
    Fault("error-status-true", "The status of errors is true.", "error-shape", each_error(puts(status=True))),
    Fault("error-status-missing", "Errors come without status.", "error-shape", each_error(drops("status"))),
    Fault(
        "error-status-as-text",
        "The status of errors is the text false.",
        "error-shape",
        each_error(puts(status="false")),
    ),
]

BODIES = [
    Fault(
        "errors-twice",
        "The refusal of an expired series has the key errors twice.",
        "keys-unique",
        replies(with_errors_twice),
    ),
    Fault(
        "second-content-type",
        "A gateway adds a second Content-Type, text/html.",
        "json-answer",
        replies(with_two_types),
    ),
    Fault("answer-as-html", "Every response is declared as text/html.", "json-answer", replies(as_html)),
    Fault("refusal-as-plain-text", "Refusals are declared as text/plain.", "json-answer", replies(refusals_as_text)),
    Fault(
        "refusal-in-array",
        "The refusal of an expired series is a JSON array of one object.",
        "json-answer",
        replies(in_array),
    ),
    Fault(
        "text-behind-json",
        "A debugging comment follows the JSON when a series is used up.",
        "json-answer",
        replies(with_timing),
    ),
    Fault(
        "number-of-5000-digits",
        "An undocumented field holds a number with more digits than readers take when a series has expired.",
        "readable-by-clients",
        replies(with_long_number),
    ),
    Fault(
        "byte-order-mark",
        "A byte order mark precedes the JSON when a series has expired.",
        "json-answer",
        replies(with_mark),
    ),
    Fault("byte-order-mark-always", "A byte order mark stands before every answer.", "json-answer", replies(marked)),
    Fault(
        "fields-in-snake-case",
        "Fields are written in snake case, as the language of the server has them.",
        "companions-of-coupons coupon-shape",
        replies(in_snake_case),
        also="customer-shape coupon-config-shape placeholders-present",
    ),
]

FAULTS = [*COUPONS, *COMPANIONS, *CUSTOMERS, *ERRORS, *BODIES]
