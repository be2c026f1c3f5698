"""Counters and latencies for Prometheus. The counts of several workers add up in files that they share.

Requests are counted in plain numbers, which go to prometheus_client on each scrape, and twice a second for several
workers. Counting each request there would cost as much as a rule of the contract.
"""

import asyncio
import atexit
import os
import shutil
from bisect import bisect_left

from attrs import define, field
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response

from coupon_contract import spec
from coupon_contract.sandbox.service import Issued, Refused

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it on import
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds
EVERY = 0.5  # seconds


@define
class Heap:
    """Requests of one operation and outcome that prometheus_client has not got yet."""

    requests: int = 0
    seconds: float = 0.0
    buckets: list[int] = field(factory=lambda: [0] * (len(BUCKETS) + 1))


@define
class Metrics:
    """The counts of one application."""

    registry: CollectorRegistry = field(factory=CollectorRegistry)
    _requests: Counter = field(init=False)
    _coupons: Counter = field(init=False)
    _seconds: Histogram = field(init=False)
    _heaps: dict[tuple[str, str], Heap] = field(init=False, factory=dict)
    _new_coupons: int = field(init=False, default=0)

    def __attrs_post_init__(self) -> None:
        labels, where = ["operation", "outcome"], self.registry
        self._requests = Counter("coupon_sandbox_requests", "Requests by what became of them.", labels, registry=where)
        self._coupons = Counter("coupon_sandbox_coupons_issued", "Coupons issued.", registry=where)
        long = "From the first byte of a request to the last of its response."
        self._seconds = Histogram("coupon_sandbox_request_seconds", long, labels[:1], buckets=BUCKETS, registry=where)

    def count(self, path: str, status: int, outcome: Issued | Refused | None, seconds: float) -> None:
        """Count a request to `path` that was answered with `status` after `seconds`."""
        key = spec.OPERATIONS.get(path, "other"), word(status, outcome)
        heap = self._heaps.get(key)
        if heap is None:
            heap = self._heaps[key] = Heap()
        heap.requests += 1
        heap.seconds += seconds
        heap.buckets[bisect_left(BUCKETS, seconds)] += 1
        if isinstance(outcome, Issued):
            self._new_coupons += len(outcome.coupons)

    def hand_on(self) -> None:
        """Pass the counts to prometheus_client."""
        heaps, self._heaps = self._heaps, {}
        coupons, self._new_coupons = self._new_coupons, 0
        self._coupons.inc(coupons)
        for (operation, outcome), heap in heaps.items():
            self._requests.labels(operation, outcome).inc(heap.requests)
            seconds = self._seconds.labels(operation)  # it has no public way to observe many values at once
            seconds._sum.inc(heap.seconds)
            for bucket, count in zip(seconds._buckets, heap.buckets, strict=True):
                bucket.inc(count)

    async def run(self) -> None:
        """Pass the counts on regularly, if other processes serve them."""
        while DIRECTORY in os.environ:
            await asyncio.sleep(EVERY)
            self.hand_on()

    async def answer(self, _: Request) -> Response:
        """`GET /metrics`."""
        return Response(self.text(), media_type=CONTENT_TYPE_LATEST)

    def text(self) -> bytes:
        """Return the page for Prometheus: of all workers if they share, of this process otherwise."""
        self.hand_on()
        if DIRECTORY not in os.environ:
            return generate_latest(self.registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)


def share_metrics() -> None:
    """Let worker processes add up their counts, in a directory that is removed at the end of this process."""
    if DIRECTORY not in os.environ:
        # imported on demand: only workers need it, and not every system has its locks
        from coupon_contract.sandbox.tempdir import temporary_directory

        os.environ[DIRECTORY] = made = temporary_directory("coupon-sandbox-metrics-")
        atexit.register(shutil.rmtree, made, ignore_errors=True)


def word(status: int, outcome: Issued | Refused | None) -> str:
    """Return the label of an outcome: that of the contract, `done` for another 200, or the HTTP status."""
    if status != 200:
        return f"http-{status}"
    if outcome is None:
        return "done"
    if isinstance(outcome, Refused):
        return "refused"
    return "partly-issued" if outcome.problem else "issued"
