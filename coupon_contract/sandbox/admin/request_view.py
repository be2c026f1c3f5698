"""A request as the page and the control API show it: the request, the caller, the response, and the reason."""

import json
import re
import shlex

from attrs import frozen
from msgspec import Struct

from coupon_contract import spec
from coupon_contract.sandbox.auth import BASIC, TOKEN, password_hash, user_and_password
from coupon_contract.sandbox.codec import rfc3339
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.decision_text import explain
from coupon_contract.sandbox.issuing import IssueRequest
from coupon_contract.sandbox.request_log import SHOWN, Note, RequestLog
from coupon_contract.sandbox.seed import Customer, Seed

UNAUTHORIZED = 401
LONGEST_CONTENT_TYPE = 200
CUT_OFF = "…"
CONTENT_TYPE, CONTENT_LENGTH, CHUNKED = b"content-type", b"content-length", b"transfer-encoding"
A_TOKEN = "a token"  # noqa: S105 - words for people
WITH_QUERY = (spec.READ_BACK_PATH, spec.CUSTOMER_COUPONS_PATH)
REPEATABLE = (spec.ISSUE_PATH, spec.REVOKE_PATH, *WITH_QUERY)
KINDS = {  # for the filter of the page
    spec.ISSUE_PATH: "issue",
    spec.READ_BACK_PATH: "read-back",
    spec.CUSTOMER_COUPONS_PATH: "read-back",
}
OTHER_KIND = "other"
WITH_BODY = ("POST", "PUT", "PATCH", "DELETE")  # methods of a browser's fetch that may have one
# What neither a shell nor markup keeps as it is. U+FFFD stands for bytes that were no UTF-8.
UNKEPT = re.compile("[\x00-\x08\x0b-\x1f\x7f\ufffd]")


class RequestView(Struct, frozen=True):
    """A request to show. `key` identifies it; `at` is epoch seconds; `path`, `request` and `answer` may be cut off.

    `kind` is a value of KINDS, or OTHER_KIND. `customer` names the customer of an issue request; `till` is the user if
    a till of the seed sent it.
    """

    key: str
    at: float
    time: str
    kind: str
    what: str
    customer: str
    method: str
    path: str
    content_type: str
    status: int
    milliseconds: float
    outcome: str
    tone: str
    rule: str
    clause: str | None
    words: str
    caller: str
    till: str | None
    behaviour: str | None
    hazard: str | None
    request: str
    answer: str


def latest(sandbox: Sandbox, request_log: RequestLog, after: float = 0) -> list[RequestView]:
    """Return the last requests that began after that moment (epoch seconds), the latest first."""
    since = max(after, sandbox.runtime.settings().since)
    return [view_of(note, request_log.worker, sandbox.seed) for note in request_log.after(since)]


def view_of(note: Note, worker: str, seed: Seed) -> RequestView:
    """Return the view of a note of this worker."""
    why = explain(note)
    return RequestView(
        key=f"{worker}-{note.number}",
        at=note.at,
        time=rfc3339(int(note.at * 1000)),
        kind=KINDS.get(note.path, OTHER_KIND),
        what=what(note),
        customer=customer(note),
        method=note.method,
        path=note.path + query(note),
        content_type=content_type(note),
        status=note.status,
        milliseconds=round(note.seconds * 1000, 1),
        outcome=why.outcome,
        tone=why.tone,
        rule=why.rule,
        clause=why.clause,
        words=why.words,
        caller=caller(note, seed),
        till=till_of(note, seed),
        behaviour=note.behaviour,
        hazard=note.hazard,
        request=body_text(note),
        answer=indented(shown(note.answer)),
    )


def shown(content: bytes) -> str:
    """Return the text of a request or response, with a mark if it was cut off."""
    return content.decode("utf-8", "replace") + (CUT_OFF if len(content) == SHOWN else "")


def body_text(note: Note) -> str:
    """Return the text of the request body, with a mark if it was cut off, or if it was not read before the response."""
    text = shown(note.request)
    headers = dict(note.headers)
    length = headers.get(CONTENT_LENGTH, b"")
    unread = (length.isdigit() and int(length) > len(note.request)) or (CHUNKED in headers and not note.request)
    return text + CUT_OFF if unread and note.path in REPEATABLE and not text.endswith(CUT_OFF) else text


def indented(text: str) -> str:
    """Return JSON with line breaks, unless that would change anything else: a fault may send unusual JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    as_sent = json.dumps(value, ensure_ascii=False, separators=(",", ":")) == text
    return json.dumps(value, ensure_ascii=False, indent=2) if as_sent else text


def query(note: Note) -> str:
    """Return the query with its question mark, for lists of coupons only: on other paths it may hold anything.

    It ends in a mark if it was cut off.
    """
    if not note.query or note.path not in WITH_QUERY:
        return ""
    return "?" + note.query[:SHOWN].decode("latin-1") + (CUT_OFF if len(note.query) > SHOWN else "")


def what(note: Note) -> str:
    """Describe the request in a few words, without its customer."""
    return in_words(note.issue_request) if note.issue_request else f"{note.method} {note.path}{query(note)}"


def in_words(request: IssueRequest) -> str:
    """Describe an issue request in a few words, without its customer."""
    count = 1 if request.count is None else request.count
    return f"{count:,} of series {'none' if request.series_id is None else request.series_id}"


def customer(note: Note) -> str:
    """Return the identifiers of an issue request, or an empty text for another request."""
    if note.issue_request is None:
        return ""
    named = (f"{identifier.type} {identifier.value}" for identifier in note.issue_request.identifiers)
    text = " + ".join(named) or "nobody"
    return text.encode("utf-8", "replace").decode()  # JSON may hold half of a surrogate pair, which a page cannot


def content_type(note: Note) -> str:
    """Return the media type of the request as it was sent, or an empty text."""
    value = next((value for name, value in note.headers if name == CONTENT_TYPE), b"")
    return value.decode("latin-1")[:LONGEST_CONTENT_TYPE]


def caller(note: Note, seed: Seed) -> str:
    """Describe the credentials of the request, without secrets, and without names that belong to no till."""
    till = till_of(note, seed)
    names = []
    for name, _ in note.headers:
        if name == BASIC:
            names.append("no till of the seed" if till is None else f"till {till}")
        elif name == TOKEN:
            names.append(A_TOKEN)
    return " and ".join(names) or "no credentials"


def till_of(note: Note, seed: Seed) -> str | None:
    """Return the user of the request if the seed has such a till."""
    header = next((value for name, value in note.headers if name == BASIC), b"")
    user, _ = user_and_password(header.decode("latin-1"))
    return user if user in {till.user for till in seed.tills} else None


@frozen
class Repetition:
    """The means to repeat a request: the user ("" for nobody), the password digest, and the command.

    A till of the seed sends again what it sent, the first till what came with a token. Other credentials were not
    kept, so nobody sends the rest.
    """

    user: str
    password: str
    command: str


def repetition(url: str, seed: Seed, view: RequestView) -> Repetition | None:
    """Return how to send the request again, or None if it was not kept as it was."""
    path = view.path.partition("?")[0]
    sendable = view.method in WITH_BODY or (view.method == "GET" and not view.request)
    kept = not view.request.endswith(CUT_OFF) and not UNKEPT.search(view.request + view.content_type)
    if path not in REPEATABLE or not sendable or not kept or view.path.endswith(CUT_OFF):
        return None
    user, password = sender(seed, view)
    options = ["-u", f"{user}:{password}"] if user else []
    if view.request:
        options += ["-H", f"Content-Type: {view.content_type}".rstrip(), "--data-raw", view.request]
    return Repetition(user, password, shlex.join(["curl", "-X", view.method, *options, url + view.path]))


def sender(seed: Seed, view: RequestView) -> tuple[str, str]:
    """Return the user and the password digest to send a request again with; empty texts for no credentials."""
    if view.status == UNAUTHORIZED:  # it had other credentials, which were not kept
        return "", ""
    own = ((till.user, password_hash(till.password)) for till in seed.tills if till.user == view.till)
    return next(own, first_till(seed) if A_TOKEN in view.caller else None) or ("", "")


def first_call(url: str, seed: Seed) -> str:
    """Return a command that issues two coupons, or an empty text if the seed does not allow it."""
    till = first_till(seed)
    if till is None or not seed.series or not seed.customers:
        return ""
    kind, value = first_identifier(seed.customers[0])
    body = json.dumps({"seriesId": seed.series[0].id, "count": 2, "customer": {kind: value}})
    options = ["-u", ":".join(till), "-H", "Content-Type: application/json", "-d", body]
    return shlex.join(["curl", *options, url + spec.ISSUE_PATH])


def first_identifier(customer: Customer) -> tuple[str, str]:
    """Return the type and the value of the first identifier of a customer."""
    return next(iter(customer.identifiers.items()))


def first_till(seed: Seed) -> tuple[str, str] | None:
    """Return the user and the password digest of the first till with access, or None."""
    return next(((till.user, password_hash(till.password)) for till in seed.tills if till.access), None)
