"""The example of a target file has every state."""

import tomllib

import pytest
from attrs import evolve

from coupon_contract.suite.states import STATES
from scripts import example_target
from scripts.example_target import EXAMPLE, GUIDE, with_recipes, with_states

TEXT = EXAMPLE.read_text("utf-8")


def test_a_state_without_a_series_in_the_sandbox_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    paused = evolve(STATES["expired"], name="paused")
    monkeypatch.setattr(example_target, "STATES", STATES | {"paused": paused})

    with pytest.raises(LookupError, match="no series for paused"):
        with_states(TEXT)


def test_a_lost_mark_is_an_error() -> None:
    with pytest.raises(LookupError, match="lost its marks"):
        with_states(TEXT.replace("# end: generated", "#"))


def test_a_copied_example_names_every_state_that_no_test_uses_up() -> None:
    shown = tomllib.loads(with_states(TEXT))["series"]

    assert list(shown) == [name for name, state in STATES.items() if not state.claimed]


def test_states_that_a_test_uses_up_are_commented_out() -> None:
    claimed = [name for name, state in STATES.items() if state.claimed]

    assert [name for name in claimed if f"\n# {name} = " not in with_states(TEXT)] == []


def test_the_guide_has_the_recipe_of_every_state() -> None:
    shown = [
        line.split("`")[1] for line in with_recipes(GUIDE.read_text("utf-8")).splitlines() if line.startswith("| `")
    ]

    assert shown == list(STATES)


def test_a_guide_that_has_lost_its_marks_is_an_error() -> None:
    with pytest.raises(LookupError, match="lost its marks"):
        with_recipes(GUIDE.read_text("utf-8").replace("<!-- end of the recipes -->", ""))
