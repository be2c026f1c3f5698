"""Which clauses an answer is blamed on: exactly those that it breaks."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import evolve, frozen

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract import spec
from coupon_contract.facts import placeholders
from coupon_contract.suite.exchange import JSON_HEADERS, Exchange, Headers
from coupon_contract.suite.oracle import RULES, SHOWN_BY, Finding, Oracle, not_offered
from tests.suite.conftest import (
    EMAIL,
    MOBILE,
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
XML: Headers = (("Content-Type", "application/xml"),)
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


def documented(name: str) -> Exchange:
    """The documented answer to the request that fits it."""
    return exchange(FITTING[name], example(name))


def with_coupons(series: str, ids: list[int], codes: list[str] | None = None, count: int = 0) -> Exchange:
    """A complete answer of a series with these coupons, for the customer of the documented example."""
    codes = codes or [f"CODE{one}" for one in ids]
    number = count or len(ids)
    given = [{"code": code, "couponId": one} for code, one in zip(codes, ids, strict=True)]
    counts = {"totalCount": number, "failureCount": number - len(ids), "successCount": len(ids)}
    return exchange(of_series(series, number), example("Issued") | {"coupons": given} | counts)


# --- documented answers ---------------------------------------------------------------------------------------------


def test_every_documented_answer_of_the_operation_is_looked_at() -> None:
    answers = spec.document()["paths"][spec.ISSUE_PATH]["post"]["responses"]["200"]["content"]["application/json"]

    assert {one["$ref"].rpartition("/")[2] for one in answers["examples"].values()} == set(FITTING)


@pytest.mark.parametrize("name", FITTING)
def test_a_documented_answer_is_without_problem(name: str) -> None:
    assert blamed(documented(name)) == set()


@pytest.mark.parametrize(
    ("name", "clauses"),
    [
        ("Issued", {"issues-what-was-asked", "coupon-shape", "counts-add-up", "customer-answered", "codes-unique"}),
        ("IssuedGeneric", {"generic-shares-one-code", "complete-has-no-errors", "placeholders-present"}),
        ("PartlyIssued", {"one-per-customer-count", "partial-explained", "never-partial", "documented-code"}),
        ("RefusedSeriesInvalid", {"series-unknown", "error-shape", "documented-code", "clear-outcome", "json-answer"}),
        ("RefusedCountTooHigh", {"count-too-high"}),
        ("RefusedCustomerNotFound", {"customer-unknown"}),
        ("RefusedCouponExpired", {"series-expired"}),
        ("RefusedSeriesIdMissing", {"series-missing"}),
        ("RefusedCountTooLow", {"count-too-low"}),
        ("RefusedCustomerLimitReached", {"limit-per-customer"}),
    ],
)
def test_a_documented_answer_shows_that_its_clauses_hold(name: str, clauses: set[str]) -> None:
    held = {finding.clause for finding in findings(documented(name)) if not finding.problem}

    assert clauses <= held


@pytest.mark.parametrize("name", [name for name in FITTING if name.startswith("Refused")])
def test_a_refusal_observes_no_clause_about_coupons(name: str) -> None:
    about_coupons = {"coupon-shape", "counts-add-up", "coupon-ids-unique", "customer-answered", "companions-of-coupons"}

    assert about_coupons.isdisjoint(finding.clause for finding in findings(documented(name)))


def test_every_rule_is_of_a_clause() -> None:
    assert set(RULES) <= set(spec.clauses())


# --- one change to a documented answer ------------------------------------------------------------------------------


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
    "coupons empty": Break("Issued", put("coupons", value=[]), {"clear-outcome", "issues-what-was-asked"}),
    "coupons null": Break(
        "Issued", put("coupons", value=None), {"lists-not-null", "clear-outcome", "issues-what-was-asked"}
    ),
    "coupons missing": Break("Issued", put("coupons", value=OMIT), {"clear-outcome", "issues-what-was-asked"}),
    "coupons empty in a refusal": Break("RefusedSeriesInvalid", put("coupons", value=[]), {"clear-outcome"}),
    "coupons null in a refusal": Break("RefusedSeriesInvalid", put("coupons", value=None), {"lists-not-null"}),
    "errors null in a refusal": Break(
        "RefusedSeriesInvalid", put("errors", value=None), {"lists-not-null", "clear-outcome", "series-unknown"}
    ),
    "neither coupons nor errors": Break(
        "RefusedSeriesInvalid", lambda _: {}, {"clear-outcome", "series-unknown"}
    ),
    "errors empty in a refusal": Break(
        "RefusedSeriesInvalid", put("errors", value=[]), {"clear-outcome", "series-unknown"}
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


@pytest.mark.parametrize("row", BREAKS.values(), ids=BREAKS)
def test_a_broken_answer_is_blamed_on_exactly_the_clauses_it_breaks(row: Break) -> None:
    answer = row.change(example(row.name))

    assert blamed(exchange(FITTING[row.name], answer)) == row.clauses


@pytest.mark.parametrize(
    ("got", "status", "headers", "clauses"),
    [
        (example("Issued"), 200, HTML, {"json-answer"}),
        (example("Issued"), 200, (), {"json-answer"}),
        (b"<html></html>", 200, HTML, {"json-answer", "issues-what-was-asked"}),
        (b"", 200, JSON_HEADERS, {"json-answer", "issues-what-was-asked"}),
        ([], 200, JSON_HEADERS, {"json-answer", "issues-what-was-asked"}),
        (b"", 500, (), {"no-server-error", "issues-what-was-asked"}),
        (b"", 503, HTML, {"no-server-error", "issues-what-was-asked"}),
        (b"", 302, (("Location", "/"),), {"documented-status", "issues-what-was-asked"}),
        (b"", 404, (), {"documented-status", "issues-what-was-asked"}),
        (example("Issued"), 201, JSON_HEADERS, {"documented-status", "issues-what-was-asked"}),
        (b"", 400, (), {"issues-what-was-asked"}),
    ],
)
def test_an_http_level_fault_is_blamed_on_exactly_its_clauses(
    got: Json, status: int, headers: Headers, clauses: set[str]
) -> None:
    assert blamed(exchange(FITTING["Issued"], got, status, headers)) == clauses


# --- over several answers -------------------------------------------------------------------------------------------


def test_a_coupon_id_given_twice_over_two_answers_is_blamed() -> None:
    first = with_coupons("ordinary", [1, 2])
    second = with_coupons("ordinary", [2, 3], ["X", "Y"])

    assert blamed(first, second) == {"coupon-ids-unique"}


def test_a_coupon_id_given_twice_over_two_series_is_blamed() -> None:
    first = with_coupons("ordinary", [1])
    second = with_coupons("uploaded", [1], ["X"])

    assert blamed(first, second) == {"coupon-ids-unique"}


def test_a_code_given_twice_over_two_answers_is_blamed() -> None:
    first = with_coupons("ordinary", [1], ["A"])
    second = with_coupons("ordinary", [2], ["A"])

    assert blamed(first, second) == {"codes-unique"}


def test_a_code_given_by_two_series_is_nobodys_fault() -> None:
    first = with_coupons("ordinary", [1], ["A"])
    second = with_coupons("uploaded", [2], ["A"])

    assert blamed(first, second) == set()


def test_a_generic_series_may_give_its_code_again() -> None:
    assert blamed(with_coupons("generic", [1], ["A"]), with_coupons("generic", [2], ["A"])) == set()


def test_two_codes_of_a_generic_series_are_blamed() -> None:
    assert blamed(with_coupons("generic", [1], ["A"]), with_coupons("generic", [2], ["B"])) == {
        "generic-shares-one-code"
    }


def test_an_answer_after_a_broken_one_is_not_blamed_for_it() -> None:
    answers = [with_coupons("ordinary", [1]), with_coupons("ordinary", [1]), with_coupons("ordinary", [2])]

    assert blamed(*answers) == set()


def test_a_customer_above_its_limit_is_blamed() -> None:
    answers = [with_coupons("limited-per-customer", [number]) for number in range(6)]

    assert blamed(*answers) == {"limit-per-customer"}


def test_a_customer_at_its_limit_is_fine() -> None:
    answers = [with_coupons("limited-per-customer", [2 * number, 2 * number + 1]) for number in range(2)]

    assert blamed(*answers, with_coupons("limited-per-customer", [5])) == set()


def test_two_customers_have_a_limit_each() -> None:
    mine = with_coupons("limited-per-customer", [1, 2, 3, 4, 5])
    theirs = exchange(
        of_series("limited-per-customer", 1, EMAIL),
        example("PartlyIssued") | {"errors": [], "totalCount": 1, "failureCount": 0},
    )

    assert blamed(mine, theirs) == set()


def test_a_second_coupon_of_a_one_per_customer_series_is_blamed() -> None:
    answers = [with_coupons("one-per-customer", [number]) for number in (1, 2)]

    assert blamed(*answers) == {"one-per-customer"}


def test_a_second_identifier_of_the_same_customer_does_not_lift_its_limit() -> None:
    first = with_coupons("one-per-customer", [1])
    second = with_coupons("one-per-customer", [2])
    by_external_id = exchange(of_series("one-per-customer", 1, {"externalId": "3873472"}), second.response.body)

    assert blamed(first, by_external_id) == {"one-per-customer"}


def test_more_coupons_than_there_were_codes_are_blamed() -> None:
    answers = [with_coupons("few-codes-left", [number]) for number in range(4)]

    assert blamed(*answers) == {"codes-running-out"}


# --- legal variants -------------------------------------------------------------------------------------------------


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


# --- whatever comes, the oracle judges ------------------------------------------------------------------------------

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


# --- what a target cannot show --------------------------------------------------------------------------------------


def test_a_target_without_limits_offers_no_partial_success() -> None:
    plain = evolve(TARGET, series={"ordinary": TARGET.series["ordinary"]})

    assert not_offered(plain).keys() == {"partial-explained"}


@pytest.mark.parametrize("state", SHOWN_BY["partial-explained"])
def test_a_target_with_a_limit_offers_partial_successes(state: str) -> None:
    assert not_offered(evolve(TARGET, series={state: TARGET.series[state]})) == {}


@pytest.mark.parametrize("status", [200, 404, 501])
def test_of_another_method_only_its_own_test_judges(status: int) -> None:
    assert findings(exchange(body(), b"<html>", status, HTML, method="PUT")) == []


def test_who_is_found_by_an_identifier_that_the_target_file_does_not_name_is_open() -> None:
    spaced = exchange(body(count=2, customer={"mobile": " 11223569865"}), example("Issued"))

    assert blamed(spaced) == set()
