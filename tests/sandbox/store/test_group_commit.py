"""Group commit: who shares one, who fails, and that nothing is ever done twice."""

import asyncio
import gc
import weakref
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import pytest
from attrs import define, field

from coupon_contract.sandbox.store import StoreBusy, Transaction
from coupon_contract.sandbox.store.group_commit import Work, Writer, all_done

NOWHERE: Any = None  # no transaction: the work here asks for none


@define
class Commits:
    """Does work together, and fails to commit when told to."""

    trouble: Exception | None = None
    sizes: list[int] = field(factory=list)

    async def together(self, works: Sequence[Work]) -> Sequence[Any]:
        self.sizes.append(len(works))
        results = all_done(works, NOWHERE)
        await asyncio.sleep(0)
        if self.trouble:
            raise self.trouble
        return results


def outcomes(commits: Commits, *works: Work) -> list[Any]:
    """What callers who come at the same time are told."""

    async def call() -> list[Any]:
        writer = Writer(commits.together)
        return await asyncio.gather(*map(writer.write, works), return_exceptions=True)

    return asyncio.run(call())


def failing(_: Transaction) -> int:
    raise ZeroDivisionError


def test_calls_that_come_at_the_same_time_share_a_commit() -> None:
    commits = Commits()

    assert outcomes(commits, lambda _: 1, lambda _: 2, lambda _: 3) == [1, 2, 3]
    assert commits.sizes == [3]


def test_only_the_call_at_fault_fails() -> None:
    first, second, third = outcomes(Commits(), lambda _: 1, failing, lambda _: 3)

    assert (first, third) == (1, 3)
    assert isinstance(second, ZeroDivisionError)


@pytest.mark.parametrize("trouble", [RuntimeError("the commit's outcome is unknown"), StoreBusy()])
def test_nothing_is_done_again_after_a_commit_that_failed(trouble: Exception) -> None:
    commits, done = Commits(trouble), []
    told = outcomes(commits, lambda _: done.append(1), lambda _: done.append(2))

    assert done == [1, 2]
    assert told == [trouble, trouble]


def test_a_caller_who_went_away_does_not_stop_the_others() -> None:
    async def call() -> int:
        writer = Writer(Commits().together)
        gone = asyncio.create_task(writer.write(lambda _: 1))
        stays = asyncio.create_task(writer.write(lambda _: 2))
        await asyncio.sleep(0)
        gone.cancel()
        return await stays

    assert asyncio.run(call()) == 2


def test_the_next_call_after_a_failure_is_served() -> None:
    async def call() -> int:
        writer = Writer(Commits().together)
        with pytest.raises(ZeroDivisionError):
            await writer.write(failing)
        return await writer.write(lambda _: 2)

    assert asyncio.run(call()) == 2


def test_a_call_that_failed_is_forgotten_without_the_garbage_collector() -> None:
    class Request:
        """Large, perhaps."""

    async def fail(_: Sequence[Work]) -> Sequence[Any]:
        raise StoreBusy

    async def call() -> "weakref.ref[Request]":
        request = Request()
        with suppress(StoreBusy):
            await Writer(fail).write(lambda _: request)
        return weakref.ref(request)

    gc.disable()
    try:
        assert asyncio.run(call())() is None
    finally:
        gc.enable()
