"""What is issued, issued in part and refused. Expectations are those of contract.md, the examples and the ledger."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from coupon_contract import spec
from coupon_contract.sandbox import Seed
from tests.sandbox.conftest import ABIJITH, ORDINARY, PLERTHPRTH, Api, codes, message

# --- issued -----------------------------------------------------------------------------------------------------------


def test_an_issued_answer_is_the_documented_example(api: Api) -> None:
    answer = api.issue(415446, count=2)
    documented = spec.document()["components"]["examples"]["Issued"]["value"]
    stable = {key: value for key, value in answer.items() if key != "coupons"}

    assert stable == {key: value for key, value in documented.items() if key != "coupons"}


def test_the_keys_come_in_the_documented_order(api: Api) -> None:
    answer = api.issue(415446)
    documented = spec.document()["components"]["examples"]["Issued"]["value"]

    assert [list(answer), list(answer["couponConfig"]), list(answer["coupons"][0])] == [
        list(documented),
        list(documented["couponConfig"]),
        list(documented["coupons"][0]),
    ]


@pytest.mark.parametrize("count", [1, 2, 500])
def test_as_many_coupons_as_were_asked_are_issued(api: Api, count: int) -> None:
    answer = api.issue(415446, count=count)

    assert len({coupon["couponId"] for coupon in answer["coupons"]}) == answer["successCount"] == count


def test_a_count_that_is_left_out_is_one(api: Api) -> None:
    assert api.issue(415446)["totalCount"] == 1


@pytest.mark.parametrize("count", [b"2.0", b"2e0", b"20e-1", b"2." + b"0" * 5000])
def test_a_whole_number_may_have_a_decimal_point(api: Api, count: bytes) -> None:
    answer = api.post(b'{"seriesId": 415446.0, "customer": {"mobile": "11223569865"}, "count": ' + count + b"}")

    assert answer.json()["totalCount"] == 2


@pytest.mark.parametrize("customer", [ABIJITH, {"externalId": "3873472"}, {"externalId": "00000000003873472"}])
def test_every_identifier_names_the_customer(api: Api, customer: dict[str, str]) -> None:
    assert api.issue(415446, customer)["customer"]["id"] == 555567088


def test_identifiers_of_one_customer_may_stand_together(api: Api) -> None:
    both = {"mobile": "918028464628", "email": "Tomhills@mail.com"}

    assert api.issue(415446, both)["customer"]["id"] == 374658850


def test_an_uploaded_code_comes_from_the_queue(api: Api) -> None:
    assert api.issue(535521)["coupons"][0]["code"].startswith("UP")


def test_a_generic_code_is_the_same_every_time(api: Api) -> None:
    assert [api.issue(18426)["coupons"][0]["code"] for _ in range(2)] == ["DECATH10", "DECATH10"]


@pytest.mark.parametrize("more", [{"seriesIds": [1]}, {"colour": "red"}, {"metadata": {"colour": 1}}, {"nested": {}}])
def test_unknown_fields_are_ignored(api: Api, more: dict[str, Any]) -> None:
    assert api.issue(415446, **more)["successCount"] == 1


def test_metadata_of_the_documented_lengths_is_taken(api: Api) -> None:
    short = dict.fromkeys(("sourceType", "sourceId", "sourceActivity"), "ü" * 50)

    assert api.issue(415446, metadata={**short, "notes": "n" * 250, "reason": "\ud800"})["successCount"] == 1


@pytest.mark.parametrize("field", ["count", "metadata"])
def test_null_is_as_if_left_out(api: Api, field: str) -> None:
    assert api.issue(415446, **{field: None})["totalCount"] == 1


# --- partly issued ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("series_id", "count", "issued", "code"),
    [(18426, 3, 1, 5004), (96004, 2, 1, 5004), (50020, 7, 5, 5002), (50060, 5, 3, 5006)],
)
def test_what_fits_is_issued(api: Api, series_id: int, count: int, issued: int, code: int) -> None:
    answer = api.issue(series_id, count=count)
    counts = [answer[key] for key in ("totalCount", "failureCount", "successCount")]

    assert [counts, len(answer["coupons"]), codes(answer), answer["warnings"]] == [
        [count, count - issued, issued],
        issued,
        [code],
        [],
    ]


def test_the_documented_partial_success_is_answered_word_for_word(api: Api) -> None:
    answer = api.issue(96004, PLERTHPRTH, count=2)
    documented = spec.document()["components"]["examples"]["PartlyIssued"]["value"]

    assert {**answer, "coupons": None} == {**documented, "coupons": None}


def test_a_partial_limit_in_all_is_5001(open_api: Callable[..., Api], seed: Seed) -> None:
    limited = [msgspec.structs.replace(each, already_issued=998) for each in seed.series if each.id == 50010]
    answer = open_api(contents=msgspec.structs.replace(seed, series=limited)).issue(50010, count=3)

    assert (answer["successCount"], codes(answer)) == (2, [5001])


# --- refused ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_body", "code", "text"),
    [
        ({"customer": ABIJITH}, 756, "seriesId is mandatory to set"),
        ({"customer": ABIJITH, "seriesIds": 415446}, 756, "seriesId is mandatory to set"),
        ({"customer": ABIJITH, "seriesId": None}, 756, "seriesId is mandatory to set"),
        ({**ORDINARY, "count": 0}, 756, "count should be greater than 0"),
        ({**ORDINARY, "count": -(10**60)}, 756, "count should be greater than 0"),
        ({**ORDINARY, "count": 501}, 677, "Invalid coupon count. Minimum 1 and Maximum 500."),
        ({**ORDINARY, "count": 10**4000}, 677, "Invalid coupon count. Minimum 1 and Maximum 500."),
        ({**ORDINARY, "seriesId": 999999999}, 707, "Coupon Series ID is invalid"),
        ({**ORDINARY, "seriesId": 70700}, 707, "Coupon Series ID is invalid"),
        ({**ORDINARY, "seriesId": 2**63}, 707, "Coupon Series ID is invalid"),
        ({**ORDINARY, "seriesId": -(2**63) - 1}, 707, "Coupon Series ID is invalid"),
        ({**ORDINARY, "seriesId": 71300}, 713, "Coupon has expired"),
    ],
)
def test_a_refusal_is_the_documented_one(api: Api, request_body: dict[str, Any], code: int, text: str) -> None:
    answer = api.post(request_body)

    assert answer.status_code == 200
    assert answer.json() == {"errors": [{"status": False, "code": code, "message": text}]}


@pytest.mark.parametrize(
    "customer",
    [
        None,
        {},
        {"colour": "red"},
        {"mobile": ""},
        {"mobile": "10000000000"},
        {"externalId": "nobody"},
        {"email": "tomhills@mail.com"},
        {"mobile": "\ud800"},
        {"mobile": "\0"},
        {"mobile": "11223569865", "email": "Tomhills@mail.com"},
        {"mobile": "11223569865", "email": "nobody@example.com"},
    ],
)
def test_no_customer_or_no_single_one_is_701(api: Api, customer: dict[str, str] | None) -> None:
    text = "The customer could not be found. Please check mobile, email, external id passed"

    assert api.post({"seriesId": 415446, "customer": customer}).json() == {
        "errors": [{"status": False, "code": 701, "message": text}]
    }


def test_a_second_coupon_of_a_one_per_customer_series_is_709(api: Api) -> None:
    api.issue(96004)
    second = api.issue(96004)

    assert codes(second) == [709]
    assert message(second) == "Coupon processing failed: user already has a coupon"


@pytest.mark.parametrize(("series_id", "code"), [(50010, 5001), (50020, 5002), (50050, 5005), (50060, 5005)])
def test_a_limit_that_is_reached_refuses_with_warnings(api: Api, series_id: int, code: int) -> None:
    api.issue(series_id, count=5)
    refused = api.issue(series_id)
    (row,) = (row for row in spec.error_table() if row.code == code)

    assert refused == {
        "errors": [{"status": False, "code": code, "message": row.messages[0] if row.messages else row.when}],
        "warnings": [],
    }


def test_another_customer_still_has_a_limit_of_its_own(api: Api) -> None:
    api.issue(50020, count=5)

    assert api.issue(50020, PLERTHPRTH, count=5)["successCount"] == 5


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        ({"count": 501}, 756),
        ({"seriesId": 999999999, "count": 501}, 677),
        ({"seriesId": 999999999}, 707),
        ({"seriesId": 71300}, 701),
        ({"seriesId": 71300, "customer": ABIJITH}, 713),
    ],
)
def test_refusals_come_in_the_order_of_the_ledger(api: Api, request_body: dict[str, Any], code: int) -> None:
    assert codes(api.post(request_body).json()) == [code]


def test_a_refusal_issues_nothing(api: Api) -> None:
    for series_id in (999999999, 71300, 50010, 50050):
        api.issue(series_id)

    assert api.read_back(issuedToIds=555567088).json()["data"] == []
