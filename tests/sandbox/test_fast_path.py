"""The short way of an issue call answers, notes and fails as the long way behind Starlette."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from attrs import evolve

from coupon_contract import spec
from coupon_contract.sandbox import Seed, create_app
from coupon_contract.sandbox.behaviour import CONTRACT
from coupon_contract.sandbox.fast_path import FastPath
from coupon_contract.sandbox.hazards import Hazards
from coupon_contract.sandbox.store import StoreBusy, StoreDown, StoreFailed
from tests.sandbox.conftest import ABIJITH, BASIC, Api, codes

ISSUING = {"type": "http", "method": "POST", "path": spec.ISSUE_PATH}
FINE = {"seriesId": 415446, "customer": ABIJITH, "count": 2}
REQUESTS: dict[str, dict[str, Any]] = {
    "issued": {"body": FINE},
    "refused": {"body": FINE | {"seriesId": 1}},
    "unusable": {"body": FINE | {"seriesId": [1]}},
    "no-json": {"body": b"{"},
    "too-big": {"body": b'{"a": "' + b"a" * 1024 * 1024 + b'"}'},
    "no-credentials": {"body": FINE, "auth": None},
    "no-access": {"body": FINE, "auth": ("till.no-access", BASIC[1])},
    "other-content-type": {"body": FINE, "headers": {"Content-Type": "text/plain"}},
}


@pytest.fixture
def ways(open_api: Callable[..., Api], monkeypatch: pytest.MonkeyPatch) -> list[Api]:
    """The same sandbox twice: one takes the short way, one the long."""
    short, long = open_api(), open_api()
    takes = FastPath.handles
    monkeypatch.setattr(FastPath, "handles", lambda self, scope: self is short.app.shortcut and takes(self, scope))
    return [short, long]


def comparable(answer: httpx.Response) -> Any:
    """What must be the same: all but the codes, which no two databases share."""
    body = answer.json()
    for coupon in body.get("coupons", ()):
        coupon.pop("code")
    headers = {name: value for name, value in answer.headers.items() if name != "content-length"}
    return answer.status_code, headers, json.dumps(body), int(answer.headers["Content-Length"]) == len(answer.content)


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_ways_answer_alike(ways: list[Api], request_: dict[str, Any]) -> None:
    short, long = (comparable(way.post(**request_)) for way in ways)

    assert short == long


@pytest.mark.parametrize(("failure", "status"), [(StoreBusy(), 503), (ZeroDivisionError(), 500)])
def test_both_ways_answer_failures_alike(
    ways: list[Api], monkeypatch: pytest.MonkeyPatch, failure: Exception, status: int
) -> None:
    def fail(_: bytes) -> Any:
        raise failure

    failing = evolve(CONTRACT, decode=fail)
    monkeypatch.setattr("coupon_contract.sandbox.runtime_settings.RuntimeSettings.behaviour", lambda _: failing)
    short, long = (comparable(way.post(FINE)) for way in ways)

    assert short == long
    assert short[0] == status


def test_an_unexpected_failure_is_raised_for_the_log_of_the_server(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: bytes) -> Any:
        raise ZeroDivisionError

    failing = evolve(CONTRACT, decode=fail)
    monkeypatch.setattr("coupon_contract.sandbox.runtime_settings.RuntimeSettings.behaviour", lambda _: failing)

    async def send() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url="http://sandbox") as client:
            await client.post(spec.ISSUE_PATH, json=FINE, auth=BASIC)

    with pytest.raises(ZeroDivisionError):
        asyncio.run(send())


@pytest.mark.parametrize("request_", REQUESTS.values(), ids=REQUESTS)
def test_both_ways_leave_the_same_note(ways: list[Api], request_: dict[str, Any]) -> None:
    journals = [way.app.shortcut.observer.request_log for way in ways]
    notes = []
    for way, request_log in zip(ways, journals, strict=True):
        way.post(**request_)
        (note,) = request_log.notes
        notes.append((note.method, note.path, note.status, note.request, note.issue_request, type(note.outcome)))

    assert notes[0] == notes[1]


@pytest.mark.parametrize(("failure", "status"), [(StoreFailed, 500), (StoreDown, 503), (StoreBusy, 503)])
def test_a_store_that_fails_is_answered_and_noted(
    ways: list[Api], failure: type[Exception], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, _ = ways
    request_log = short.app.shortcut.observer.request_log

    def fail(*_: Any) -> Any:
        raise failure("OperationalError")

    monkeypatch.setattr(short.app.state.sandbox.store, "write", fail)
    answer = short.post(FINE)

    assert (answer.status_code, codes(answer.json())) == (status, [status])
    assert [note.status for note in request_log.notes] == [status]


def test_settings_that_cannot_be_read_stay_as_they_were(ways: list[Api], monkeypatch: pytest.MonkeyPatch) -> None:
    short, _ = ways

    def fail(*_: Any) -> Any:
        raise StoreDown("OperationalError")

    monkeypatch.setattr(short.app.state.sandbox.store, "_read", fail)
    monkeypatch.setattr(short.app.state.sandbox.runtime, "_good_until", 0)

    assert short.post(FINE).status_code == 200


def test_an_answer_that_cannot_be_sent_is_noted_as_a_failure(api: Api) -> None:
    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{", "more_body": False}

    async def send(_: Any) -> None:
        raise OSError

    scope = ISSUING | {"query_string": b"", "headers": []}
    with pytest.raises(OSError):  # noqa: PT011 - no text
        asyncio.run(api.app.shortcut(scope, receive, send))

    assert [note.status for note in api.app.shortcut.observer.request_log.notes] == [500]


def test_a_sandbox_as_it_is_takes_the_short_way(api: Api) -> None:
    assert api.app.shortcut.handles(ISSUING)


@pytest.mark.parametrize(
    "scope",
    [
        ISSUING | {"method": "GET"},
        ISSUING | {"path": spec.TOKEN_PATH},
        ISSUING | {"root_path": "/mounted"},
        {"type": "lifespan"},
    ],
    ids=["another method", "another path", "mounted", "no request"],
)
def test_other_requests_take_the_long_way(api: Api, scope: dict[str, str]) -> None:
    assert not api.app.shortcut.handles(scope)


@pytest.mark.parametrize(
    "on", [{"behaviour": "count-ignored"}, {"behaviour": "xml-401"}, {"hazards": Hazards(error_rate=0.5)}], ids=str
)
def test_whatever_is_on_takes_the_long_way(seed: Seed, on: dict[str, Any]) -> None:
    app: Any = create_app(seed, **on)

    assert not app.shortcut.handles(ISSUING)
    app.state.sandbox.store.close()
