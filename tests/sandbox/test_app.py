"""The application as a caller sees it. Expectations are those of contract.md, the examples and the ledger."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spec
from sandbox import Seed
from tests.sandbox.conftest import ABIJITH, BASIC, PLERTHPRTH, Api, codes

UNUSABLE = "Invalid input. Please check request body parameters or input xml/json."
UNAUTHENTICATED = "Authentication failed. Please check username and password."
TOKEN_HEADER = "X-CAP-API-OAUTH-TOKEN"
ORDINARY = {"seriesId": 415446, "customer": ABIJITH}
SETTINGS = settings(
    deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def message(body: dict[str, Any]) -> str:
    """The text of the only error."""
    (error,) = body["errors"]
    return str(error["message"])


# --- issued ---------------------------------------------------------------------------------------------------------


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


# --- partly issued --------------------------------------------------------------------------------------------------


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
    answer = open_api(planted=msgspec.structs.replace(seed, series=limited)).issue(50010, count=3)

    assert (answer["successCount"], codes(answer)) == (2, [5001])


# --- refused --------------------------------------------------------------------------------------------------------


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


# --- unusable -------------------------------------------------------------------------------------------------------

WRONG_VALUES: dict[str, list[Any]] = {
    "seriesId": [[415446, 535521], [415446], "415446", "", True, 415446.5, {}, 1e-300],
    "count": ["2", True, False, [2], 2.5, {}],
    "customer": [
        *([], "11223569865", 1, False, [ABIJITH]),
        *({"mobile": 11223569865}, {"mobile": None}, {"email": []}, {"externalId": 3873472}, {"externalId": True}),
    ],
    "metadata": [[], "x", 1, False, {"sourceId": "x" * 51}, {"notes": "x" * 251}, {"reason": 1}],
}
WRONG_FIELDS = [{name: value} for name, values in WRONG_VALUES.items() for value in values]


@pytest.mark.parametrize("wrong", WRONG_FIELDS, ids=json.dumps)
def test_a_wrong_type_is_400(api: Api, wrong: dict[str, Any]) -> None:
    answer = api.post({**ORDINARY, **wrong})

    assert answer.status_code == 400
    assert answer.json() == {"errors": [{"status": False, "code": 400, "message": UNUSABLE}]}


BROKEN_BODIES = {
    "empty": b"",
    "no json": b"{",
    "documented list": b'{"seriesId": 415446,535521, "count": 2, "customer": {"mobile": "11223569865"}}',
    "array": b"[]",
    "string": b'"{}"',
    "null": b"null",
    "two values": b"{}{}",
    "NaN": b'{"seriesId": 415446, "count": NaN, "customer": {"mobile": "11223569865"}}',
    "Infinity": b'{"seriesId": 415446, "x": -Infinity, "customer": {"mobile": "11223569865"}}',
    "repeated key": b'{"seriesId": 1, "seriesId": 415446, "customer": {"mobile": "11223569865"}}',
    "repeated deep key": b'{"seriesId": 415446, "customer": {"mobile": "1", "mobile": "11223569865"}}',
    "not utf-8": b'{"seriesId": 415446, "customer": {"mobile": "\xff"}}',
    "raw surrogate": b'{"seriesId": 415446, "customer": {"mobile": "\xed\xa0\x80"}}',
    "utf-16": '{"seriesId": 415446}'.encode("utf-16"),
    "byte order mark": b"\xef\xbb\xbf{}",
    "deep": b'{"x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "deep and open": b"[" * 1_000_000,
    "quotes": b'"' + b'\\"' * 500_000,
    "absurd exponent": b'{"count": 1e99999999999999999999}',
    "too big": b'{"x": "' + b"x" * 1024 * 1024 + b'"}',
}


@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES.keys())
def test_a_broken_body_is_400(api: Api, body: bytes) -> None:
    assert api.post(body).status_code == 400


@pytest.mark.parametrize("count", [b"1e400", b"1e999999999", b"9" * 100_000])
def test_an_enormous_count_is_677(api: Api, count: bytes) -> None:
    assert codes(api.post(b'{"seriesId": 1, "count": ' + count + b"}").json()) == [677]


def test_brackets_in_texts_are_no_depth(api: Api) -> None:
    assert api.issue(415446, note="[" * 1000 + '\\"{' * 1000)["successCount"] == 1


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", "", "application/jsonp", "text/json"])
def test_another_content_type_is_415(api: Api, content_type: str) -> None:
    answer = api.post(json.dumps(ORDINARY).encode(), headers={"Content-Type": content_type})

    assert answer.status_code == 415


def test_a_body_without_content_type_is_415(api: Api) -> None:
    assert api.request("POST", spec.ISSUE_PATH, content=b"{}").status_code == 415


@pytest.mark.parametrize("content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;x"])
def test_json_with_parameters_is_taken(api: Api, content_type: str) -> None:
    answer = api.post(json.dumps(ORDINARY).encode(), headers={"Content-Type": content_type})

    assert answer.status_code == 200


@pytest.mark.parametrize(
    ("path", "allowed"), [(spec.ISSUE_PATH, "POST"), (spec.TOKEN_PATH, "POST"), (spec.READ_BACK_PATH, "GET")]
)
@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "OTHER"])
def test_another_method_is_405(api: Api, method: str, path: str, allowed: str) -> None:
    answer = api.request(method, path)

    assert answer.status_code == 405
    assert allowed in answer.headers["Allow"].split(", ")


@pytest.mark.parametrize("path", ["/v2", "/v2/coupon/issue", spec.ISSUE_PATH + "/", "/v2/coupon/"])
def test_an_unknown_path_is_404(api: Api, path: str) -> None:
    answer = api.request("POST", path, json=ORDINARY)

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (404, 404)


def test_a_defect_of_ours_is_a_bare_500(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sandbox.service.issue_in", lambda *_: 1 / 0)
    answer = api.post(ORDINARY)

    assert answer.status_code == 500
    assert answer.json() == {"errors": [{"status": False, "code": 500, "message": "Internal error."}]}


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
likely = st.sampled_from([415446, 18426, 96004, 50020, 50060, 0, 1, 2, 500, 501, 2**63, 1.5, "1", ABIJITH, {}])


@SETTINGS
@given(st.binary())
def test_random_bytes_are_never_our_fault(api: Api, body: bytes) -> None:
    assert api.post(body).status_code == 400


@SETTINGS
@given(
    st.dictionaries(
        st.sampled_from(["seriesId", "seriesIds", "count", "customer", "metadata", "x"]),
        likely | json_values | st.dictionaries(st.sampled_from(["mobile", "externalId", "notes"]), json_values),
    )
)
def test_random_objects_are_never_our_fault(api: Api, body: dict[str, Any]) -> None:
    answer = api.post(json.dumps(body).encode())

    assert answer.status_code in {200, 400}


# --- credentials ----------------------------------------------------------------------------------------------------


def basic(text: str) -> str:
    return "Basic " + base64.b64encode(text.encode()).decode()


WRONG_HEADERS = {
    "none": [],
    "plain password": [("Authorization", basic("till.sandbox:sandbox-password"))],
    "upper-case digest": [("Authorization", basic(":".join((BASIC[0], BASIC[1].upper()))))],
    "wrong password": [("Authorization", basic("till.sandbox:" + "0" * 32))],
    "unknown till": [("Authorization", basic("nobody:" + BASIC[1]))],
    "no colon": [("Authorization", basic("till.sandbox"))],
    "no base64": [("Authorization", "Basic %%%")],
    "no utf-8": [("Authorization", "Basic /////w==")],
    "scheme only": [("Authorization", "Basic")],
    "other scheme": [("Authorization", "Bearer " + BASIC[1])],
    "empty": [("Authorization", "")],
    "two, one wrong": [("Authorization", basic(":".join(BASIC))), ("Authorization", basic("nobody:x"))],
    "invented token": [(TOKEN_HEADER, "invented")],
    "expired token": [(TOKEN_HEADER, "sandbox-token-that-expired")],
    "empty token": [(TOKEN_HEADER, "")],
    "right till, wrong token": [("Authorization", basic(":".join(BASIC))), (TOKEN_HEADER, "invented")],
    "token that is no ascii": [(TOKEN_HEADER, b"\xff\xfe")],
}


@pytest.mark.parametrize("headers", WRONG_HEADERS.values(), ids=WRONG_HEADERS.keys())
def test_missing_or_wrong_credentials_are_401(api: Api, headers: list[tuple[str, str]]) -> None:
    answer = api.request("POST", spec.ISSUE_PATH, json=ORDINARY, auth=None, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")
    assert answer.json() == {"errors": [{"status": False, "code": 401, "message": UNAUTHENTICATED}]}


def test_a_wrong_till_beside_a_right_token_is_401(api: Api) -> None:
    token = api.token().json()["data"]["accessToken"]

    assert api.post(ORDINARY, auth=("nobody", "x"), headers={TOKEN_HEADER: token}).status_code == 401


def test_the_scheme_is_not_case_sensitive(api: Api) -> None:
    headers = {"Authorization": basic(":".join(BASIC)).replace("Basic", "bASIC")}

    assert api.post(ORDINARY, auth=None, headers=headers).status_code == 200


def test_a_till_without_access_is_403(api: Api) -> None:
    answer = api.post(ORDINARY, auth=("till.no-access", BASIC[1]))

    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, 403)


@pytest.mark.parametrize(
    ("auth", "content_type", "expected"),
    [
        (None, "text/plain", 401),
        (("till.no-access", BASIC[1]), "text/plain", 403),
        (BASIC, "text/plain", 415),
        (BASIC, "application/json", 400),
    ],
)
def test_credentials_come_before_content_type_before_body(
    api: Api, auth: Any, content_type: str, expected: int
) -> None:
    assert api.post(b"{", auth=auth, headers={"Content-Type": content_type}).status_code == expected


# --- tokens ---------------------------------------------------------------------------------------------------------


def test_key_and_secret_get_a_token_that_issues(api: Api) -> None:
    granted = api.token().json()
    answer = api.post(ORDINARY, auth=None, headers={TOKEN_HEADER: granted["data"]["accessToken"]})

    assert answer.json()["successCount"] == 1
    assert (granted["data"]["ttlSeconds"], granted["errors"]) == (3600, None)


@pytest.mark.parametrize(("seconds", "expected"), [(3599, 200), (3600, 401)])
def test_a_token_expires_by_the_clock(api: Api, seconds: int, expected: int) -> None:
    token = api.token().json()["data"]["accessToken"]
    api.clock.now += seconds

    assert api.post(ORDINARY, auth=None, headers={TOKEN_HEADER: token}).status_code == expected


@pytest.mark.parametrize("claim", [{"secret": "wrong"}, {"key": "wrong"}, {"secret": ""}, {"secret": "\ud800"}])
def test_a_wrong_key_or_secret_is_401(api: Api, claim: dict[str, str]) -> None:
    answer = api.token(**claim)

    assert answer.status_code == 401
    assert answer.json() == {"data": None, "errors": [{"code": 401, "message": UNAUTHENTICATED}]}


@pytest.mark.parametrize("claim", [{"secret": 1}, {"key": None}, {"key": ["sandbox-key"]}])
def test_an_unusable_request_for_a_token_is_400(api: Api, claim: dict[str, Any]) -> None:
    answer = api.token(**claim)

    assert answer.status_code == 400
    assert answer.json() == {"data": None, "errors": [{"code": 400, "message": UNUSABLE}]}


def test_a_restart_keeps_coupons_and_tokens(tmp_path: Path, open_api: Callable[..., Api]) -> None:
    before = open_api(tmp_path / "coupons.db")
    coupon = before.issue(415446)["coupons"][0]
    token = before.token().json()["data"]["accessToken"]
    before.close()
    after = open_api(tmp_path / "coupons.db")
    answer = after.request(
        "GET", "/v2/coupon", params={"couponIds": 1237263304}, auth=None, headers={TOKEN_HEADER: token}
    )

    assert [entry["code"] for entry in answer.json()["data"]] == [coupon["code"]]


# --- read-back ------------------------------------------------------------------------------------------------------


def test_read_back_answers_every_documented_field(api: Api) -> None:
    api.clock.now = 1724147835.0
    coupon = api.issue(415446)["coupons"][0]

    assert api.read_back(couponCodes=coupon["code"]).json() == {
        "data": [
            {
                "code": coupon["code"],
                "seriesId": 415446,
                "description": "IKEA - 500KW Voucher ",
                "discountCode": "NO_VALUE",
                "discountType": "ABS",
                "discountValue": 500,
                "discountUpto": 0,
                "discountOn": "BILL",
                "detailedInfo": {
                    "couponId": coupon["couponId"],
                    "issuedToId": 555567088,
                    "issuedAt": "2024-08-20T09:57:15Z",
                },
            }
        ],
        "warnings": [],
        "errors": [],
    }


def test_read_back_tells_until_when_a_coupon_is_valid(open_api: Callable[..., Api], seed: Seed) -> None:
    api = open_api(planted=seed)
    api.clock.now = 0.0
    issued = api.issue(71300)
    found = api.read_back(issuedToIds=555567088).json()["data"]

    assert (found[0]["validTill"], issued["couponConfig"]["fixedExpiryDate"]) == ("2024-01-01T00:00:00Z", 1704067200000)


@pytest.mark.parametrize("ids", ["555567088,374658850", ["555567088", "374658850"]])
def test_read_back_takes_several_values(api: Api, ids: Any) -> None:
    api.issue(415446)
    api.issue(415446, PLERTHPRTH)

    assert len(api.read_back(issuedToIds=ids).json()["data"]) == 2


def test_read_back_narrows_by_every_parameter(api: Api) -> None:
    coupon = api.issue(415446)["coupons"][0]

    assert api.read_back(couponIds=coupon["couponId"], issuedToIds=374658850).json()["data"] == []


def test_read_back_of_many_coupons_lists_each_once(api: Api) -> None:
    issued = [coupon["code"] for _ in range(3) for coupon in api.issue(415446, count=500)["coupons"]]

    assert [entry["code"] for entry in api.read_back(issuedToIds=555567088).json()["data"]] == issued


NONSENSE: list[dict[str, str]] = [
    {},
    {"colour": "red"},
    {"issuedToIds": ""},
    {"issuedToIds": "x"},
    {"couponIds": "1.0"},
    {"couponIds": "1,"},
    {"couponIds": "\u0663"},
    {"couponIds": "9" * 5000},
    {"couponIds": ",".join(["1"] * 1001)},
]


@pytest.mark.parametrize("query", NONSENSE)
def test_a_query_that_makes_no_sense_is_400(api: Api, query: dict[str, str]) -> None:
    assert api.read_back(**query).status_code == 400


@pytest.mark.parametrize(
    "query", [{"couponIds": "-1"}, {"issuedToIds": str(10**30)}, {"couponCodes": "\0"}, {"couponCodes": ""}]
)
def test_what_does_not_exist_is_not_found(api: Api, query: dict[str, str]) -> None:
    assert api.read_back(**query).json() == {"data": [], "warnings": [], "errors": []}


def test_read_back_wants_credentials(api: Api) -> None:
    assert api.request("GET", "/v2/coupon", params={"couponIds": 1}, auth=None).status_code == 401
