"""Counters and latencies for Prometheus. With several workers they add up in files that the workers share."""

import atexit
import os
import tempfile

from attrs import define, field
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from starlette.requests import Request
from starlette.responses import Response

import spec
from sandbox.service import Issued, Refused

DIRECTORY = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it when it is imported
OPERATIONS = {spec.ISSUE_PATH: "issue", spec.TOKEN_PATH: "token", spec.READ_BACK_PATH: "read-back"}
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)  # seconds


@define
class Metrics:
    """What one application counts. `count` is called once a request."""

    registry: CollectorRegistry = field(factory=CollectorRegistry)
    requests: Counter = field(init=False)
    coupons: Counter = field(init=False)
    seconds: Histogram = field(init=False)
    _children: dict[tuple[str, str], tuple[Counter, Histogram]] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.requests = Counter(
            "coupon_sandbox_requests",
            "Requests by what became of them.",
            ["operation", "outcome"],
            registry=self.registry,
        )
        self.coupons = Counter("coupon_sandbox_coupons_issued", "Coupons issued.", registry=self.registry)
        self.seconds = Histogram(
            "coupon_sandbox_request_seconds",
            "From the first byte of a request to the last of its answer.",
            ["operation"],
            buckets=BUCKETS,
            registry=self.registry,
        )

    def count(self, path: str, status: int, outcome: Issued | Refused | None, seconds: float) -> None:
        """Count a request to `path` that was answered with `status` after `seconds`."""
        operation = OPERATIONS.get(path, "other")
        requests, latencies = self._found(operation, word(status, outcome))
        requests.inc()
        latencies.observe(seconds)
        if isinstance(outcome, Issued):
            self.coupons.inc(len(outcome.coupons))

    def _found(self, operation: str, outcome: str) -> tuple[Counter, Histogram]:
        if (operation, outcome) not in self._children:  # to find them again costs prometheus_client more than to count
            children = self.requests.labels(operation, outcome), self.seconds.labels(operation)
            self._children[operation, outcome] = children
        return self._children[operation, outcome]

    async def answer(self, _: Request) -> Response:
        """`GET /metrics`."""
        return Response(self.text(), media_type=CONTENT_TYPE_LATEST)

    def text(self) -> bytes:
        """The page that Prometheus reads: of all workers where they share, of this process otherwise."""
        if DIRECTORY not in os.environ:
            return generate_latest(self.registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)  # type: ignore[no-untyped-call]
        return generate_latest(everybody)


def share_metrics() -> None:
    """Let the worker processes that this one starts add up what they count, in a directory that ends with this one."""
    if DIRECTORY not in os.environ:
        scratch = tempfile.TemporaryDirectory(prefix="coupon-sandbox-metrics-")
        atexit.register(scratch.cleanup)
        os.environ[DIRECTORY] = scratch.name


def word(status: int, outcome: Issued | Refused | None) -> str:
    """What became of a request: an outcome of the contract, `done` for another 200, or the HTTP status."""
    if status != 200:
        return f"http-{status}"
    if outcome is None:
        return "done"
    if isinstance(outcome, Refused):
        return "refused"
    return "partly-issued" if outcome.problem else "issued"
