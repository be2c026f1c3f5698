"""The coupons that the control API lists, by series and by customer."""

import pytest

from tests.sandbox.admin.test_control import call, done
from tests.sandbox.conftest import Api


def test_what_was_issued_is_listed_by_series_and_by_customer(api: Api) -> None:
    first = [coupon["couponId"] for coupon in api.issue(415446, count=3)["coupons"]]
    second = [coupon["couponId"] for coupon in api.issue(18426)["coupons"]]

    def listed(query: str) -> list[int]:
        return [coupon["id"] for coupon in done(api, "GET", f"/issued?{query}")["data"]]

    assert listed("series_id=415446") == first
    assert listed("customer_id=555567088") == first + second
    assert listed("series_id=18426&customer_id=555567088") == second


@pytest.mark.parametrize("query", ["series_id=1", "customer_id=9223372036854775807", "series_id=-5"])
def test_nothing_is_listed_where_nothing_was_issued(api: Api, query: str) -> None:
    assert done(api, "GET", f"/issued?{query}") == {"data": []}


@pytest.mark.parametrize("query", ["", "series_id=x", "series=1", "customer_id=9223372036854775808"])
def test_a_listing_of_nothing_in_particular_is_refused(api: Api, query: str) -> None:
    assert call(api, "GET", f"/issued?{query}").status_code == 400
