"""How a customer is identified."""

from collections.abc import Callable

import pytest

from coupon_contract.facts import IDENTIFIERS
from coupon_contract.suite.response_reader import Outcome
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved, NotOffered
from coupon_contract.suite.target import Customer
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

FULL_WIDTH = {digit: digit - ord("0") + 0xFF10 for digit in range(ord("0"), ord("9") + 1)}
NEARLY: dict[str, Callable[[str], str]] = {  # texts that readers of numbers, prefixes and patterns take for the same
    "shorter": lambda text: text[:-1],
    "its end": lambda text: text[(len(text) + 1) // 2 :] or "x",  # more of it may be a number without its country
    "another beginning": lambda text: ("8" if text.startswith("9") else "9") + text[1:],
    "longer": lambda text: f"{text}0",
    "letter behind": lambda text: f"{text}x",
    "pattern for its last character": lambda text: f"{text[:-1]}_",
    "underscore": lambda text: f"{text[:1]}_{text[1:]}",
    "full-width digits": lambda text: text.translate(FULL_WIDTH),
    "fraction": lambda text: f"{text}.0",
    "exponent": lambda text: f"{text}e0",
    "hexadecimal": lambda text: hex(int(text)) if text.isdigit() else f"0x{text}",
}
NEARLY_AN_EMAIL: dict[str, Callable[[str, str], str]] = {  # of the part before the @, and of the one behind
    "tag": lambda name, host: f"{name}+x@{host}",
    "dot": lambda name, host: f"{name[0]}.{name[1:]}@{host}",
    "name before": lambda name, host: f"x.{name}@{host}",
    "host before": lambda name, host: f"{name}@x.{host}",
    "another host": lambda name, host: f"{name}@x{host}",
    "accent": lambda name, host: f"{_accented(name)}@{host}",
}
INVISIBLE: dict[str, Callable[[str], str]] = {
    "bell": lambda text: f"{text[:3]}\a{text[3:]}",
    "zero-width space": lambda text: f"{text[:3]}\u200b{text[3:]}",
    "NUL and more behind": lambda text: f"{text}\0x",
}
UNIDENTIFIED = "HTTP 400 or 403, or a refusal with 701 or 756"  # answers without a customer (ledger missing-customer)
OF_LANGUAGES = ("constructor", "__proto__", "toString", "null", "undefined", "None", "NaN")


@pytest.mark.clause("external-id-unpadded")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("padded", [False, True], ids=["stripped", "padded"])
def test_an_external_id_identifies_with_and_without_leading_zeros(
    api: Api, run: Run, series: OfferedSeries, padded: bool
) -> None:
    bare = _external_id_of_digits(run).lstrip("0")
    answer = api.issue(series.ordinary, {"externalId": bare.zfill(12) if padded else bare}, 1)

    words = f"answered with {answer}; expected 1 coupon{', or a refusal with 701' if padded else ''}"

    assert answer.issued(1) or (padded and answer.refused_with(701)), words


def _external_id_of_digits(run: Run) -> str:
    for customer in run.target.known:
        if customer.get("externalId", "").isdigit():
            return customer["externalId"]
    raise NotOffered("customers.known with an externalId of digits")


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable  # elsewhere, the changed identifier might be a stranger's
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("kind", ["mobile", "externalId"])
@pytest.mark.parametrize("change", NEARLY.values(), ids=NEARLY)
def test_an_identifier_is_matched_whole_and_as_a_text(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers, kind: str, change: Callable[[str], str]
) -> None:
    known = customers.known("mobile")["mobile"] if kind == "mobile" else _external_id_of_digits(run)
    answer = api.issue(series.ordinary, {kind: change(known)}, 1)

    words = f"answered with {answer}; expected HTTP 400, or a refusal with 701"

    assert answer.refused_with(701) or answer.status == 400, words


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable  # elsewhere, the changed address might be a stranger's
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("change", NEARLY_AN_EMAIL.values(), ids=NEARLY_AN_EMAIL)
def test_an_email_address_is_matched_whole_and_with_its_accents(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, change: Callable[[str, str], str]
) -> None:
    name, at, host = customers.known("email")["email"].rpartition("@")
    if not (name and at):
        raise NotOffered("customers.known with an email of two parts")
    answer = api.issue(series.ordinary, {"email": change(name, host)}, 1)

    words = f"answered with {answer}; expected HTTP 400, or a refusal with 701"

    assert answer.refused_with(701) or answer.status == 400, words


def _accented(name: str) -> str:
    """Return the name with an accent that sorting by languages passes over."""
    return next((name.replace(letter, f"{letter}\u0301", 1) for letter in "aeiou" if letter in name), f"{name}\u0301")


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("kind", ["mobile", "email"])
@pytest.mark.parametrize("change", INVISIBLE.values(), ids=INVISIBLE)
def test_an_identifier_with_an_invisible_character_in_it_names_nobody(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, kind: str, change: Callable[[str], str]
) -> None:
    answer = api.issue(series.ordinary, {kind: change(customers.known(kind)[kind])}, 1)

    words = f"answered with {answer}; expected HTTP 400 or 403, or a refusal with 701"

    assert answer.refused_with(701) or answer.status in (400, 403), words


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable  # elsewhere, a server that is taken in would give a stranger a coupon
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("name", OF_LANGUAGES)
def test_a_name_that_belongs_to_a_language_names_nobody(api: Api, series: OfferedSeries, name: str) -> None:
    answer = api.issue(series.ordinary, {"externalId": name}, 1)

    assert is_refused(answer), f"answered with {answer}; expected {UNIDENTIFIED}"


@pytest.mark.clause("customer-missing")
@pytest.mark.disposable
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("name", ["__proto__", "constructor"])
def test_a_customer_inside_a_member_that_languages_reserve_is_none(
    api: Api, series: OfferedSeries, customers: OfferedCustomers, name: str
) -> None:
    answer = api.issue(series.ordinary, {name: customers.known("mobile")}, 1)

    assert is_refused(answer), f"answered with {answer}; expected {UNIDENTIFIED}"


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable  # elsewhere, somebody might have it
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("zeros", ["0", "000"])
def test_an_external_id_of_nothing_but_zeros_names_nobody(api: Api, series: OfferedSeries, zeros: str) -> None:
    answer = api.issue(series.ordinary, {"externalId": zeros}, 1)

    assert is_refused(answer), f"answered with {answer}; expected {UNIDENTIFIED}"


@pytest.mark.clause("customer-unknown")
@pytest.mark.disposable  # elsewhere, a server that is taken in would give a stranger a coupon
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("customer", [{"email": "' OR '1'='1"}, {"mobile": "%"}], ids=["SQL", "wildcard"])
def test_an_identifier_that_is_meant_for_a_database_names_nobody(
    api: Api, series: OfferedSeries, customer: Customer
) -> None:
    answer = api.issue(series.ordinary, customer, 1)

    words = f"answered with {answer}; expected HTTP 400 or 403, or a refusal with 701"

    assert answer.refused_with(701) or answer.status in (400, 403), words


@pytest.mark.clause("customer-missing")
@pytest.mark.disposable  # elsewhere, the customer with this id might be a stranger
@pytest.mark.sends(1, 1)
def test_a_customer_by_an_undocumented_identifier_alone_is_refused(api: Api, series: OfferedSeries) -> None:
    answer = api.issue(series.ordinary, {"id": 1}, 1)

    assert is_refused(answer) or customer_id(answer) == 1, f"answered with {answer}; expected {UNIDENTIFIED}"


@pytest.mark.clause("customer-by-id")
@pytest.mark.sends(3, 3)
def test_a_customer_by_its_id_is_that_customer_or_refused(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    known = customer_id(api.issue(series.ordinary, customers.any, 1))
    if type(known) is not int:
        raise NotObserved("no response contained the id of a customer")
    alone = api.issue(series.ordinary, {"id": known}, 1)
    beside = api.issue(series.ordinary, {**customers.any, "id": known}, 1)

    for answer in (alone, beside):
        assert is_refused(answer) or customer_id(answer) == known, "a customer with another id was given a coupon"


@pytest.mark.clause("empty-identifiers")
@pytest.mark.sends(2, 2)
def test_empty_identifiers_beside_a_real_one_are_as_if_left_out_or_refused(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    (name, text), *_ = customers.any.items()
    others = dict.fromkeys(set(IDENTIFIERS) - {name}, "")
    answers = [api.issue(series.ordinary, {**others, **more, name: text}, 1) for more in ({}, {"id": ""})]

    for answer in answers:
        words = f"answered with {answer}; expected 1 coupon, HTTP 400, or a refusal with 701"

        assert answer.issued(1) or answer.refused_with(701) or answer.status == 400, words


@pytest.mark.clause("identifier-as-number")
@pytest.mark.sends(1, 1)
@pytest.mark.parametrize("kind", ["mobile", "email"])  # an externalId may well be 0
def test_a_number_as_identifier_is_no_wildcard(api: Api, series: OfferedSeries, kind: str) -> None:
    answer = api.issue(series.ordinary, {kind: 0}, 1)

    assert is_refused(answer), f"answered with {answer}; expected {UNIDENTIFIED}"


@pytest.mark.clause("identifier-as-number")
@pytest.mark.sends(1, 1)
def test_a_mobile_number_without_quotes_is_taken_as_its_digits_or_refused(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    mobile = customers.known("mobile")["mobile"]
    if not (mobile.isascii() and mobile.isdigit()) or mobile.startswith("0"):
        raise NotOffered("customers.known.mobile of digits")
    answer = api.issue(series.ordinary, {"mobile": int(mobile)}, 1)

    assert answer.issued(1) or is_refused(answer), f"answered with {answer}; expected 1 coupon, {UNIDENTIFIED}"


def is_refused(answer: Outcome) -> bool:
    """Return True for a request that was answered as one without a customer (ledger missing-customer)."""
    return answer.refused_with(701, 756) or answer.status in (400, 403)


def customer_id(answer: Outcome) -> object:
    """Return the id of the customer in a response with coupons, or None."""
    customer = answer.body.get("customer") if answer.coupons else None
    return customer.get("id") if isinstance(customer, dict) else None


@pytest.mark.clause("unusable-body")
@pytest.mark.sends(1, 1)
def test_an_identifier_in_an_array_is_unusable(api: Api, series: OfferedSeries, customers: OfferedCustomers) -> None:
    answer = api.issue(series.ordinary, {"mobile": [customers.unknown("mobile")["mobile"]]}, 1)

    assert answer.status == 400, f"answered with {answer}; expected HTTP 400"


@pytest.mark.clause("customer-unknown")
@pytest.mark.sends(1, 1)
def test_an_identifier_is_looked_up_as_its_own_type(
    api: Api, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    answer = api.issue(series.ordinary, {"email": customers.known("mobile")["mobile"]}, 1)

    words = f"answered with {answer}; expected HTTP 400, or a refusal with 701"

    assert answer.refused_with(701) or answer.status == 400, words
