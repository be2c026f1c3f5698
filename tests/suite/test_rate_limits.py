from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import chain, repeat
from time import monotonic
from typing import Any

import pytest

from coupon_contract.suite.exchange import Request, Response
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.transport import Transport, retry_after
from tests.suite.conftest import (
    TARGET,
    Sent,
    body,
    example,
    fake_wire,
    request,
    response,
)
from tests.suite.transport_helpers import Json, at


def limited(times: int, got: Json = b"", wait: str = "0") -> Callable[[Sent], Response]:
    """429 for the first requests, then an empty object."""
    statuses = chain(repeat(429, times), repeat(200))

    def respond(_: Sent) -> Response:
        status = next(statuses)
        return response(got if status == 429 else {}, status, (("Retry-After", wait),))

    return respond


def test_a_request_is_sent_anew_after_a_429() -> None:
    wire = fake_wire(limited(times=1))
    response = Transport(TARGET, wire).send(request(body())).response

    assert (response.status, len(wire.sent)) == (200, 2)


def test_a_request_that_is_sent_anew_is_counted_in_the_budget_again() -> None:
    transport = Transport(at("http://127.0.0.1:1", max_coupons=9), fake_wire(limited(times=1)))
    transport.send(request(body(count=4)))

    assert (transport.budget.spent, transport.sent) == (8, 2)


def test_a_request_beyond_the_budget_is_not_sent_anew() -> None:
    wire = fake_wire(limited(times=1))
    with pytest.raises(NotObserved, match="budget"):
        Transport(at("http://127.0.0.1:1", max_coupons=7), wire).send(request(body(count=4)))

    assert len(wire.sent) == 1


@pytest.mark.parametrize(
    "got", [example("Issued"), {"successCount": 1}, b"<coupons><coupon/></coupons>"], ids=["names", "counts", "is XML"]
)
def test_a_request_is_not_sent_anew_after_a_429_that_speaks_of_coupons(got: Json) -> None:
    wire = fake_wire(limited(times=1, got=got))
    with pytest.raises(NotObserved, match="speaks of coupons"):
        Transport(TARGET, wire).send(request(body()))

    assert len(wire.sent) == 1


def test_a_target_that_never_stops_limiting_is_not_observed() -> None:
    wire = fake_wire(limited(times=99))
    with pytest.raises(NotObserved, match="429"):
        Transport(TARGET, wire).send(request(body()))

    assert len(wire.sent) == 3


def test_a_rate_limit_is_waited_for_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("coupon_contract.suite.transport.sleep", waits.append)
    Transport(TARGET, fake_wire(limited(times=1, wait="7"))).send(request(body()))

    assert waits == [7]


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3),
        ("0", 0),
        ("", 1),
        ("soon", 1),
        ("-1", 1),
        ("1e9", 1),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Thu, 01 Jan 9999999 00:00:00 GMT", 1),
        ("9" * 500, 1),
    ],
)
def test_what_a_429_asks_to_wait_is_read_or_a_second(value: str, seconds: float) -> None:
    assert retry_after(response(b"", 429, (("Retry-After", value),))) == seconds


def test_no_429_is_waited_for_longer_than_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    monkeypatch.setattr("coupon_contract.suite.transport.sleep", waits.append)
    Transport(TARGET, fake_wire(limited(times=1, wait="999999"))).send(request(body()))

    assert waits == [60]


def silent(_: Sent) -> Response:
    raise NotObserved("no response from the target")


def stopped(wire: Any, requests: Iterable[Request], **changes: Any) -> Transport:
    transport = Transport(at("http://127.0.0.1:1", **changes), wire)
    for sending in requests:
        with suppress(NotObserved):
            transport.send(sending)
    return transport


def test_ten_well_formed_requests_in_a_row_without_a_response_stop_the_run() -> None:
    wire = fake_wire(silent)
    transport = stopped(wire, repeat(request(body()), 12))

    assert ("10 well-formed requests" in transport.stopped, len(wire.sent)) == (True, 10)


def test_a_response_in_between_begins_the_count_anew() -> None:
    answered = chain(repeat(False, 9), [True], repeat(False, 9))
    transport = stopped(
        fake_wire(lambda sent: response({}) if next(answered) else silent(sent)), repeat(request(body()), 19)
    )

    assert transport.stopped == ""


@pytest.mark.parametrize("sending", [b"{", b"[]", b"\xff", b'{"x": "' + b"x" * 70_000 + b'"}'], ids=repr)
def test_a_broken_or_large_request_without_a_response_does_not_count(sending: bytes) -> None:
    assert stopped(fake_wire(silent), repeat(request(sending), 12)).stopped == ""


def test_calls_made_at_the_same_time_without_a_response_do_not_count() -> None:
    transport = Transport(TARGET, fake_wire(silent))
    for _ in range(12):
        with suppress(NotObserved), transport.connected():
            transport.send(request(body()))

    assert transport.stopped == ""


def test_a_target_that_limits_every_request_stops_the_run() -> None:
    assert "in a row" in stopped(fake_wire(limited(times=10**6)), repeat(request(body()), 12)).stopped


def test_nothing_is_sent_once_the_time_for_the_run_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = fake_wire(lambda _: response({}))
    transport = Transport(at("http://127.0.0.1:1", max_seconds=5), wire)
    monkeypatch.setattr("coupon_contract.suite.transport.monotonic", lambda: monotonic() + 6)
    with pytest.raises(NotObserved, match="max_seconds = 5"):
        transport.send(request(body()))

    assert wire.sent == []
