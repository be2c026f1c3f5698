"""Every argument of every method refuses what is of another type, before anything is sent, in both clients."""

import asyncio
import inspect
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from coupon_client import (
    AsyncCouponClient,
    CouponClient,
    InvalidRequest,
    Issuance,
    JournalError,
    OutcomeUnknown,
    PostgresJournal,
    ReadBack,
    SqliteJournal,
)
from coupon_client.journal import METHODS
from coupon_client.reconcile import ListedCoupon
from coupon_client.testing import Script
from tests.client.conftest import ABIJITH, NOWHERE, TILL

NOW = datetime(2026, 1, 1, tzinfo=UTC)
UNKNOWN = OutcomeUnknown("no response: TimeoutError", Issuance(415446, 1, ABIJITH, None, NOW), NOW)
WITH_KEY = OutcomeUnknown("no response: TimeoutError", Issuance(415446, 1, ABIJITH, None, NOW, "0a1b"), NOW)
Call = Callable[..., Any]


class Kept:
    """A journal in memory."""

    def lock(self, key: str) -> str | None:
        return ""

    def write(self, key: str, text: str) -> None: ...

    def unlock(self, key: str) -> None: ...


class Async(Kept):
    async def lock(self, key: str) -> str | None:  # type: ignore[override]
        return ""


def without(name: str) -> object:
    """A journal that lacks one method."""
    return type("Partial", (), {other: getattr(Kept, other) for other in METHODS if other != name})()


RIGHT: dict[str, dict[str, Any]] = {
    "issue": {"series_id": 415446, "customer": ABIJITH, "count": 1, "metadata": None, "key": None, "options": None},
    "issue_once": {
        "key": "order-1",
        "series_id": 415446,
        "customer": ABIJITH,
        "count": 1,
        "metadata": None,
        "journal": Kept(),
        "settle": 0,
        "patience": 0,
        "options": None,
    },
    "find": {"key": "order-1", "customer": ABIJITH, "options": None},
    "audit": {"key": "order-1", "customer": ABIJITH, "journal": Kept(), "options": None},
    "revoke": {"series_id": 415446, "codes": ["A1"], "options": None},
    "check_keys": {"series_id": 415446, "customer": ABIJITH, "journal": Kept(), "settle": 0, "options": None},
    "read_back": {"customer_id": 1, "options": None},
    "reconcile": {
        "unknown": UNKNOWN,
        "before": None,
        "customer_id": 1,
        "settle": 0,
        "generic": None,
        "exclusive": False,
        "options": None,
    },
}
NO_NUMBER: list[Any] = ["1", 1.5, True, None, [1], b"1", 2**63, object()]
NO_SECONDS: list[Any] = ["1", None, True, -1, float("nan"), float("inf"), 86_401, 10**400, [1], b"1"]
NO_RECORD: list[Any] = ["11223569865", 5, True, b"x", {"mobile": "1"}, [], object()]
WRONG: dict[str, list[Any]] = {
    "series_id": NO_NUMBER,
    "count": [*NO_NUMBER, 0, 501],
    "customer": [*NO_RECORD, None],
    "metadata": NO_RECORD,
    "key": [5, True, b"order-1", "", ["order-1"], "\ud800", object()],
    "options": NO_RECORD,
    "journal": [*NO_RECORD, None, Path("x.db"), Kept, SqliteJournal, Async(), *map(without, METHODS)],
    "settle": NO_SECONDS,
    "patience": NO_SECONDS,
    "codes": [None, 5, "A1", b"A1", [], [5], [None], [""], {"A1": 1}, iter(["A1"]), object()],
    "customer_id": [*NO_NUMBER, -1],
    "unknown": [*NO_RECORD, None, ValueError("x")],
    "before": [
        *NO_RECORD,
        ReadBack("5", (), NOW),  # type: ignore[arg-type]
        ReadBack(5, (), datetime(2026, 1, 1)),
        ReadBack(5, ("A1",), NOW),  # type: ignore[arg-type]
        ReadBack(5, [ListedCoupon("A1", 1)], NOW),  # type: ignore[arg-type]
    ],
    "generic": ["no", 1, 0, [], object()],
    "exclusive": ["no", 1, 0, None, [], object()],
}
NONE_IS_RIGHT = {("reconcile", "customer_id")}
CASES = [
    pytest.param(method, name, value, id=f"{method}-{name}-{place}-{type(value).__name__}")
    for method, arguments in RIGHT.items()
    for name in arguments
    for place, value in enumerate(WRONG[name])
    if not (value is None and (method, name) in NONE_IS_RIGHT)
]


def in_a_thread(script: Script, method: str, **arguments: Any) -> Any:
    with CouponClient(NOWHERE, TILL, transport=script) as client:
        return getattr(client, method)(**arguments)


def in_a_task(script: Script, method: str, **arguments: Any) -> Any:
    async def call() -> Any:
        async with AsyncCouponClient(NOWHERE, TILL, transport=script) as client:
            return await getattr(client, method)(**arguments)

    return asyncio.run(call())


@pytest.fixture(params=[in_a_thread, in_a_task], ids=["thread", "task"])
def call(request: pytest.FixtureRequest) -> Call:
    function: Call = request.param
    return function


def public_methods(kind: type[Any]) -> Iterator[tuple[str, list[str]]]:
    for name, method in inspect.getmembers(kind, inspect.isfunction):
        if not name.startswith("_") and name not in ("close",):
            yield name, list(inspect.signature(method).parameters)[1:]


@pytest.mark.parametrize("kind", [CouponClient, AsyncCouponClient])
def test_each_argument_of_each_method_is_tried_below(kind: type[Any]) -> None:
    assert {name: sorted(names) for name, names in public_methods(kind)} == {
        name: sorted(arguments) for name, arguments in RIGHT.items()
    }


@pytest.mark.parametrize(("method", "name", "value"), CASES)
def test_an_argument_of_another_type_is_an_invalid_request_and_sends_nothing(
    call: Call, method: str, name: str, value: Any
) -> None:
    script = Script()
    with pytest.raises(InvalidRequest):
        call(script, method, **{**RIGHT[method], name: value})

    assert not script.requests


@pytest.mark.parametrize("name", ["before", "customer_id", "settle", "generic", "exclusive", "options"])
def test_a_call_with_a_key_is_reconciled_with_the_same_checks(call: Call, name: str) -> None:
    script = Script()
    with pytest.raises(InvalidRequest):
        call(script, "reconcile", **{**RIGHT["reconcile"], "unknown": WITH_KEY, name: WRONG[name][0]})

    assert not script.requests


@pytest.mark.parametrize("text", [5, True, b"", ["x"]])
@pytest.mark.parametrize("method", ["issue_once", "check_keys"])
def test_a_journal_whose_lock_returns_no_text_is_an_error_of_the_journal(call: Call, method: str, text: Any) -> None:
    class Odd(Kept):
        unlocked = 0

        def lock(self, key: str) -> Any:
            return text

        def unlock(self, key: str) -> None:
            self.unlocked += 1

    script, journal = Script(), Odd()
    with pytest.raises(JournalError, match="nothing was sent"):
        call(script, method, **{**RIGHT[method], "journal": journal})

    assert not script.requests
    assert journal.unlocked == 1


@pytest.mark.parametrize("path", [None, 5, b"x.db", "", "x\0.db", ":memory:", ["x.db"]])
def test_a_journal_needs_the_path_of_a_file(path: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidRequest, match="the path of its file"):
        SqliteJournal(path)

    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("retention", ["400", None, True, 0, -1, float("nan"), [1]])
def test_a_journal_keeps_its_entries_for_a_number_of_days_above_0(retention: Any, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="a number of days above 0"):
        SqliteJournal(tmp_path / "journal.db", retention)
    with pytest.raises(InvalidRequest, match="a number of days above 0"):
        PostgresJournal("postgresql://127.0.0.1:1/nothing", retention)

    assert not list(tmp_path.iterdir())


def test_a_journal_may_keep_its_entries_for_ever(tmp_path: Path) -> None:
    SqliteJournal(tmp_path / "journal.db", float("inf")).close()


@pytest.mark.parametrize("url", [None, 5, b"postgresql://", "", ["x"]])
def test_a_journal_in_a_database_needs_its_url(url: Any) -> None:
    with pytest.raises(InvalidRequest, match="postgresql://"):
        PostgresJournal(url)


@pytest.mark.parametrize("value", [{"at": "2026-01-01"}, {"at": datetime(2026, 1, 1)}, {"key": 5}])
def test_an_issuance_refuses_a_time_without_a_zone_and_a_key_that_is_no_text(value: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest):
        Issuance(**{"series_id": 1, "count": 1, "customer": ABIJITH, "metadata": None, "at": NOW, **value})


@pytest.mark.parametrize("method", RIGHT)
def test_a_closed_client_refuses_every_call_and_sends_nothing(method: str) -> None:
    script = Script()
    client = CouponClient(NOWHERE, TILL, transport=script)
    client.close()
    with pytest.raises(InvalidRequest, match="the client is closed, so nothing was sent"):
        getattr(client, method)(**RIGHT[method])

    assert not script.requests


@pytest.mark.parametrize("method", RIGHT)
def test_a_closed_client_for_tasks_refuses_every_call_and_sends_nothing(method: str) -> None:
    script = Script()

    async def call() -> None:
        client = AsyncCouponClient(NOWHERE, TILL, transport=script)
        await client.close()
        await getattr(client, method)(**RIGHT[method])

    with pytest.raises(InvalidRequest, match="the client is closed, so nothing was sent"):
        asyncio.run(call())

    assert not script.requests
