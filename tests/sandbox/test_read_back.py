"""Read-back: every documented field, and each coupon once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from coupon_contract.sandbox import Seed, load_seed
from tests.sandbox.conftest import PLERTHPRTH, Api


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
                "detailedInfo": "IKEA - 500KW Voucher ",
            }
        ],
        "warnings": [],
        "errors": [],
    }


def test_read_back_tells_until_when_a_coupon_is_valid(open_api: Callable[..., Api], seed: Seed) -> None:
    api = open_api(contents=seed)
    api.clock.now = 0.0
    issued = api.issue(71300)
    found = api.read_back(issuedToIds=555567088).json()["data"]

    assert (found[0]["validTill"], issued["couponConfig"]["fixedExpiryDate"]) == ("2024-01-01T00:00:00Z", 1704067200000)


def test_read_back_takes_repeated_parameters(api: Api) -> None:
    api.issue(415446)
    api.issue(415446, PLERTHPRTH)

    assert len(api.read_back(issuedToIds=["555567088", "374658850"]).json()["data"]) == 2


MIXED_CASE = """
[[tills]]
user = "till.sandbox"
password = "sandbox-password"

[[customers]]
id = 555567088
first_name = "Abijith"
last_name = "Gupta"
auto_update_time = "2024-08-20T09:57:15Z"
identifiers = {mobile = "11223569865"}

[[series]]
id = 7
state = "mixed case"
config = {description = "7", info = "7", discountValue = 1}
uploaded = {codes = ["Summer-\u00e9t\u00e9"]}

[[series]]
id = 8
state = "made"
config = {description = "8", info = "8", discountValue = 1}
generated = {length = 12, alphabet = "letters-and-digits"}
"""


@pytest.fixture
def mixed(open_api: Callable[..., Api], database: str, tmp_path: Path) -> Api:
    """A store of each kind, with a code of small and large letters, some of them beyond ASCII."""
    seed = tmp_path / "seed.toml"
    seed.write_text(MIXED_CASE, encoding="utf-8")
    return open_api(database, load_seed(seed))


@pytest.mark.parametrize("query", ["Summer-\u00e9t\u00e9", "SUMMER-\u00e9T\u00e9", "summer-\u00e9t\u00e9"])
@pytest.mark.parametrize(
    ("case", "code"),
    [
        (None, "SUMMER-\u00e9T\u00e9"),
        ("UPPER", "SUMMER-\u00e9T\u00e9"),
        ("LOWER", "summer-\u00e9t\u00e9"),
        ("AS_IT_IS", "Summer-\u00e9t\u00e9"),
    ],
)
def test_read_back_finds_a_code_in_any_letter_case_and_lists_it_in_the_one_asked_for(
    mixed: Api, query: str, case: str | None, code: str
) -> None:
    more = {} if case is None else {"coupon_code_case": case}
    mixed.issue(7)

    for narrowed in ({}, {"issuedToIds": 555567088}):
        found = mixed.read_back(couponCodes=query, **narrowed, **more).json()["data"]
        assert [entry["code"] for entry in found] == [code]


def test_read_back_finds_a_code_that_was_made_in_any_letter_case(mixed: Api) -> None:
    code = mixed.issue(8)["coupons"][0]["code"]

    assert [entry["code"] for entry in mixed.read_back(couponCodes=code.lower()).json()["data"]] == [code]


def test_read_back_narrows_by_every_parameter(api: Api) -> None:
    coupon = api.issue(415446)["coupons"][0]

    assert api.read_back(couponIds=coupon["couponId"], issuedToIds=374658850).json()["data"] == []


def test_read_back_of_many_coupons_lists_each_once(api: Api) -> None:
    issued = [coupon["code"] for _ in range(3) for coupon in api.issue(415446, count=500)["coupons"]]

    assert [entry["code"] for entry in api.read_back(issuedToIds=555567088).json()["data"]] == issued


NONSENSE: list[dict[str, str | list[str]]] = [
    {},
    {"colour": "red"},
    {"issuedToIds": ""},
    {"issuedToIds": "x"},
    {"couponIds": "1.0"},
    {"couponIds": "1,"},
    {"couponIds": "\u0663"},
    {"couponIds": "9" * 5000},
    {"couponIds": ["1"] * 1001},
    {"couponIds": "1,2"},
    {"couponIds": "1", "coupon_code_case": "upper"},
]


@pytest.mark.parametrize("query", NONSENSE)
def test_a_query_that_makes_no_sense_is_400(api: Api, query: dict[str, str | list[str]]) -> None:
    assert api.read_back(**query).status_code == 400


@pytest.mark.parametrize(
    "query", [{"couponIds": "-1"}, {"issuedToIds": str(10**30)}, {"couponCodes": "\0"}, {"couponCodes": ""}]
)
def test_what_does_not_exist_is_not_found(api: Api, query: dict[str, str]) -> None:
    assert api.read_back(**query).json() == {"data": [], "warnings": [], "errors": []}


def test_read_back_wants_credentials(api: Api) -> None:
    assert api.request("GET", "/v2/coupon", params={"couponIds": 1}, auth=None).status_code == 401
