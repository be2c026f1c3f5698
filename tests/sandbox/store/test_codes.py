"""Codes that follow from ids: different ones from different ids, and the way back."""

import secrets
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coupon_contract.sandbox.seed import CODE_ALPHABETS
from coupon_contract.sandbox.store.codes import Codes, CodeSpace, random_codes, random_text
from coupon_contract.sandbox.store.schema import FIRST_COUPON_ID

KEY = b"a secret of 32 bytes for testing"
DIGITS = CodeSpace(KEY, CODE_ALPHABETS["digits"], 10)
LONG = CodeSpace(KEY, CODE_ALPHABETS["letters-and-digits"], 28)
SMALL = CodeSpace(KEY, "ABC012", 4)
SETTINGS = settings(deadline=None, derandomize=True, database=None)


def test_every_code_of_a_small_space_is_made_once() -> None:
    codes = SMALL.made(FIRST_COUPON_ID, SMALL.size)

    assert len(set(codes)) == SMALL.size == 5 * 6**3
    assert not [code for code in codes if code.startswith("0")]


@pytest.mark.parametrize("space", [DIGITS, LONG, SMALL], ids=["digits", "long", "small"])
@given(data=st.data())
@SETTINGS
def test_the_id_follows_from_the_code(space: CodeSpace, data: st.DataObject) -> None:
    number = FIRST_COUPON_ID + data.draw(st.integers(0, space.size - 1))
    (code,) = space.made(number, 1)

    assert space.id_of(code) == number
    assert len(code) == space.length
    assert set(code) <= set(space.alphabet)
    assert not code.startswith("0")


@pytest.mark.parametrize("code", ["", "123", "0123456789", "12345678901", "123456789x", "\u0663" * 10])
def test_what_is_no_code_has_no_id(code: str) -> None:
    assert DIGITS.id_of(code) is None


def test_neighbours_look_unrelated() -> None:
    codes = DIGITS.made(FIRST_COUPON_ID, 1000)
    steps = {abs(int(one) - int(other)) for one, other in pairwise(codes)}

    assert len(steps) > 990
    assert len({code[:5] for code in codes}) > 900


def test_another_key_makes_other_codes() -> None:
    other = CodeSpace(b"another secret", DIGITS.alphabet, DIGITS.length)

    assert not set(DIGITS.made(FIRST_COUPON_ID, 1000)) & set(other.made(FIRST_COUPON_ID, 1000))


def test_only_ids_within_the_space_have_codes() -> None:
    end = FIRST_COUPON_ID + DIGITS.size

    assert DIGITS.has(FIRST_COUPON_ID, 500)
    assert DIGITS.has(end - 500, 500)
    assert not DIGITS.has(end - 499, 500)
    assert not DIGITS.has(FIRST_COUPON_ID - 1, 1)


def test_the_end_of_a_long_code_is_random() -> None:
    assert LONG.made(FIRST_COUPON_ID, 1) != LONG.made(FIRST_COUPON_ID, 1)


def test_the_key_is_not_told() -> None:
    assert "secret" not in repr(Codes(KEY)) + repr(DIGITS)


def test_random_codes_have_no_leading_zero() -> None:
    assert not any(code.startswith("0") for code in random_codes("01", 8, 100))


@pytest.mark.parametrize("count", [0, 1, 1000])
def test_there_are_as_many_random_codes_as_were_asked_for(count: int) -> None:
    codes = random_codes("0123456789", 20, count)

    assert len(set(codes)) == count
    assert {len(code) for code in codes} <= {20}


def test_many_random_codes_are_made_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    draw, draws = secrets.token_bytes, []

    def drawn(length: int) -> bytes:
        draws.append(length)
        return draw(length)

    monkeypatch.setattr(secrets, "token_bytes", drawn)
    random_codes(CODE_ALPHABETS["letters-and-digits"], 10, 10_000)

    assert len(draws) < 20


@pytest.mark.parametrize("length", [0, 1, 28, 10_000])
def test_random_text_has_the_length_that_was_asked_for(length: int) -> None:
    assert len(random_text("ABC", length)) == length


@SETTINGS
@given(st.lists(st.integers(1, 700), min_size=1, max_size=8))
def test_codes_do_not_depend_on_how_many_are_asked_for_at_a_time(counts: list[int]) -> None:
    space, first_id, made = CodeSpace(KEY, CODE_ALPHABETS["digits"], 10), FIRST_COUPON_ID, []
    for count in counts:
        made += space.made(first_id, count)
        first_id += count

    assert made == CodeSpace(KEY, CODE_ALPHABETS["digits"], 10).made(FIRST_COUPON_ID, len(made))


@SETTINGS
@given(st.lists(st.integers(0, SMALL.size - 1), min_size=1, max_size=20))
def test_codes_do_not_depend_on_what_was_asked_for_before(places: list[int]) -> None:
    space, all_codes = CodeSpace(KEY, "ABC012", 4), SMALL.made(FIRST_COUPON_ID, SMALL.size)

    assert [space.made(FIRST_COUPON_ID + place, 1) for place in places] == [[all_codes[place]] for place in places]
