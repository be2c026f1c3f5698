"""Group commit: calls that arrive while a commit is under way share the next one, and each is answered after it."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from attrs import define, field

from sandbox.store.schema import StoreBusy
from sandbox.store.transaction import Transaction

T = TypeVar("T")
Work = Callable[[Transaction], Any]
Together = Callable[[Sequence[Work]], Awaitable[Sequence[Any]]]


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


@define(eq=False)
class Writer:
    """Takes work from many callers of one event loop, and has it done `together`: in one transaction, or not at all."""

    together: Together
    _jobs: list[Job] = field(factory=list, init=False)
    _task: "asyncio.Task[None] | None" = field(default=None, init=False)

    async def write(self, work: Callable[[Transaction], T]) -> T:
        """What the work returns, when that is committed. Raises what the work raises, or StoreBusy."""
        loop = asyncio.get_running_loop()
        job = Job(work, loop.create_future())
        self._jobs.append(job)
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._work())
        result: T = await job.done
        return result

    async def _work(self) -> None:
        while jobs := self._jobs:
            self._jobs = []
            await self._do(jobs)

    async def _do(self, jobs: Sequence[Job]) -> None:
        try:
            results = await self.together([job.work for job in jobs])
        except StoreBusy as error:
            for job in jobs:
                job.fail(error)
        except Exception as error:
            if len(jobs) == 1:
                jobs[0].fail(error)
            for job in jobs if len(jobs) > 1 else ():  # alone, so that only who is at fault fails
                await self._do([job])
        else:
            for job, result in zip(jobs, results, strict=True):
                job.succeed(result)
