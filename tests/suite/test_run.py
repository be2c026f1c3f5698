from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import ClassVar, cast

import pytest

from coupon_contract.suite.exchange import Exchange, Request, Response
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.plan import OverPlan
from coupon_contract.suite.reporting.terminal import of_error
from coupon_contract.suite.run import Run
from coupon_contract.suite.transport import Forbidden, Transport
from tests.suite.conftest import TARGET

CALLERS = 2


class Answering:
    """A transport that answers each request with its own body."""

    granted = None
    cookies: ClassVar[dict[str, str]] = {}

    def send(self, request: Request) -> Exchange:
        return Exchange(1, request, Response(200, (), request.body))


class Waiting:
    """A mask that looks at nothing before every caller has a response."""

    def __init__(self) -> None:
        self.barrier = Barrier(CALLERS, timeout=10)

    def learn(self, _: Exchange) -> None:
        self.barrier.wait()

    def secret(self, _: str | None) -> None:
        pass


def test_callers_at_the_same_time_each_get_the_exchange_of_their_own() -> None:
    run = Run.against(TARGET, cast(Transport, Answering()))
    run.mask = cast(Mask, Waiting())
    requests = [Request(body=str(number).encode()) for number in range(CALLERS)]
    with ThreadPoolExecutor(CALLERS) as pool:
        exchanges = list(pool.map(run.exchange, requests))

    assert [exchange.request for exchange in exchanges] == requests


# --- errors of the suite --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("problem", [Forbidden("a request that names series 4711"), OverPlan("more than it declares")])
def test_an_error_of_our_own_is_told_with_its_test_and_in_its_own_words(problem: Exception) -> None:
    run = Run.against(TARGET, cast(Transport, Answering()))
    run.begin("test_http.py::test_another_method[PUT]")

    assert of_error(run, problem, "plan.py:73") == (
        f"test_http.py::test_another_method[PUT]: {type(problem).__name__} at plan.py:73: {problem}"
    )


def test_the_words_of_any_other_error_are_not_told() -> None:
    run = Run.against(TARGET, cast(Transport, Answering()))
    run.begin("test_http.py::test_another_method[PUT]")

    assert (
        of_error(run, ValueError("planted"), "a.py:1") == "test_http.py::test_another_method[PUT]: ValueError at a.py:1"
    )
