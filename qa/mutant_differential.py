"""Sends the same requests to two builds of the sandbox, and says whether a caller could tell one from the other.

The requests (qa/mutant_traffic.py) go to the ASGI application in this process, under a clock and random bytes that
repeat; the first build's responses are kept, the second's are compared with them one by one.
"""

import asyncio
import json
import secrets
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from random import Random
from typing import Any

from attrs import define, evolve, field, frozen

from coupon_contract import spec
from qa.mutant_package import NotStarted
from qa.mutant_traffic import Request, Traffic

Json = Any
EPOCH = 250  # requests to one database; afterwards its limits are used up
STORES = (("file", "power-cut"), ("file", "killed-process"), ("memory", "power-cut"))
BEGIN = 1_780_272_000.0  # epoch seconds
BURST = 0.02  # share of requests that are sent several times at once
MEANINGFUL = (b"content-type", b"allow", b"location", b"retry-after", b"www-authenticate", b"content-encoding")
HANGS = 20.0  # seconds without a response


@frozen
class Response:
    """A response; no status stands for a call without one."""

    status: int | None
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def json(self) -> Json:
        """The value of the body; None without JSON."""
        try:
            return json.loads(self.body)
        except ValueError:
            return None

    def __str__(self) -> str:
        return f"{self.status} {self.body[:300].decode('utf-8', 'replace')}"


@frozen
class Difference:
    """Two responses to one request that no ledger entry accepts in each other's place."""

    number: int
    request: str
    original: str
    mutant: str


@define
class Comparison:
    """The end of a comparison: the requests that were sent, the first difference, and the ledger entries behind
    differences that are accepted.
    """

    sent: int = 0
    difference: Difference | None = None
    accepted: set[str] = field(factory=set)


# --- sending ----------------------------------------------------------------------------------------------------------


def transcript(requests: int, seed: int) -> list[Response]:
    """Return the responses of the sandbox as it is imported now. Raises NotStarted."""

    async def collected() -> list[Response]:
        return [response async for _, response in exchanges(requests, seed)]

    with _repeatable_bytes(seed):
        return asyncio.run(collected())


def compared(original: Sequence[Response], seed: int) -> Comparison:
    """Compare the sandbox as it is imported now with the transcript of another. Raises NotStarted."""

    async def compare() -> Comparison:
        comparison, books = Comparison(), (Names(), Names())
        async for request, response in exchanges(len(original), seed):
            expected = original[comparison.sent]
            if comparison.sent % EPOCH == 0:
                books = (Names(), Names())
            for names, each in zip(books, (expected, response), strict=True):
                names.learn(each.json)
            entries = accepting(expected, response, books)
            if entries is None:
                texts = (str(request), str(expected), str(response))
                comparison.difference = Difference(comparison.sent, *texts)
                break
            comparison.accepted |= entries
            comparison.sent += 1
        return comparison

    with _repeatable_bytes(seed):
        return asyncio.run(compare())


@contextmanager
def _repeatable_bytes(seed: int) -> Iterator[None]:
    """Let the sandbox draw the same codes each time. The suite draws its keys from the same module afterwards."""
    before, random = secrets.token_bytes, Random(seed)  # noqa: S311 - repeatable on purpose

    def repeatable(nbytes: int | None = None) -> bytes:
        return random.randbytes(nbytes or 32)

    secrets.token_bytes = repeatable
    try:
        yield
    finally:
        secrets.token_bytes = before


async def exchanges(requests: int, seed: int) -> AsyncIterator[tuple[Request, Response]]:
    """Yield each request with its response, from a new database every EPOCH requests. Raises NotStarted."""
    random = Random(seed)  # noqa: S311 - repeatable on purpose
    traffic, sent = Traffic(random), 0
    with tempfile.TemporaryDirectory() as folder:
        while sent < requests:
            kind, survives = STORES[sent // EPOCH % len(STORES)]
            file = str(Path(folder, f"{sent}.db")) if kind == "file" else ":memory:"
            clock = Clock(BEGIN)
            app, end = _started(file, survives, clock), min(requests, sent + EPOCH)
            traffic.forget()
            while sent < end:
                clock.advance(random)
                request = traffic.request()
                copies = min(end - sent, random.randint(2, 5) if random.random() < BURST else 1)
                responses = await asyncio.gather(*(_sent(app, request) for _ in range(copies)))
                for response in sorted(responses, key=lambda response: response.body) if copies > 1 else responses:
                    traffic.learn(response.json)
                    sent += 1
                    yield request, response
                if kind == "file" and sent % 60 == 0:  # what a process leaves is what the next one finds
                    app.state.sandbox.store.close()
                    app = _started(file, survives, clock)
            app.state.sandbox.store.close()


@define
class Clock:
    """A clock that moves with the requests; epoch seconds."""

    now: float

    def __call__(self) -> float:
        return self.now

    def advance(self, random: Random) -> None:
        """Let some time pass."""
        self.now += random.choice((0, 0.001, 0.1, 1, 1, 3, 1799.5 if random.random() < 0.1 else 1))


def _started(database: str, survives: str, clock: Clock) -> Any:
    from coupon_contract.sandbox.app import create_app  # of the build that is imported now

    try:
        return create_app(None, database, clock, survives=survives)  # type: ignore[arg-type] # a literal of STORES
    except Exception as error:
        raise NotStarted(f"{type(error).__name__} on start") from None


async def _sent(app: Any, request: Request) -> Response:
    """Return the application's response. An exception of it is a response without status, if it sent none."""
    pieces, sent = [*request.pieces], list[dict[str, Any]]()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": pieces.pop(0), "more_body": bool(pieces)}

    async def send(message: dict[str, Any]) -> None:
        sent.append({**message})  # fails for what is no message, as in a server

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},  # Starlette 1 waits for no disconnect from 2.4 on
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.path.encode(),
        "query_string": request.query,
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), *request.headers],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    try:
        await asyncio.wait_for(app(scope, receive, send), HANGS)
    except Exception:  # the server would log it
        sent.append({"type": "failed"})
    start = next((message for message in sent if message["type"] == "http.response.start"), None)
    body = b"".join(message["body"] or b"" for message in sent if message.get("body") is not None)
    if start is None:
        return Response(None, (), body)
    return Response(start["status"], tuple(sorted(start.get("headers") or ())), body)


# --- comparing --------------------------------------------------------------------------------------------------------


@define
class Names:
    """Numbers the coupons of one build in the order in which its responses name them."""

    codes: dict[str, int] = field(factory=dict)
    ids: dict[Json, int] = field(factory=dict)

    def learn(self, answer: Json) -> None:
        """Note the coupons that an issuing response names."""
        if isinstance(answer, dict):
            for coupon in answer.get("coupons") or ():
                if isinstance(coupon, dict):
                    self.codes.setdefault(str(coupon.get("code")).upper(), len(self.codes))
                    self.ids.setdefault(str(coupon.get("couponId")), len(self.ids))


Rewrite = Callable[[Response, Json, Names], tuple[Response, Json]]


def accepting(original: Response, mutant: Response, books: tuple[Names, Names]) -> set[str] | None:
    """Return the ledger entries that accept one response in place of the other: none if they are equal; None if they
    differ.
    """
    if original == mutant:
        return set()

    def equal(entries: Sequence[str]) -> bool:
        (first, second) = (
            _rewritten(response, names, entries) for response, names in zip((original, mutant), books, strict=True)
        )
        return first == second

    entries = [*ACCEPTED]
    if not equal(entries):
        return None
    for entry in ACCEPTED:  # keep those without which they differ
        if equal(fewer := [other for other in entries if other != entry]):
            entries = fewer
    return set(entries)


def _rewritten(response: Response, names: Names, entries: Sequence[str]) -> tuple[Response, Json]:
    """Return the response without what the entries leave open.

    Never counted are the order of keys, framing and its headers (http-framing), headers that nothing is said about
    (attribution: "any headers in answers"), and the letter case of media types.
    """
    headers = tuple((name.lower(), value.lower()) for name, value in response.headers if name.lower() in MEANINGFUL)
    value = response.json
    response = evolve(response, headers=headers, body=b"" if value is not None else response.body)
    for entry in entries:
        response, value = ACCEPTED[entry](response, value, names)
    return response, value


def _fields(change: Callable[[str, Json], Json]) -> Callable[[Json], Json]:
    """Return a function that changes the value of every key, at any depth; `...` removes the key."""

    def changed(value: Json) -> Json:
        if isinstance(value, dict):
            pairs = ((key, change(key, changed(entry))) for key, entry in value.items())
            return {key: entry for key, entry in pairs if entry is not ...}
        return [changed(entry) for entry in value] if isinstance(value, list) else value

    return changed


def _texts(*keys: str, absent: bool = False) -> Rewrite:
    """Any text under these keys that is not empty is as good as any other; with `absent`, also none."""

    def rewrite(response: Response, value: Json, _: Names) -> tuple[Response, Json]:
        def change(key: str, entry: Json) -> Json:
            return (... if absent else "text") if key in keys and isinstance(entry, str) and entry else entry

        return response, _fields(change)(value)

    return rewrite


def _codes(response: Response, value: Json, names: Names) -> tuple[Response, Json]:
    """Codes that are known are named by their number, in any letter case."""

    def change(key: str, entry: Json) -> Json:
        number = names.codes.get(entry.upper()) if isinstance(entry, str) else None
        return f"coupon {number}" if key in ("code", "couponCode") and number is not None else entry

    return response, _fields(change)(value)


def _ids(response: Response, value: Json, names: Names) -> tuple[Response, Json]:
    """Ids that are known are named by their number."""

    def change(key: str, entry: Json) -> Json:
        number = names.ids.get(str(entry)) if isinstance(entry, int) else None
        return f"coupon {number}" if key in ("couponId", "id") and number is not None else entry

    return response, _fields(change)(value)


def _any_error_body(response: Response, value: Json, _: Names) -> tuple[Response, Json]:
    if response.status is None or not 400 <= response.status < 500:
        return response, value
    kept = tuple(pair for pair in response.headers if pair[0] != b"content-type")
    return evolve(response, headers=kept, body=b""), None


def _warnings_of_refusals(response: Response, value: Json, _: Names) -> tuple[Response, Json]:
    if isinstance(value, dict) and value.get("warnings") == [] and "coupons" not in value:
        return response, {key: entry for key, entry in value.items() if key != "warnings"}
    return response, value


def _too_large(response: Response, value: Json, _: Names) -> tuple[Response, Json]:
    return (evolve(response, status=400), value) if response.status == 413 else (response, value)


def _tokens(response: Response, value: Json, _: Names) -> tuple[Response, Json]:
    """Any text is a token."""

    def change(key: str, entry: Json) -> Json:
        return "token" if key == "accessToken" and isinstance(entry, str) and entry else entry

    return response, _fields(change)(value)


def _listed_coupons(response: Response, value: Json, _: Names) -> tuple[Response, Json]:
    """Of a customer's coupons, the id, the code and the series are asked for."""
    customers = value.get("entity", {}).get("customers") if _is_listing(value) else None
    if not isinstance(customers, list):
        return response, value
    listed = [
        [{key: coupon.get(key) for key in ("id", "code", "seriesId")} for coupon in customer.get("coupons", ())]
        for customer in customers
    ]
    return response, {"pagination": value["entity"].get("pagination"), "listed": listed}


def _is_listing(value: Json) -> bool:
    return isinstance(value, dict) and isinstance(value.get("entity"), dict)


ACCEPTED: dict[str, Rewrite] = {
    "message-texts": _texts("message", "errorMessage"),
    "http-error-bodies": _any_error_body,
    "http-statuses": _too_large,
    "broken-examples": _warnings_of_refusals,
    "coupon-code-text": _codes,
    "coupon-ids": _ids,
    "token": _tokens,
    "detailed-info": _texts("detailedInfo", absent=True),
    "valid-till": _texts("validTill"),
    "customer-coupons": _listed_coupons,
}

if unknown := ACCEPTED.keys() - spec.ledger().keys():
    raise LookupError(f"the ledger has no {', '.join(sorted(unknown))}")
