from random import Random
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import seed
from hypothesis.stateful import run_state_machine_as_test

from contract_tests.test_history import SEQUENCES, history_of

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
