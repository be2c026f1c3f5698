"""Canaries: what must never be seen in what the suite shows."""

import base64
import hashlib
import json
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from attrs import evolve

from coupon_contract.suite.exchange import JSON_HEADERS, Exchange, dumps
from coupon_contract.suite.masking import Mask
from coupon_contract.suite.run import Failure, Run
from coupon_contract.suite.target import Target
from coupon_contract.suite.transport import Transport
from tests.suite.conftest import TARGET, entry, example, exchange, response

Json = Any

PASSWORD = "planted-password"
DIGEST = hashlib.md5(PASSWORD.encode(), usedforsecurity=False).hexdigest()
CUSTOMER = {"mobile": "4711815", "email": "planted+tag@example.com", "externalId": "planted-ext"}
UNKNOWN = {"mobile": "4711816", "email": "nobody-planted@example.com"}

PLANTED = evolve(
    TARGET,
    auth={
        "till": ("planted-till", PASSWORD),
        "no-access": ("planted-no-access", "planted-other-password"),
        "oauth": ("planted-key", "planted-secret"),
    },
    expired_token="planted-expired-token",
    known=(CUSTOMER,),
    unknown=UNKNOWN,
)
WORDS = {
    "till": "planted-till",
    "password": PASSWORD,
    "digest of the password": DIGEST,
    "Basic credentials": base64.b64encode(f"planted-till:{DIGEST}".encode()).decode(),
    "till without access": "planted-no-access",
    "oauth key": "planted-key",
    "oauth secret": "planted-secret",
    "expired token": "planted-expired-token",
    "mobile": CUSTOMER["mobile"],
    "email": CUSTOMER["email"],
    "external id": CUSTOMER["externalId"],
    "padded external id": "000" + CUSTOMER["externalId"],
    "unknown mobile": UNKNOWN["mobile"],
    "unknown email": UNKNOWN["email"],
}

# What the document's own answers hold that nobody may see.
ANSWERS = {
    "Issued": ["3084294818", "5686061236", "Abijith", "Gupta", "11223569865", "3873472", "555567088"],
    "PartlyIssued": [
        "2YQWCWQXZ6NTMTAJLCXNP1T6CYMN",
        "plerthprth",
        "gmmlzilbpg",
        "Tomhills",
        "918028464628",
        "374658850",
    ],
    "CouponsFound": ["3084294818"],
    "TokenGranted": ["the-token"],
    "TokenCredentials": ["your-key", "your-secret"],
}


def mask(target: Target = PLANTED) -> Mask:
    return Mask.for_target(target)


def one_customer(**identifiers: str) -> Target:
    return evolve(PLANTED, known=(identifiers,), unknown={})


def seen(shown: str, *planted: str) -> list[str]:
    """Which of these can be seen in the text."""
    return [one for one in planted if one in shown]


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_what_the_target_file_names_is_masked_in_text(word: str) -> None:
    assert not seen(mask().text(f"before {word} behind"), word)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize("place", ["message", "note", "anything"])
def test_what_the_target_file_names_is_masked_in_any_field(word: str, place: str) -> None:
    got = {"errors": [entry(701, **{place: f"nobody has {word}, sorry"})]}

    assert not seen(mask().response(response(got)), word)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_what_the_target_file_names_is_masked_as_a_key(word: str) -> None:
    assert not seen(mask().body(dumps({word: {word: 1}})), word)


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_what_the_target_file_names_is_masked_in_a_list(word: str) -> None:
    assert not seen(mask().body(dumps([word, [word]])), word)


@pytest.mark.parametrize("word", ["mobile", "email", "external id"])
@pytest.mark.parametrize("body", ["nobody has {}", "<no>{}</no>", '{{"mobile": "{}"', "mobile={}", "\x00{}"])
def test_nothing_of_a_body_that_is_not_json_is_shown(word: str, body: str) -> None:
    assert not seen(mask().body(body.format(WORDS[word]).encode()), WORDS[word])


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_what_the_target_file_names_is_masked_in_a_query(word: str) -> None:
    assert not seen(mask().in_query("mobile", word), word, quote(word), quote_plus(word))


@pytest.mark.parametrize("name", ["couponCodes", "issuedToIds"])
def test_codes_and_customer_ids_in_a_query_are_masked(name: str) -> None:
    assert not seen(mask().in_query(name, "3084294818"), "3084294818")


def test_the_content_type_of_an_answer_is_masked() -> None:
    got = response({}, 400, (("Content-Type", f"text/plain; user={CUSTOMER['email']}"),))

    assert not seen(mask().response(got), CUSTOMER["email"])


def test_other_headers_of_an_answer_are_not_shown() -> None:
    got = response({}, 200, (*JSON_HEADERS, ("Set-Cookie", "session=planted-session")))

    assert not seen(mask().response(got), "planted-session")


@pytest.mark.parametrize("name", ANSWERS)
def test_codes_names_and_identifiers_of_an_answer_are_masked_whoever_they_are(name: str) -> None:
    assert not seen(mask().body(dumps(example(name))), *ANSWERS[name])


@pytest.mark.parametrize("field", ["mobile", "email", "externalId"])
def test_identifiers_of_a_request_are_masked_whoever_they_are(field: str) -> None:
    body = dumps({"seriesId": 1, "customer": {field: "somebody-else"}})

    assert not seen(mask().body(body), "somebody-else")


def test_an_identifier_written_as_a_number_is_masked() -> None:
    assert not seen(mask().body(b'{"customer": {"mobile": 99887766}}'), "99887766")


def test_an_identifier_written_as_a_list_is_masked() -> None:
    assert not seen(mask().body(b'{"customer": {"mobile": ["99887766"]}}'), "99887766")


@pytest.mark.parametrize("value", ['["C0DE"]', '{"text": "C0DE"}'])
def test_a_coupon_code_in_a_wrong_shape_is_masked(value: str) -> None:
    assert not seen(mask().body(f'{{"coupons": [{{"code": {value}, "couponId": 1}}]}}'.encode()), "C0DE")


@pytest.mark.parametrize(
    "body",
    [
        '{"coupons": [{"couponCode": "C0DE-1234", "id": 7}]}',
        '{"coupons": ["C0DE-1234"]}',
        '{"coupons": {"C0DE-1234": {"couponId": 1}}}',
        '{"customer": {"mobileNumber": "C0DE-1234"}}',
        '{"customer": {"profiles": [{"fields": {"birthday": "C0DE-1234"}}]}}',
        '{"couponConfig": {"genericCode": "C0DE-1234"}}',
        '{"data": {"refreshToken": "C0DE-1234"}}',
        '{"access_token": "C0DE-1234"}',
        '{"phone": ["C0DE-1234"]}',
        '{"success": [{"couponCode": "C0DE-1234"}]}',
        '{"errors": [{"errorCode": 404, "couponCodes": ["C0DE-1234"]}]}',
    ],
)
def test_what_stands_under_a_name_that_nobody_knows_is_masked(body: str) -> None:
    assert not seen(mask().body(body.encode()), "C0DE-1234")


def test_a_code_under_a_name_that_nobody_knows_is_masked_elsewhere_too() -> None:
    answers = mask()
    answers.learn(exchange({}, {"coupons": [{"couponCode": "C0DE-1234"}]}))

    assert not seen(answers.text("who has C0DE-1234?"), "C0DE-1234")


@pytest.mark.parametrize(
    "body",
    ['{"errors": [{"code": 756, "message": "no"}]}', '{"couponConfig": {"discountCode": "DECATH10"}}', '{"x": 1}'],
)
def test_what_the_document_names_and_is_nobodys_is_shown(body: str) -> None:
    assert json.loads(mask().body(body.encode())) == json.loads(body)


@pytest.mark.parametrize(
    "email", ["jürgen@example.com", 'o"brien@example.com', "back\\slash@example.com", "名前@example.com", "tab\t@x.com"]
)
def test_an_identifier_that_json_escapes_is_masked_in_any_field(email: str) -> None:
    shown = mask(one_customer(email=email)).body(dumps({"message": f"no customer {email}"}))

    assert email not in json.loads(shown)["message"]


def test_a_number_equal_to_an_identifier_is_masked_anywhere() -> None:
    assert not seen(mask().body(b'{"x": 4711815}'), "4711815")


def test_what_stands_beyond_the_first_items_of_a_list_is_not_shown() -> None:
    assert not seen(mask().body(dumps({"x": [*range(5), "planted-sixth"]})), "planted-sixth")


def test_a_body_too_long_to_show_is_cut() -> None:
    assert len(mask().body(dumps({"x": "y" * 100_000}))) < 5_000


@pytest.mark.parametrize("depth", [100, 400, 900])
def test_a_deeply_nested_body_can_be_shown(depth: int) -> None:
    assert mask().body(b'{"mobile":' * depth + b'"99887766"' + b"}" * depth)


@pytest.mark.parametrize("body", [b"\xff", b"", b'"\\ud800"', b"9" * 10_000, b"[1e400]"])
def test_any_body_can_be_shown(body: bytes) -> None:
    assert mask().body(body).isascii()


# --- what stays visible ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["RefusedSeriesInvalid", "RefusedCouponExpired", "RefusedCustomerLimitReached"])
def test_a_refusal_is_shown_as_it_is(name: str) -> None:
    assert json.loads(mask().body(dumps(example(name)))) == example(name)


def test_counts_and_series_are_shown() -> None:
    shown = json.loads(mask().body(dumps({"seriesId": 415446, "count": 2, "totalCount": 2})))

    assert shown == {"seriesId": 415446, "count": 2, "totalCount": 2}


def test_equal_values_keep_equal_masks() -> None:
    shown = json.loads(mask().body(dumps({"coupons": [{"code": "A"}, {"code": "B"}, {"code": "A"}]})))["coupons"]

    assert (shown[0] == shown[2], shown[0] == shown[1]) == (True, False)


def test_a_value_keeps_its_mask_over_exchanges() -> None:
    one = mask()
    first, second = (json.loads(one.body(dumps({"code": "A", "n": number})))["code"] for number in (1, 2))

    assert first == second


def test_another_run_masks_differently() -> None:
    first, second = (mask().body(dumps({"code": "A"})) for _ in range(2))

    assert first != second


def test_masking_a_mask_of_short_words_keeps_equal_values_equal() -> None:
    one = mask(one_customer(mobile="e"))

    assert one.text("e") == one.text("e")


def test_a_response_is_shown_with_status_type_and_body() -> None:
    shown = mask().response(response(b"<no>", 418, (("Content-Type", "text/html"),)))

    assert shown == "HTTP 418 text/html\n<4 bytes, not JSON>"


@pytest.mark.parametrize(("body", "shown"), [(b"<", "<1 byte, not JSON>"), (b"<<", "<2 bytes, not JSON>")])
def test_the_size_of_a_body_has_the_right_noun(body: bytes, shown: str) -> None:
    assert mask().body(body) == shown


# --- representations ------------------------------------------------------------------------------------------------


def _run() -> Run:
    return Run.against(PLANTED, Transport(PLANTED))


@pytest.mark.parametrize("word", WORDS.values(), ids=WORDS)
def test_no_representation_shows_a_secret_or_a_customer(word: str) -> None:
    run = _run()
    known: Exchange = exchange({"customer": CUSTOMER}, example("Issued"))
    run.last, failure = known, Failure("count-too-high", "a problem", "a test", known)
    shown = f"{PLANTED!r} {mask()!r} {run!r} {known!r} {failure!r} {run.oracle!r}"

    assert not seen(shown, word)


def test_no_representation_of_a_run_shows_what_was_issued() -> None:
    run = _run()
    answer, findings = run.oracle.judge(exchange({"seriesId": 415446, "customer": CUSTOMER}, example("Issued")))
    shown = f"{run!r} {run.oracle!r} {run.oracle.history!r} {answer!r} {findings!r}"

    assert not seen(shown, *ANSWERS["Issued"], *CUSTOMER.values())


# --- a target that is not disposable --------------------------------------------------------------------------------

OTHERS = evolve(PLANTED, disposable=False)
LONG = "The customer of Some Street 12 in Some Town, born in May, may not have it"


def test_a_text_of_a_target_that_is_not_disposable_is_shown_by_its_first_40_characters() -> None:
    shown = mask(OTHERS).body(dumps({"errors": [entry(701, message=LONG)]}))

    assert (LONG[:40] in shown, LONG[:41] in shown) == (True, False)


def test_a_text_of_a_disposable_target_is_shown_whole() -> None:
    assert LONG in mask().body(dumps({"errors": [entry(701, message=LONG)]}))


def test_a_secret_over_the_end_of_the_first_40_characters_is_not_shown_in_part() -> None:
    shown = mask(OTHERS).body(dumps({"message": "x" * 34 + " " + PASSWORD + " and more"}))

    assert PASSWORD[:4] not in shown


@pytest.mark.parametrize(("target", "parameters"), [(OTHERS, False), (PLANTED, True)])
def test_parameters_of_a_content_type_are_shown_of_disposable_targets_only(target: Target, parameters: bool) -> None:
    got = response({}, 400, (("Content-Type", "text/plain; session=abc"),))

    assert ("session" in mask(target).response(got)) == parameters


def test_a_long_content_type_is_cut() -> None:
    assert len(mask().response(response({}, 200, (("Content-Type", "x" * 60_000),)))) < 1_000


def test_what_came_from_the_environment_is_masked() -> None:
    known = mask(evolve(PLANTED, secrets=frozenset(["planted-attribution"])))

    assert not seen(known.text("sent by planted-attribution"), "planted-attribution")
