"""Read-back: every documented field, and each coupon once."""

from collections.abc import Callable
from typing import Any

import pytest

from coupon_contract.sandbox import Seed
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
