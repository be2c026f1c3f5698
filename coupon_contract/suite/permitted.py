"""The requests that the suite sends, as data. Tests take values from here; the gate rejects everything else.

So a request from any other source, such as a results file, reaches a target only in a form that a test uses.
"""

from codecs import BOM_UTF8
from collections.abc import Mapping

from attrs import frozen

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.suite.credentials import CALLERS
from coupon_contract.suite.exchange import JSON_HEADERS, Headers, NotJson, Request, loads

OTHER_METHODS = ("GET", "PUT", "PATCH", "DELETE")
JSON_TYPES = ("application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8")
NOT_JSON_TYPES = ("text/plain", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data")
READ_BACK_PARAMETERS = ("issuedToIds", "couponIds", "couponCodes", "coupon_code_case", "includeIssualDetails")
CUSTOMER_COUPONS_PARAMETERS = (
    *("id", "mobile", "email", "external_Id", "externalId"),
    *("sort_order", "status", "limit", "offset"),
)
LARGEST_BODY = 8_000_000  # bytes; twice the largest that a test sends
NOT_UTF_8 = {
    "utf-16": b"\xff\xfe{\x00}\x00",
    "broken-utf-8": b'{"seriesId": "\xc3\x28"}',
    "nul": b"\x00" * 64,
    "gzip-magic": b"\x1f\x8b\x08\x00{}",
    "encoded-surrogate": b'{"customer": "\xed\xa0\x80"}',
}


@frozen
class Route:
    """The callers, headers, query parameters and body that go with one method and path."""

    callers: frozenset[str]
    headers: frozenset[Headers]
    parameters: frozenset[str] = frozenset()
    has_body: bool = True


NO_HEADERS: Headers = ()
IN_CHUNKS: Headers = (*JSON_HEADERS, ("Transfer-Encoding", "chunked"))  # without a Content-Length
CALLER = frozenset({"caller"})
WITH_NOBODY = CALLER | {"nobody"}
READERS = WITH_NOBODY | {"oauth", "wrong-password", "invented-token", "expired-token"}
DECLARED = frozenset({(("Content-Type", kind),) for kind in (*JSON_TYPES, *NOT_JSON_TYPES)} | {JSON_HEADERS, IN_CHUNKS})
ROUTES: Mapping[tuple[str, str], Route] = {
    ("POST", spec.ISSUE_PATH): Route(CALLER | {*CALLERS}, DECLARED),
    **{
        (method, spec.ISSUE_PATH): Route(CALLER, frozenset({JSON_HEADERS}), has_body=method != "GET")
        for method in OTHER_METHODS
    },
    ("POST", spec.TOKEN_PATH): Route(frozenset({"nobody"}), frozenset({JSON_HEADERS})),
    ("GET", spec.READ_BACK_PATH): Route(
        READERS, frozenset({NO_HEADERS}), frozenset(READ_BACK_PARAMETERS), has_body=False
    ),
    ("GET", spec.CUSTOMER_COUPONS_PATH): Route(
        READERS, frozenset({NO_HEADERS}), frozenset(CUSTOMER_COUPONS_PARAMETERS), has_body=False
    ),
    ("POST", spec.REVOKE_PATH): Route(READERS, frozenset({JSON_HEADERS})),
}
PATHS = frozenset(path for _, path in ROUTES)


def objection(request: Request, *, disposable: bool) -> str | None:
    """Return why the suite never sends this request, or None. Only a disposable target gets arbitrary bytes."""
    if request.path not in PATHS:
        return "a path that the suite never asks for"
    route = ROUTES.get((request.method, request.path))
    if route is None:
        return f"a method that the suite never uses for {request.path}"
    if request.who not in route.callers:
        return "a caller that the suite does not know, or never uses for this request"
    if request.headers not in route.headers:
        return "headers that the suite never sends with this request"
    if request.headers == IN_CHUNKS and request.who != "nobody":
        return "a body in chunks with credentials"
    if not {name for name, _ in request.query} <= route.parameters:
        return "a query parameter that the suite never sends with this request"
    return _objection_to_body(request, route, disposable)


def may_hold_secrets(path: str) -> bool:
    """Return True for the path of the token request, whose body is the only one that holds secrets of the target."""
    return path == spec.TOKEN_PATH


def is_secret_header(name: str) -> bool:
    """Return True for the name of a header that holds credentials."""
    return name.lower() in ("authorization", TOKEN_HEADER.lower())


def is_utf_8(body: bytes) -> bool:
    """Return True if every reader takes the text for UTF-8, with or without a byte order mark."""
    try:
        return "\0" not in body.removeprefix(BOM_UTF8).decode("utf-8")
    except UnicodeDecodeError:
        return False


def _objection_to_body(request: Request, route: Route, disposable: bool) -> str | None:
    if request.body and not route.has_body:
        return "a body where the suite never sends one"
    if len(request.body) > LARGEST_BODY:
        return f"a body of more than {LARGEST_BODY} bytes"
    if request.path == spec.TOKEN_PATH and not _is_token_body(request.body):
        return "a body that is no token request of the suite"
    if request.path == spec.REVOKE_PATH and not disposable:
        return "a revocation, to a target that is not disposable"
    if request.path == spec.REVOKE_PATH and not _revokes_by_code(request.body):
        return "a body that revokes otherwise than by code"
    # A server may guess another encoding, or unpack what it takes for compressed; its coupons cannot be counted.
    if not disposable and not is_utf_8(request.body) and request.body not in NOT_UTF_8.values():
        return "a body that is not UTF-8, to a target that is not disposable"
    return None


def _revokes_by_code(body: bytes) -> bool:
    try:
        fields = loads(body)
    except NotJson:
        return False
    return isinstance(fields, dict) and fields.keys() == {"couponSeriesId", "couponCodes"}


def _is_token_body(body: bytes) -> bool:
    try:
        fields = loads(body)
    except NotJson:
        return False
    return (
        isinstance(fields, dict)
        and fields.keys() <= {"key", "secret"}
        and all(isinstance(text, str) for text in fields.values())
    )
