from collections.abc import Callable
from typing import Any

from attrs import frozen

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract.facts import placeholders
from coupon_contract.suite.exchange import Exchange, Headers
from coupon_contract.suite.oracle import Finding, Oracle
from tests.suite.conftest import (
    EMAIL,
    OMIT,
    TARGET,
    body,
    entry,
    example,
    exchange,
    of_series,
)

Json = Any
Change = Callable[[Json], Json]
HTML: Headers = (("Content-Type", "text/html"),)
OTHER_MOBILE = "918028464628"
FITTING = {
    "Issued": of_series("ordinary", 2),
    "IssuedGeneric": of_series("generic", 1),
    "PartlyIssued": of_series("one-per-customer", 2, EMAIL),
    "RefusedSeriesInvalid": of_series("invalid", 2),
    "RefusedCountTooHigh": body(count=501),
    "RefusedCustomerNotFound": body(customer={"mobile": "10000000000"}),
    "RefusedCouponExpired": of_series("expired"),
    "RefusedCustomerHasCoupon": of_series("one-per-customer"),
    "RefusedSeriesIdMissing": body(seriesId=OMIT),
    "RefusedGenericOnlyOne": of_series("generic", 3),
    "RefusedCountTooLow": body(count=0),
    "RefusedCustomerLimitReached": of_series("limited-per-customer", 6),
}


def findings(*exchanges: Exchange) -> list[Finding]:
    """What the oracle finds in the last of these exchanges, having judged those before."""
    oracle = Oracle(TARGET)
    judged = [oracle.judge(one) for one in exchanges]
    return judged[-1][1]


def blamed(*exchanges: Exchange) -> set[str]:
    """The clauses that the last of these exchanges is blamed on."""
    return {finding.clause for finding in findings(*exchanges) if finding.problem}


def with_coupons(series: str, ids: list[int], codes: list[str] | None = None, count: int = 0) -> Exchange:
    """A complete answer of a series with these coupons, for the customer of the documented example."""
    codes = codes or [f"CODE{one}" for one in ids]
    number = count or len(ids)
    given = [{"code": code, "couponId": one} for code, one in zip(codes, ids, strict=True)]
    counts = {"totalCount": number, "failureCount": number - len(ids), "successCount": len(ids)}
    return exchange(of_series(series, number), example("Issued") | {"coupons": given} | counts)


def put(*path: str | int, value: Json) -> Change:
    """Puts a value at a path, or takes it away when the value is OMIT."""

    def change(answer: Json) -> Json:
        node = answer
        for part in path[:-1]:
            node = node[part]
        if value is OMIT:
            del node[path[-1]]
        else:
            node[path[-1]] = value
        return answer

    return change


def both(*changes: Change) -> Change:
    """All of these changes."""

    def change(answer: Json) -> Json:
        for one in changes:
            answer = one(answer)
        return answer

    return change


def counts(total: int, failures: int, successes: int) -> Change:
    """Other counts."""
    return lambda answer: answer | {"totalCount": total, "failureCount": failures, "successCount": successes}


def coupons_of(*pairs: tuple[Json, Json]) -> Change:
    """Other coupons: pairs of code and id."""
    return lambda answer: answer | {"coupons": [{"code": code, "couponId": number} for code, number in pairs]}


def instead(name: str) -> Change:
    """Another documented answer."""
    return lambda _: example(name)


def only_identifier(kind: str, value: str) -> Change:
    """A customer with this identifier and no other."""
    held = [{"type": kind, "value": value}]
    return both(
        put("customer", "profiles", 0, "identifiers", value=held),
        put("customer", "profiles", 0, "identifiersAll", value=held),
    )


@frozen
class Break:
    """A documented answer, what is done to it, and the clauses that it breaks then."""

    name: str
    change: Change
    clauses: set[str]


PROFILE = ("customer", "profiles", 0)
BREAKS = {
    # coupons
    "couponId as text": Break("Issued", put("coupons", 0, "couponId", value="7"), {"coupon-shape"}),
    "couponId with a fraction": Break("Issued", put("coupons", 0, "couponId", value=7.0), {"integers-plain"}),
    "couponId null": Break("Issued", put("coupons", 0, "couponId", value=None), {"coupon-shape"}),
    "couponId beyond 64 bits": Break("Issued", put("coupons", 0, "couponId", value=2**63), {"coupon-shape"}),
    "couponId missing": Break("Issued", put("coupons", 0, "couponId", value=OMIT), {"coupon-shape"}),
    "coupon code as number": Break("Issued", put("coupons", 0, "code", value=3084294818), {"coupon-shape"}),
    "coupon code empty": Break("Issued", put("coupons", 0, "code", value=""), {"coupon-shape"}),
    "coupon code missing": Break("Issued", put("coupons", 0, "code", value=OMIT), {"coupon-shape"}),
    "coupon as text": Break("Issued", put("coupons", 0, value="3084294818"), {"coupon-shape"}),
    "couponId twice": Break("Issued", coupons_of(("A", 1), ("B", 1)), {"coupon-ids-unique"}),
    "code twice": Break("Issued", coupons_of(("A", 1), ("A", 2)), {"codes-unique"}),
    "coupons empty": Break("Issued", put("coupons", value=[]), {"clear-outcome"}),
    "coupons null": Break(
        "Issued", put("coupons", value=None), {"lists-not-null", "clear-outcome"}
    ),
    "coupons missing": Break("Issued", put("coupons", value=OMIT), {"clear-outcome"}),
    "coupons empty in a refusal": Break("RefusedSeriesInvalid", put("coupons", value=[]), {"clear-outcome"}),
    "coupons null in a refusal": Break("RefusedSeriesInvalid", put("coupons", value=None), {"lists-not-null"}),
    "errors null in a refusal": Break(
        "RefusedSeriesInvalid", put("errors", value=None), {"lists-not-null", "clear-outcome"}
    ),
    "neither coupons nor errors": Break(
        "RefusedSeriesInvalid", lambda _: {}, {"clear-outcome"}
    ),
    "errors empty in a refusal": Break(
        "RefusedSeriesInvalid", put("errors", value=[]), {"clear-outcome"}
    ),
    # companions
    **{
        f"{name} missing": Break("Issued", put(name, value=OMIT), {"companions-of-coupons"})
        for name in ("couponConfig", "totalCount", "failureCount", "successCount", "customer", "errors", "warnings")
    },
    "errors null beside coupons": Break("Issued", put("errors", value=None), {"lists-not-null"}),
    "warnings null beside coupons": Break("Issued", put("warnings", value=None), {"lists-not-null"}),
    "warnings null in a refusal": Break("RefusedGenericOnlyOne", put("warnings", value=None), {"lists-not-null"}),
    "every couponId 0": Break(
        "Issued", put("coupons", value=[{"code": code, "couponId": 0} for code in "ab"]), {"coupon-ids-filled"}
    ),
    "totalCount as text": Break("Issued", put("totalCount", value="2"), {"companions-of-coupons"}),
    "totalCount with a fraction": Break("Issued", put("totalCount", value=2.0), {"integers-plain"}),
    "successCount null": Break("Issued", put("successCount", value=None), {"companions-of-coupons"}),
    # counts
    "successCount too low": Break("Issued", put("successCount", value=1), {"counts-add-up"}),
    "successCount too high": Break("Issued", put("successCount", value=3), {"counts-add-up"}),
    "successCount zero": Break("Issued", put("successCount", value=0), {"counts-add-up"}),
    "failureCount too high": Break("Issued", put("failureCount", value=1), {"counts-add-up"}),
    "failureCount negative": Break("Issued", put("failureCount", value=-1), {"counts-add-up"}),
    "totalCount too high": Break("Issued", put("totalCount", value=3), {"counts-add-up"}),
    "totalCount too low": Break("Issued", put("totalCount", value=1), {"counts-add-up"}),
    "totalCount not the count asked for": Break("Issued", counts(3, 1, 2), {"counts-add-up"}),
    "totalCount of a partial success": Break("PartlyIssued", counts(1, 0, 1), {"counts-add-up"}),
    "failureCount of a partial success": Break("PartlyIssued", put("failureCount", value=0), {"counts-add-up"}),
    # couponConfig
    "couponConfig null": Break("Issued", put("couponConfig", value=None), {"coupon-config-shape"}),
    "couponConfig as array": Break("Issued", put("couponConfig", value=[]), {"coupon-config-shape"}),
    "discountValue as text": Break("Issued", put("couponConfig", "discountValue", value="5"), {"coupon-config-shape"}),
    "discountType as number": Break("Issued", put("couponConfig", "discountType", value=1), {"coupon-config-shape"}),
    "alphaNumeric as text": Break("Issued", put("couponConfig", "alphaNumeric", value="no"), {"coupon-config-shape"}),
    "fixedExpiryDate as date": Break(
        "Issued", put("couponConfig", "fixedExpiryDate", value="2030-12-31"), {"coupon-config-shape"}
    ),
    "customPropertyMap null": Break(
        "Issued", put("couponConfig", "customPropertyMap", value=None), {"coupon-config-shape"}
    ),
    **{
        f"couponConfig without {name}": Break("Issued", put("couponConfig", name, value=OMIT), {"placeholders-present"})
        for name in placeholders("CouponConfig")
    },
    # customer
    "customer id as text": Break("Issued", put("customer", "id", value="7"), {"customer-shape"}),
    "customer id missing": Break("Issued", put("customer", "id", value=OMIT), {"customer-shape"}),
    "userId as text": Break("Issued", put(*PROFILE, "userId", value="7"), {"customer-shape"}),
    "accountId as number": Break("Issued", put(*PROFILE, "accountId", value=7), {"customer-shape"}),
    "commChannels as object": Break("Issued", put(*PROFILE, "commChannels", value={}), {"customer-shape"}),
    "identifiers missing": Break(
        "Issued", put(*PROFILE, "identifiers", value=OMIT), {"customer-shape", "placeholders-present"}
    ),
    "identifier value as number": Break(
        "Issued", put(*PROFILE, "identifiers", 1, "value", value=3873472), {"customer-shape"}
    ),
    "odd date": Break("Issued", put(*PROFILE, "autoUpdateTime", value="20/08/2024"), {"customer-shape"}),
    "date without an offset": Break(
        "Issued", put(*PROFILE, "autoUpdateTime", value="2024-08-20T09:57:15"), {"customer-shape"}
    ),
    "date as number": Break("Issued", put(*PROFILE, "autoUpdateTime", value=1724147835000), {"customer-shape"}),
    "profile without accountId": Break("Issued", put(*PROFILE, "accountId", value=OMIT), {"placeholders-present"}),
    "profile without userId": Break("Issued", put(*PROFILE, "userId", value=OMIT), {"placeholders-present"}),
    "another customer": Break("Issued", only_identifier("mobile", OTHER_MOBILE), {"customer-answered"}),
    "the identifier as another type": Break(
        "Issued", only_identifier("externalId", "11223569865"), {"customer-answered"}
    ),
    "a customer without profiles": Break("Issued", put("customer", "profiles", value=[]), {"customer-answered"}),
    # errors and warnings
    "status true": Break("RefusedSeriesInvalid", put("errors", 0, "status", value=True), {"error-shape"}),
    "status as text": Break("RefusedSeriesInvalid", put("errors", 0, "status", value="false"), {"error-shape"}),
    "status missing": Break("RefusedSeriesInvalid", put("errors", 0, "status", value=OMIT), {"error-shape"}),
    "message empty": Break("RefusedSeriesInvalid", put("errors", 0, "message", value=""), {"error-shape"}),
    "message missing": Break("RefusedSeriesInvalid", put("errors", 0, "message", value=OMIT), {"error-shape"}),
    "code as text": Break("RefusedSeriesInvalid", put("errors", 0, "code", value="707"), {"error-shape"}),
    "code with a fraction": Break("RefusedSeriesInvalid", put("errors", 0, "code", value=707.0), {"integers-plain"}),
    "warning without a message": Break(
        "PartlyIssued", put("warnings", value=[entry(679, message="")]), {"error-shape"}
    ),
    "an undocumented code besides": Break(
        "RefusedSeriesInvalid", put("errors", value=[entry(707), entry(708)]), {"documented-code"}
    ),
    "an undocumented code alone": Break(
        "RefusedSeriesInvalid", put("errors", 0, "code", value=708), {"documented-code", "series-unknown"}
    ),
    "a code of the partial column in errors": Break(
        "PartlyIssued", put("errors", value=[entry(5004), entry(679)]), {"documented-code"}
    ),
    "a code of errors in warnings": Break("PartlyIssued", put("warnings", value=[entry(5004)]), {"documented-code"}),
    "another documented code": Break(
        "RefusedSeriesInvalid", put("errors", 0, "code", value=713), {"series-unknown"}
    ),
    # outcomes
    "709 beside coupons": Break("PartlyIssued", put("errors", value=[entry(5004), entry(709)]), {"never-partial"}),
    "677 beside coupons": Break("PartlyIssued", put("errors", value=[entry(677), entry(5004)]), {"never-partial"}),
    "errors although all was issued": Break("Issued", put("errors", value=[entry(5006)]), {"complete-has-no-errors"}),
    "a partial success without a reason": Break("PartlyIssued", put("errors", value=[]), {"partial-explained"}),
    "a partial success of an ordinary series": Break(
        "Issued",
        both(coupons_of(("A", 1)), counts(2, 1, 1), put("errors", value=[entry(5006)])),
        {"issues-what-was-asked"},
    ),
    "more coupons than asked": Break(
        "Issued",
        both(coupons_of(("A", 1), ("B", 2), ("C", 3)), counts(2, 0, 3)),
        {"never-more-than-asked", "counts-add-up", "issues-what-was-asked"},
    ),
    "a refusal of what must be issued": Break("Issued", instead("RefusedSeriesInvalid"), {"issues-what-was-asked"}),
    "coupons for what must be refused": Break("RefusedCouponExpired", instead("IssuedGeneric"), {"series-expired"}),
    "more than one of a generic series": Break(
        "IssuedGeneric",
        both(coupons_of(("A", 1), ("A", 2)), counts(1, 0, 2)),
        {"never-more-than-asked", "counts-add-up", "issues-what-was-asked"},
    ),
}  # fmt: skip
