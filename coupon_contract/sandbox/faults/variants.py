"""Variants of decisions and of reading: choices that the ledger leaves open."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from time import monotonic
from typing import Any

from attrs import evolve
from starlette.exceptions import HTTPException

from coupon_contract.facts import IDENTIFIERS, METADATA_LENGTHS, REQUEST_FIELDS
from coupon_contract.sandbox import auth, codec, issuing, service
from coupon_contract.sandbox.behaviour import Behaviour
from coupon_contract.sandbox.codec import KeyAndSecret
from coupon_contract.sandbox.errors import Problem, problem
from coupon_contract.sandbox.faults.codes import swapped
from coupon_contract.sandbox.faults.counts import reading, ruled
from coupon_contract.sandbox.faults.customers import first_known
from coupon_contract.sandbox.faults.fault_wrapper import (
    Behave,
    Json,
)
from coupon_contract.sandbox.faults.model import Variant
from coupon_contract.sandbox.faults.semantics import tolerant
from coupon_contract.sandbox.faults.statuses import decoding
from coupon_contract.sandbox.issuing import Decision, Identifier, IssueRequest, Rules, Series, Situation
from coupon_contract.sandbox.json_body import Unusable, json_object
from coupon_contract.sandbox.records import Coupon, CouponRow, CustomerListing, Wanted
from coupon_contract.sandbox.seed import Seed
from coupon_contract.sandbox.service import Issued, Refused
from coupon_contract.sandbox.store import Store, Transaction

INT32, INT64 = 2**31, 2**63
LARGE = 50_000  # bytes
LAG = 0.3  # seconds


def unusable_if(wrong: Callable[[dict[str, Json]], object]) -> Behave:
    """Return a behaviour that responds with 400 to requests with such fields."""

    def check(fields: dict[str, Json]) -> dict[str, Json]:
        if wrong(fields):
            raise Unusable
        return fields

    return reading(check)


def deciding(decide: Callable[[int, Situation], Decision]) -> Behave:
    """Return a behaviour with another decision where the contract leaves a choice."""
    return ruled(decide=decide)


def all_or_nothing(requested: int, situation: Situation) -> Decision:
    """Refuse a request that does not fit as a whole."""
    decision = issuing.decide(requested, situation)
    return Decision(0, decision.problem) if decision.granted < requested else decision


def customer_first(requested: int, situation: Situation) -> Decision:
    """Check the customer before the series, and limits before expiry."""
    checks = (issuing.check_customer, issuing.check_series, issuing.check_already_has)
    problem = next((trouble for check in checks if (trouble := check(situation))), None)
    if problem or situation.series is None:
        return Decision(0, problem)
    decision = issuing.grant(requested, issuing.bounds(situation.series, situation.has))
    expired = issuing.check_expiry(situation)
    return Decision(0, expired) if expired and decision.granted else decision


def low_677(request: IssueRequest) -> Problem | None:
    """Refuse a count below 1 with 677 in place of 756."""
    trouble = issuing.check_request(request)
    return problem(677) if trouble == problem(756, 1) else trouble


def text_as_number(fields: dict[str, Json]) -> dict[str, Json]:
    """Read a numeric text as the number."""
    value = fields.get("seriesId")
    if not isinstance(value, str) or not re.fullmatch("[0-9]{1,40}", value):
        return fields
    return {**fields, "seriesId": int(value)}


def out_of_range(fields: dict[str, Json]) -> bool:
    """Return True if a number fits no machine type."""
    return any(
        isinstance(fields.get(name), int) and not -bound <= fields[name] < bound
        for name, bound in (("seriesId", INT64), ("count", INT32))
    )


def has_null(fields: dict[str, Json]) -> bool:
    """Return True if a field is null."""
    customer = fields.get("customer")
    return None in fields.values() or (isinstance(customer, dict) and None in customer.values())


def has_unknown(fields: dict[str, Json]) -> bool:
    """Return True for undocumented fields."""
    known = (("customer", IDENTIFIERS), ("metadata", METADATA_LENGTHS))
    inner = ((fields.get(name), set(names)) for name, names in known)
    documented = {*REQUEST_FIELDS} if "seriesId" in fields else {*REQUEST_FIELDS, "seriesIds"}  # `series-id-name`
    return not set(fields) <= documented or any(
        isinstance(value, dict) and not set(value) <= names for value, names in inner
    )


def no_customer(fields: dict[str, Json]) -> bool:
    """Return True if no customer is named."""
    customer = fields.get("customer")
    if customer is None:
        return True
    return isinstance(customer, dict) and all(customer.get(kind) in (None, "") for kind in IDENTIFIERS)


def customer_mandatory(fields: dict[str, Json]) -> dict[str, Json]:
    """Refuse a request without a customer like one without seriesId."""
    return {**fields, "seriesId": None, "customer": None} if no_customer(fields) else fields


def forbid_nobody(fields: dict[str, Json]) -> dict[str, Json]:
    """403 for a request that names no customer."""
    if no_customer(fields):
        raise HTTPException(403)
    return fields


def count_as_756(fields: dict[str, Json]) -> dict[str, Json]:
    """Read a count of a wrong type as a count below 1."""
    count = fields.get("count")
    return fields if count is None or type(count) is int else {**fields, "count": 0}


def no_points(body: bytes) -> dict[str, Any]:
    """Reject integers that are written as a fraction."""

    def read(text: str) -> float:
        if float(text).is_integer():
            raise Unusable
        return float(text)

    fields = json_object(body)
    json.loads(body, parse_float=read)
    return fields


def last_wins(body: bytes) -> dict[str, Any]:
    """Take the last of repeated keys."""
    return once(body, lambda pairs: dict(pairs))


def first_wins(body: bytes) -> dict[str, Any]:
    """Take the first of repeated keys."""
    return once(body, lambda pairs: dict(reversed(pairs)))


def once(body: bytes, keep: Callable[[list[tuple[str, Json]]], dict[str, Json]]) -> dict[str, Any]:
    """Return the body with every key once."""
    return json_object(json.dumps(json.loads(body.decode(), object_pairs_hook=keep)).encode())


def too_large(body: bytes) -> dict[str, Any]:
    """Respond with 413 to a large body."""
    if len(body) > LARGE:
        raise HTTPException(413)
    return json_object(body)


async def token_400(seed: Seed, store: Store, claim: KeyAndSecret, now: int) -> str:
    """Respond with 400 to a wrong key or secret."""
    try:
        return await auth.new_token(seed, store, claim, now)
    except auth.Unauthenticated:
        raise Unusable from None


def lagging() -> Behaviour:
    """Return a behaviour whose read-back lists a coupon some time after the response that names it."""
    told_from: dict[int, float] = {}

    class Noting(Transaction):
        def _add(
            self, series: Series, customer_id: int, codes: Sequence[str], now: int, metadata: str = ""
        ) -> tuple[Coupon, ...]:
            coupons = super()._add(series, customer_id, codes, now, metadata)
            told_from.update({coupon.id: monotonic() + LAG for coupon in coupons})
            return coupons

    def find(store: Store, wanted: Wanted) -> Iterable[Sequence[CouponRow]]:
        for page in store.issued_coupons(wanted):
            if visible := [row for row in page if told_from.get(row.id, 0) <= monotonic()]:
                yield visible

    def list_coupons(store: Store, listing: CustomerListing) -> tuple[int, Sequence[CouponRow]]:
        total, page = store.list_customer_coupons(listing)
        listed = [row for row in page if told_from.get(row.id, 0) <= monotonic()]
        return total - len(page) + len(listed), listed

    return Behaviour(transaction_type=Noting, find=find, list_coupons=list_coupons)


def metadata_756(fields: dict[str, Json]) -> dict[str, Json]:
    """Read a request with too long metadata as one without seriesId."""
    try:
        codec.metadata(fields)
    except Unusable:
        if isinstance(fields["metadata"], dict):
            return {**fields, "seriesId": None, "metadata": None}
    return fields


DECIDING = [
    Variant(
        "all-or-nothing",
        "What does not fit as a whole is refused.",
        "partial-possible",
        deciding(all_or_nothing),
    ),
    Variant(
        "codes-out-5005",
        "Codes that run out midway are explained by 5005.",
        "partial-possible code-5005-cause",
        swapped(5006, 5005),
    ),
    Variant("count-too-low-677", "A count below 1 is refused with 677.", "count-too-low", ruled(check_request=low_677)),
    Variant(
        "customer-first",
        "The customer is checked before the series, and limits before the expiry.",
        "check-order",
        deciding(customer_first),
    ),
    Variant(
        "any-identifier-will-do",
        "Of several identifiers the first known one counts.",
        "several-identifiers",
        ruled(same_customer=first_known),
    ),
]


def count_text_as_number(fields: dict[str, Json]) -> dict[str, Json]:
    """Read a count that is a numeric text as the number."""
    count = fields.get("count")
    return {**fields, "count": int(count)} if isinstance(count, str) and re.fullmatch("[0-9]{1,40}", count) else fields


def truth_as_number(fields: dict[str, Json]) -> dict[str, Json]:
    """Read true as 1 and false as 0."""
    series = fields.get("seriesId")
    return {**fields, "seriesId": int(series)} if isinstance(series, bool) else fields


def truth_as_missing(fields: dict[str, Json]) -> dict[str, Json]:
    """Leave out a seriesId that is true or false."""
    return {**fields, "seriesId": None} if isinstance(fields.get("seriesId"), bool) else fields


def nothing_is_empty(body: bytes) -> dict[str, Any]:
    """Read null and an empty body as an object without fields."""
    return {} if body.strip() in (b"", b"null") else json_object(body)


def numbers_as_digits(fields: dict[str, Json]) -> dict[str, Json]:
    """Read identifiers that are numbers as their digits."""
    customer = fields.get("customer")
    if not isinstance(customer, dict):
        return fields
    return {**fields, "customer": {kind: str(it) if type(it) is int else it for kind, it in customer.items()}}


def has_empty(fields: dict[str, Json]) -> bool:
    """Return True if an identifier is empty."""
    customer = fields.get("customer")
    return isinstance(customer, dict) and "" in [customer.get(kind) for kind in IDENTIFIERS]


def empty_names_nobody(fields: dict[str, Json]) -> IssueRequest:
    """Read an empty identifier as one that names nobody."""
    request = codec.issue_request(fields)
    return evolve(request, identifiers=(Identifier("email", ""),)) if has_empty(fields) else request


def with_id(fields: dict[str, Json]) -> IssueRequest:
    """Read customer.id as one more identifier."""
    request, customer = codec.issue_request(fields), fields.get("customer")
    number = customer.get("id") if isinstance(customer, dict) else None
    if type(number) is not int or not 0 < number < INT64:
        return request
    return evolve(request, identifiers=(*request.identifiers, Identifier("id", str(number))))


class ById(Transaction):
    """Looks customers up by their id, too."""

    def named(self, identifier: Identifier) -> int | None:
        if identifier.type != "id":
            return super().named(identifier)
        row = self._run("SELECT id FROM customer WHERE id = ?", (int(identifier.value),)).fetchone()
        return None if row is None else int(row[0])


async def resending(store: Store, request: IssueRequest, now: int, rules: Rules) -> Issued | Refused:
    """Hand the coupon that a customer has out again, in place of 709."""
    outcome = service.issue(store, request, now, rules)
    if not isinstance(outcome, Refused) or outcome.problem.code != 709:
        return outcome
    with store.transaction() as transaction:
        situation = service.situation_of(transaction, request, now, rules)
        series, customer = situation.series, situation.customer_id
        if series is None or customer is None:
            return outcome
        parts = transaction.answer_parts(series.id, customer)
    pages = store.issued_coupons(Wanted(customer_ids=(customer,)))
    row = next(row for page in pages for row in page if row.series_id == series.id)
    requested = rules.asked_for(request)
    return Issued(requested, (Coupon(row.code, row.id),), parts, problem(5004, 1) if requested > 1 else None)


READING = [
    Variant(
        "resending",
        "A one-per-customer series hands the same coupon out again.",
        "resending-series",
        lambda: Behaviour(issue=resending),
    ),
    Variant("expired-712", "An expired series is refused with 712.", "series-expired-code", swapped(713, 712)),
    Variant(
        "count-text-taken",
        "A numeric text as count is taken as the number.",
        "count-as-text",
        reading(count_text_as_number),
    ),
    Variant(
        "series-true-707",
        "seriesId true is looked up as 1, and not found.",
        "series-id-truth",
        reading(truth_as_number),
    ),
    Variant("series-true-756", "seriesId true is not seen.", "series-id-truth", reading(truth_as_missing)),
    Variant(
        "null-body-756",
        "null and an empty body are read as an object without fields.",
        "body-empty",
        decoding(nothing_is_empty),
    ),
    Variant(
        "number-identifier-taken",
        "An identifier that is a number is taken as its digits.",
        "identifier-as-number",
        reading(numbers_as_digits),
    ),
    Variant(
        "empty-identifier-400", "An empty identifier is answered with 400.", "empty-identifiers", unusable_if(has_empty)
    ),
    Variant(
        "empty-identifier-701",
        "An empty identifier names nobody.",
        "empty-identifiers",
        lambda: Behaviour(read=empty_names_nobody),
    ),
    Variant(
        "customer-id-taken",
        "customer.id identifies, alone and beside other identifiers.",
        "customer-id",
        lambda: Behaviour(read=with_id, transaction_type=ById),
    ),
    Variant(
        "series-text-taken",
        "A numeric text as seriesId is taken as the number.",
        "series-id-string",
        reading(text_as_number),
    ),
    Variant("points-refused", "2.0 is answered with 400.", "integral-float", decoding(no_points)),
    Variant("null-refused", "A field that is null is answered with 400.", "json-null", unusable_if(has_null)),
    Variant("last-key-wins", "Of repeated keys the last one counts.", "duplicate-keys", tolerant(last_wins)),
    Variant("first-key-wins", "Of repeated keys the first one counts.", "duplicate-keys", tolerant(first_wins)),
    Variant(
        "unknown-fields-refused",
        "Fields that are not documented are answered with 400.",
        "unknown-fields",
        unusable_if(has_unknown),
    ),
    Variant(
        "customer-missing-756",
        "A request without a customer is refused with 756.",
        "missing-customer",
        reading(customer_mandatory),
    ),
    Variant(
        "customer-missing-403",
        "A request without a customer is answered with 403.",
        "missing-customer platform-statuses",
        reading(forbid_nobody),
    ),
    Variant(
        "customer-missing-400",
        "A request without a customer is answered with 400.",
        "missing-customer",
        unusable_if(no_customer),
    ),
    Variant(
        "count-not-integer-756",
        "A count that is not an integer is refused with 756.",
        "count-not-integer",
        reading(count_as_756),
    ),
    Variant(
        "out-of-range-400",
        "Numbers that fit no machine type are answered with 400.",
        "number-out-of-range",
        unusable_if(out_of_range),
    ),
    Variant(
        "metadata-756",
        "Metadata that is too long is refused with 756.",
        "metadata",
        reading(metadata_756),
    ),
    Variant(
        "large-body-413",
        "Large bodies are answered with 413.",
        "http-statuses",
        decoding(too_large),
    ),
    Variant(
        "read-back-lower-by-default",
        "Read-back lists codes in lower case, unless asked for another one.",
        "letter-case",
        lambda: Behaviour(letter_case=lambda name: codec.letter_case(name or "LOWER")),
    ),
    Variant("read-back-lags", "Read-back lists a coupon 0.3 seconds after it was issued.", "read-back", lagging),
    Variant(
        "token-400", "A wrong key or secret is answered with 400.", "token", lambda: Behaviour(new_token=token_400)
    ),
]

VARIANTS = [*DECIDING, *READING]
