import pytest
from attrs import evolve

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract.suite.exchange import JSON_HEADERS, Headers
from coupon_contract.suite.oracle import not_offered
from tests.suite.conftest import (
    MOBILE,
    OMIT,
    TARGET,
    body,
    entry,
    example,
    exchange,
    of_series,
)
from tests.suite.oracle_cases import (
    BREAKS,
    FITTING,
    HTML,
    OTHER_MOBILE,
    PROFILE,
    Break,
    Change,
    Json,
    blamed,
    both,
    findings,
    instead,
    only_identifier,
    put,
)

XML: Headers = (("Content-Type", "application/xml"),)


def add_everywhere(value: Json) -> Json:
    """An undocumented field in every object."""
    if isinstance(value, dict):
        return {"newToday": {"a": [1]}} | {name: add_everywhere(item) for name, item in value.items()}
    return [add_everywhere(item) for item in value] if isinstance(value, list) else value


def reverse(value: Json) -> Json:
    """The keys of every object in the opposite order."""
    if isinstance(value, dict):
        return {name: reverse(value[name]) for name in reversed(value)}
    return [reverse(item) for item in value] if isinstance(value, list) else value


def reword(answer: Json) -> Json:
    """Other messages."""
    for one in answer["errors"]:
        one["message"] = "Nein."
    return answer


EVERY_ANSWER = {"fields nobody knows": add_everywhere, "other key order": reverse, "other messages": reword}
VARIANTS = {
    "an unknown discount type": ("Issued", put("couponConfig", "discountType", value="FREE_SHIPPING")),
    "a known discount type": ("Issued", put("couponConfig", "discountType", value="PERC")),
    "a discount with cents": ("Issued", put("couponConfig", "discountValue", value=12.5)),
    "a discount written with a fraction": ("Issued", put("couponConfig", "discountValue", value=500.0)),
    "a date far away": ("Issued", put("couponConfig", "fixedExpiryDate", value=4102444800000)),
    "custom properties": ("Issued", put("couponConfig", "customPropertyMap", value={"a": {"b": 1}})),
    "an id of 63 bits": ("Issued", put("coupons", 0, "couponId", value=2**63 - 1)),
    "an unknown identifier type": (
        "Issued",
        put(*PROFILE, "identifiers", value=[{"type": "wechat", "value": "w"}, {"type": "mobile", "value": "1"}]),
    ),
    "the identifier only among all identifiers": ("Issued", put(*PROFILE, "identifiers", value=[])),
    "another offset": ("Issued", put(*PROFILE, "autoUpdateTime", value="2024-08-20T04:57:15.123-05:00")),
    "communication channels": ("Issued", put(*PROFILE, "commChannels", value=[{"type": "x"}, 7])),
    "a second profile": ("Issued", put("customer", "profiles", value=example("Issued")["customer"]["profiles"] * 2)),
    "a customer without a second name": ("Issued", put(*PROFILE, "lastName", value=OMIT)),
    "a partial success explained by the twin code": (
        "PartlyIssued",
        both(put("errors", value=[]), put("warnings", value=[entry(679)])),
    ),
    "a partial success explained in both lists": ("PartlyIssued", put("warnings", value=[entry(679)])),
    "a refusal with warnings": ("RefusedSeriesInvalid", put("warnings", value=[])),
    "a refusal without warnings": ("RefusedGenericOnlyOne", put("warnings", value=OMIT)),
    "a refusal with two codes": ("RefusedSeriesInvalid", put("errors", value=[entry(701), entry(707)])),
    "677 for a count too low": ("RefusedCountTooLow", put("errors", 0, "code", value=677)),
    "all or nothing instead of a partial success": ("PartlyIssued", instead("RefusedGenericOnlyOne")),
    "709 for two of a one-per-customer series": ("PartlyIssued", instead("RefusedCustomerHasCoupon")),
}  # fmt: skip


@pytest.mark.parametrize("change", EVERY_ANSWER.values(), ids=EVERY_ANSWER)
@pytest.mark.parametrize("name", FITTING)
def test_what_the_contract_leaves_open_is_not_blamed_in_any_answer(name: str, change: Change) -> None:
    assert blamed(exchange(FITTING[name], change(example(name)))) == set()


@pytest.mark.parametrize(("name", "change"), VARIANTS.values(), ids=VARIANTS)
def test_a_legal_variant_is_not_blamed(name: str, change: Change) -> None:
    assert blamed(exchange(FITTING[name], change(example(name)))) == set()


def test_a_padded_external_id_is_the_customer_asked_for() -> None:
    asked_for = of_series("ordinary", 2, {"externalId": "3873472"})

    assert blamed(exchange(asked_for, example("Issued"))) == set()


def test_a_numeric_text_as_series_may_be_read_or_refused() -> None:
    asked_for = FITTING["Issued"] | {"seriesId": "415446"}

    assert blamed(exchange(asked_for, example("Issued"))) | blamed(exchange(asked_for, b"", 400)) == set()


@pytest.mark.parametrize("headers", [JSON_HEADERS, XML, HTML, ()])
@pytest.mark.parametrize("got", [b"<response><status><code>401</code></status></response>", b"{}", b"", b"\xff[{"])
def test_a_401_may_have_any_body(got: bytes, headers: Headers) -> None:
    assert blamed(exchange(body(), got, 401, headers, who="nobody")) == set()


@pytest.mark.parametrize("who", ["caller", "nobody"])
def test_429_is_never_blamed(who: str) -> None:
    assert blamed(exchange(body(), b"slow down", 429, HTML, who=who)) == set()


@pytest.mark.parametrize("got", [example("Issued"), example("RefusedSeriesInvalid")])
@pytest.mark.parametrize("field", [{"seriesId": 4711}, {"customer": {"mobile": "4711815"}}])
def test_series_and_customers_that_are_not_described_are_never_blamed(field: Json, got: Json) -> None:
    got = got if "coupons" not in got else only_identifier("mobile", field.get("customer", MOBILE)["mobile"])(got)

    assert blamed(exchange(FITTING["Issued"] | field, got)) == set()


def test_metadata_that_an_implementation_does_not_know_is_not_blamed_by_the_oracle() -> None:
    assert blamed(exchange(body(metadata={"notes": "a note"}), b"", 400)) == set()


ODD_VALUES = {
    "an integer of a thousand digits": b"9" * 1_000,
    "a number beyond floats": b"1e400",
    "a lone surrogate": b'"\\ud800"',
    "deep nesting": b"[" * 400 + b"]" * 400,
    "duplicate keys": b'{"a": 1, "a": 2}',
    "NUL": b'"\\u0000"',
    "a text of a megabyte": b'"' + b"x" * 1_000_000 + b'"',
}


@pytest.mark.parametrize("value", ODD_VALUES.values(), ids=ODD_VALUES)
def test_an_odd_value_in_an_undocumented_field_is_not_blamed(value: bytes) -> None:
    got = b'{"errors": [{"status": false, "code": 707, "message": "no"}], "x": ' + value + b"}"

    assert blamed(exchange(FITTING["RefusedSeriesInvalid"], got)) == set()


@pytest.mark.parametrize(
    "number", [b"9" * 10_000, b"1e400", b"-1e400", b"9" * 100], ids=["digits", "1e400", "-1e400", "hundred"]
)
def test_a_number_that_no_reader_can_hold_is_blamed_on_its_shape(number: bytes) -> None:
    got = b'{"errors": [{"status": false, "code": ' + number + b', "message": "no"}]}'

    assert "error-shape" in blamed(exchange(FITTING["RefusedSeriesInvalid"], got))


WRONG: list[Json] = [None, True, 0, 1.5, "text", "", [], {}, [None], [[]], [{}], {"a": None}]


@pytest.mark.parametrize("wrong", WRONG, ids=repr)
@pytest.mark.parametrize(
    "path",
    [
        ("coupons",),
        ("coupons", 0),
        ("coupons", 0, "code"),
        ("coupons", 0, "couponId"),
        ("couponConfig",),
        ("totalCount",),
        ("customer",),
        ("customer", "profiles"),
        ("customer", "profiles", 0),
        ("customer", "profiles", 0, "identifiers"),
        ("customer", "profiles", 0, "identifiers", 0),
        ("customer", "profiles", 0, "identifiers", 0, "type"),
        ("errors",),
        ("errors", 0),
        ("errors", 0, "code"),
        ("warnings",),
    ],
    ids=lambda path: ".".join(map(str, path)),
)
def test_no_value_in_any_place_stops_the_oracle(path: tuple[str | int, ...], wrong: Json) -> None:
    got = put(*path, value=wrong)(example("PartlyIssued"))

    assert findings(exchange(FITTING["PartlyIssued"], got))


@pytest.mark.parametrize("row", BREAKS.values(), ids=BREAKS)
def test_no_problem_shows_a_value_of_the_answer(row: Break) -> None:
    found = findings(exchange(FITTING[row.name], row.change(example(row.name))))
    words = " ".join(finding.problem or "" for finding in found)

    assert not any(planted in words for planted in ("3084294818", "1237263304", "11223569865", "Abijith", OTHER_MOBILE))


def test_a_target_without_limits_offers_no_partial_success() -> None:
    plain = evolve(TARGET, series={"ordinary": TARGET.series["ordinary"]})

    assert not_offered(plain).keys() == {"partial-explained"}
