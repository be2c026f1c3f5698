from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import cast

from contract_tests.exchange import Exchange, Request, Response
from contract_tests.masking import Mask
from contract_tests.run import Run
from contract_tests.transport import Transport
from tests.suite.conftest import TARGET

CALLERS = 2


class Answering:
    """A transport that answers each request with its own body."""

    granted = None

    def send(self, request: Request) -> Exchange:
        return Exchange(1, request, Response(200, (), request.body))


class Waiting:
    """A mask that looks at nothing before every caller has an answer."""

    def __init__(self) -> None:
        self.barrier = Barrier(CALLERS, timeout=10)

    def learn(self, _: Exchange) -> None:
        self.barrier.wait()

    def secret(self, _: str | None) -> None:
        pass


def test_callers_at_the_same_time_each_get_the_exchange_of_their_own() -> None:
    run = Run.of(TARGET, cast(Transport, Answering()))
    run.mask = cast(Mask, Waiting())
    requests = [Request(body=str(number).encode()) for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        exchanges = list(pool.map(run.exchange, requests))

    assert [exchange.request for exchange in exchanges] == requests
