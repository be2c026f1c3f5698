"""The quick ways to read coupons agree with the one that reads every value, or leave the text to it."""

import json
from random import Random
from typing import Any

import pytest

from coupon_client import Issued
from coupon_client.contract import CERTAIN_REFUSALS
from coupon_client.coupon_columns import columns
from coupon_client.exchange import Response
from coupon_client.response_reader import _decided, _plain

Json = Any
CASES, SEED = 40_000, 20261128


def coupons(number: int) -> list[Json]:
    return [{"code": f"C{nth}", "couponId": nth} for nth in range(number)]


def inside(value: Json, **layout: Any) -> str:
    return json.dumps(value, **layout).strip()[1:-1]


@pytest.mark.parametrize("layout", [{}, {"separators": (",", ":")}, {"indent": 2}, {"indent": "\t"}])
@pytest.mark.parametrize("number", [1, 2, 500])
def test_a_list_whose_coupons_are_written_alike_is_read_in_any_layout(number: int, layout: dict[str, Any]) -> None:
    assert columns(inside(coupons(number), **layout)) == ([f"C{nth}" for nth in range(number)], list(range(number)))


@pytest.mark.parametrize(
    "text",
    [
        "",
        '{"code": "A", "couponId": 1}, {"code":"B","couponId":2}',
        '{"couponId": 1, "code": "A"}',
        '{"code": "A", "couponId": 1, "x": 2}',
        '{"code": "A, B", "couponId": 1}',
        '{"code": "A", "couponId": 1}, {"code": "B", "couponId": 2}, 3',
        '{"code": "A", "couponId": 1}, {"code": "B", "couponId": 2, "couponId": 3}',
        '{"code": "A"}, {"code": 1, "couponId": "B", "couponId": 2}',
        '{"code": "1", "couponId": 5}, {"code": "2"}, {"code": 3, "couponId": 4}',
        '{"code": "A", "couponId": 1}, {"code": ", "couponId": 2}',
        '{"code": "A", "couponId": 01}',
        '{"code": "A", "couponId": 1}}',
        '{"code": "A\n", "couponId": 1}',
        '{"code": "A", "couponId": 1}, {"code": "B", "couponId": }',
    ],
)
def test_a_list_of_another_form_is_left_to_other_readers(text: str) -> None:
    assert columns(text) is None


PIECES = ['"', ",", ":", "{", "}", " ", "1", "0", "A", "-", "\n", "\\", "[", "]", "\x00", "Ä", "1e5", "null", "\u2028"]
TOKENS = [
    '{"code":"',
    '","couponId":',
    '},{"code":"',
    ',"couponId":',
    '"code":',
    '"couponId":1',
    '{"code": "',
    '"coupons":',
]


def mutated(random: Random, text: str) -> str:
    """Return the text with a few pieces taken away, doubled, or put in."""
    for _ in range(random.randint(1, 3)):
        at, to = sorted(random.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + 25)
        piece = random.choice((text[at:to], text[at:to] * 2, "", random.choice(PIECES), random.choice(TOKENS)))
        where = random.randrange(len(text) + 1)
        text = random.choice((text[:at] + piece + text[to:], text[:where] + piece + text[where:]))
    return text


def test_what_is_read_quickly_is_what_reading_every_value_finds() -> None:
    random, quick = Random(SEED), 0  # noqa: S311 - repeatable on purpose
    for _ in range(CASES):
        number = random.randint(1, 3)
        body = {"coupons": coupons(number), "errors": [], "successCount": number, "x": {"y": [1.5, "z"]}}
        layout = random.choice(({}, {"separators": (",", ":")}, {"indent": 1}))
        text = mutated(random, json.dumps(body, **layout))
        reply = Response(200, {}, text.encode())
        plain, full = _plain(3, reply), _decided(3, reply, CERTAIN_REFUSALS)
        assert plain is None or (isinstance(full, Issued) and plain == full and plain.raw == full.raw), text
        quick += plain is not None

    assert quick > CASES / 20
