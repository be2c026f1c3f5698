import base64
import html
import json
import re
from collections.abc import Callable
from time import perf_counter
from urllib.parse import quote_plus

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from coupon_contract.suite.encodings import cores, present_cores
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


WAYS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent": lambda text: "".join(f"%{byte:02X}" for byte in text.encode()),
    "percent in small letters": lambda text: "".join(f"%{byte:02x}" for byte in text.encode()),
    "decimal entity": lambda text: "".join(f"&#{ord(character)};" for character in text),
    "decimal entity with zeros": lambda text: "".join(f"&#{ord(character):06};" for character in text),
    "hexadecimal entity": lambda text: "".join(f"&#x{ord(character):X};" for character in text),
    "JSON escape": lambda text: re.sub(r"[^\x00-\xff]|.", _json_escape, text),
    "escape of bytes": lambda text: "".join(f"\\x{byte:02x}" for byte in text.encode()),
}
WHOLE = {
    "hex": lambda text: text.encode().hex(),
    "hex in capitals": lambda text: text.encode().hex().upper(),
    "query": quote_plus,
    "JSON": lambda text: json.dumps(text)[1:-1],
    "JSON with escaped slashes": lambda text: text.replace("/", "\\/"),
    "HTML": html.escape,
    "entities without semicolons": lambda text: "".join(f"&#{ord(character)}" for character in text) + " ",
    "percent twice": lambda text: WAYS["percent"](text).replace("%", "%25"),
    "entities of percent": lambda text: WAYS["percent"](text).replace("%", "&#37;"),
    "percent of entities": lambda text: WAYS["percent"](WAYS["decimal entity"](text)),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
}
WORDS = ["planted-word/7+", "planted word", "jürgen@example.com", 'o"brien<&>', "名前-😀", "planted%41"]


def _json_escape(match: re.Match[str]) -> str:
    return "".join(f"\\u{unit:04x}" for unit in memoryview(match[0].encode("utf-16")[2:]).cast("H"))


def masking(word: str) -> Mask:
    mask = Mask.for_target(evolve(TARGET, known=({"externalId": word},), unknown={}))
    mask.secret(word)
    return mask


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("way", [*WAYS.values(), *WHOLE.values()], ids=[*WAYS, *WHOLE])
def test_a_word_is_masked_in_every_encoding_that_is_recognised(way: Callable[[str], str], word: str) -> None:
    masked = masking(word).text(f"before: {way(word)} : behind")

    assert re.fullmatch(r"before: <\w+ \w{8}> *: behind", masked), masked


@given(ways=st.lists(st.sampled_from(list(WAYS.values())), min_size=len(WORD), max_size=len(WORD)))
def test_it_does_not_matter_how_each_character_of_a_word_is_escaped(ways: list[Callable[[str], str]]) -> None:
    written = "".join(way(character) for way, character in zip(ways, WORD, strict=True))

    assert re.fullmatch(r"a <\w+ \w{8}> z", masking(WORD).text(f"a {written} z"))


@pytest.mark.parametrize(
    "text", ["100% of %41, &amp; &nosuch; \\u12 \\x4", "%", "&#99999999;", "\\ud800", "%ff%fe", "&#0;"]
)
def test_escapes_around_nothing_that_is_masked_stay(text: str) -> None:
    assert masking(WORD).text(text) == text


def test_two_words_that_overlap_are_masked_to_the_end_of_the_second() -> None:
    mask = masking("planted-one")
    mask.secret("one-planted-two")

    assert re.fullmatch(r"<\w+ \w{8}>", mask.text("planted-one-planted-two"))


def test_masking_escapes_takes_linear_time() -> None:
    mask = masking(WORD)
    times = []
    for size in (20_000, 160_000):
        start = perf_counter()
        mask.text("%41" * size)
        times.append(perf_counter() - start)

    assert times[1] < 40 * times[0]


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


@pytest.mark.parametrize("before", ["100%", "&", "\\", "\\x", "%%", "&#"])
@pytest.mark.parametrize("word", ["canary-till/+%", 'canary-"pässword/+%', "cafe+tag@example.com"])
@pytest.mark.parametrize("way", [str, html.escape, quote_plus, lambda text: json.dumps(text)[1:-1]])
def test_a_sign_of_an_escape_beside_a_word_does_not_hide_it(before: str, word: str, way: Callable[[str], str]) -> None:
    written = f"{before}{way(word)}cafe"

    assert way(word)[3:-1] not in masking(word).text(written)
