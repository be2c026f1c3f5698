import json

import pytest
from attrs import evolve

from coupon_contract.suite.preflight import reason_not_to_judge
from coupon_contract.suite.run import Run
from coupon_contract.suite.target import Target
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import (
    always,
    entry,
    serving,
)
from tests.suite.transport_helpers import at


def reason(target: Target) -> str | None:
    with Transport(target) as transport:
        return reason_not_to_judge(Run.against(target, transport))


@pytest.mark.parametrize("number", [401, 403, 429])
def test_a_target_that_lets_nobody_in_cannot_be_judged(number: int) -> None:
    with serving(always(b"", number)) as stub:
        assert str(number) in (reason(at(stub.url)) or "")


def test_a_target_that_is_not_there_cannot_be_judged() -> None:
    assert "no response" in (reason(at("http://127.0.0.1:1")) or "")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("staging", "staging at http://127.0.0.1:1: "),
        ("sandbox at http://127.0.0.1:1", "sandbox at http://127.0.0.1:1: "),
    ],
)
def test_an_address_that_the_name_has_is_not_said_again(name: str, words: str) -> None:
    said = reason(evolve(at("http://127.0.0.1:1"), name=name)) or ""

    assert said.startswith(words)
    assert said.count("http://127.0.0.1:1") == 1


@pytest.mark.parametrize("number", [200, 400, 405, 422, 500])
def test_a_target_that_answers_can_be_judged(number: int) -> None:
    with serving(always({}, number)) as stub:
        assert reason(at(stub.url)) is None


@pytest.mark.parametrize("number", [301, 308, 404, 502, 503])
def test_a_target_where_something_else_answers_cannot_be_judged(number: int) -> None:
    with serving(always(b"<h1>Sorry</h1>", number)) as stub:
        assert f"HTTP {number}" in (reason(at(stub.url)) or "")


@pytest.mark.parametrize("number", [404, 503])
def test_an_operation_that_answers_with_the_wrong_status_can_be_judged(number: int) -> None:
    with serving(always({"errors": [entry(756)]}, number)) as stub:
        assert reason(at(stub.url)) is None


def test_the_check_before_the_run_sends_one_request_without_a_series() -> None:
    with serving(always({})) as stub:
        reason(at(stub.url))

    assert [sorted(json.loads(request.body)) for request in stub.seen] == [["customer"]]
