"""Revoking by code: the coupons that are named, once, and no others."""

from collections.abc import Sequence
from typing import Any

import pytest
from attrs import frozen

from coupon_contract import spec
from coupon_contract.suite.coupon_lists import issued_with_codes, offered, unless_busy
from coupon_contract.suite.exchange import NotJson, Request, dumps, loads
from coupon_contract.suite.history import folded
from coupon_contract.suite.run import Api, Run
from coupon_contract.suite.skips import NotObserved
from coupon_contract.suite.target_data import OfferedCustomers, OfferedSeries

Json = Any

MANDATORY_MISSING, SERIES_EXPIRED = 756, 712  # codes of a request to revoke that is refused as a whole
NO_CODE = "no-coupon-has-this-code"


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
@pytest.mark.sends(4, 2)
def test_revoking_by_code_revokes_the_named_coupon_once_and_no_other(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    offered(run, "revoke")
    revoked, other = (coupon["code"] for coupon in issued_with_codes(api, series, customers.any, 2))
    first, second, third = (_revoked(api, series.ordinary.id, code) for code in (revoked, revoked, other))

    assert first == {folded(revoked)}, "the coupon that was named was not revoked, or not alone"
    assert not second, "a coupon was revoked twice"
    assert third == {folded(other)}, "another coupon was revoked too"


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
@pytest.mark.sends(4, 4)
def test_every_code_of_one_call_is_revoked_and_no_other(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    offered(run, "revoke")
    *named, other = (coupon["code"] for coupon in issued_with_codes(api, series, customers.any, 4))
    first, second, third = (_revoked(api, series.ordinary.id, *codes) for codes in (named, named, [other]))

    assert first == {folded(code) for code in named}, f"{len(first)} of the {len(named)} coupons named were revoked"
    assert not second, "coupons were revoked twice"
    assert third == {folded(other)}, "another coupon was revoked too"


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
@pytest.mark.sends(3, 1)
@pytest.mark.parametrize("codes", [[], [""]], ids=["no code", "an empty code"])
def test_a_request_that_names_no_code_revokes_nothing(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers, codes: list[str]
) -> None:
    offered(run, "revoke")
    (coupon,) = issued_with_codes(api, series, customers.any, 1)
    nothing = _revoke(api, series.ordinary.id, codes)
    then = _revoked(api, series.ordinary.id, coupon["code"])

    assert not nothing.revoked, "a request without codes revoked coupons"
    assert then == {folded(coupon["code"])}, "a request without codes revoked a coupon"


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
@pytest.mark.sends(5, 1)
def test_a_part_of_a_code_an_id_and_another_series_name_no_coupon(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    offered(run, "revoke")
    (coupon,) = issued_with_codes(api, series, customers.any, 1)
    code = coupon["code"]
    named = {"a part of its code": _revoked(api, series.ordinary.id, code[:-1])}
    if coupon.get("couponId") and str(coupon["couponId"]) != code:
        named["its id"] = _revoked(api, series.ordinary.id, str(coupon["couponId"]))
    if "uploaded" in run.target.series:
        named["another series"] = _revoked(api, series.uploaded.id, code)
    then = _revoked(api, series.ordinary.id, code)
    wrong = [what for what, revoked in named.items() if revoked]

    assert not wrong, f"{' and '.join(wrong)} revoked a coupon"
    assert then == {folded(code)}, "a request that did not name the coupon revoked it"


@pytest.mark.clause("revoke-only-named")
@pytest.mark.disposable
@pytest.mark.sends(3, 1)
def test_a_coupon_named_behind_an_unknown_code_is_revoked_as_the_result_says(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    """Compare with the result: the ledger leaves open if a call with an unknown code revokes the others (revoke)."""
    offered(run, "revoke")
    (coupon,) = issued_with_codes(api, series, customers.any, 1)
    code = folded(coupon["code"])
    mixed = _revoke(api, series.ordinary.id, [NO_CODE, coupon["code"]])
    then = _revoked(api, series.ordinary.id, coupon["code"])
    if mixed.errors:
        raise NotObserved("a request with an unknown code was refused as a whole")

    assert code in mixed.revoked | mixed.failed, "the result names neither as revoked nor as failed a code of the call"
    assert (code in then) == (code not in mixed.revoked), "the result is not what was revoked"


@pytest.mark.clause("codes-unique")
@pytest.mark.disposable
@pytest.mark.sends(3, 3)
def test_a_code_that_was_revoked_is_not_issued_again(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    offered(run, "revoke")
    codes = _codes(api.issue(series.uploaded, customers.any, 1).coupons)
    if not codes or not _revoked(api, series.uploaded.id, codes[0]):
        raise NotObserved("no uploaded code was revoked")
    again = _codes(api.issue(series.uploaded, customers.any, 2).coupons)

    assert codes[0] not in again, "a code that was revoked is issued again"


def _codes(coupons: Sequence[Json]) -> list[str]:
    """Return the codes of coupons; coupon-shape reports those without one."""
    codes = (coupon.get("code") for coupon in coupons if isinstance(coupon, dict))
    return [code for code in codes if isinstance(code, str)]


@pytest.mark.clause("revoke-says-what-failed")
@pytest.mark.disposable
@pytest.mark.sends(3, 1)
def test_a_code_that_is_not_revoked_is_named_and_counted(
    api: Api, run: Run, series: OfferedSeries, customers: OfferedCustomers
) -> None:
    offered(run, "revoke")
    (coupon,) = issued_with_codes(api, series, customers.any, 1)
    _revoked(api, series.ordinary.id, coupon["code"])
    result = _revoke(api, series.ordinary.id, [coupon["code"]])

    assert result.failed == {folded(coupon["code"])}, "failedToRevoke does not name the code that was revoked before"
    assert (result.total, result.failures) == (1, 1), (
        f"totalCount {result.total}, failedCount {result.failures}; expected 1 and 1"
    )


@pytest.mark.clause("revoke-says-what-failed")
@pytest.mark.disposable
@pytest.mark.sends(1, 0)
@pytest.mark.parametrize("reason", ["no codes", "expired series"])
def test_a_request_that_is_refused_as_a_whole_says_why(api: Api, run: Run, series: OfferedSeries, reason: str) -> None:
    offered(run, "revoke")
    if reason == "no codes":
        code, result = MANDATORY_MISSING, _revoke(api, series.ordinary.id, [])
    else:
        code, result = SERIES_EXPIRED, _revoke(api, series.expired.id, ["NO-SUCH-CODE"])

    assert result.success is False, f"success is {dumps(result.success).decode()}; expected false"
    assert code in result.errors, f"errors do not have {code}"


@frozen
class Revocation:
    """The result of revoking: codes in upper case, counts, and the error codes of the whole request."""

    revoked: frozenset[str]
    failed: frozenset[str]
    total: Json
    failures: Json
    success: Json
    errors: frozenset[Json]


def _revoke(api: Api, series: Json, codes: Sequence[str]) -> Revocation:
    """Revoke codes in one call. Raises NotObserved if the target is busy, AssertionError for an unreadable result."""
    body = dumps({"couponSeriesId": series, "couponCodes": codes})
    api.run.oracle.history.revoked |= {folded(code) for code in codes}
    response = unless_busy(api, Request("POST", spec.REVOKE_PATH, body=body))
    try:
        content = loads(response.body)
        result = content.get("entity") or content
        return Revocation(
            frozenset(folded(coupon["couponCode"]) for coupon in result.get("revokedCoupons") or ()),
            frozenset(folded(code) for some in result.get("failedToRevoke") or () for code in some["couponCodes"]),
            result.get("totalCount"),
            result.get("failedCount"),
            content.get("success"),
            frozenset(error["code"] for error in content.get("errors") or ()),
        )
    except (NotJson, TypeError, KeyError, AttributeError):
        problem = f"answered with HTTP {response.status}, without a readable result"
        raise AssertionError(problem) from None


def _revoked(api: Api, series: Json, *codes: str) -> frozenset[str]:
    """Revoke codes in one call, and return those that were revoked. Raises as `_revoke` does."""
    return _revoke(api, series, codes).revoked
