"""A request as the page and the control API show it: the request, the caller, the response, and the reason."""

import json
import shlex
from collections.abc import Sequence

from msgspec import Struct

from coupon_contract import spec
from coupon_contract.sandbox.auth import BASIC, TOKEN, password_hash, user_and_password
from coupon_contract.sandbox.codec import rfc3339
from coupon_contract.sandbox.context import Sandbox
from coupon_contract.sandbox.decision_text import explain
from coupon_contract.sandbox.issuing import IssueRequest
from coupon_contract.sandbox.request_log import SHOWN, Note, RequestLog
from coupon_contract.sandbox.seed import Seed

LONGEST_QUERY = 500
CUT_OFF = "…"


class RequestView(Struct, frozen=True):
    """A request to show. `key` identifies it; `at` is epoch seconds; `request` and `answer` may be cut off."""

    key: str
    at: float
    time: str
    what: str
    method: str
    path: str
    status: int
    milliseconds: float
    outcome: str
    tone: str
    rule: str
    clause: str | None
    words: str
    caller: str
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
        what=what(note),
        method=note.method,
        path=note.path + query(note),
        status=note.status,
        milliseconds=round(note.seconds * 1000, 1),
        outcome=why.outcome,
        tone=why.tone,
        rule=why.rule,
        clause=why.clause,
        words=why.words,
        caller=caller(note, seed),
        behaviour=note.behaviour,
        hazard=note.hazard,
        request=shown(note.request),
        answer=indented(shown(note.answer)),
    )


def shown(content: bytes) -> str:
    """Return the text of a request or response, with a mark if it was cut off."""
    return content.decode("utf-8", "replace") + (CUT_OFF if len(content) == SHOWN else "")


def indented(text: str) -> str:
    """Return JSON with line breaks, unless that would change anything else: a fault may send unusual JSON."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    as_sent = json.dumps(value, ensure_ascii=False, separators=(",", ":")) == text
    return json.dumps(value, ensure_ascii=False, indent=2) if as_sent else text


def query(note: Note) -> str:
    """Return the query with its question mark, for read-back only: on other paths it may hold anything."""
    if not note.query or note.path != spec.READ_BACK_PATH:
        return ""
    return "?" + note.query[:LONGEST_QUERY].decode("latin-1")


def what(note: Note) -> str:
    """Describe the request in a few words."""
    text = in_words(note.issue_request) if note.issue_request else f"{note.method} {note.path}{query(note)}"
    return text.encode("utf-8", "replace").decode()  # JSON may hold half of a surrogate pair, which a page cannot


def in_words(request: IssueRequest) -> str:
    """Describe an issue request in a few words."""
    count = "1" if request.count is None else str(request.count)
    customer = " + ".join(f"{identifier.type} {identifier.value}" for identifier in request.identifiers) or "nobody"
    return f"{count} of series {'none' if request.series_id is None else request.series_id} to {customer}"


def caller(note: Note, seed: Seed) -> str:
    """Describe the credentials of the request, without secrets, and without names that belong to no till."""
    known = {till.user for till in seed.tills}
    names = []
    for name, value in note.headers:
        if name == BASIC:
            user, _ = user_and_password(value.decode("latin-1"))
            names.append(f"till {user}" if user in known else "no till of the seed")
        elif name == TOKEN:
            names.append("a token")
    return " and ".join(names) or "no credentials"


def again(url: str, seed: Seed, view: RequestView) -> str:
    """Return a command that sends an issuing or read-back request again with the first till, or an empty text."""
    if view.path.partition("?")[0] not in (spec.ISSUE_PATH, spec.READ_BACK_PATH) or view.request.endswith(CUT_OFF):
        return ""
    body = ["-H", "Content-Type: application/json", "--data-raw", view.request] if view.request else []
    return shlex.join(["curl", "-X", view.method, *login(seed), *body, url + view.path])


def first_call(url: str, seed: Seed) -> str:
    """Return a command that issues two coupons, or an empty text if the seed does not allow it."""
    if not login(seed) or not seed.series or not seed.customers:
        return ""
    kind, value = next(iter(seed.customers[0].identifiers.items()))
    body = json.dumps({"seriesId": seed.series[0].id, "count": 2, "customer": {kind: value}})
    return shlex.join(["curl", *login(seed), "-H", "Content-Type: application/json", "-d", body, url + spec.ISSUE_PATH])


def login(seed: Seed) -> Sequence[str]:
    """Return curl's options for the first till with access, or none."""
    till = next((till for till in seed.tills if till.access), None)
    return [] if till is None else ["-u", f"{till.user}:{password_hash(till.password)}"]
