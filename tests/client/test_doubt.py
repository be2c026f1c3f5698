from typing import Any

import pytest

from coupon_client import (
    OutcomeUnknown,
    Refused,
)
from coupon_client.exchange import NeverSent, Progress
from coupon_client.testing import Script, answered
from tests.client.conftest import ABIJITH, Issue, client_of, of


def test_an_interrupted_program_ends_and_says_that_coupons_may_exist() -> None:
    def interrupt(_: Any) -> Any:
        raise KeyboardInterrupt

    client, _ = client_of(interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        client.issue(415446, ABIJITH)

    assert "Coupons may have been issued" in caught.value.__notes__[0]


class Silent:
    """A transport that raises an error of its own and says nothing about what left."""

    def __init__(self, error: BaseException, nothing_left: bool = False) -> None:
        self.error = error
        self.nothing_left = nothing_left
        self.requests = 0

    def send(self, request: Any, timeouts: Any, progress: Progress) -> Any:
        self.requests += 1
        progress.nothing_left = self.nothing_left
        raise self.error

    async def send_async(self, request: Any, timeouts: Any, progress: Progress) -> Any:
        self.send(request, timeouts, progress)

    def close(self) -> None: ...

    async def aclose(self) -> None: ...


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), RuntimeError("CANARY"), MemoryError()])
def test_a_transport_that_proves_nothing_leaves_the_outcome_unknown_after_one_attempt(
    issue: Issue, error: Exception
) -> None:
    transport = Silent(error)
    end = of(issue(transport=transport, retries=2), OutcomeUnknown)

    assert transport.requests == 1
    assert "CANARY" not in str(end)


def test_an_error_of_the_callers_own_while_connecting_is_passed_on_and_nothing_is_sent_after_it(issue: Issue) -> None:
    transport = Silent(RuntimeError("soft time limit"), nothing_left=True)
    with pytest.raises(RuntimeError, match="soft time limit"):
        issue(transport=transport, retries=2)

    assert transport.requests == 1


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"successCount": 2, "totalCount": 2}),
        (400, b'{"coupons":[{"code":"A'),
        (429, b'{"coupons":[{"code":"A1"}],"coupons":[]}'),
        (403, [{"coupons": [{"code": "A1"}]}]),
        (400, b"<response><coupons><coupon><code>A1</code></coupon></coupons></response>"),
        (401, {"data": {"coupons": [{"code": "A1"}]}}),
        (200, {"errors": [{"code": 5005}], "totalCount": 2, "failureCount": 0}),
        (200, {"errors": [{"code": 5005}], "totalCount": 5}),
        (200, {"errors": [{"code": 5005}], "failureCount": 1}),
        (200, {"errors": [{"code": 5005}], "data": {"coupons": [{"code": "A1"}]}}),
        (200, {"errors": [{"code": 678}]}),
        (200, '{"coupons": [{"code": "A1"}], "coupons": null, "errors": [{"code": 707}]}'.encode("utf-16")),
        (200, b'{"coupons": [{"code": "A1"}], "\\u0063oupons": null, "errors": [{"code": 707}]}'),
    ],
)
def test_an_answer_that_speaks_of_coupons_anywhere_is_never_nothing_issued(
    issue: Issue, status: int, body: Any
) -> None:
    of(issue(transport=Script(answered(status, body))), OutcomeUnknown)


def test_a_message_that_no_encoding_holds_is_no_trouble(issue: Issue) -> None:
    of(issue(transport=Script(answered(200, b'{"errors": [{"code": 701, "message": "\\ud800"}]}'))), Refused)


class SilentAfterOne(Silent):
    """Proves that the first attempt never left, and says nothing about the second."""

    def send(self, request: Any, timeouts: Any, progress: Progress) -> Any:
        self.requests += 1
        if self.requests == 1:
            progress.nothing_left = True
            raise NeverSent("ConnectError")
        raise TimeoutError


def test_what_one_attempt_proves_says_nothing_about_the_next(issue: Issue, no_waiting: list[float]) -> None:
    transport = SilentAfterOne(TimeoutError())
    of(issue(transport=transport, retries=2), OutcomeUnknown)

    assert transport.requests == 2


@pytest.mark.parametrize("error", [TimeoutError(), RuntimeError("CANARY")])
def test_the_reason_of_a_lost_response_is_a_phrase(issue: Issue, error: Exception) -> None:
    end = of(issue(transport=Silent(error)), OutcomeUnknown)

    assert end.reason == f"no response: {type(error).__name__}"
