"""Which clauses a response is blamed on: exactly those that it breaks."""

import pytest
from attrs import evolve

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract import spec
from coupon_contract.suite.exchange import Exchange
from coupon_contract.suite.oracle import RULES, SHOWN_BY, not_offered
from tests.suite.conftest import (
    EMAIL,
    TARGET,
    body,
    example,
    exchange,
    of_series,
)
from tests.suite.oracle_cases import FITTING, HTML, blamed, findings, with_coupons


def documented(name: str) -> Exchange:
    """The documented answer to the request that fits it."""
    return exchange(FITTING[name], example(name))


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


@pytest.mark.parametrize("state", SHOWN_BY["partial-explained"])
def test_a_target_with_a_limit_offers_partial_successes(state: str) -> None:
    assert not_offered(evolve(TARGET, series={state: TARGET.series[state]})) == {}


@pytest.mark.parametrize("status", [200, 404, 501])
def test_of_another_method_only_its_own_test_judges(status: int) -> None:
    assert findings(exchange(body(), b"<html>", status, HTML, method="PUT")) == []


def test_who_is_found_by_an_identifier_that_the_target_file_does_not_name_is_open() -> None:
    spaced = exchange(body(count=2, customer={"mobile": " 11223569865"}), example("Issued"))

    assert blamed(spaced) == set()
