import pytest

from coupon_contract import spec
from coupon_contract.suite.selection import clauses_of, exact, token


def test_the_id_of_a_clause_means_no_clause_whose_id_contains_it() -> None:
    inside = [(part, whole) for part in spec.clauses() for whole in spec.clauses() if part in whole and part != whole]

    assert inside
    assert [pair for pair in inside if token(pair[0]) in token(pair[1])] == []


@pytest.mark.parametrize(
    ("expression", "rewritten"),
    [
        ("permission", ":permission:"),
        ("permission or count-too-high", ":permission: or :count-too-high:"),
        ("not permission and test_case", "not :permission: and test_case"),
        ("(permission)", "(:permission:)"),
        ("permissio", "permissio"),
        ("", ""),
    ],
)
def test_exact_ids_of_an_expression_become_tokens(expression: str, rewritten: str) -> None:
    assert exact(expression) == rewritten


@pytest.mark.parametrize(
    ("expression", "clauses"),
    [
        ("permission", {"permission"}),
        ("permission or count-too-high", {"permission", "count-too-high"}),
        ("not permission", set()),
        ("permission and test_case", set()),
        ("permissio", set()),
        ("", set()),
    ],
)
def test_an_expression_of_exact_ids_asks_for_these_clauses(expression: str, clauses: set[str]) -> None:
    assert clauses_of(exact(expression)) == clauses
