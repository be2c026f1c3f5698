import pytest

import coupon_contract.suite.rules  # noqa: F401 - registers the rules with the oracle
from coupon_contract.suite.exchange import JSON_HEADERS, Headers
from tests.suite.conftest import (
    example,
    exchange,
)
from tests.suite.oracle_cases import BREAKS, FITTING, HTML, Break, Json, blamed, with_coupons


@pytest.mark.parametrize("row", BREAKS.values(), ids=BREAKS)
def test_a_broken_answer_is_blamed_on_exactly_the_clauses_it_breaks(row: Break) -> None:
    answer = row.change(example(row.name))

    assert blamed(exchange(FITTING[row.name], answer)) == row.clauses


@pytest.mark.parametrize(
    ("got", "status", "headers", "clauses"),
    [
        (example("Issued"), 200, HTML, {"json-answer"}),
        (example("Issued"), 200, (), {"json-answer"}),
        (b"<html></html>", 200, HTML, {"json-answer"}),
        (b"", 200, JSON_HEADERS, {"json-answer"}),
        ([], 200, JSON_HEADERS, {"json-answer"}),
        (b"", 500, (), {"no-server-error"}),
        (b"", 503, HTML, {"no-server-error"}),
        (b"", 302, (("Location", "/"),), {"documented-status"}),
        (b"", 404, (), {"documented-status"}),
        (example("Issued"), 201, JSON_HEADERS, {"documented-status"}),
        (b"", 400, (), {"issues-what-was-asked"}),
    ],
)
def test_an_http_level_fault_is_blamed_on_exactly_its_clauses(
    got: Json, status: int, headers: Headers, clauses: set[str]
) -> None:
    assert blamed(exchange(FITTING["Issued"], got, status, headers)) == clauses


def test_a_coupon_id_given_twice_over_two_answers_is_blamed() -> None:
    first = with_coupons("ordinary", [1, 2])
    second = with_coupons("ordinary", [2, 3], ["X", "Y"])

    assert blamed(first, second) == {"coupon-ids-unique"}
