import base64
import gzip
import json
import tracemalloc
import zlib
from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from coupon_contract import spec
from coupon_contract.facts import TOKEN_HEADER
from coupon_contract.suite.credentials import digest
from coupon_contract.suite.exchange import Request, dumps
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.target import Target
from coupon_contract.suite.template import Template, TemplateError, values
from coupon_contract.suite.transport import token_request
from tests.suite.conftest import TARGET, body, request

ODD = evolve(
    TARGET,
    auth={"till": ("TILL-7", 'P"ß\\/$-7'), "oauth": ("KEY-77", "SECRET-77")},
    expired_token="TOKEN-77",
    known=({"mobile": "4915177", "email": 'ö"7@x'}, {"externalId": "EXT$$7"}),
    unknown={"email": "$known.0.mobile", "mobile": "49151770"},
)
SECRET = [text for name, text in values(ODD).items() if not name.startswith("series.")] + [digest(ODD.auth["till"][1])]

words = st.sampled_from(
    [*SECRET, *map(str, (one.id for one in ODD.series.values())), "$", "$$", "$known.0.mobile", "é", '"']
)
texts = st.lists(words | st.text(max_size=5), max_size=8).map("".join)
readable = texts.map(lambda text: text.encode("utf-8", "replace"))
json_bodies = st.dictionaries(texts, texts | st.integers(), max_size=3).flatmap(
    lambda value: st.sampled_from([dumps(value), json.dumps(value).encode(), json.dumps(value, indent=1).encode()])
)
pairs = st.lists(st.tuples(texts, texts), max_size=2).map(tuple)
requests = st.builds(
    Request,
    method=st.sampled_from(["POST", "GET"]),
    path=st.sampled_from([spec.ISSUE_PATH, "/v2/$x"]),
    query=pairs,
    headers=pairs,
    body=readable | json_bodies | st.binary(max_size=20),
    who=st.sampled_from(["caller", "nobody"]),
)


def template(asked: Request, target: Target = ODD) -> Template:
    return Template.from_request(asked, target, Mask.for_target(target))


@given(asked=requests)
def test_a_complete_template_becomes_the_very_request_again(asked: Request) -> None:
    kept = template(asked)

    assert not kept.complete or kept.request_for(ODD) == asked


@given(asked=requests)
def test_a_template_survives_json(asked: Request) -> None:
    kept = template(asked)

    assert Template.from_json(json.loads(json.dumps(kept.to_json()))) == kept


@given(asked=requests)
def test_nothing_of_the_target_is_left_in_a_template(asked: Request) -> None:
    kept = json.dumps(template(asked).to_json(), ensure_ascii=False)
    plain = [word for word in SECRET if not word.startswith("$") and '"' not in word]

    assert not [word for word in plain if word in kept]


@given(
    before=st.binary(max_size=5), word=st.sampled_from(SECRET), kind=st.sampled_from(["utf-16", "utf-16-le", "utf-8"])
)
def test_bytes_that_hold_a_word_of_the_target_are_withheld(before: bytes, word: str, kind: str) -> None:
    sent = b"\xff" + before + word.encode(kind)
    kept = template(request(sent))

    assert (kept.body.encoding, kept.complete) == ("withheld", False)


def test_customers_and_series_become_placeholders() -> None:
    kept = template(request(body()), TARGET).body.content

    assert kept == '{"seriesId":$series.ordinary,"count":1,"customer":{"mobile":"$known.0.mobile"}}'


@pytest.mark.parametrize("text", ['{"count": 415446}', '{"seriesId":4154467}', '{"seriesId":1415446}', "415446"])
def test_a_number_that_is_no_series_stays_a_number(text: str) -> None:
    assert template(request(text.encode()), TARGET).body.content == text


def test_key_and_secret_of_a_token_request_become_placeholders() -> None:
    kept = template(token_request(*TARGET.auth["oauth"]), TARGET)

    assert kept.body.content == '{"key":"$auth.oauth.key","secret":"$auth.oauth.secret"}'


def test_a_template_fits_another_target() -> None:
    other = evolve(TARGET, known=({"mobile": "1"},), series={"ordinary": evolve(TARGET.series["ordinary"], id=2)})
    asked = template(request(body()), TARGET).request_for(other)

    assert asked.body == b'{"seriesId":2,"count":1,"customer":{"mobile":"1"}}'


@pytest.mark.parametrize("state", ["expired", "generic"])
def test_a_target_that_lacks_a_placeholder_is_named(state: str) -> None:
    kept = template(request(body(seriesId=TARGET.series[state].id)), TARGET)
    poorer = evolve(TARGET, series={"ordinary": TARGET.series["ordinary"]})

    with pytest.raises(TemplateError, match=rf"the target has no series\.{state}"):
        kept.request_for(poorer)


def test_values_of_an_earlier_answer_are_masked_and_cannot_be_sent_again() -> None:
    kept = template(Request("GET", spec.READ_BACK_PATH, (("couponCodes", "ABCD1234"), ("issuedToIds", "77")), ()))

    assert "ABCD1234" not in repr(kept)
    with pytest.raises(TemplateError, match="an earlier answer"):
        kept.request_for(ODD)


def test_an_identifier_in_another_case_is_masked() -> None:
    kept = template(request(body(customer={"email": "TOMHILLS@MAIL.COM"})), TARGET)

    assert (kept.complete, "TOMHILLS" in kept.body.content) == (False, False)


def test_a_large_body_is_kept_small() -> None:
    asked = request(b'{"seriesId": "' + b"9" * 4_000_000 + b'"}')
    kept = template(asked)

    assert len(kept.body.content) < 10_000
    assert kept.request_for(ODD) == asked


@pytest.mark.parametrize("encoding", ["zlib", "base64"])
def test_a_damaged_body_is_a_complaint(encoding: str) -> None:
    held = template(request({})).to_json() | {"body": {"encoding": encoding, "content": "not base64 at all"}}

    with pytest.raises(TemplateError, match="damaged"):
        Template.from_json(held).request_for(ODD)


@pytest.mark.parametrize("size", [8_000_001, 1_000_000_000])
def test_a_body_that_unpacks_to_more_than_the_suite_sends_is_a_complaint(size: int) -> None:
    packing = zlib.compressobj()
    packed = b"".join(packing.compress(b" " * min(size, 10_000_000)) for _ in range(max(1, size // 10_000_000)))
    content = base64.b64encode(packed + packing.flush()).decode()
    kept = template(request({})).to_json() | {"body": {"encoding": "zlib", "content": content}}

    tracemalloc.start()
    with pytest.raises(TemplateError, match="larger than"):
        Template.from_json(kept).request_for(ODD)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert most < 60_000_000


PACKED = zlib.compress(b"{}")
DAMAGED = {
    "cut short": PACKED[:-3],
    "with more behind it": PACKED + b"x",
    "twice": PACKED * 2,
    "a wrong sum": PACKED[:-1] + b"x",
    "gzip": gzip.compress(b"{}"),
    "no UTF-8": zlib.compress(b"\xff"),
    "nothing": b"",
}


@pytest.mark.parametrize("packed", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_compressed_body_is_a_complaint(packed: bytes) -> None:
    content = base64.b64encode(packed).decode()
    kept = template(request({})).to_json() | {"body": {"encoding": "zlib", "content": content}}

    with pytest.raises(TemplateError, match="damaged"):
        Template.from_json(kept).request_for(ODD)


def test_a_body_that_the_results_do_not_hold_is_a_complaint() -> None:
    kept = template(request({})).to_json() | {"body": {"encoding": "withheld", "content": "5 bytes"}}

    with pytest.raises(TemplateError, match="do not hold the body"):
        Template.from_json(kept).request_for(ODD)


# --- credentials ----------------------------------------------------------------------------------------------------

PLACEHOLDERS = [
    *(f"${prefix}auth.{name}" for prefix in ("", "json.", "ascii.") for name in ("till.user", "till.password")),
    *("$auth.oauth.key", "$auth.oauth.secret", "$auth.expired-token", "$$$auth.till.password"),
]
ELSEWHERE: dict[str, Callable[[str], dict[str, Any]]] = {
    "path": lambda text: {"path": f"/{text}"},
    "query name": lambda text: {"query": [[text, "x"]]},
    "query value": lambda text: {"method": "GET", "path": spec.READ_BACK_PATH, "query": [["issuedToIds", text]]},
    "header name": lambda text: {"headers": [[text, "x"]]},
    "header value": lambda text: {"headers": [["Content-Type", text]]},
    "another header": lambda text: {"headers": [["X-Authorization", text]]},
    "body": lambda text: {"body": {"encoding": "text", "content": text}},
    "compressed body": lambda text: {
        "body": {"encoding": "zlib", "content": base64.b64encode(zlib.compress(text.encode())).decode()}
    },
    "body of read-back": lambda text: {
        "path": spec.READ_BACK_PATH,
        "body": {"encoding": "text", "content": text},
    },
    "body of a path like that of the token": lambda text: {
        "path": f"{spec.TOKEN_PATH}/",
        "body": {"encoding": "text", "content": text},
    },
}


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
@pytest.mark.parametrize("place", ELSEWHERE)
def test_credentials_are_filled_in_nowhere_else(place: str, placeholder: str) -> None:
    kept = template(request({})).to_json() | ELSEWHERE[place](placeholder)

    with pytest.raises(TemplateError, match="never sends credentials"):
        Template.from_json(kept).request_for(TARGET)


@pytest.mark.parametrize("name", ["Authorization", "authorization", TOKEN_HEADER, TOKEN_HEADER.lower()])
def test_credentials_are_filled_into_the_headers_for_them(name: str) -> None:
    kept = template(request({})).to_json() | {"headers": [[name, "$auth.expired-token"]]}

    assert Template.from_json(kept).request_for(TARGET).headers == ((name, TARGET.expired_token),)


def test_credentials_are_filled_into_the_body_of_a_token_request() -> None:
    asked = token_request(*TARGET.auth["oauth"])

    assert template(asked, TARGET).request_for(TARGET) == asked


def test_a_request_that_holds_a_secret_elsewhere_cannot_be_sent_again() -> None:
    kept = template(request({"seriesId": ODD.auth["oauth"][1]}))

    assert (kept.complete, ODD.auth["oauth"][1] in kept.body.content) == (False, False)
