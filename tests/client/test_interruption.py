"""Ctrl-C, SIGTERM and cancellation between the response and the return lose no coupon."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import coupon_client
from coupon_client import (
    AsyncCouponClient,
    CouponClient,
    CouponClientError,
    Issued,
    OutcomeUnknown,
    Refused,
    SqliteJournal,
)
from coupon_client.exchange import Response
from coupon_client.testing import Script, answered, issued, refused
from tests.client.conftest import ABIJITH, NOWHERE, TILL, client_of, issue_in_a_thread
from tests.client.disturbed_sandbox import SERIES, Disturbed
from tests.wire import BODY, answer, server

PACKAGE = str(Path(coupon_client.__file__).parent)
HANDLED_IN = ("receipt.py", "testing.py")  # the code that keeps the outcome, and the server of the test
MOST_LINES = 2_000


class Interrupt:
    """Raises Ctrl-C at the nth line of the client that runs after the response came, as a signal does."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.lines = 0
        self.armed = False

    def ending(self, ending: Callable[[Any], Response]) -> Callable[[Any], Response]:
        def armed(request: Any) -> Response:
            response = ending(request)
            self.armed = True
            return response

        return armed

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(PACKAGE) or file.endswith(HANDLED_IN):
            return None
        if self.armed and event == "line":
            self.lines += 1
            if self.lines == self.at:
                self.armed = False
                raise KeyboardInterrupt
        return self.trace


def interrupted(call: Callable[..., Any], ending: Any, at: int) -> tuple[Any, Interrupt]:
    """Return the outcome of a call that is interrupted at this line, returned, raised or on the exception."""
    interrupt = Interrupt(at)
    script = Script(interrupt.ending(ending))
    before = sys.gettrace()
    sys.settrace(interrupt.trace)
    try:
        end = call(transport=script)
    except KeyboardInterrupt as error:
        end = getattr(error, "coupon_outcome", error.__context__)  # the context: while the exception was on its way
    finally:
        sys.settrace(before)
    return end, interrupt


def in_a_thread(transport: Script) -> Any:
    client = CouponClient(NOWHERE, TILL, transport=transport)
    return ended(lambda: client.issue(SERIES, ABIJITH, 2))


def in_a_task(transport: Script) -> Any:
    client = AsyncCouponClient(NOWHERE, TILL, transport=transport)

    def stepped() -> Any:
        try:
            client.issue(SERIES, ABIJITH, 2).send(None)  # the script never waits, so no loop is needed
        except StopIteration as done:
            return done.value

    return ended(stepped)


def ended(call: Callable[[], Any]) -> Any:
    try:
        return call()
    except CouponClientError as error:
        return error


@pytest.mark.parametrize("call", [in_a_thread, in_a_task], ids=["thread", "task"])
@pytest.mark.parametrize(
    ("ending", "kind"), [(issued("A1", "B2"), Issued), (refused(707), Refused), (answered(503, {}), OutcomeUnknown)]
)
def test_ctrl_c_at_any_line_after_the_response_keeps_the_outcome(
    call: Callable[..., Any], ending: Any, kind: type[Any]
) -> None:
    lines = 0
    for at in range(1, MOST_LINES):
        end, interrupt = interrupted(call, ending, at)
        if interrupt.armed:  # the call was over before this line
            break
        lines += 1
        assert isinstance(end, kind), f"line {at}: {end!r}"
        assert not isinstance(end, Issued) or end.codes == ("A1", "B2")

    assert lines > 20


def stopping(error: BaseException) -> Any:
    def ending(_: Any) -> Response:
        raise error

    return ending


def test_the_note_and_the_log_say_so_without_a_code(caplog: pytest.LogCaptureFixture) -> None:
    class Stop(logging.Filter):
        def filter(self, record: logging.LogRecord) -> bool:
            if record.levelno == logging.INFO:  # the line that says how many were issued
                raise KeyboardInterrupt
            return True

    client, _ = client_of(issued("CANARY77", "CANARY78"))
    stop, log = Stop(), logging.getLogger("coupon_client")
    caplog.set_level(logging.INFO, "coupon_client")
    log.addFilter(stop)
    try:
        with pytest.raises(KeyboardInterrupt) as caught:
            client.issue(SERIES, ABIJITH, 2)
    finally:
        log.removeFilter(stop)

    (note,) = caught.value.__notes__
    assert "2 of 2 coupons were issued" in note
    assert "coupon_outcome" in note
    assert note in caplog.text
    assert "CANARY" not in note + caplog.text + str(caught.value)


@pytest.fixture
def heeds_ctrl_c() -> Iterator[None]:
    """A process in the background may have been started to ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeds_ctrl_c")
def test_what_came_of_a_response_is_kept_when_ctrl_c_comes_within_it() -> None:
    """Half of the response has come, with one coupon in it."""
    half = answer(BODY)[: answer(BODY).index(b'{"code": "B2"')]

    def serve(connection: Any) -> None:
        connection.sendall(half)
        time.sleep(0.2)
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.5)

    with server(serve) as (url, _), CouponClient(url, TILL) as client, pytest.raises(KeyboardInterrupt) as caught:
        client.issue(SERIES, ABIJITH, 2)

    outcome: Any = getattr(caught.value, "coupon_outcome", None)
    assert isinstance(outcome, OutcomeUnknown)
    assert [coupon.code for coupon in outcome.coupons] == ["A1"]


def test_a_task_that_is_cancelled_within_the_response_names_the_coupons_that_came() -> None:
    half = answer(BODY)[: answer(BODY).index(b'{"code": "B2"')]

    def serve(connection: Any) -> None:
        connection.sendall(half)
        time.sleep(1)

    async def cancelled(url: str) -> None:
        async with AsyncCouponClient(url, TILL) as client, asyncio.timeout(0.4):
            await client.issue(SERIES, ABIJITH, 2)

    with server(serve) as (url, _), pytest.raises(OutcomeUnknown) as caught:
        asyncio.run(cancelled(url))

    assert [coupon.code for coupon in caught.value.coupons] == ["A1"]


def test_sigterm_whose_handler_ends_the_program_carries_the_outcome() -> None:
    def terminated(_: Any) -> Response:
        previous = signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))
        try:
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(0.1)
        finally:
            signal.signal(signal.SIGTERM, previous)
        raise AssertionError("not terminated")

    client, _ = client_of(terminated)
    with pytest.raises(SystemExit) as caught:
        client.issue(SERIES, ABIJITH, 2)

    assert isinstance(getattr(caught.value, "coupon_outcome", None), OutcomeUnknown)


def test_ctrl_c_before_anything_left_says_nothing() -> None:
    def connecting(_: Any) -> Response:
        raise KeyboardInterrupt

    class Connecting(Script):
        def send(self, request: Any, timeouts: Any, progress: Any) -> Response:
            progress.nothing_left = True
            return connecting(request)

    with pytest.raises(KeyboardInterrupt) as caught:
        issue_in_a_thread(transport=Connecting())

    assert not hasattr(caught.value, "coupon_outcome")
    assert not hasattr(caught.value, "__notes__")


def test_an_outcome_is_attached_once_and_to_exceptions_of_signal_handlers_too() -> None:
    class SoftTimeLimit(BaseException):
        pass

    client, _ = client_of(stopping(SoftTimeLimit()))
    with pytest.raises(OutcomeUnknown, match="SoftTimeLimit"):
        client.issue(SERIES, ABIJITH)


def test_a_key_finds_the_coupons_of_a_call_that_ctrl_c_ended(tmp_path: Path, no_waiting: list[float]) -> None:
    sandbox = Disturbed()
    with CouponClient(sandbox.base_url, TILL, transport=sandbox) as client:
        journal = SqliteJournal(tmp_path / "journal.db")
        client.check_keys(SERIES, ABIJITH, journal=journal, settle=0)
        send = sandbox.send

        def interrupt(request: Any, timeouts: Any, progress: Any) -> Response:
            response = send(request, timeouts, progress)
            if request.url.endswith("/multiple"):
                raise KeyboardInterrupt
            return response

        sandbox.send = interrupt  # type: ignore[method-assign]
        with pytest.raises(KeyboardInterrupt) as caught:
            client.issue_once("order-1", SERIES, ABIJITH, 2, journal=journal, settle=0)
        sandbox.send = send  # type: ignore[method-assign]

        assert isinstance(getattr(caught.value, "coupon_outcome", None), OutcomeUnknown)
        assert len(client.issue_once("order-1", SERIES, ABIJITH, 2, journal=journal, settle=0).codes) == 2
        assert len(client.find("order-1", ABIJITH)) == 2
