import base64
import json
from urllib.parse import quote, quote_plus

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from coupon_contract.suite.encodings import cores, forms, present_cores
from coupon_contract.suite.exchange import Request
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.run import Run
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import TARGET, always, exchange, serving

WORD = "planted-word/7+"


@given(before=st.binary(max_size=7), behind=st.binary(max_size=7), word=st.text(min_size=6, max_size=20))
def test_base64_text_that_holds_a_word_holds_one_of_its_cores(before: bytes, behind: bytes, word: str) -> None:
    plain = before + word.encode("utf-8") + behind

    assert present_cores(cores(word), base64.b64encode(plain).decode())
    assert present_cores(cores(word), base64.urlsafe_b64encode(plain).decode())


def test_a_word_too_short_to_be_recognised_has_no_cores() -> None:
    assert cores("short") == set()


def test_text_without_the_word_holds_no_core() -> None:
    assert present_cores(cores(WORD), base64.b64encode(b"some other text, long enough").decode()) == []


@pytest.mark.parametrize("form", [quote(WORD, safe=""), quote_plus(WORD), json.dumps(WORD)[1:-1], "planted-word\\/7+"])
def test_a_word_is_known_in_the_forms_of_addresses_and_json(form: str) -> None:
    assert form in forms(WORD)


def test_a_token_that_was_granted_is_masked_from_then_on() -> None:
    with (
        serving(always({"data": {"accessToken": "planted-token"}})) as stub,
        Transport(evolve(TARGET, base_url=stub.url)) as transport,
    ):
        run = Run.against(transport.target, transport)
        run.exchange(Request(who="oauth"))

    assert "planted-token" not in run.mask.text("you sent planted-token")


def test_a_code_that_was_answered_is_masked_in_words_too() -> None:
    mask = Mask.for_target(TARGET)
    mask.learn(exchange({}, {"coupons": [{"code": "ABCD1234"}]}))
    masked = json.loads(mask.body(b'{"code": "ABCD1234"}'))["code"]

    assert mask.text("no coupon ABCD1234 here") == f"no coupon {masked} here"


@pytest.mark.parametrize("word", ["abc", "4711"])
def test_a_short_word_of_an_answer_is_masked_only_where_it_stands_alone(word: str) -> None:
    mask = Mask.for_target(TARGET)
    mask.learn(exchange({}, {"coupons": [{"code": word}]}))

    assert mask.text(f"x{word}y") == f"x{word}y"


def test_codes_that_differ_in_case_keep_different_masks() -> None:
    mask = Mask.for_target(TARGET)
    mask.learn(exchange({}, {"coupons": [{"code": "aBcD1234"}, {"code": "AbCd1234"}]}))
    first, second = mask.text("aBcD1234 AbCd1234").split("> <")

    assert first.strip("<>") != second.strip("<>")
