import pickle

import pytest

from coupon_client.value import Value


class Pair(Value):
    """Two values, one of them not shown."""

    __slots__ = __match_args__ = ("left", "right")
    hidden = ("right",)

    def __init__(self, left: int, right: str) -> None:
        self.left = left
        self.right = right


def test_equal_values_are_equal_and_hash_alike() -> None:
    assert Pair(1, "a") == Pair(1, "a")
    assert hash(Pair(1, "a")) == hash(Pair(1, "a"))


@pytest.mark.parametrize("other", [Pair(2, "a"), Pair(1, "b"), (1, "a"), None])
def test_other_values_and_other_kinds_are_not_equal(other: object) -> None:
    assert Pair(1, "a") != other


def test_a_value_cannot_be_changed_or_removed() -> None:
    pair = Pair(1, "a")
    with pytest.raises(AttributeError, match="left of Pair cannot be changed"):
        pair.left = 2
    with pytest.raises(AttributeError, match="left of Pair cannot be removed"):
        del pair.left


def test_what_is_hidden_is_not_shown() -> None:
    assert repr(Pair(1, "secret")) == "Pair(left=1)"


def test_a_value_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(Pair(1, "a"))) == Pair(1, "a")  # noqa: S301 - our own bytes


def test_a_value_can_be_matched() -> None:
    match Pair(1, "a"):
        case Pair(left, right):
            assert (left, right) == (1, "a")
