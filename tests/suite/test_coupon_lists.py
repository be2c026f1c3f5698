"""The pages of a customer's coupons beside other callers, clause customer-coupons-complete."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from coupon_contract.suite.coupon_lists import LARGEST_PAGE, MOST_PAGES, CustomerList
from coupon_contract.suite.exchange import Request, Response, dumps
from coupon_contract.suite.run import Api
from coupon_contract.suite.skips import NotObserved

OURS = "OURS1"


def a_list(codes: list[str], *, stuck: bool = False) -> CustomerList:
    """Return the list of a customer with these coupons, newest first; `stuck` answers every page with the first."""

    def exchange(request: Request) -> Any:
        limit, offset = (int(dict(request.query)[name]) for name in ("limit", "offset"))
        offset = 0 if stuck else offset
        page = [{"code": code} for code in codes[offset : offset + limit]]
        body = {"entity": {"pagination": {"total": len(codes)}, "customers": [{"coupons": page}]}}
        return SimpleNamespace(response=Response(200, (), dumps(body)))

    run = SimpleNamespace(target=SimpleNamespace(disposable=False))
    return CustomerList(cast(Api, SimpleNamespace(exchange=exchange, run=run)), {"mobile": "11223569865"})


def test_pages_that_the_coupons_of_others_fill_show_nothing() -> None:
    listed = a_list([f"OTHER{number}" for number in range(LARGEST_PAGE)] + [OURS])

    with pytest.raises(NotObserved, match="another caller"):
        list(listed.pages(2, [OURS]))


def test_a_coupon_on_the_newest_page_that_no_small_page_lists_is_missing_from_them() -> None:
    listed = a_list(["OTHER"] * 90 + [OURS], stuck=True)

    assert len(list(listed.pages(1, [OURS]))) == MOST_PAGES
