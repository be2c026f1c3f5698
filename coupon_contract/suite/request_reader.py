"""Reads a request: its plainest meaning, its flaws, and the places that may be read in two ways.

If the ledger accepts two readings of a request, the responses to both fit. No implementation is consulted.
"""

import re
from codecs import BOM_UTF8
from decimal import Decimal
from math import isinf
from typing import Any

from attrs import field, frozen, mutable

from coupon_contract.facts import COUNT_MAXIMUM, COUNT_MINIMUM, IDENTIFIERS, METADATA_LENGTHS, REQUEST_FIELDS
from coupon_contract.suite.exchange import LONGEST_INTEGER, NotJson, Request, duplicate_keys, exact_float, loads
from coupon_contract.suite.matchers import ANY_DOCUMENTED_REFUSAL, Anything, Matcher, http, refused
from coupon_contract.suite.target import Series, Target

Json = Any

INT32 = 2**31
INT64 = 2**63
PLAIN_LENGTH = 250  # characters; a longer identifier may be refused as input
DEEP = 50  # levels of nesting beyond which a reader may give up
HUGE = 100_000  # bytes beyond which a reader may give up
JSON_SPACE = b" \t\r\n"
UNUSABLE = http(400)
ISSUES = "issues-what-was-asked"
SUSPICIOUS = re.compile(rb"\\u(?:0000|d[89a-f])", re.IGNORECASE)  # NUL and surrogates
NOT_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


@frozen
class Flaw:
    """Something wrong with a request, the clause about it, and the outcomes that fit it."""

    clause: str
    matchers: tuple[Matcher, ...]


@mutable
class Reading:
    """The reading of a request: its flaws, and outcomes that are acceptable besides.

    `certain` is False once the request names a series or a customer that the target file does not describe.
    `oddity_clause` permits an unusual way to write the request, `customer_clause` the identifiers by which its customer
    is found.
    """

    flaws: list[Flaw] = field(factory=list)
    besides: list[Matcher] = field(factory=list)
    certain: bool = True
    series: Series | None = None
    count: int = 1
    count_clause: str = "count-omitted"
    oddity_clause: str = ""
    customer_clause: str = ""

    def flaw(self, clause: str, *matchers: Matcher) -> None:
        """Add a flaw, and the outcomes that fit it."""
        self.flaws.append(Flaw(clause, matchers))

    def doubt(self, *matchers: Matcher) -> None:
        """Add outcomes that are acceptable regardless of flaws."""
        self.besides.extend(matchers)

    def oddity(self, clause: str, *matchers: Matcher) -> None:
        """Add an unusual way to write the request, and the outcomes that are acceptable because of it."""
        self.doubt(*matchers)
        self.oddity_clause = self.oddity_clause or clause


def read_request(request: Request, target: Target) -> Reading | None:
    """Return the reading of a request of the issuing operation; None if readers may differ in everything."""
    if not _plain_utf_8(request.body):
        return None  # readers may detect other encodings by the first bytes, or not (ledger body-encoding)
    reading = Reading()
    _content_type(request, reading)
    try:
        body = loads(request.body, parse_float=exact_float)
    except NotJson:
        if _depth(request.body) > DEEP:
            return None
        reading.flaw("unusable-body", UNUSABLE, *_of_nothing(request.body.strip(JSON_SPACE)))
        if len(request.body) > HUGE:
            reading.doubt(http(403, 413))
    else:
        _body(body, request.body, target, reading)
    return reading


def _plain_utf_8(body: bytes) -> bool:
    """Return True for UTF-8 without a byte order mark and without NUL, which half of UTF-16 consists of."""
    try:
        return "\0" not in body.decode("utf-8") and not body.startswith(BOM_UTF8)
    except UnicodeDecodeError:
        return False


def requested_count(request: Request) -> int | None:
    """Return the number of coupons that the request asks for in its plainest reading; None if it is unclear."""
    try:
        body = loads(request.body)
    except NotJson:
        return None
    if not isinstance(body, dict):
        return None
    count = body.get("count", 1)
    if is_numeric_text(count):
        count = int(count[:LONGEST_INTEGER])
    if duplicate_keys(request.body) or isinstance(count, bool) or not isinstance(count, int | float):
        return None
    return int(count) if count % 1 == 0 else None  # the remainder of infinity is NaN, that of a fraction not 0


def _content_type(request: Request, reading: Reading) -> None:
    declared = next((value for name, value in request.headers if name.lower() == "content-type"), "")
    if not declared:
        reading.oddity("content-type", http(400, 415))  # a server may guess the type (RFC 9110, 8.3)
    elif declared.partition(";")[0].strip().lower() != "application/json":
        reading.flaw("content-type", http(400, 415))
    elif declared != "application/json":
        reading.oddity("valid-is-processed")


def _body(body: Json, raw: bytes, target: Target, reading: Reading) -> None:
    if not isinstance(body, dict):
        reading.flaw("unusable-body", UNUSABLE, *_of_nothing(body))
        return
    if duplicate_keys(raw):
        reading.doubt(UNUSABLE, Anything())
    if len(raw) > HUGE:
        reading.doubt(http(400, 403, 413))
    if SUSPICIOUS.search(raw):
        reading.doubt(http(403))  # from a firewall
    if not set(body) <= set(REQUEST_FIELDS):
        reading.oddity("unknown-request-fields", UNUSABLE)
    if _depth(raw) > DEEP:
        reading.doubt(UNUSABLE)
    _series(body, target, reading)
    _count(body, reading)
    _customer(body, target, reading)
    if "metadata" in body:
        _metadata(body["metadata"], reading)


def _of_nothing(body: Json) -> tuple[Matcher, ...]:
    """Return the code for an empty body and for null, which readers may take for an object without fields (ledger
    body-empty).
    """
    return (refused(756),) if body in (None, b"") else ()


def _series(body: dict[str, Json], target: Target, reading: Reading) -> None:
    if "seriesId" not in body:
        reading.flaw("series-missing", refused(756))
        return
    value = body["seriesId"]
    if value is None:
        reading.flaw("null-fields", refused(756), UNUSABLE)
        return
    if isinstance(value, bool):  # many readers take it for 1 or 0, or for a field that is missing
        reading.flaw("series-not-integer", UNUSABLE, refused(707, 756))
        return
    number = _as_number(value, reading, "series-as-text", UNUSABLE)
    if number is None:
        reading.flaw("series-not-integer", UNUSABLE)
    elif not -INT64 <= number < INT64:
        reading.flaw("numbers-out-of-range", refused(707), UNUSABLE)
    elif number <= 0:
        reading.flaw("series-unknown", refused(707, 756), UNUSABLE)
    else:
        reading.series = target.series_by_id(number)
        if reading.series is None:
            reading.certain = False
        elif (state := reading.series.state).is_mistake:
            reading.flaw(state.clause, refused(*state.refusals))


def _as_number(value: Json, reading: Reading, clause: str, *matchers: Matcher) -> int | None:
    """Return the number in a value or in a text of digits; `clause` and `matchers` are of the text."""
    if is_numeric_text(value):
        reading.oddity(clause, *matchers)
        return int(value[:LONGEST_INTEGER])
    return _integer(value, reading)


def is_numeric_text(value: Json) -> bool:
    """Return True for a text of nothing but digits."""
    return isinstance(value, str) and value.isascii() and value.isdigit()


def _integer(value: Json, reading: Reading) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    if isinstance(value, float) and isinf(value):  # Python reads 1e400 as infinity
        reading.doubt(UNUSABLE)
        return INT64 if value > 0 else -INT64 - 1
    if value != int(value):
        return None
    if not isinstance(value, int):
        reading.oddity("ambiguous-json", UNUSABLE)
    return int(value)


def _count(body: dict[str, Json], reading: Reading) -> None:
    if "count" not in body:
        return
    if body["count"] is None:
        reading.doubt(UNUSABLE, refused(756, 677))
        reading.count_clause = "null-fields"
        return
    number = _as_number(body["count"], reading, "count-as-text", UNUSABLE, refused(677, 756))
    if number is None:
        reading.flaw("count-not-integer", UNUSABLE, refused(677, 756))
        return
    if not -INT32 <= number < INT32:
        reading.flaw("numbers-out-of-range", refused(677, 756), UNUSABLE)
    elif number > COUNT_MAXIMUM:
        reading.flaw("count-too-high", refused(677))
    elif number < COUNT_MINIMUM:
        reading.flaw("count-too-low", refused(756, 677))
    reading.count = number
    reading.count_clause = "count-maximum" if number == COUNT_MAXIMUM else ISSUES
    if is_numeric_text(body["count"]):
        reading.count_clause = "count-as-text"


def _customer(body: dict[str, Json], target: Target, reading: Reading) -> None:
    value = body.get("customer")
    missing = (refused(701, 756), http(400, 403))
    if value is None:
        reading.flaw("customer-missing", *missing)
        return
    if not isinstance(value, dict):
        reading.flaw("unusable-body", UNUSABLE)
        return
    given = {name: value[name] for name in IDENTIFIERS if value.get(name) is not None}
    if not set(value) <= set(IDENTIFIERS) or len(given) < len(value):
        reading.doubt(UNUSABLE)
    if not all(isinstance(identifier, str) or type(identifier) is int for identifier in given.values()):
        reading.flaw("unusable-body", UNUSABLE)
        return
    if not all(isinstance(identifier, str) for identifier in given.values()):
        reading.oddity("identifier-as-number", *missing)
    texts = {name: str(identifier) for name, identifier in given.items() if identifier != ""}
    if value.get("id") not in (None, ""):  # which may name the customer, or be ignored (ledger customer-id)
        reading.oddity("customer-by-id", refused(701), *(() if texts else missing))
        if not texts:
            return
    if not texts:
        reading.flaw("customer-missing", *missing)
        return
    if len(texts) < len(given) or value.get("id") == "":
        reading.oddity("empty-identifiers", UNUSABLE, refused(701))
    _identified(texts, target, reading)


def _identified(given: dict[str, str], target: Target, reading: Reading) -> None:
    if not all(text.isprintable() and text.strip() and len(text) <= PLAIN_LENGTH for text in given.values()):
        reading.doubt(UNUSABLE)
    if given.get("externalId", "").startswith("0"):
        reading.doubt(refused(701))  # only the external id without zeros is sure to identify
    known = [_known(name, text, target) for name, text in given.items()]
    if all(customer is not None and customer == known[0] for customer in known):
        unpadded = given.keys() == {"externalId"} and given["externalId"].isdigit()
        reading.customer_clause = "external-id-unpadded" if unpadded else "any-identifier"
        return
    if all(target.unknown.get(name) == text for name, text in given.items()):
        reading.flaw("customer-unknown", refused(701))
        return
    # The target file does not say whom these identifiers name; the rest of the contract still holds.
    reading.certain = False


def _known(name: str, text: str, target: Target) -> int | None:
    for index, customer in enumerate(target.known):
        if name in customer and same_identifier(name, text, customer[name]):
            return index
    return None


def same_identifier(name: str, left: str, right: str) -> bool:
    """Return True if two identifiers of a type are equal; external ids without leading zeros (ledger
    external-id-padding).
    """
    return left.lstrip("0") == right.lstrip("0") if name == "externalId" else left == right


def customers_named(request: Request, target: Target) -> set[int]:
    """Return the indexes into `target.known` of the customers that the request's identifiers name."""
    body = loads(request.body)
    reference = body.get("customer") if isinstance(body, dict) else None
    if not isinstance(reference, dict):
        return set()
    pairs = [(name, reference[name]) for name in IDENTIFIERS if isinstance(reference.get(name), str)]
    return {index for name, text in pairs if (index := _known(name, text, target)) is not None}


def _metadata(value: Json, reading: Reading) -> None:
    reading.doubt(UNUSABLE)  # for an implementation older than metadata it is an unknown field
    if not isinstance(value, dict):
        return
    if not all(_short_text(value.get(name, ""), most) for name, most in METADATA_LENGTHS.items()):
        reading.doubt(ANY_DOCUMENTED_REFUSAL)


def _short_text(value: Json, most: int) -> bool:
    return isinstance(value, str) and len(value) <= most


def _depth(raw: bytes) -> int:
    """Return the deepest nesting that the brackets of this text could have, including those in strings."""
    depth = deepest = 0
    for byte in raw.translate(None, delete=NOT_BRACKETS):
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    return deepest
