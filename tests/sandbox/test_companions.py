"""A customer's coupons, issual details, the case of codes, and revoking."""

from typing import Any

import pytest

from coupon_contract import spec
from tests.sandbox.conftest import PLERTHPRTH, Api

METADATA = {"sourceId": "order-17", "notes": "Grüße", "unknown": "dropped"}
ABIJITH_ID = 555567088


def listed(api: Api, **query: Any) -> dict[str, Any]:
    """The `entity` of a customer's coupons."""
    answer = api.request("GET", spec.CUSTOMER_COUPONS_PATH, params=query or {"mobile": "11223569865"})
    assert answer.status_code == 200
    entity: dict[str, Any] = answer.json()["entity"]
    return entity


def codes_of(entity: dict[str, Any]) -> list[str]:
    return [coupon["code"] for coupon in entity["customers"][0]["coupons"]]


def revoke(api: Api, body: Any, **query: Any) -> Any:
    return api.post(body, spec.REVOKE_PATH, params=query)


def test_a_customers_coupons_come_newest_first_with_limit_and_offset_as_texts(api: Api) -> None:
    ids = [coupon["couponId"] for coupon in api.issue(415446, count=3)["coupons"]]
    entity = listed(api, mobile="11223569865", limit="2", offset="1")

    assert entity["pagination"] == {"limit": "2", "offset": "1", "total": 3}
    assert [coupon["id"] for coupon in entity["customers"][0]["coupons"]] == [ids[1], ids[0]]


@pytest.mark.parametrize(
    "who", [{"externalId": "3873472"}, {"external_Id": "000003873472"}, {"id": ABIJITH_ID}, {"mobile": "11223569865"}]
)
def test_a_customer_is_found_by_every_identifier(api: Api, who: dict[str, Any]) -> None:
    api.issue(415446)

    assert listed(api, **who)["customers"][0]["id"] == ABIJITH_ID


def test_pages_of_a_customer_hold_at_most_100_coupons(api: Api) -> None:
    api.issue(415446, count=150)
    pages = [listed(api, mobile="11223569865", limit="500", offset=offset) for offset in ("0", "100")]

    assert [len(codes_of(page)) for page in pages] == [100, 50]
    assert len({code for page in pages for code in codes_of(page)}) == 150


def test_a_customer_nobody_knows_is_refused_with_701(api: Api) -> None:
    answer = api.request("GET", spec.CUSTOMER_COUPONS_PATH, params={"mobile": "10000000000"})

    assert answer.json()["errors"][0]["code"] == 701


@pytest.mark.parametrize("query", [{}, {"mobile": ""}, {"mobile": "1", "limit": "-1"}, {"mobile": "1", "offset": "x"}])
def test_a_query_that_names_nobody_or_no_page_is_400(api: Api, query: dict[str, str]) -> None:
    known = {**query, "mobile": "11223569865"} if query.get("mobile") else query

    assert api.request("GET", spec.CUSTOMER_COUPONS_PATH, params=known).status_code == 400


@pytest.mark.parametrize(("status", "number"), [("ACTIVE", 1), ("EXPIRED", 1), ("UNREDEEMED", 2), ("REDEEMED", 0)])
def test_status_selects_coupons(api: Api, status: str, number: int) -> None:
    api.clock.now = 0.0
    api.issue(71300)
    api.issue(415446)
    api.clock.now = 1_800_000_000.0

    assert listed(api, mobile="11223569865", status=status)["pagination"]["total"] == number


def test_metadata_comes_back_as_issual_details_only_when_asked_for(api: Api) -> None:
    coupon = api.issue(415446, metadata=METADATA)["coupons"][0]
    without, with_details = (
        api.read_back(couponIds=coupon["couponId"], includeIssualDetails=wanted).json()["data"][0]
        for wanted in ("false", "true")
    )

    assert "couponIssualDetails" not in without
    assert with_details["couponIssualDetails"] == {"sourceId": "order-17", "notes": "Grüße"}


@pytest.mark.parametrize(("case", "form"), [("UPPER", str.upper), ("LOWER", str.lower), ("AS_IT_IS", str)])
def test_codes_come_in_the_case_that_is_asked_for(api: Api, case: str, form: Any) -> None:
    code = api.issue(535521)["coupons"][0]["code"]

    assert api.read_back(couponCodes=code.lower(), coupon_code_case=case).json()["data"][0]["code"] == form(code)
    assert codes_of(listed(api, mobile="11223569865", coupon_code_case=case)) == [form(code)]


def test_revoking_by_codes_revokes_what_is_named_and_nothing_else(api: Api) -> None:
    mine, other = api.issue(535521, count=2)["coupons"]
    answer = revoke(api, {"couponSeriesId": 535521, "couponCodes": [mine["code"].lower(), "nothing"]}).json()

    assert (answer["success"], answer["entity"]["totalCount"], answer["entity"]["failedCount"]) == (True, 2, 1)
    assert answer["entity"]["revokedCoupons"][0]["couponId"] == mine["couponId"]
    assert answer["entity"]["failedToRevoke"][0]["couponCodes"] == ["nothing"]
    assert codes_of(listed(api)) == [other["code"].upper()]


def test_revoking_by_customer_revokes_the_series_of_that_customer(api: Api) -> None:
    api.issue(415446, count=2)
    api.issue(535521)
    api.issue(415446, PLERTHPRTH)
    answer = revoke(api, {"couponSeriesId": 415446, "customer": {"id": str(ABIJITH_ID)}}).json()

    assert answer["entity"]["totalCount"] == 2
    assert (len(codes_of(listed(api))), len(codes_of(listed(api, email="Tomhills@mail.com")))) == (1, 1)


def test_a_coupon_is_revoked_once(api: Api) -> None:
    code = api.issue(415446)["coupons"][0]["code"]
    first, second = (revoke(api, {"couponCodes": [code]}).json()["entity"]["failedCount"] for _ in range(2))

    assert (first, second) == (0, 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"couponSeriesId": 415446}, 756),
        ({"couponCodes": ["1", "2"]}, 756),
        ({"couponSeriesId": 18426, "couponCodes": ["DECATH10"]}, 108),
        ({"couponSeriesId": 71300, "couponCodes": ["1"]}, 712),
    ],
)
def test_a_revocation_that_cannot_be_is_refused_whole(api: Api, body: Any, code: int) -> None:
    answer = revoke(api, body).json()

    assert (answer["success"], answer["errors"][0]["code"]) == (False, code)


@pytest.mark.parametrize(
    "body",
    [{"couponCodes": "1"}, {"couponSeriesId": "1"}, {"couponSeriesId": 1, "couponCodes": [str(n) for n in range(51)]}],
)
def test_an_unusable_revocation_is_400(api: Api, body: Any) -> None:
    assert revoke(api, body).status_code == 400


def test_companions_need_credentials(api: Api) -> None:
    listing = api.request("GET", spec.CUSTOMER_COUPONS_PATH, params={"mobile": "11223569865"}, auth=None)

    assert (
        listing.status_code,
        revoke(
            api,
            {"couponCodes": ["1"]},
        ).status_code,
    ) == (401, 200)
    assert api.post({}, spec.REVOKE_PATH, auth=None).status_code == 401
