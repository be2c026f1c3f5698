from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.test_history import SEQUENCES, history_of
from coupon_contract.suite.history import History
from coupon_contract.suite.response_reader import read
from tests.suite.conftest import TARGET, body, example, exchange

KNOWN = ({"mobile": "1", "email": "a"}, {"mobile": "2"}, {"mobile": "3", "externalId": "7"}, {"mobile": "4"})


def whimsical(random: Random) -> Any:
    """A target that refuses as it likes, so that no sequence of calls goes the same way twice."""
    target = SimpleNamespace(known=KNOWN, series={"one-per-customer": 1, "limited-per-customer": 2, "ordinary": 3})
    answer = SimpleNamespace(coupons=(), refused_with=lambda _: random.random() < 0.5)
    return SimpleNamespace(run=SimpleNamespace(target=target), issue=lambda *_: answer)


@pytest.mark.parametrize("number", range(10))
def test_sequences_are_drawn_alike_whatever_is_answered(number: int) -> None:
    machine = history_of(whimsical(Random(number)))  # noqa: S311 - repeatable on purpose

    run_state_machine_as_test(seed(number)(machine), settings=SEQUENCES)  # Hypothesis raises when they are not


def noted(**changes: Any) -> History:
    """The history of one answer with two coupons, with parts of the response changed."""
    history = History()
    history.note(read(exchange(body(count=2), example("Issued") | changes)), TARGET)
    return history


def test_coupons_belong_to_the_customer_of_the_answer() -> None:
    history = noted(customer={"id": 7}, coupons=[{"code": "ab", "couponId": 1}, {"code": "cd", "couponId": 2}])

    assert history.owned == {7: {("AB", "1"), ("CD", "2")}}


@pytest.mark.parametrize(("coupon_id", "received"), [(1, 1), (0, 2), (None, 2)])
def test_a_coupon_that_comes_again_counts_once_if_its_id_tells(coupon_id: Any, received: int) -> None:
    history = History()
    for _ in range(2):
        answer = {"customer": {"id": 7}, "coupons": [{"code": "ab", "couponId": coupon_id}]}
        history.note(read(exchange(body(count=1), example("Issued") | answer)), TARGET)

    assert history.received[7] == received


@pytest.mark.parametrize("customer", [{}, {"id": "7"}, {"id": True}, [], None])
def test_coupons_of_an_answer_without_the_id_of_a_customer_belong_to_nobody(customer: Any) -> None:
    assert not noted(customer=customer).owned


def test_a_code_is_named_although_the_series_of_its_request_is_uncertain() -> None:
    history = History()
    history.note(read(exchange(body(seriesId=415446.0), example("Issued"))), TARGET)

    assert len(history.codes_named()) == 2


def test_a_history_remembers_so_many_coupons_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coupon_contract.suite.history.MOST_REMEMBERED", 1)
    history = History()
    for number in range(3):
        coupons = [{"code": f"{number}{letter}", "couponId": 10 * number + at} for at, letter in enumerate("ab")]
        history.note(read(exchange(body(count=2), example("Issued") | {"coupons": coupons})), TARGET)

    assert len(history.ids) == 2
