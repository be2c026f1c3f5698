"""Group commit: calls that arrive while a commit is under way share the next one, and each is answered after it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from attrs import define, field

from coupon_contract.sandbox.store.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Any]
Together = Callable[[Sequence[Work]], Awaitable[Sequence[Any]]]


class WorkFailed(Exception):
    """Some of the work of a transaction failed before its commit, so nothing of it was done."""


def all_done(works: Sequence[Work], transaction: Transaction) -> Sequence[Any]:
    """What all the work returns. Raises WorkFailed; work that is alone raises what it raises."""
    if len(works) == 1:
        return [works[0](transaction)]
    try:
        return [work(transaction) for work in works]
    except Exception:
        raise WorkFailed from None


@define(eq=False)
class Job:
    """Work that waits for its turn, and where its result goes."""

    work: Work
    done: "asyncio.Future[Any]"

    def succeed(self, result: Any) -> None:
        """Hand the result over; whoever waited may be gone."""
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: Exception) -> None:
        """Hand the failure over."""
        if not self.done.done():
            self.done.set_exception(error)


def fail_all(jobs: Sequence[Job], error: Exception) -> None:
    """Hand the failure over to all of them."""
    for job in jobs:
        job.fail(error)


@define(eq=False)
class Writer:
    """Takes work from many callers of one event loop, and has it done `together`: in one transaction, or not at all.

    `together` raises WorkFailed when work failed, so that it can be done one by one.
    """

    together: Together
    _jobs: list[Job] = field(factory=list, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """What the work returns, when that is committed. Raises what the work raises, or StoreBusy."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.append(Job(work, done))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._work())
        try:
            return await done
        finally:
            del done  # a failure in it knows this frame, too

    async def _work(self) -> None:
        while jobs := self._jobs:
            self._jobs = []
            await self._do(jobs)

    async def _do(self, jobs: Sequence[Job]) -> None:
        try:
            results = await self.together([job.work for job in jobs])
        except WorkFailed:
            for job in jobs:  # alone, so that only who is at fault fails
                await self._do([job])
        except Exception as error:  # perhaps of the commit: then nobody knows, and nothing may be done twice
            fail_all(jobs, error)
            jobs = ()  # the failure knows this frame, and would keep the calls until garbage is collected
        else:
            for job, result in zip(jobs, results, strict=True):
                job.succeed(result)
