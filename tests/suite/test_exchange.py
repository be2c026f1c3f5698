import json
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from coupon_contract import spec
from coupon_contract.suite.exchange import NotJson, Request, Response, dumps, duplicate_keys, loads, loads_apart

UNREADABLE = {
    "nothing": b"",
    "white space": b" \n",
    "NaN": b'{"a": NaN}',
    "Infinity": b"[Infinity]",
    "-Infinity": b"[-Infinity]",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "UTF-16 without a mark": '{"a": 1}'.encode("utf-16-le"),
    "invalid UTF-8": b'{"a": "\xc3\x28"}',
    "an encoded surrogate": b'{"a": "\xed\xa0\x80"}',
    "text behind": b"{} {}",
    "single quotes": b"{'a': 1}",
    "a comma at the end": b"[1,]",
    "a line break in a text": b'"a\nb"',
    "a hundred thousand brackets": b"[" * 100_000,
    "deep nesting": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
}


@pytest.mark.parametrize("text", UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_one_json_value_in_utf_8_is_refused(text: bytes) -> None:
    with pytest.raises(NotJson):
        loads(text)


def test_a_refusal_to_read_holds_nothing_of_the_body() -> None:
    with pytest.raises(NotJson) as raised:
        loads(b'{"password": "planted"')

    assert (str(raised.value), raised.value.__cause__) == ("", None)


@pytest.mark.parametrize("sign", ["", "-"])
def test_integers_of_ten_thousand_digits_are_read_as_very_large(sign: str) -> None:
    number = loads(f"{sign}{'9' * 10_000}".encode())

    assert abs(number) > 10**300


def test_the_last_of_duplicate_keys_wins() -> None:
    assert loads(b'{"count": 1, "count": 2}') == {"count": 2}


@pytest.mark.parametrize("text", [b'{"a": 1, "a": 1}', b'[{"b": {"a": 1, "a": 2}}]', b'{"a": 1, "\\u0061": 2}'])
def test_a_key_given_twice_is_found(text: bytes) -> None:
    assert duplicate_keys(text)


@pytest.mark.parametrize("text", [b'{"a": 1, "A": 1}', b'[{"a": 1}, {"a": 2}]', b'{"a": {"a": 1}}', b"7", b"not JSON"])
def test_keys_given_once_are_not_duplicates(text: bytes) -> None:
    assert not duplicate_keys(text)


def test_a_key_given_twice_beside_a_huge_integer_is_found() -> None:
    assert duplicate_keys(b'{"seriesId": ' + b"9" * 10_000 + b', "count": 1, "count": 2}')


@pytest.mark.parametrize("value", ["🎟️", "é", "\ud800", "a\ud83d", {"\u202e": None}, [1.5, True, None], "\x00"])
def test_whatever_is_encoded_comes_back(value: object) -> None:
    assert json.loads(dumps(value)) == value


def test_text_is_encoded_as_utf_8_without_white_space() -> None:
    assert dumps({"é": [1, 2]}) == '{"é":[1,2]}'.encode()


@pytest.mark.parametrize("name", ["content-type", "Content-Type", "CONTENT-TYPE"])
def test_a_header_is_found_in_any_case(name: str) -> None:
    assert Response(200, (("Content-type", "text/html"),), b"").header(name) == "text/html"


def test_a_header_that_is_not_there_is_empty() -> None:
    assert Response(200, (), b"").header("content-type") == ""


def test_a_query_is_percent_encoded() -> None:
    asked = Request("GET", spec.READ_BACK_PATH, query=(("couponCodes", "A&B"), ("couponCodes", "C D")))

    assert asked.url == "/v2/coupon?couponCodes=A%26B&couponCodes=C+D"


@pytest.mark.parametrize(
    ("asked", "issues"),
    [(Request(), True), (Request("GET"), False), (Request("PUT"), False), (Request(path=spec.TOKEN_PATH), False)],
)
def test_only_a_post_to_the_issuing_path_issues(asked: Request, issues: bool) -> None:
    assert asked.issues is issues


def test_representations_hold_neither_body_nor_headers() -> None:
    planted = (("X-Planted", "planted"),)

    assert "planted" not in f"{Request(headers=planted, body=b'planted')} {Response(200, planted, b'planted')}"


@pytest.mark.parametrize("reader", [loads, duplicate_keys, lambda body: loads_apart(body.decode())])
def test_the_values_of_two_large_bodies_are_never_in_memory_together(reader: Callable[[bytes], Any]) -> None:
    first, second = (b"[" + b",".join([b"[]"] * 50_000 + [number]) + b"]" for number in (b"1", b"2"))
    tracemalloc.start()
    try:
        loads(first)
        of_one = tracemalloc.get_traced_memory()[1]
        reader(second)
        of_both = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert of_both < 1.3 * of_one
