"""Group commit: calls that arrive during a commit share the next one, and each gets its response after it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from attrs import define, field

from coupon_contract.sandbox.store.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Any]
Together = Callable[[Sequence[Work]], Awaitable[Sequence[Any]]]


class WorkFailed(Exception):
    """A part of the work of a transaction failed before its commit, so none of it was done."""


def all_done(works: Sequence[Work], transaction: Transaction) -> Sequence[Any]:
    """Return the results of all work. Raises WorkFailed; a single piece of work raises its own error."""
    if len(works) == 1:
        return [works[0](transaction)]
    try:
        return [work(transaction) for work in works]
    except Exception:
        raise WorkFailed from None


@define(eq=False)
class Job:
    """Queued work, and the future of its result."""

    work: Work
    done: "asyncio.Future[Any]"

    def succeed(self, result: Any) -> None:
        """Deliver the result; the waiting caller may be gone."""
        if not self.done.done():
            self.done.set_result(result)

    def fail(self, error: Exception) -> None:
        """Deliver the failure."""
        if not self.done.done():
            self.done.set_exception(error)


def fail_all(jobs: Sequence[Job], error: Exception) -> None:
    """Deliver the failure to all jobs."""
    for job in jobs:
        job.fail(error)


@define(eq=False)
class Writer:
    """Queues the work of many callers of one event loop, and does it `together`: in one transaction, or not at all.

    `together` raises WorkFailed if work failed, so that it can be repeated one by one.
    """

    together: Together
    _jobs: list[Job] = field(factory=list, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """Return the result of the work once it is committed. Raises what the work raises, or StoreBusy."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()
        self._jobs.append(Job(work, done))
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._work())
        try:
            return await done
        finally:
            del done  # a failure in it would reference this frame, too

    async def _work(self) -> None:
        while jobs := self._jobs:
            self._jobs = []
            await self._do(jobs)

    async def _do(self, jobs: Sequence[Job]) -> None:
        try:
            results = await self.together([job.work for job in jobs])
        except WorkFailed:
            for job in jobs:  # one by one, so that only the faulty work fails
                await self._do([job])
        except Exception as error:  # the commit itself may have failed, so nothing may be repeated
            fail_all(jobs, error)
            jobs = ()  # the failure references this frame, and would keep the calls alive until garbage collection
        else:
            for job, result in zip(jobs, results, strict=True):
                job.succeed(result)
